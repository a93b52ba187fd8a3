# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Configuration on the emulated platforms: truthful diffs, idempotence, all or nothing, guarded."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from tests.integration.conftest import LOCAL, Controller, describe


def test_merge_is_predicted_applied_and_idempotent(controller: Controller, device: dict[str, Any]) -> None:
    before = device["lab"].running_config(device["name"])
    run = controller.playbook(
        device["inventory"],
        [
            describe(device, "uplink", "predict", check_mode=True),
            describe(device, "uplink", "apply"),
            describe(device, "uplink", "again"),
        ],
    )
    predicted, applied, again = (run.result(device["name"], name) for name in ("predict", "apply", "again"))
    assert run.rc == 0
    assert predicted["changed"] and predicted["change"]["state"] == "predicted"
    assert predicted["change"]["prediction"] == ("computed" if device["kind"] == "ios" else "native")
    assert applied["changed"] and "description uplink" in applied["diff"]["prepared"]
    assert not again["changed"] and again["change"]["state"] == "unchanged" and again["diff"]["prepared"] == ""
    after = device["lab"].running_config(device["name"])
    assert after != before and "description uplink" in after


def test_a_bad_line_leaves_nothing(controller: Controller, device: dict[str, Any]) -> None:
    before = device["lab"].running_config(device["name"])
    lines = ["ntp server 192.0.2.1", "this is no command", "ntp server 192.0.2.2"]
    run = controller.playbook(device["inventory"], [{"name": "bad", "holdfast.network.config": {"lines": lines}}])
    result = run.result(device["name"], "bad")
    assert run.rc == 2 and result["code"] == "config_rejected" and not result["changed"]
    assert result["detail"]["line"] == "this is no command"
    assert "nvalid input" in result["detail"]["output"] and "127.0.0.1" in result["msg"]
    assert device["lab"].running_config(device["name"]) == before


def test_replace_reaches_exactly_the_given_configuration(
    controller: Controller, device: dict[str, Any], tmp_path: Path
) -> None:
    take = [{"name": "take", "holdfast.network.config": {"lines": ["ntp server 192.0.2.9"], "backup": True}}]
    backup = controller.playbook(device["inventory"], take).result(device["name"], "take")["backup_path"]
    src = str(controller.directory / backup)
    replace = {"src": src, "replace": True}
    run = controller.playbook(
        device["inventory"],
        [
            {"name": "predict", "holdfast.network.config": replace, "check_mode": True},
            {"name": "replace", "holdfast.network.config": replace},
            {"name": "again", "holdfast.network.config": replace},
        ],
    )
    assert run.result(device["name"], "predict")["changed"] and run.result(device["name"], "replace")["changed"]
    assert not run.result(device["name"], "again")["changed"]
    assert "192.0.2.9" not in device["lab"].running_config(device["name"])


def test_confirmed_in_time_stays_and_is_saved(controller: Controller, device: dict[str, Any]) -> None:
    run = controller.playbook(
        device["inventory"],
        [
            describe(device, "kept", confirm_within=30, register="made"),
            {"name": "confirm", "holdfast.network.confirm": {"change": "{{ made.change.id }}", "save": True}},
            {"name": "again", "holdfast.network.confirm": {"change": "{{ made.change.id }}"}},
        ],
    )
    assert run.result(device["name"], "change")["change"]["state"] == "pending"
    assert run.result(device["name"], "confirm")["changed"]
    assert not run.result(device["name"], "again")["changed"]
    assert "description kept" in device["lab"].running_config(device["name"])
    assert "description kept" in device["lab"].startup_config(device["name"])


def test_unconfirmed_is_undone_and_a_late_confirm_says_so(controller: Controller, device: dict[str, Any]) -> None:
    before = device["lab"].running_config(device["name"])
    run = controller.playbook(
        device["inventory"],
        [
            describe(device, "doomed", confirm_within=2, register="made"),
            {"name": "wait", "ansible.builtin.wait_for": {"timeout": 4}, "delegate_to": "localhost", "vars": LOCAL},
            {"name": "late", "holdfast.network.confirm": {"change": "{{ made.change.id }}"}},
        ],
    )
    late = run.result(device["name"], "late")
    assert late["outcome"] == "failed" and late["code"] == "change_expired" and "checkpoint" in late["msg"]
    assert device["lab"].running_config(device["name"]) == before


def test_a_killed_broker_leaves_a_change_that_is_settled_first(controller: Controller, device: dict[str, Any]) -> None:
    before = device["lab"].running_config(device["name"])
    run = controller.playbook(device["inventory"], [describe(device, "orphan", confirm_within=300)])
    change = run.result(device["name"], "change")["change"]
    assert "description orphan" in device["lab"].running_config(device["name"])
    controller.kill_broker()
    look = [{"name": "look", "holdfast.network.command": {"commands": ["show running-config"]}}]
    run = controller.playbook(
        device["inventory"],
        [*look, {"name": "late", "holdfast.network.confirm": {"change": change["id"]}, "ignore_errors": True}],
    )
    assert "description orphan" not in run.result(device["name"], "look")["stdout"][0]
    assert run.result(device["name"], "late")["code"] == "change_expired"
    assert device["lab"].running_config(device["name"]) == before


def test_a_killed_broker_and_a_confirm_before_the_deadline(controller: Controller, device: dict[str, Any]) -> None:
    run = controller.playbook(device["inventory"], [describe(device, "adopted", confirm_within=300)])
    change = run.result(device["name"], "change")["change"]["id"]
    controller.kill_broker()
    run = controller.playbook(
        device["inventory"], [{"name": "confirm", "holdfast.network.confirm": {"change": change}}]
    )
    assert run.result(device["name"], "confirm")["changed"]
    assert "description adopted" in device["lab"].running_config(device["name"])


def test_a_second_controller_is_told_who_holds_the_device(controller: Controller, device: dict[str, Any]) -> None:
    run = controller.playbook(device["inventory"], [describe(device, "first", confirm_within=60, register="made")])
    first = run.result(device["name"], "change")["change"]
    second = controller.playbook(
        device["inventory"], [describe(device, "second")], "all", "-e", "holdfast_queue_timeout=1"
    ).result(device["name"], "change")
    assert second["code"] == "device_held" and first["id"] in second["msg"] and first["owner"] in second["msg"]
    undo = [{"name": "undo", "holdfast.network.rollback": {"change": first["id"]}}]
    undone = controller.playbook(device["inventory"], undo).result(device["name"], "undo")
    assert undone["changed"] and undone["verified"]


def test_a_second_controller_waits_for_its_turn(controller: Controller, device: dict[str, Any]) -> None:
    controller.playbook(device["inventory"], [describe(device, "first", confirm_within=3)])
    start = time.monotonic()
    run = controller.playbook(device["inventory"], [describe(device, "second")])
    assert run.result(device["name"], "change")["changed"] and time.monotonic() - start > 1
    assert "description second" in device["lab"].running_config(device["name"])


def test_rollback_by_hand_to_a_label(controller: Controller, device: dict[str, Any]) -> None:
    before = device["lab"].running_config(device["name"])
    back = {"holdfast.network.rollback": {"to": "good"}}
    run = controller.playbook(
        device["inventory"],
        [
            {"name": "mark", "holdfast.network.checkpoint": {"label": "good"}},
            describe(device, "wrong"),
            {"name": "predict", **back, "check_mode": True},
            {"name": "back", **back},
            {"name": "again", **back},
        ],
    )
    name = device["name"]
    assert run.result(name, "predict")["changed"] and not run.result(name, "predict")["verified"]
    assert run.result(name, "back")["changed"] and run.result(name, "back")["verified"]
    assert not run.result(name, "again")["changed"] and run.result(name, "again")["verified"]
    assert device["lab"].running_config(name) == before
