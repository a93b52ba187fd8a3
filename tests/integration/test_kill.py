# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""SIGKILL to the playbook, and to the broker as well: the device goes back to its checkpoint by itself."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from typing import Any

from tests.integration.conftest import LOCAL, Controller, describe

WAIT = {"name": "wait", "ansible.builtin.wait_for": {"timeout": 60}, "delegate_to": "localhost", "vars": LOCAL}
LOOK = {"name": "look", "holdfast.network.command": {"commands": ["show version"]}}
UNDO = re.compile(r"configure replace|configure session \S+ abort")


def running(device: dict[str, Any]) -> str:
    return str(device["lab"].running_config(device["name"]))


def kill_after_commit(controller: Controller, device: dict[str, Any], within: int, broker: bool = False) -> float:
    """Commit a change, and kill all of the playbook as soon as the device has it. When that was."""
    process = controller.start(device["inventory"], [describe(device, "doomed", confirm_within=within), WAIT])
    assert device["lab"].wait(lambda: "description doomed" in running(device), 30)
    seen = time.monotonic()
    os.killpg(process.pid, signal.SIGKILL)
    if broker:
        controller.kill_broker()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    return seen


def journal(controller: Controller) -> list[dict[str, Any]]:
    """Settled changes."""
    return [json.loads(path.read_text()) for path in (controller.state / "journal").glob("*.json")]


def pending(controller: Controller) -> list[str]:
    return [path.name for path in (controller.state / "changes").glob("*.json")]


def test_a_killed_playbook_is_undone_at_the_deadline(controller: Controller, device: dict[str, Any]) -> None:
    before, within = running(device), 3
    seen = kill_after_commit(controller, device, within)
    assert "description doomed" in running(device)
    assert device["lab"].wait(lambda: running(device) == before, within + 5)
    took = time.monotonic() - seen
    assert within - 1 < took < within + 5, f"undone after {took:.1f} s"
    assert device["lab"].wait(lambda: not pending(controller))
    (change,) = journal(controller)
    assert change["state"] == "reverted" and change["reason"] == "not confirmed in time"
    late = {"name": "late", "holdfast.network.confirm": {"change": change["id"]}}
    result = controller.playbook(device["inventory"], [late]).result(device["name"], "late")
    assert result["code"] == "change_expired" and running(device) == before


def test_with_the_broker_killed_too_the_next_start_settles_it_first(
    controller: Controller, device: dict[str, Any]
) -> None:
    before = running(device)
    kill_after_commit(controller, device, 300, broker=True)
    assert "description doomed" in running(device) and len(pending(controller)) == 1
    device["lab"].reset_counters()
    # two tools at once: whichever is first, neither is served before the change is settled
    processes = [controller.start(device["inventory"], [LOOK]) for _unused in range(2)]
    for process in processes:
        assert controller.finish(process).result(device["name"], "look")["stdout"]
    entered = [row[1] for row in device["lab"].counters(device["name"])["log"]]
    undone = [number for number, line in enumerate(entered) if UNDO.search(line)]
    asked = [number for number, line in enumerate(entered) if line == "show version"]
    assert len(asked) == 2 and undone and max(undone) < min(asked), entered
    assert running(device) == before and pending(controller) == []
    (change,) = journal(controller)
    assert change["state"] == "reverted" and "broker ended" in change["reason"]
    assert controller.broker_pid()


def test_with_the_broker_killed_too_the_switch_undoes_it(controller: Controller, device: dict[str, Any]) -> None:
    if device["kind"] == "ios":
        # IOS counts its own timer in minutes: for this test they are short
        device["lab"].ask("set", device=device["name"], minute=4.0)
    try:
        before, within = running(device), 2
        seen = kill_after_commit(controller, device, within, broker=True)
        counters = device["lab"].counters(device["name"])
        assert device["lab"].wait(lambda: running(device) == before, within + 5)
        assert time.monotonic() - seen < within + 5
        same = ("logins", "commands", "config_lines", "api_requests")
        after = device["lab"].counters(device["name"])
        assert [after[key] for key in same] == [counters[key] for key in same], "somebody reached the device"
        assert len(pending(controller)) == 1 and controller.broker_pids() == []
        run = controller.playbook(device["inventory"], [LOOK])
        assert run.rc == 0 and pending(controller) == [] and journal(controller)[0]["state"] == "reverted"
        assert running(device) == before
    finally:
        device["lab"].ask("set", device=device["name"], minute=60.0)
