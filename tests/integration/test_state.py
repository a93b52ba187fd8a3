# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""State of devices: facts, snapshots, differences, checks and reports, commands and the connection test."""

from __future__ import annotations

import json
import threading
import time
import xml.etree.ElementTree
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.conftest import Controller, LabInventory

PEER = "10.0.1.1"  # r1's neighbor r2
BREAK = f"router bgp 65001\n neighbor {PEER} shutdown"
HEAL = f"router bgp 65001\n no neighbor {PEER} shutdown"


def task(module: str, name: str = "", register: str | None = None, **options: Any) -> dict[str, Any]:
    made = {"name": name or module, f"holdfast.network.{module}": options}
    return made if register is None else {**made, "register": register}


# -- facts and snapshots ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "vendor"), [("r1", "Cisco"), ("r2", "Arista")])
def test_facts(controller: Controller, calm: LabInventory, name: str, vendor: str) -> None:
    run = controller.playbook(
        calm.path,
        [
            task("facts"),
            task("facts", "more", gather_subset=["bgp", "lldp", "config"]),
            task("facts", "getters", gather_subset=["get_facts", "facts", "get_firewall_policies"]),
            {**task("facts", "none", gather_subset=["get_firewall_policies"]), "ignore_errors": True},
        ],
        name,
    )
    facts = run.result(name, "facts")["ansible_facts"]
    assert (facts["net_hostname"], facts["net_vendor"]) == (name, vendor)
    assert facts["net_version"] and facts["net_model"] and facts["net_serial"] and facts["net_uptime"] >= 0
    assert facts["net_interfaces"]["Loopback0"]["is_up"] and set(facts["holdfast"]) == {"facts", "interfaces"}
    more = run.result(name, "more")["ansible_facts"]["holdfast"]
    assert all(peer["is_up"] for peer in more["bgp"]["global"]["peers"].values()) and len(more["lldp"]) == 2
    assert f"hostname {name}" in more["config"] and calm.lab.counters(name)["config_lines"] == 0
    getters = run.result(name, "getters")
    found = getters["ansible_facts"]["holdfast"]
    assert found["get_facts"]["vendor"] == found["facts"]["vendor"] == vendor
    assert "get_firewall_policies" in getters["skipped_features"] and set(found) == {"facts", "get_facts"}
    assert run.result(name, "none")["code"] == "unsupported"


def test_snapshot_and_compare(controller: Controller, calm: LabInventory) -> None:
    run = controller.playbook(calm.path, [task("snapshot", label="before"), task("snapshot", "again", label="before")])
    first = run.result("r1", "snapshot")
    assert first["changed"] and {"facts", "interfaces", "bgp", "lldp", "config"} <= set(first["features"])
    assert all("getter" in reason for reason in first["skipped_features"].values())
    assert not run.result("r1", "again")["changed"]
    path = controller.directory / first["path"]
    assert path == controller.directory / "snapshots/before/r1.json"
    stored = json.loads(path.read_text())
    assert stored["metadata"]["host"] == "r1" and set(stored["features"]) == set(first["features"])
    assert (controller.directory / "snapshots/before/r2.json").exists()

    compare = {"before": "before"}
    calm.lab.configure("r1", "interface GigabitEthernet0/1\n description another\n" + BREAK)
    run = controller.playbook(
        calm.path,
        [
            task("compare", **compare),
            task("compare", "bgp", features=["bgp"], **compare),
            task("compare", "excludes", features=["bgp", "interfaces"], **compare, exclude=[
                "bgp.**.is_up", "bgp.**.is_enabled", "bgp.**.remote_id", "bgp.**.*_prefixes",
                "interfaces.GigabitEthernet0/1.description",
            ]),
            task("snapshot", label="after"),
            task("compare", "files", after="after", **compare),
        ],
    )  # fmt: skip
    live = run.result("r1", "compare")
    paths = {row["path"]: row for row in live["differences"]}
    assert live["differs"] and not live["changed"] and "another" in live["text"]
    assert any(path.endswith("description") and row["after"] == "another" for path, row in paths.items()), paths
    down = [row for path, row in paths.items() if PEER in path and path.endswith("is_up")]
    assert [(row["before"], row["after"], row["kind"]) for row in down] == [(True, False, "changed")]
    assert {row["path"].split(".")[0] for row in run.result("r1", "bgp")["differences"]} == {"bgp"}
    assert not run.result("r1", "excludes")["differs"], run.result("r1", "excludes")["text"]
    assert run.result("r1", "files")["differences"] == live["differences"]
    # two hops away only the number of routes is another
    assert all(row["path"].endswith("_prefixes") for row in run.result("r3", "compare")["differences"])


# -- checks and reports ---------------------------------------------------------------------------------------

CHECKS = [
    {"check": "bgp", "title": "BGP is up", "severity": "critical", "tags": ["routing"]},
    {"check": "interfaces", "title": "ports are up", "tags": ["ports"]},
    {"check": "config", "title": "a time server", "severity": "low", "tags": ["services"], "contains": ["ntp server"]},
]


def test_validate_passes_and_fails(controller: Controller, calm: LabInventory) -> None:
    book = controller.directory / "checks.yml"
    book.write_text(yaml.safe_dump({"checks": CHECKS}))
    healthy = controller.playbook(
        calm.path,
        [
            task("validate", catalogue="checks.yml", severity="medium", report_dir="reports"),
            task("validate", "tagged", catalogue=["checks.yml"], tags=["routing", "ports"]),
            task("validate", "untagged", checks=CHECKS, skip_tags=["services"]),
        ],
        "r1",
    )
    result = healthy.result("r1", "validate")
    assert healthy.rc == 0 and result["passed"] and not result["changed"] and result["attempts"] == 1
    assert result["summary"] == {"passed": 2, "failed": 1, "skipped": 0, "error": 0}
    assert [row["status"] for row in healthy.result("r1", "tagged")["results"]] == ["passed", "passed"]
    assert len(healthy.result("r1", "untagged")["results"]) == 2
    check_reports(controller.directory, result["report_paths"], "r1", ["BGP is up", "ports are up", "a time server"])

    low = {"check": "bgp", "neighbors": [PEER], "severity": "low"}
    calm.lab.configure("r1", BREAK)
    down = controller.playbook(
        calm.path,
        [
            {**task("validate", catalogue="checks.yml"), "ignore_errors": True},
            {**task("validate", "named", checks=[low]),
             "ignore_errors": True},
            task("validate", "minor", severity="high", checks=[low]),
        ],
        "r1",
    )  # fmt: skip
    # a neighbor that is shut down is no enabled one: who wants it names it
    assert [row["status"] for row in down.result("r1", "validate")["results"]] == ["passed", "passed", "failed"]
    named = down.result("r1", "named")
    assert named["outcome"] == "failed" and not named["passed"]
    assert "1 of 1 checks failed" in named["msg"] and PEER in named["msg"] and "shut down" in named["msg"]
    minor = down.result("r1", "minor")
    assert minor["outcome"] == "ok" and minor["passed"] and minor["summary"]["failed"] == 1


NAPALM_FILE = """\
- get_facts:
    hostname: "^r[12]$"
    uptime: ">=0"
- get_bgp_neighbors:
    global:
      peers: {PEER: {is_up: true}}
- ping:
    _name: the other side answers
    _kwargs: {destination: "{{ peer }}", count: 2}
    success: {packet_loss: 0}
- get_lldp_neighbors_detail:
    _kwargs: {interface: "{{ port }}"}
    _mode: strict
    PORT:
      list: [{remote_system_name: "^r"}]
- get_firewall_policies: {}
- get_facts: {_name: another model, model: C9300}
- get_facts: {_name: wrong arguments, _kwargs: {speed: 1}}
"""


def test_a_validation_file_of_napalm(controller: Controller, calm: LabInventory) -> None:
    tasks = [{**task("validate", catalogue="validate.yml"), "ignore_errors": True}]
    for name in ("r1", "r2"):
        peer = next(iter(calm.lab.bgp(name)))
        port = {"r1": "GigabitEthernet0/1", "r2": "Ethernet1"}[name]
        text = NAPALM_FILE.replace("PEER", peer).replace("PORT", port)
        (controller.directory / "validate.yml").write_text(text)
        run = controller.playbook(calm.path, tasks, name, "-e", f"peer={peer}", "-e", f"port={port}")
        found = run.result(name, "validate")
        assert {row["title"]: row["status"] for row in found["results"]} == {
            "get_facts": "passed", "get_bgp_neighbors": "passed", "the other side answers": "passed",
            "get_lldp_neighbors_detail": "passed", "get_firewall_policies": "skipped", "another model": "failed",
            "wrong arguments": "error",
        }, found  # fmt: skip
        assert "get_facts.model is '" in found["msg"] and "cannot be called like this" in found["msg"]
    assert calm.lab.counters("r1")["logins"] == 1


def test_validate_against_a_snapshot(controller: Controller, calm: LabInventory) -> None:
    unchanged = {"check": "unchanged", "features": ["interfaces"], "title": "nothing else"}
    but_for = {**unchanged, "title": "but for", "but_for": ["interfaces.GigabitEthernet0/1.description"]}
    controller.playbook(calm.path, [task("snapshot", label="before", features=["interfaces"])], "r1")
    calm.lab.configure("r1", "interface GigabitEthernet0/1\n description another")
    run = controller.playbook(
        calm.path, [{**task("validate", checks=[unchanged, but_for], before="before"), "ignore_errors": True}], "r1"
    )
    result = run.result("r1", "validate")
    assert [row["status"] for row in result["results"]] == ["failed", "passed"] and "nothing else" in result["msg"]


def test_validate_waits_until_it_converges(controller: Controller, calm: LabInventory) -> None:
    check = {"check": "bgp", "neighbors": [PEER], "title": "the peer"}
    calm.lab.configure("r1", BREAK)
    healed: list[float] = []

    def heal() -> None:
        reads = calm.lab.counters("r1")["commands"]
        calm.lab.wait(lambda: calm.lab.counters("r1")["commands"] > reads + 6, 20)
        time.sleep(1.0)
        calm.lab.configure("r1", HEAL)
        healed.append(time.monotonic())

    healer = threading.Thread(target=heal)
    healer.start()
    run = controller.playbook(calm.path, [task("validate", checks=[check], converge=20, interval=0.25)], "r1")
    ended = time.monotonic()
    healer.join()
    result = run.result("r1", "validate")
    assert run.rc == 0 and result["passed"] and result["attempts"] > 1 and result["results"][0]["attempts"] > 1
    assert healed and healed[0] < ended < healed[0] + 15
    calm.lab.configure("r1", BREAK)
    start = time.monotonic()
    run = controller.playbook(calm.path, [task("validate", checks=[check], converge=1, interval=0.25)], "r1")
    result = run.result("r1", "validate")
    assert result["outcome"] == "failed" and 1 < result["attempts"] < 8 and time.monotonic() - start < 6


def check_reports(directory: Path, paths: dict[str, str], host: str, words: list[str]) -> None:
    assert set(paths) == {"html", "markdown", "json", "junit"}
    texts = {kind: (directory / path).read_text() for kind, path in paths.items()}
    data = json.loads(texts["json"])
    assert [row["host"] for row in data["hosts"]] == [host]
    cases = [case.get("name") or "" for case in xml.etree.ElementTree.fromstring(texts["junit"]).iter("testcase")]
    assert all(any(word in case for case in cases) for word in words), cases
    assert texts["html"].lstrip().lower().startswith("<!doctype html>") and texts["html"].rstrip().endswith("</html>")
    for word in (host, *words):
        assert word in texts["html"] and word in texts["markdown"]


def test_report(controller: Controller, calm: LabInventory) -> None:
    port = "interface GigabitEthernet0/1"
    topology = {key: f"{{{{ ansible_facts.holdfast.{key} }}}}" for key in ("interfaces", "lldp", "bgp")}
    record = {
        "host": "{{ inventory_hostname }}", "platform": "cisco_ios", "address": "127.0.0.1",
        "change": "{{ change.change | combine({'diff': change.diff.prepared, 'commands': change.commands}) }}",
        "phases": [], "validation": "{{ checked }}", "topology": topology,
    }  # fmt: skip
    run = controller.playbook(
        calm.path,
        [
            task("facts", gather_subset=["interfaces", "lldp", "bgp"]),
            task("config", register="change", parents=[port], lines=["description reported"], comment="CHG-7"),
            task("validate", register="checked", checks=CHECKS[:2]),
            task("report", records=[record], title="Change CHG-7", dir="reports"),
            task("report", "some", records=[record], dir="some", formats=["json"]),
        ],
        "r1",
    )
    assert run.rc == 0, run.stdout
    result = run.result("r1", "report")
    check_reports(controller.directory, result["paths"], "r1", ["BGP is up", "ports are up"])
    text = (controller.directory / result["paths"]["html"]).read_text()
    assert "Change CHG-7" in text and "description reported" in text and "<svg" in text and "r2" in text
    assert [path.name for path in (controller.directory / "some").iterdir()] == ["report.json"]


# -- commands and the connection test -----------------------------------------------------------------------


def test_commands(controller: Controller, calm: LabInventory) -> None:
    copy = {"command": "copy running-config startup-config", "prompt": r"Destination filename", "answer": ""}
    established = "length(parsed[0][?bgp_neighbor=='10.0.1.1']) == `1`"
    run = controller.playbook(
        calm.path,
        [
            task("command", "several", commands=["show version", "show clock"]),
            task("command", "textfsm", commands=["show ip bgp summary"], parser="textfsm", wait_for=[established]),
            task("command", "prompt", commands=[copy]),
            task("command", "any", commands=["show clock"], wait_for=["stdout[7]", "stdout[0]"], match="any"),
            {**task("command", "never", commands=["show clock"], wait_for=["stdout[7]"], retries=3, interval=0.1),
             "ignore_errors": True},
            {**task("command", "refused", commands=["show clock", "show nonsense", "show version"]),
             "ignore_errors": True},
            task("command", "unchecked", commands=[{"command": "show nonsense", "check": False}]),
        ],
        "r1",
    )  # fmt: skip
    several = run.result("r1", "several")
    assert "IOSv" in several["stdout"][0] and len(several["stdout"]) == len(several["stdout_lines"]) == 2
    assert not several["changed"]
    parsed = run.result("r1", "textfsm")["parsed"][0]
    assert {row["bgp_neighbor"] for row in parsed} == {"10.0.1.1", "10.0.4.0"}
    assert "[OK]" in run.result("r1", "prompt")["stdout"][0] and run.result("r1", "any")["attempts"] == 1
    never = run.result("r1", "never")
    assert never["code"] == "condition_unmet" and "stdout[7]" in never["msg"] and never["outcome"] == "failed"
    refused = run.result("r1", "refused")
    assert refused["code"] == "command_failed" and "'show nonsense'" in refused["msg"]
    assert "Invalid input" in run.result("r1", "unchecked")["stdout"][0]
    entered = [row[1] for row in calm.lab.counters("r1")["log"]]
    assert entered.count("show version") == 1, "a command after the refused one was sent"
    assert calm.lab.counters("r1")["logins"] == 1


def test_wait_for_and_json_on_a_switch(controller: Controller, calm: LabInventory) -> None:
    up = ["parsed[0].vrfs.default.peers.\"10.0.1.0\".peerState == 'Established'"]
    calm.lab.configure("r1", BREAK)

    def asked() -> bool:
        return any(row[1].startswith("show ip bgp summary") for row in calm.lab.counters("r2")["log"])

    def heal() -> None:
        calm.lab.wait(asked, 30)
        calm.lab.configure("r1", HEAL)

    healer = threading.Thread(target=heal)
    healer.start()
    wait = task(
        "command", commands=["show ip bgp summary | json"], parser="json", wait_for=up, retries=60, interval=0.2
    )
    run = controller.playbook(calm.path, [wait], "r2")
    healer.join()
    result = run.result("r2", "command")
    assert run.rc == 0 and result["attempts"] > 1 and result["parsed"][0]["vrfs"]["default"]["peers"]


def test_ping_of_a_device_that_answers(controller: Controller, calm: LabInventory) -> None:
    run = controller.playbook(calm.path, [task("ping"), task("ping", "again")], "r1")
    result = run.result("r1", "ping")
    assert result["reachable"] and not result["pinned"] and result["fingerprint"].startswith("SHA256:")
    assert [row["name"] for row in result["phases"]] == ["dns", "tcp", "host_key", "auth", "prompt"]
    assert all(row["ok"] and row["seconds"] >= 0 for row in result["phases"])
    assert result["diagnosis"].startswith("r1 answers after logging in") and not result["changed"]
    assert run.result("r1", "again")["pinned"] and calm.lab.counters("r1")["logins"] == 1


PING_FAILURES: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "dns": ({"ansible_host": "no-such-host.invalid"}, {}, "dns"),
    "tcp": ({"ansible_port": 1}, {}, "unreachable"),
    "host_key": ({"holdfast_known_hosts": "/dev/null"}, {}, "host_key_unknown"),
    "auth": ({"ansible_password": "wrong"}, {}, "authentication"),
    "prompt": ({"holdfast_connect_timeout": 2}, {"kind": "hang", "command": "terminal"}, "prompt"),
}


@pytest.mark.parametrize("phase", PING_FAILURES)
def test_ping_says_where_it_fails(controller: Controller, calm: LabInventory, tmp_path: Path, phase: str) -> None:
    changes, fault, code = PING_FAILURES[phase]
    if fault:
        calm.lab.fault("r1", **fault)
    result = controller.playbook(calm.single(tmp_path, "r1", **changes), [task("ping")]).result("r1", "ping")
    assert result["outcome"] == "failed" and not result["reachable"] and result["code"] == code
    assert f"r1 fails at {phase}: " in result["diagnosis"]
    names = ["dns", "tcp", "host_key", "auth", "prompt"]
    assert [row["name"] for row in result["phases"]] == names[: names.index(phase) + 1], result["phases"]
    assert [row["ok"] for row in result["phases"]][-1] is False and result["phases"][-1]["message"]


# -- check mode -----------------------------------------------------------------------------------------------


def test_check_mode_changes_nothing(controller: Controller, calm: LabInventory) -> None:
    lines = {"lines": ["ntp server 192.0.2.1"]}
    controller.playbook(
        calm.path, [task("checkpoint", label="start"), task("config", confirm_within=120, **lines)], "r1"
    )
    calm.lab.configure("r2", "ntp server 192.0.2.7")
    files = {path for path in controller.directory.rglob("*") if "ansible" not in path.parts}
    before = {name: (calm.lab.running_config(name), calm.lab.startup_config(name)) for name in calm.lab.devices}
    calm.lab.reset_counters()
    both = [
        task("command", commands=["write memory"]),
        task("config", backup=True, save=True, **lines),
        task("config", "guarded", confirm_within=30, **lines),
        task("checkpoint", label="other"),
        task("confirm", save=True),
        task("facts"),
        task("snapshot", label="x"),
        task("validate", checks=CHECKS[:2], report_dir="reports"),
        task("ping"),
        task("report", records=[{"host": "r1"}]),
        task("session", state="closed"),
        task("session_info"),
    ]
    run = controller.playbook(
        calm.path, [*both, {**task("rollback", to="start"), "when": "inventory_hostname == 'r1'"}], "r1,r2", "--check"
    )
    assert run.rc == 0, run.stdout
    assert run.result("r1", "command")["outcome"] == "skipped"
    assert run.result("r2", "config")["change"]["state"] == "predicted" and run.result("r2", "config")["changed"]
    assert run.result("r1", "confirm")["changed"] and not run.result("r2", "confirm")["changed"]
    assert run.result("r1", "rollback")["changed"] and run.result("r1", "snapshot")["features"]
    assert run.result("r2", "session")["changed"] and run.result("r2", "session_info")["broker"]["running"]
    assert {name: (calm.lab.running_config(name), calm.lab.startup_config(name)) for name in before} == before
    assert calm.lab.counters("r1")["config_lines"] == 0
    new = {path for path in controller.directory.rglob("*") if "ansible" not in path.parts} - files
    assert {path for path in new if path.suffix != ".yml"} == set()
    undo = controller.playbook(calm.path, [task("confirm")], "r1")
    assert undo.result("r1", "confirm")["changed"], "the pending change was settled by check mode"
