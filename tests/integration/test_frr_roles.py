# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The change playbook on four real FRRouting routers; BGP is read before, during and after, past the product."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.conftest import Controller
from tests.integration.test_frr import Routers, routers, up, wait_for

__all__ = ["routers"]  # the fixture: a lab of its own for this module
pytestmark = pytest.mark.frr

HOSTS = ["r1", "r2", "r3", "r4"]


def command(routers: Routers, variables: dict[str, Any]) -> list[str]:
    settings = {"change_report_formats": ["json"], "change_confirm_within": 60, **variables}
    book = ["ansible-playbook", "holdfast.network.change", "-i", str(routers.inventory)]
    return [*book, "-e", json.dumps(settings)]


def report(controller: Controller) -> dict[str, Any]:
    found = json.loads((controller.directory / "reports/report.json").read_text())
    return {host["host"]: host for host in found["hosts"]}


def configs(routers: Routers) -> dict[str, str]:
    return {name: routers.lab.vtysh(name, "show running-config") for name in HOSTS}


def test_a_good_change_on_all_then_a_bad_one(controller: Controller, routers: Routers) -> None:
    assert up(routers)
    (controller.directory / "route.j2").write_text("ip route 198.51.100.{{ inventory_hostname[1:] }}/32 Null0\n")
    good = {"change_template": "route.j2", "change_converge": 15}
    run = controller.finish(controller.spawn(*command(routers, good), json_output=True))
    assert run.rc == 0, run.stdout
    for name, text in configs(routers).items():
        assert f"ip route 198.51.100.{name[1:]}/32 Null0" in text
        assert report(controller)[name]["change"]["state"] == "confirmed"
    again = controller.finish(controller.spawn(*command(routers, good), json_output=True))
    assert again.rc == 0
    assert not any(row.get("changed") for tasks in again.tasks.values() for row in tasks.values())

    before = configs(routers)
    assert up(routers)
    lines = [f"neighbor {routers.peer} remote-as 65999"]
    bad = {"holdfast_hosts": "r1", "change_parents": ["router bgp 65001"], "change_lines": lines, "change_converge": 4}
    process = controller.spawn(*command(routers, bad), json_output=True)
    wait_for(lambda: lines[0] in routers.config(), 30)
    wait_for(lambda: not up(routers), 3)
    run = controller.finish(process)
    record = report(controller)["r1"]
    assert run.rc == 2 and record["rollback"] == {"done": True, "verified": True, "differences": []}
    assert {phase["name"]: phase["result"] for phase in record["phases"]}["validate"] == "failed"
    assert configs(routers) == before
    wait_for(lambda: up(routers), 10)
