# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Guarded changes on real FRRouting routers: BGP is read before, during and after, past the product."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import Controller
from tests.lab.frr import FrrLab
from tests.lab.frr.packages import obstacle

pytestmark = pytest.mark.frr


@dataclass
class Routers:
    lab: FrrLab
    inventory: Path
    peer: str  # r1's neighbor address towards r2

    def session(self) -> str:
        """The state of r1's BGP session with r2, as the router says."""
        summary = json.loads(self.lab.vtysh("r1", "show bgp summary json"))
        return str(summary["ipv4Unicast"]["peers"][self.peer]["state"])

    def config(self) -> str:
        return self.lab.vtysh("r1", "show running-config")

    def shutdown(self, name: str = "break", **options: Any) -> dict[str, Any]:
        module = {"parents": ["router bgp 65001"], "lines": [f"neighbor {self.peer} shutdown"], **options}
        return {"name": name, "holdfast.network.config": module}


@pytest.fixture(scope="module")
def routers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Routers]:
    reason = obstacle()
    if reason:
        pytest.skip(reason)
    directory = tmp_path_factory.mktemp("frr")
    with FrrLab(4, shape="ring", directory=directory) as lab:
        lab.wait_converged(30)
        inventory = directory / "inventory.yml"
        lab.write_inventory(inventory)
        neighbors = json.loads(lab.vtysh("r1", "show bgp summary json"))["ipv4Unicast"]["peers"]
        (peer,) = (address for address, row in neighbors.items() if row["remoteAs"] == 65002)
        yield Routers(lab, inventory, peer)


def wait_for(what: Callable[[], bool], seconds: float) -> float:
    start = time.monotonic()
    while not what():
        assert time.monotonic() - start < seconds, f"not within {seconds} s"
        time.sleep(0.05)
    return time.monotonic() - start


def up(routers: Routers) -> bool:
    return routers.session() == "Established"


def test_killed_playbook_comes_back_within_the_deadline(controller: Controller, routers: Routers) -> None:
    before = routers.config()
    assert up(routers)
    deadline = 6
    process = controller.start(
        routers.inventory,
        [
            routers.shutdown(confirm_within=deadline),
            {"name": "validate", "holdfast.network.validate": {"checks": [{"check": "bgp"}], "converge": 120}},
        ],
        "r1",
    )
    wait_for(lambda: "shutdown" in routers.config(), 20)
    committed = time.monotonic()
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    wait_for(lambda: not up(routers), 3)
    wait_for(lambda: routers.config() == before, deadline + 5)
    assert deadline - 1 < time.monotonic() - committed < deadline + 5
    wait_for(lambda: up(routers), 10)


def test_killed_playbook_and_broker_the_router_reverts_itself(controller: Controller, routers: Routers) -> None:
    before = routers.config()
    deadline = 4
    run = controller.playbook(routers.inventory, [routers.shutdown(confirm_within=deadline)], "r1")
    change = run.result("r1", "break")["change"]
    committed = time.monotonic()
    controller.kill_broker()
    assert change["native_timer"] and not up(routers)
    wait_for(lambda: routers.config() == before, deadline + 5)
    assert time.monotonic() - committed > deadline - 2
    wait_for(lambda: up(routers), 10)
    late = [{"name": "late", "holdfast.network.confirm": {"change": change["id"]}}]
    assert controller.playbook(routers.inventory, late, "r1").result("r1", "late")["code"] == "change_expired"
    assert routers.config() == before


def test_a_new_broker_settles_the_orphan_before_anything_else(controller: Controller, routers: Routers) -> None:
    before = routers.config()
    controller.playbook(routers.inventory, [routers.shutdown(confirm_within=300)], "r1")
    assert routers.config() != before
    controller.kill_broker()
    look = [{"name": "look", "holdfast.network.command": {"commands": ["show running-config"]}}]
    shown = controller.playbook(routers.inventory, look, "r1").result("r1", "look")["stdout"][0]
    assert f"neighbor {routers.peer} shutdown" not in shown
    assert routers.config() == before
    wait_for(lambda: up(routers), 10)


def test_validated_and_confirmed_stays(controller: Controller, routers: Routers) -> None:
    lines = [f"neighbor {routers.peer} description to-r2"]
    change = {"parents": ["router bgp 65001"], "lines": lines, "confirm_within": 30}
    tasks = [
        {"name": "change", "holdfast.network.config": change, "register": "made"},
        {"name": "validate", "holdfast.network.validate": {"checks": [{"check": "bgp"}], "converge": 10}},
        {"name": "confirm", "holdfast.network.confirm": {"change": "{{ made.change.id }}"}},
    ]
    run = controller.playbook(routers.inventory, tasks, "r1")
    assert run.rc == 0 and run.result("r1", "confirm")["changed"]
    assert lines[0] in routers.config() and up(routers)
    again = controller.playbook(routers.inventory, [tasks[0]], "r1").result("r1", "change")
    assert not again["changed"]
    undo = [{"name": "undo", "holdfast.network.rollback": {"to": "latest"}}]
    undone = controller.playbook(routers.inventory, undo, "r1").result("r1", "undo")
    assert undone["changed"] and undone["verified"] and lines[0] not in routers.config()


def test_one_bad_line_commits_nothing(controller: Controller, routers: Routers) -> None:
    before = routers.config()
    lines = ["ip route 198.51.100.0/24 Null0", "nonsense here"]
    run = controller.playbook(routers.inventory, [{"name": "bad", "holdfast.network.config": {"lines": lines}}], "r1")
    result = run.result("r1", "bad")
    assert result["code"] == "config_rejected" and result["detail"]["line"] == "nonsense here"
    assert "nknown command" in result["detail"]["output"]
    assert routers.config() == before


def test_two_controllers_one_router(controller: Controller, routers: Routers) -> None:
    first = controller.playbook(routers.inventory, [routers.shutdown("first", confirm_within=60)], "r1")
    change = first.result("r1", "first")["change"]
    second = controller.playbook(
        routers.inventory, [routers.shutdown("second")], "r1", "-e", "holdfast_queue_timeout=1"
    ).result("r1", "second")
    assert second["code"] == "device_held" and change["id"] in second["msg"]
    undo = [{"name": "undo", "holdfast.network.rollback": {"change": change["id"]}}]
    assert controller.playbook(routers.inventory, undo, "r1").result("r1", "undo")["verified"]
    wait_for(lambda: up(routers), 10)


def test_one_login_for_everything(controller: Controller, routers: Routers) -> None:
    before = routers.lab.logins("r3")
    tasks = [
        {"name": "facts", "holdfast.network.facts": {"gather_subset": ["facts", "interfaces", "bgp", "ospf", "lldp"]}},
        {"name": "shell", "ansible.builtin.raw": "show version"},
        {"name": "change", "holdfast.network.config": {"lines": ["ip route 192.0.2.0/24 Null0"]}},
        {"name": "back", "holdfast.network.rollback": {"to": "latest"}},
    ]
    for _unused in range(2):
        run = controller.playbook(routers.inventory, tasks, "r3")
        assert run.rc == 0, run.stdout
    assert run.result("r3", "facts")["ansible_facts"]["net_hostname"] == "r3"
    assert routers.lab.logins("r3") - before == 1


def test_a_cancelled_command_ends_on_the_router_and_its_session_is_kept(
    controller: Controller, routers: Routers
) -> None:
    """`ping` without a count never ends by itself; Ctrl-C ends it, so the login stays good."""
    job = {"name": "job", "holdfast.network.job": {"commands": [f"ping {routers.peer}"], "execution_timeout": 600}}
    name = controller.playbook(routers.inventory, [job], "r1").result("r1", "job")["job"]["id"]
    seen = {"name": "seen", "holdfast.network.job_info": {"id": name}, "register": "seen", "retries": 50, "delay": 0.2}
    tasks = [
        {**seen, "until": "seen.output.count('bytes from') >= 2"},
        {"name": "more", "holdfast.network.job_info": {"id": name, "offset": "{{ seen.offset }}", "wait": 2}},
    ]
    run = controller.playbook(routers.inventory, tasks, "r1")
    assert run.result("r1", "seen")["job"]["state"] == "started"
    more = run.result("r1", "more")["output"]
    assert 1 <= more.count("bytes from") <= 4 and "PING" not in more
    assert "ping" in running_on(routers)
    tasks = [
        {"name": "cancel", "holdfast.network.job_cancel": {"id": name}},
        {"name": "next", "holdfast.network.command": {"commands": ["show version"]}},
        {"name": "info", "holdfast.network.session_info": {}},
    ]
    run = controller.playbook(routers.inventory, tasks, "r1")
    assert run.result("r1", "cancel")["job"]["state"] == "cancelled"
    assert "FRRouting" in run.result("r1", "next")["stdout"][0]
    assert run.result("r1", "info")["broker"]["logins"] == 1
    assert "ping" not in running_on(routers)


def running_on(routers: Routers) -> list[str]:
    return routers.lab.shell("r1", "ps", "-eo", "comm").split()


def test_a_file_goes_to_a_router_and_back_by_sftp(controller: Controller, routers: Routers) -> None:
    """A further channel of the login whose CLI is vtysh: no second one is made."""
    data = os.urandom(3_000_000)
    (controller.directory / "image.bin").write_bytes(data)

    def transfer(name: str, src: str, dest: str, **options: Any) -> dict[str, Any]:
        return {"name": name, "holdfast.network.transfer": {"src": src, "dest": dest, **options}}

    run = controller.playbook(
        routers.inventory,
        [
            transfer("put", "image.bin", "/home/admin/image one.bin"),
            transfer("again", "image.bin", "/home/admin/image one.bin"),
            transfer("get", "/home/admin/image one.bin", "back.bin", direction="get"),
            {**transfer("not allowed", "image.bin", "/etc/image.bin"), "ignore_errors": True},
            {"name": "alive", "holdfast.network.command": {"commands": ["show version"]}},
        ],
        "r1",
    )
    assert run.rc == 0, run.stdout
    put = run.result("r1", "put")
    assert (put["protocol"], put["algorithm"], put["logins"]) == ("sftp", "sha256", 0)
    assert run.result("r1", "again")["changed"] is False and (controller.directory / "back.bin").read_bytes() == data
    assert "admin may not write in /etc" in run.result("r1", "not allowed")["msg"]
