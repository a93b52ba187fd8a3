# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One task over the whole batch: each host's own variables and failures, and results that feed everything else."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.conftest import Controller, LabInventory, Run, lab_inventory

HOSTS = ["r1", "r2", "r3", "r4"]
IOS, EOS = ["r1", "r3"], ["r2", "r4"]
UNDEFINED = "{{ nowhere }}"


def fleet(name: str = "fleet", *commands: Any, **options: Any) -> dict[str, Any]:
    task = {key: options.pop(key) for key in list(options) if key in ("vars", "loop", "ignore_errors", "check_mode")}
    given = {"commands": list(commands or ["show version"]), **options}
    return {"name": name, "holdfast.network.fleet_command": given, "run_once": True, "register": "fleet", **task}


def snapshot(label: str, **options: Any) -> dict[str, Any]:
    return {
        "name": f"snapshot {label}",
        "holdfast.network.fleet_snapshot": {"label": label, **options},
        "run_once": True,
    }


def found(run: Run, name: str = "fleet") -> dict[str, Any]:
    """The task's only result."""
    (result,) = [tasks[name] for tasks in run.tasks.values() if name in tasks]
    return result


def book(calm: LabInventory, directory: Path, **more: dict[str, Any]) -> Path:
    """The ring, with further variables of hosts, and further hosts."""
    hosts = {name: {**calm.host_vars(name), **more.pop(name, {})} for name in HOSTS} | more
    path = directory / "fleet.yml"
    path.write_text(yaml.safe_dump({"all": {"hosts": hosts, "vars": {"common": "version", "word": "version"}}}))
    return path


def test_each_host_has_its_own_variables(controller: Controller, calm: LabInventory, tmp_path: Path) -> None:
    ports = {name: {"uplink": "Loopback0" if name in IOS else "Ethernet1"} for name in HOSTS}
    inventory = book(calm, tmp_path, **ports)
    own = {"name": "own", "ansible.builtin.debug": {"msg": "{{ fleet.results[inventory_hostname].stdout[0] }}"}}
    facts = {"name": "facts", "ansible.builtin.set_fact": {"said": "users of {{ inventory_hostname }}"}}
    run = controller.playbook(
        inventory,
        [
            facts,
            fleet("fleet", "show {{ common }}", "show running-config interface {{ uplink }}"),
            own,
            fleet("play", "{{ first }} {{ second }} {{ third }}", vars={"third": "{{ common }}"}, check_mode=True),
            fleet("whole", vars={"list": ["show {{ item }}", "show {{ common }}"]}, commands="{{ list }}",
                  loop=["version", "clock"]),
        ],
        "all", "-e", "second=\"{{ '' }}\"",
        vars={"first": "{{ 'show' if inventory_hostname == 'r1' else 'clear' }}"},
    )  # fmt: skip
    assert run.rc == 0, run.stdout
    result = found(run)
    assert list(result["results"]) == HOSTS and result["summary"]["ok"] == 4 and not result["changed"]
    for name in HOSTS:
        version, port = result["results"][name]["stdout"]
        assert ("IOSv" in version) == (name in IOS) and f"interface {ports[name]['uplink']}" in port
        assert run.result(name, "own")["msg"] == version and result["results"][name]["elapsed"] >= 0
        assert result["results"][name]["stdout_lines"][0] == version.splitlines()
    # play, task and extra variables, and a check mode that each host decides on
    play = found(run, "play")
    assert play["summary"] == {"hosts": 4, "ok": 1, "failed": 0, "unreachable": 0, "skipped": 3}
    assert play["results"]["r1"]["stdout"] == result["results"]["r1"]["stdout"][:1] and play["results"]["r2"]["skipped"]
    clocks = found(run, "whole")["results"][1]
    assert ":" in clocks["results"]["r4"]["stdout"][0] and len(clocks["results"]["r4"]["stdout"]) == 2
    assert all(row["logins"] == 1 for row in calm.lab.all_counters().values())


def test_failures_are_each_host_s_own(controller: Controller, calm: LabInventory, tmp_path: Path) -> None:
    inventory = book(
        calm, tmp_path, r2={"ansible_port": 1}, r3={"word": "nonsense"}, r4={"word": UNDEFINED},
        here={"ansible_connection": "local"}, lost={**calm.host_vars("r1"), "ansible_password": "not-it"},
        typed={**calm.host_vars("r1"), "holdfast_queue": "stack"},
    )  # fmt: skip
    tasks = [
        fleet("fleet", "show {{ word }}", fail_on="never"),
        {
            "name": "each",
            "ansible.builtin.fail": {"msg": "{{ fleet.results[inventory_hostname].msg }}"},
            "when": "inventory_hostname in fleet.failed_hosts + fleet.unreachable_hosts",
        },
        fleet("rest"),
        fleet("any", "show nonsense", fail_on="any", ignore_errors=True),
        fleet("all", "show {{ 'nonsense' if inventory_hostname == 'r1' else 'version' }}", fail_on="all"),
    ]
    run = controller.playbook(inventory, tasks)
    result = found(run)
    codes = {name: row.get("code", "ok") for name, row in result["results"].items()}
    assert codes == {
        "r1": "ok", "r2": "unreachable", "r3": "command_failed", "r4": "bad_input", "here": "bad_input",
        "lost": "authentication", "typed": "bad_input",
    }  # fmt: skip
    rows = result["results"]
    assert "nowhere" in rows["r4"]["msg"] and "r4" in rows["r4"]["msg"]
    assert "here uses" in rows["here"]["msg"] and "'queue'" in rows["typed"]["msg"]
    assert sorted(result["failed_hosts"]) == ["here", "r3", "r4", "typed"]
    assert sorted(result["unreachable_hosts"]) == ["lost", "r2"]
    assert result["outcome"] == "ok" and result["msg"].startswith("6 of 7 hosts failed: ") and "3 more" in result["msg"]
    # the hosts that failed in a task of their own are out of the next ones
    assert list(found(run, "rest")["results"]) == ["r1"]
    assert found(run, "any")["outcome"] == "failed" and found(run, "all")["outcome"] == "failed"
    records = {row["host"]: row["phases"][0] for row in result["records"]}
    assert records["r1"]["result"] == "ok" and records["r2"]["result"] == "failed" and records["r2"]["words"]
    assert calm.lab.counters("r1")["failed_logins"] == 1 and "not-it" not in run.stdout + run.stderr


def test_it_is_for_the_hosts_of_the_batch(controller: Controller, calm: LabInventory) -> None:
    stop = {"name": "stop", "ansible.builtin.fail": {"msg": "x"}, "when": "inventory_hostname == 'r2'"}
    limited = controller.playbook(calm.path, [stop, fleet()], "all", "--limit", "r1,r2,r3")
    assert sorted(found(limited)["results"]) == ["r1", "r3"]
    batches = controller.playbook(calm.path, [fleet()], serial=3)
    assert batches.rc == 0 and sorted(len(tasks["fleet"]["results"]) for tasks in batches.tasks.values()) == [1, 3]
    bad = controller.playbook(calm.path, [fleet(parallel=0, ignore_errors=True), fleet("more", typo=1)])
    assert "parallel: 0" in found(bad)["msg"] and "did you mean" not in found(bad)["msg"]
    assert "typo: no such option" in found(bad, "more")["msg"]


def test_the_play_s_user_and_a_role_s_variables(controller: Controller, calm: LabInventory, tmp_path: Path) -> None:
    inventory = book(calm, tmp_path, here={"ansible_connection": "local"})
    hosts = yaml.safe_load(inventory.read_text())
    for name in HOSTS:
        del hosts["all"]["hosts"][name]["ansible_user"]
    inventory.write_text(yaml.safe_dump(hosts))
    role = tmp_path / "roles/look"
    for part, content in (("defaults", {"what": "clock"}), ("vars", {"more": "version"}), ("tasks", [
        fleet("fleet", "show {{ what }}", "show {{ more }}"),
    ])):  # fmt: skip
        (role / part).mkdir(parents=True)
        (role / part / "main.yml").write_text(yaml.safe_dump(content))
    play = {"hosts": "all:!here", "gather_facts": False, "remote_user": "admin", "roles": [str(role)]}
    run = controller.finish(controller.begin(inventory, [play]))
    assert run.rc == 0 and found(run, f"{role} : fleet")["summary"]["ok"] == 4, run.stdout


def test_parallel_is_a_bound(controller: Controller, calm: LabInventory) -> None:
    controller.playbook(calm.path, [fleet()])
    for name in HOSTS:
        calm.lab.fault(name, "delay", command="show version", seconds=1.0)
    run = controller.playbook(calm.path, [fleet("two", parallel=2), fleet("four", parallel=4)])
    two, four = found(run, "two")["elapsed"], found(run, "four")["elapsed"]
    assert two >= 2.0 > four >= 1.0, (two, four)
    assert all(1.0 <= row["elapsed"] < 2.0 for row in found(run, "two")["results"].values())


def test_snapshots_feed_compare_validate_and_reports(controller: Controller, calm: LabInventory) -> None:
    checks = [
        {"check": "bgp", "title": "sessions"},
        {"check": "unchanged", "features": ["interfaces"], "but_for": ["interfaces.Loopback0.description"]},
    ]
    run = controller.playbook(calm.path, [snapshot("before"), snapshot("before")])
    first = found(run, "snapshot before")
    assert run.rc == 0 and not first["changed"], "the second time nothing has changed"
    stored = json.loads((controller.directory / "snapshots/before/r3.json").read_text())
    assert stored["metadata"]["host"] == "r3" and {"bgp", "interfaces", "config"} <= set(stored["features"])
    one = {"name": "one", "holdfast.network.snapshot": {"label": "single"}}
    same = {"name": "same", "holdfast.network.compare": {"before": "before", "after": "single"}}
    compared = controller.playbook(calm.path, [one, same])
    assert not any(compared.result(name, "same")["differs"] for name in HOSTS), "as the task for one host makes it"

    calm.lab.configure("r1", "interface Loopback0\n description changed\nrouter bgp 65001\n neighbor 10.0.1.1 shutdown")
    reach = {"check": "reachability", "destinations": ["10.0.1.1"]}
    validate = {"checks": checks, "before": "before", "after": "after"}
    commands = {name: calm.lab.counters(name)["commands"] for name in HOSTS}
    run = controller.playbook(
        calm.path,
        [
            {**snapshot("after", return_data=True), "register": "after"},
            {"name": "compare", "holdfast.network.compare": {"before": "before", "after": "after"}},
            {"name": "validate", "holdfast.network.validate": validate, "ignore_errors": True, "register": "checked"},
            {"name": "ping", "holdfast.network.validate": {"checks": [reach], "after": "after"}, "ignore_errors": True},
            {"name": "wait", "holdfast.network.validate": {**validate, "converge": 5}, "ignore_errors": True},
            {"name": "report", "run_once": True, "holdfast.network.report": {
                "records": "{{ after.records + [{'host': inventory_hostname, 'validation': checked}] }}"}},
        ],
    )  # fmt: skip
    after = found(run, "snapshot after")
    assert after["results"]["r1"]["changed"] and after["results"]["r1"]["snapshot"]["features"]["bgp"]
    assert run.result("r1", "compare")["differs"] and "changed" in run.result("r1", "compare")["text"]
    results = {name: run.result(name, "validate") for name in HOSTS}
    assert [row["status"] for row in results["r1"]["results"]] == ["passed", "passed"], results["r1"]
    assert results["r2"]["results"][0]["status"] == "failed", "the neighbor of r1 misses it"
    assert run.result("r1", "ping")["results"][0]["status"] in ("skipped", "error")
    assert run.result("r1", "wait")["code"] == "bad_input"
    report = json.loads((controller.directory / "reports/report.json").read_text())
    hosts = {row["host"]: row for row in report["hosts"]}
    assert set(hosts) == set(HOSTS) and hosts["r1"]["validation"]["passed"]
    assert hosts["r2"]["topology"]["lldp"] and hosts["r2"]["phases"][0]["name"] == "fleet_snapshot"
    assert "<svg" in (controller.directory / "reports/report.html").read_text()
    # one reading a device; compare and validate asked nothing
    log = [row[1] for row in calm.lab.counters("r1")["log"]]
    assert calm.lab.counters("r1")["logins"] == 1 and len(log) < 2 * commands["r1"]


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabInventory]:
    from tests.lab.emulated.topology import standalone

    yield from lab_inventory(standalone(200), tmp_path_factory.mktemp("many"))


def test_two_hundred_hosts(controller: Controller, many: LabInventory) -> None:
    cold = controller.playbook(many.path, [fleet()])
    assert cold.rc == 0 and found(cold)["summary"]["ok"] == 200
    start = time.monotonic()
    warm = controller.playbook(many.path, [fleet("fleet", "show version", "show running-config")])
    seconds = time.monotonic() - start
    rows = found(warm)["results"]
    assert all(f"{name} uptime is" in row["stdout"][0] for name, row in rows.items())
    assert all(f"hostname {name}" in row["stdout"][1] for name, row in rows.items())
    assert seconds < 15, "a fork for each host would take longer"
    assert all(row["logins"] == 1 for row in many.lab.all_counters().values())
