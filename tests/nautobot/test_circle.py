# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The full circle: discover devices, fill Nautobot with them, take them as inventory, find no drift; then find some."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.holdfast.network.plugins.plugin_utils.sources.operations import CREATES

from tests.integration.conftest import Controller, Run
from tests.lab.emulated import EmulatedLab, campus, own_addresses
from tests.nautobot.conftest import Api

COUNT = 8


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[EmulatedLab]:
    """IOS, EOS and NX-OS devices, each at an address of its own."""
    topology = own_addresses(campus(COUNT, ["ios", "eos", "nxos"]), f"127.{160 + os.getpid() % 40}")
    with EmulatedLab(topology, tmp_path / "campus") as made:
        yield made


@pytest.fixture
def login(lab: EmulatedLab) -> dict[str, Any]:
    device = lab.devices["core1"]
    return {
        "ansible_user": device.user, "ansible_password": device.password, "holdfast_enable_secret": device.enable,
        "holdfast_known_hosts": str(lab.known_hosts), "ansible_port": 2222,
    }  # fmt: skip


class Circle:
    """One store and one source; each step is a play of its own."""

    def __init__(self, controller: Controller, source: dict[str, Any], lab: EmulatedLab, login: dict[str, Any]) -> None:
        self.controller = controller
        self.source = source
        self.lab = lab
        self.login = login
        self.store = str(controller.directory / "discovery")

    def play(self, *tasks: tuple[str, str, dict[str, Any]]) -> Run:
        rows = [{"name": name, f"holdfast.network.{module}": options} for name, module, options in tasks]
        local = {"ansible_connection": "local", **self.login}
        return self.controller.playbook("localhost,", rows, "localhost", vars=local)

    def discover(self) -> tuple[str, str, dict[str, Any]]:
        seeds = [self.lab.devices["core1"].host]
        given = {
            "seeds": seeds,
            "port": 2222,
            "transports": ["ssh"],
            "login_rate": 0,
            "store": self.store,
            "topology": [],
        }
        return "discover", "discover", given

    def sync(self, **options: Any) -> tuple[str, str, dict[str, Any]]:
        given = {**self.source, "store": self.store, "location": "Ulm", "role": "switch", "create": list(CREATES)}
        return "write", "inventory_sync", {**given, **options}

    def drift(self) -> tuple[str, str, dict[str, Any]]:
        return "drift", "inventory_drift", {**self.source, "store": self.store, "fail_on": "never"}


def test_what_is_discovered_and_written_is_an_inventory_without_drift(
    controller: Controller, source: dict[str, Any], lab: EmulatedLab, login: dict[str, Any], nautobot: Api
) -> None:
    circle = Circle(controller, source, lab, login)
    run = circle.play(circle.discover(), circle.sync(), circle.drift(), ("again", *circle.sync()[1:]))
    written = run.result("localhost", "write")
    assert "code" not in written and written["summary"]["create"]["device"] == COUNT, written
    assert written["left_out"] == []
    assert run.result("localhost", "drift")["differences"] == []
    assert not run.result("localhost", "again")["changed"]
    assert len(nautobot.get("dcim/cables/")) == len(lab.topology.links)

    # every device is reached through what Nautobot now says of it, over the session that discovery has opened
    path = controller.directory / "nautobot.yml"
    path.write_text(
        yaml.safe_dump({"plugin": "holdfast.network.nautobot", "url": source["url"], "token": source["token"]})
    )
    look = [{"name": "look", "holdfast.network.command": {"commands": ["show version"]}}]
    reached = controller.playbook(path, look, "all", vars=login)
    assert sorted(reached.tasks) == sorted(lab.devices)
    for name in lab.devices:
        assert reached.result(name, "look")["stdout"][0]
    assert {name: row["logins"] for name, row in lab.all_counters().items()} == dict.fromkeys(lab.devices, 1)

    # a cable is pulled and a description changes: drift tells, write-back brings it in, and there is none again
    port = lab.topology.links[0].a
    lab.ask("cable", device=port[0], port=port[1], plugged=False)
    lab.configure("acc1", "interface Loopback7\n description new here")
    run = circle.play(circle.discover(), circle.drift(), circle.sync(prune=["cables"]), ("none", *circle.drift()[1:]))
    told = {(row["kind"], row["device"]) for row in run.result("localhost", "drift")["differences"]}
    assert any(kind.startswith("cable") and device == port[0] for kind, device in told), told
    gone = [one for one in run.result("localhost", "write")["operations"] if one["action"] == "delete"]
    assert [one["kind"] for one in gone] == ["cable"]
    assert run.result("localhost", "none")["differences"] == []
