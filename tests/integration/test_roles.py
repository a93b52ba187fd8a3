# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Roles and playbooks of the collection, by their full names, as a user starts them; read past the product."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import yaml

from tests.integration.conftest import Controller, LabInventory, Run
from tests.integration.test_frr import wait_for

PEER = "10.0.1.1"  # r1's neighbor r2
WRONG_AS = {"change_parents": ["router bgp 65001"], "change_lines": [f"neighbor {PEER} remote-as 65999"]}
NTP = {"change_lines": ["ntp server 192.0.2.1"]}
QUICK = {"change_confirm_within": 30, "change_converge": 2, "change_report_formats": ["json"]}
QUICK["change_features"] = ["facts", "bgp", "config"]


def play(controller: Controller, inventory: Path, name: str, *arguments: str, **variables: Any) -> Run:
    """A playbook of the collection with these variables."""
    book = ["ansible-playbook", f"holdfast.network.{name}", "-i", str(inventory)]
    return controller.finish(controller.spawn(*book, "-e", json.dumps(variables), *arguments, json_output=True))


def change(controller: Controller, inventory: Path, hosts: str, *arguments: str, **variables: Any) -> Run:
    return play(controller, inventory, "change", *arguments, holdfast_hosts=hosts, **QUICK, **variables)


def role(controller: Controller, inventory: Path, name: str, hosts: str, **variables: Any) -> Run:
    """The role used alone, from a play of somebody's own."""
    use = {"name": "use", "ansible.builtin.include_role": {"name": f"holdfast.network.{name}"}, "vars": variables}
    return controller.playbook(inventory, [use], hosts)


def report(controller: Controller, directory: str = "reports") -> dict[str, Any]:
    found = json.loads((controller.directory / directory / "report.json").read_text())
    return {"summary": found["summary"], **{host["host"]: host for host in found["hosts"]}}


def words(run: Run, host: str) -> str:
    return str(task(run, host, "Say what went wrong")["msg"])


def task(run: Run, host: str, name: str) -> dict[str, Any]:
    """The result of a role's task; its name on the screen begins with the role's."""
    (found,) = [full for full in run.tasks.get(host, {}) if full.endswith(name)] or [name]
    return run.result(host, found)


def configs(ring: LabInventory) -> dict[str, str]:
    return {name: ring.lab.running_config(name) for name in ring.lab.devices}


def phases(record: dict[str, Any]) -> dict[str, str]:
    return {phase["name"]: phase["result"] for phase in record["phases"]}


def test_a_good_change_is_confirmed_once(controller: Controller, calm: LabInventory) -> None:
    template = controller.directory / "ntp.j2"
    template.write_text("ntp server 192.0.2.{{ inventory_hostname[1:] }}\n")
    run = change(controller, calm.path, "all", change_template="ntp.j2", change_save=True)
    assert run.rc == 0, run.stdout
    found = report(controller)
    for name in calm.lab.devices:
        assert f"ntp server 192.0.2.{name[1:]}\n" in calm.lab.running_config(name)
        assert f"ntp server 192.0.2.{name[1:]}\n" in calm.lab.startup_config(name)
        assert found[name]["change"]["state"] == "confirmed" and set(phases(found[name]).values()) == {"ok"}
        assert "save" in phases(found[name])
    again = change(controller, calm.path, "all", change_template="ntp.j2")
    assert again.rc == 0
    assert not any(row.get("changed") for tasks in again.tasks.values() for row in tasks.values())
    assert report(controller)["r1"]["change"]["state"] == "unchanged"


def test_each_host_has_its_own_mistake(controller: Controller, calm: LabInventory) -> None:
    """One run: a wrong AS number, a line that does not exist, an undefined variable, no device, and no mistake."""
    (controller.directory / "bad.j2").write_text("ntp server {{ nowhere_defined }}\n")
    hosts = {
        "r1": WRONG_AS,
        "r2": {"change_lines": ["ntp server 192.0.2.1", "this is no command"]},
        "r3": {"change_template": "bad.j2"},
        "r4": NTP,
    }
    rows = {name: {**calm.host_vars(name), **found} for name, found in hosts.items()}
    rows["lost"] = {**calm.host_vars("r2"), "ansible_port": 9, **NTP}
    inventory = controller.directory / "mistakes.yml"
    inventory.write_text(yaml.safe_dump({"all": {"hosts": rows}}))
    before = configs(calm)
    run = change(controller, inventory, "all")
    found, after = report(controller), configs(calm)
    assert run.rc == 2 and {name for name in after if after[name] != before[name]} == {"r4"}
    assert found["r4"]["change"]["state"] == "confirmed" and "ntp server 192.0.2.1" in after["r4"]
    assert found["r1"]["rollback"] == {"done": True, "verified": True, "differences": []}
    assert phases(found["r1"])["validate"] == "failed" and phases(found["r1"])["verify"] == "ok"
    assert "as it was before" in words(run, "r1") and PEER in words(run, "r1")
    assert "this is no command" in words(run, "r2") and found["r2"]["change"]["state"] == "rejected"
    assert "nowhere_defined" in words(run, "r3") and "bad.j2" in words(run, "r3")
    assert "rollback" not in phases(found["r3"]) and task(run, "r3", "armed with the deadline")["code"] == "template"
    assert phases(found["lost"]) == {"preflight": "failed"} and "127.0.0.1" in words(run, "lost")


def test_what_still_differs_is_said(controller: Controller, calm: LabInventory) -> None:
    """The configuration is back, and meanwhile somebody took a port down on the other side."""
    taken = [{"name": "take", "holdfast.network.checkpoint": {"label": "good"}}]
    taken += [{"name": "see", "holdfast.network.snapshot": {"label": "good", "features": ["config", "bgp"]}}]
    controller.playbook(calm.path, taken, "r1")
    calm.lab.configure("r2", "interface Ethernet1\n   shutdown\n")
    options = {"rollback_to": "good", "rollback_compare": "good", "rollback_converge": 0}
    run = role(controller, calm.path, "rollback", "r1", rollback_report_formats=["json"], **options)
    assert run.rc == 2
    assert "verify: r1, snapshot good and now: the configuration is the same, but the state differs" in words(run, "r1")
    assert PEER in words(run, "r1") and not report(controller)["r1"]["rollback"]["verified"]


def test_check_mode_changes_and_writes_nothing(controller: Controller, calm: LabInventory) -> None:
    before = configs(calm)
    run = change(controller, calm.path, "all", "--check", "--diff", **NTP)
    assert run.rc == 0, run.stdout
    result = task(run, "r2", "Change the configuration, armed with the deadline")
    assert result["changed"] and "+ntp server 192.0.2.1" in result["diff"]["prepared"]
    assert configs(calm) == before
    assert not (controller.directory / "reports").exists() and not (controller.directory / "snapshots").exists()


def test_the_role_alone_replaces_a_configuration(controller: Controller, calm: LabInventory) -> None:
    before = configs(calm)
    (controller.directory / "r2.cfg").write_text(before["r2"])
    calm.lab.configure("r2", "ntp server 192.0.2.7\n")
    run = role(controller, calm.path, "change", "r2", change_src="r2.cfg", change_replace=True, **QUICK)
    assert run.rc == 0, run.stdout
    found = report(controller)["r2"]
    assert configs(calm) == before and found["change"]["state"] == "confirmed" and found["validation"]["passed"]


def test_batches_and_one_report_of_all(controller: Controller, calm: LabInventory) -> None:
    run = change(controller, calm.path, "r1,r2", change_stable_seconds=1, holdfast_serial=1, **NTP)
    found = report(controller)
    assert run.rc == 0 and {"r1", "r2"} <= set(found)
    assert all(phases(found[name])["stable"] == "ok" for name in ("r1", "r2"))
    assert found["r1"]["change"]["finished"] <= found["r2"]["change"]["started"]


def test_a_batch_that_failed_stops_the_ones_after_it(controller: Controller, calm: LabInventory) -> None:
    options = {"holdfast_serial": 1, "change_preflight_checks": [{"check": "bgp", "min_neighbors": 3}]}
    before = configs(calm)
    run = change(controller, calm.path, "r1,r2", **options, **NTP)
    found = report(controller)
    assert run.rc == 2 and phases(found["r1"]) == {"preflight": "failed"} and "r2" not in found
    assert configs(calm) == before


def test_a_device_that_is_not_stable_is_left_alone(controller: Controller, calm: LabInventory) -> None:
    process = controller.spawn(
        "ansible-playbook", "holdfast.network.change", "-i", str(calm.path), "-e",
        json.dumps({"holdfast_hosts": "r1", "change_stable_seconds": 4, **QUICK, **NTP}), json_output=True,
    )  # fmt: skip
    taken = controller.directory / "snapshots"
    wait_for(lambda: bool(list(taken.glob("*/r1.json"))), 30)
    calm.lab.configure("r2", "interface Ethernet1\n   shutdown\n")
    run = controller.finish(process)
    assert run.rc == 2 and "not stable" in words(run, "r1") and PEER in words(run, "r1")
    assert "ntp" not in calm.lab.running_config("r1")


def test_somebody_elses_pending_change_is_not_touched(controller: Controller, calm: LabInventory) -> None:
    pending = {"lines": ["ntp server 192.0.2.9"], "confirm_within": 60}
    first = controller.playbook(calm.path, [{"name": "first", "holdfast.network.config": pending}], "r1")
    theirs = first.result("r1", "first")["change"]
    run = change(controller, calm.path, "r1", **NTP)
    assert run.rc == 2 and theirs["id"] in words(run, "r1") and theirs["owner"] in words(run, "r1")
    assert "192.0.2.9" in calm.lab.running_config("r1")
    undone = play(controller, calm.path, "rollback", holdfast_hosts="r1", rollback_change=theirs["id"])
    assert undone.rc == 0, undone.stdout
    assert "ntp" not in calm.lab.running_config("r1") and report(controller)["r1"]["rollback"]["verified"]


def test_validation_passes_and_its_reports_parse(controller: Controller, calm: LabInventory) -> None:
    (controller.directory / "checks.yml").write_text(yaml.safe_dump([{"check": "bgp", "title": "All up"}]))
    run = play(controller, calm.path, "validate", validation_catalogue="checks.yml", validation_snapshot="today")
    assert run.rc == 0, run.stdout
    directory = controller.directory / "reports"
    found = report(controller)
    assert all(found[name]["validation"]["passed"] for name in calm.lab.devices) and found["r1"]["topology"]["bgp"]
    assert len(ElementTree.parse(directory / "report.xml").getroot().findall(".//testcase")) >= 4
    assert "<svg" in (directory / "report.html").read_text() and "All up" in (directory / "report.md").read_text()


def test_validation_fails_with_an_exit_status(controller: Controller, calm: LabInventory) -> None:
    checks = [{"check": "bgp", "min_neighbors": 3, "title": "Three peers"}]
    run = play(controller, calm.path, "validate", holdfast_hosts="r1,r2", validation_checks=checks)
    assert run.rc == 2 and "Three peers" in words(run, "r1") and "Three peers" in words(run, "r2")
    root = ElementTree.parse(controller.directory / "reports/report.xml").getroot()
    assert len(root.findall(".//testcase/failure")) == 2
    alone = role(
        controller, calm.path, "validation", "r1", validation_checks=checks, validation_fail=False,
        validation_report_dir="alone",
    )  # fmt: skip
    assert alone.rc == 0 and not report(controller, "alone")["r1"]["validation"]["passed"]


def test_rollback_to_a_label(controller: Controller, calm: LabInventory) -> None:
    before = configs(calm)
    mark = [
        {"name": "mark", "holdfast.network.checkpoint": {"label": "good"}},
        {"name": "see", "holdfast.network.snapshot": {"label": "good"}},
    ]
    controller.playbook(calm.path, mark, "r1,r2")
    for name in ("r1", "r2"):
        calm.lab.configure(name, "ntp server 192.0.2.1\n")
    options = {"holdfast_hosts": "r1,r2", "rollback_to": "good", "rollback_compare": "good"}
    predicted = play(controller, calm.path, "rollback", "--check", "--diff", **options)
    shown = task(predicted, "r1", "Go back to the checkpoint")
    assert predicted.rc == 0 and shown["changed"] and "-ntp server 192.0.2.1" in shown["diff"]["prepared"]
    assert configs(calm) != before and not (controller.directory / "reports").exists()
    done = play(controller, calm.path, "rollback", **options)
    assert done.rc == 0 and configs(calm) == before, done.stdout
    found = report(controller)
    assert all(found[name]["rollback"] == {"done": True, "verified": True, "differences": []} for name in ("r1", "r2"))
    again = play(controller, calm.path, "rollback", **options)
    assert again.rc == 0
    assert not any(row.get("changed") for tasks in again.tasks.values() for row in tasks.values())


def test_rollback_to_what_is_not_there(controller: Controller, calm: LabInventory) -> None:
    run = role(controller, calm.path, "rollback", "r1", rollback_to="nowhere")
    assert run.rc == 2 and "nowhere" in words(run, "r1")


def test_all_hosts_go_back_to_before_a_named_change(controller: Controller, calm: LabInventory) -> None:
    """One host keeps the change, one undid it itself, and one never began: it has no such checkpoint."""
    rows = {"r1": NTP, "r3": {**WRONG_AS, "change_parents": ["router bgp 65003"]}, "r2": {**NTP, "ansible_port": 9}}
    inventory = controller.directory / "three.yml"
    hosts = {name: {**calm.host_vars(name), **found} for name, found in rows.items()}
    inventory.write_text(yaml.safe_dump({"all": {"hosts": hosts}}))
    before = configs(calm)
    run = change(controller, inventory, "all", change_label="job-7")
    assert run.rc == 2 and {name for name, text in configs(calm).items() if text != before[name]} == {"r1"}
    options = {"rollback_to": "job-7", "rollback_compare": "job-7-before", "rollback_report_formats": ["json"]}
    refused = play(controller, calm.path, "rollback", holdfast_hosts="r1,r2", **options)
    assert refused.rc == 2 and "no checkpoint 'job-7'" in words(refused, "r2")
    back = play(controller, calm.path, "rollback", holdfast_hosts="r1,r2,r3", rollback_missing="skip", **options)
    found = report(controller)
    assert back.rc == 0 and configs(calm) == before, back.stdout
    assert found["r1"]["rollback"]["verified"] and not found["r2"]["rollback"]
    assert "nothing to go back to" in found["r2"]["phases"][0]["words"] and set(phases(found["r2"])) == {"rollback"}


def test_sessions_are_shown_as_a_table(controller: Controller, calm: LabInventory) -> None:
    none = controller.run("ansible-playbook", "holdfast.network.sessions")
    assert none.rc == 0 and "no broker" in none.stdout.lower(), none.stdout + none.stderr
    pending = {"lines": ["ntp server 192.0.2.9"], "confirm_within": 60}
    first = controller.playbook(calm.path, [{"name": "first", "holdfast.network.config": pending}], "r1")
    some = controller.run("ansible-playbook", "holdfast.network.sessions")
    port = str(calm.lab.devices["r1"].port)
    assert some.rc == 0 and any("127.0.0.1" in line and port in line for line in some.stdout.splitlines()), some.stdout
    change_id = first.result("r1", "first")["change"]["id"]
    assert change_id in some.stdout
    undo = [{"name": "undo", "holdfast.network.rollback": {"change": change_id}}]
    assert controller.playbook(calm.path, undo, "r1").result("r1", "undo")["verified"]


def test_a_report_of_nothing_and_of_what_is_too_old(controller: Controller, calm: LabInventory) -> None:
    nothing = play(controller, calm.path, "report", report_from="nowhere")
    assert nothing.rc == 2 and "there is no report.json of the last 24 hours" in nothing.stdout
    old = controller.directory / "reports/1/report.json"
    old.parent.mkdir(parents=True)
    old.write_text(json.dumps({"hosts": [{"host": "r1", "change": {"id": "1", "state": "confirmed"}}]}))
    made = play(controller, calm.path, "report", report_title="The day")
    assert made.rc == 0 and report(controller, "report")["r1"]["outcome"] == "confirmed"
    os.utime(old, (1, 1))
    assert play(controller, calm.path, "report").rc == 2
