# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How sessions are kept and who is served first: set for a host, a play or a task."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.client import Client

from tests.integration.conftest import Controller, LabInventory


def look(name: str, command: str = "show version", **task: Any) -> dict[str, Any]:
    return {"name": name, "holdfast.network.command": {"commands": [command]}, **task}


def kept(controller: Controller) -> list[dict[str, Any]]:
    """The broker's sessions."""
    (path,) = controller.runtime.glob("*.sock")
    with Client(path) as client:
        found: list[dict[str, Any]] = client.call("session.list", timeout=10)["sessions"]
        return found


def inventory(calm: LabInventory, directory: Path, **changes: dict[str, Any]) -> Path:
    path = directory / "queue.yml"
    hosts = {name: {**calm.host_vars(name), **more} for name, more in changes.items()}
    path.write_text(yaml.safe_dump({"all": {"hosts": hosts}}))
    return path


def test_the_driver_has_a_default_and_a_host_its_own(
    controller: Controller, calm: LabInventory, tmp_path: Path
) -> None:
    api = {"holdfast_driver": "pyeapi", "ansible_port": calm.lab.devices["r2"].eapi_port}
    api["holdfast_ca_file"] = str(calm.lab.directory / "eapi.pem")
    book = inventory(calm, tmp_path, r1={}, r2=api, r3={"holdfast_queue": "fifo"})
    assert controller.playbook(book, [look("one"), look("two")]).rc == 0
    assert [(row["driver"], row["queue"]) for row in kept(controller)] == [("netmiko", "pinned")]
    assert calm.lab.counters("r1")["logins"] == 1 and calm.lab.counters("r3")["logins"] == 2
    other = inventory(calm, tmp_path, r2={**api, "holdfast_queue": "pinned"})
    assert controller.playbook(other, [look("one"), look("two")]).rc == 0
    assert ("pyeapi", "pinned") in [(row["driver"], row["queue"]) for row in kept(controller)]


def test_a_play_and_a_task_have_their_own(controller: Controller, calm: LabInventory) -> None:
    play = {"hosts": "r1", "gather_facts": False}
    pinned = {**play, "tasks": [look("one"), look("two")]}
    fifo = {**play, "vars": {"holdfast_queue": "fifo"}, "tasks": [look("three"), look("four")]}
    assert controller.finish(controller.begin(calm.path, [pinned])).rc == 0
    # the session that is there is used, and then given up
    assert controller.finish(controller.begin(calm.path, [fifo])).rc == 0
    assert kept(controller) == [] and calm.lab.counters("r1")["logins"] == 2
    task = look("fifo", vars={"holdfast_queue": "fifo"})
    back = look("pinned", vars={"holdfast_queue": "pinned"})
    mixed = {**play, "vars": {"holdfast_queue": "fifo"}, "tasks": [back, look("again"), task, back, {**back}]}
    assert controller.finish(controller.begin(calm.path, [mixed])).rc == 0
    assert [row["queue"] for row in kept(controller)] == ["pinned"]
    # back and again: one login; fifo: another; the two at the end: a third
    assert calm.lab.counters("r1")["logins"] == 2 + 3


def test_the_idle_timeout_of_the_last_request_holds(controller: Controller, calm: LabInventory) -> None:
    assert controller.playbook(calm.path, [look("one")], "r1").rc == 0
    assert controller.playbook(calm.path, [look("two")], "r1", "-e", "holdfast_idle_timeout=77").rc == 0
    assert [row["idle_timeout"] for row in kept(controller)] == [77.0] and calm.lab.counters("r1")["logins"] == 1


def test_a_priority_is_heeded(controller: Controller, calm: LabInventory) -> None:
    """Three playbooks wait for a busy device; play, task and fleet each say how important they are."""
    calm.lab.fault("r1", "hang", command="show clock", count=1, when="half")
    controller.playbook(calm.path, [look("warm")], "r1")
    holder = controller.start(calm.path, [look("hold", "show clock")], "r1")
    assert calm.lab.wait(lambda: "show clock" in str(calm.lab.counters("r1")["log"]), 20)
    fleet = {"name": "high", "holdfast.network.fleet_command": {"commands": ["show inventory"]}}
    waiting = [
        controller.start(calm.path, [look("low", "show users")], "r1", vars={"holdfast_priority": "low"}),
        controller.start(calm.path, [look("normal", "show ip route")], "r1"),
        controller.start(calm.path, [{**fleet, "vars": {"holdfast_priority": "high"}}], "r1"),
    ]
    assert calm.lab.wait(lambda: kept(controller)[0]["waiting"] == 3, 30)
    calm.lab.clear("r1")
    for process in (holder, *waiting):
        controller.finish(process)
    log = [row[1] for row in calm.lab.counters("r1")["log"]]
    order = [line for line in log if line in ("show users", "show ip route", "show inventory")]
    assert order == ["show inventory", "show ip route", "show users"]


@pytest.mark.parametrize(("name", "value"), [("holdfast_priority", "urgent"), ("holdfast_queue", "lifo")])
def test_a_word_that_is_none(controller: Controller, calm: LabInventory, name: str, value: str) -> None:
    run = controller.playbook(calm.path, [look("look")], "r1", "-e", f"{name}={value}")
    assert run.rc != 0 and value in str(run.result("r1", "look")["msg"])
