# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The drop-in connection: the vendors' modules do what they do over ansible.netcommon, on the one pinned session."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.conftest import Controller, LabInventory
from tests.integration.network_cli import outcomes
from tests.integration.network_cli.outcomes import OURS, inventory, status
from tests.lab.emulated import EmulatedLab

PINNED = {"ansible_connection": "holdfast.network.pinned"}
DESCRIPTION = {"lines": ["description by the vendor's module"], "parents": ["interface GigabitEthernet0/1"]}


@pytest.fixture
def vendors(controller: Controller) -> Path:
    """The vendors' collections are where this controller's Ansible looks."""
    folder = outcomes.collections()
    controller.env["ANSIBLE_COLLECTIONS_PATH"] = str(folder)
    return folder


def ios(name: str, module: str = "command", **rest: Any) -> dict[str, Any]:
    keys = ("vars", "register", "ignore_errors", "become", "async", "poll", "when", "delegate_to")
    task = {key: rest.pop(key) for key in keys if key in rest}
    options = rest or {"commands": ["show privilege"]}
    return {"name": name, f"cisco.ios.ios_{module}": options, "ignore_errors": True, **task}


@pytest.mark.slow
@pytest.mark.parametrize("kind", outcomes.HOSTS)
def test_the_same_outcomes_as_with_netcommon(controller: Controller, tmp_path: Path, kind: str) -> None:
    """``python -m tests.integration.network_cli.outcomes record`` writes what is expected, from netcommon's own."""
    with EmulatedLab(outcomes.topology(kind), directory=tmp_path) as lab:
        _compare(controller, lab, kind)


def _compare(controller: Controller, lab: EmulatedLab, kind: str) -> None:
    expected = json.loads(outcomes.expected_file(kind).read_text())
    run = outcomes.play(controller, lab, kind, OURS)
    results = run.tasks.get(outcomes.HOSTS[kind], {})
    assert set(results) == set(expected), run.stdout + run.stderr
    found = {name: outcomes.essence(result) for name, result in results.items()}
    assert {n: f for n, f in found.items() if f != expected[n]} == {n: e for n, e in expected.items() if e != found[n]}
    # one more than one only where the tasks themselves reset the connection
    resets = sum("ansible.builtin.meta" in task for task in outcomes.tasks(kind))
    assert lab.counters(outcomes.HOSTS[kind])["logins"] == 1 + resets


def test_both_kinds_of_connection_share_one_login(controller: Controller, calm: LabInventory, vendors: Path) -> None:
    book = inventory(calm.lab, controller.directory, OURS)
    ours = {"holdfast.network.command": {"commands": ["show clock"]}}
    plays = [
        {
            "hosts": "r1",
            "gather_facts": False,
            "tasks": [
                {"name": "pinned", **ours, "vars": PINNED},
                ios("theirs"),
                {"name": "ours over network_cli", **ours},
                ios("in another process", vars={"ansible_network_import_modules": False}),
            ],
        },
        {"hosts": "r1", "gather_facts": False, "tasks": [ios("next play")]},
    ]
    for _time in range(2):
        run = controller.finish(controller.begin(book, plays))
        assert run.rc == 0 and {status(result) for result in run.tasks["r1"].values()} == {"ok"}, run.stdout
    counters = calm.lab.counters("r1")
    assert (counters["logins"], counters["open_sessions"]) == (1, 1)
    sockets = list(controller.runtime.glob("rpc-*"))
    assert sockets and all(path.stat().st_mode & 0o777 == 0o600 for path in sockets)
    controller.end_brokers()
    assert list(controller.runtime.glob("rpc-*")) == []


def test_a_pending_change_holds_the_device(controller: Controller, calm: LabInventory, vendors: Path) -> None:
    book = inventory(calm.lab, controller.directory, OURS, holdfast_queue_timeout=1)
    change = {"lines": ["description pending"], "parents": ["interface GigabitEthernet0/1"], "confirm_within": 60}
    tasks = [
        {"name": "change", "holdfast.network.config": change, "register": "change"},
        ios("look", commands=["show clock"]),
        ios("held", "config", **DESCRIPTION),
        {"name": "held too", "ansible.netcommon.cli_config": {"config": "ip domain name x"}, "ignore_errors": True},
        {"name": "keep", "holdfast.network.confirm": {"change": "{{ change.change.id }}"}},
        ios("free", "config", **DESCRIPTION),
    ]
    run = controller.playbook(book, tasks, "r1")
    assert {name: status(result) for name, result in run.tasks["r1"].items()} == {
        "change": "changed", "look": "ok", "held": "failed", "held too": "failed", "keep": "changed", "free": "changed",
    }, run.stdout  # fmt: skip
    assert "is held by change" in run.result("r1", "held")["msg"]
    assert "is held by change" in run.result("r1", "held too")["msg"]


def test_a_command_that_does_not_end(controller: Controller, calm: LabInventory, vendors: Path) -> None:
    """It asks something that nobody answers: the module gets netcommon's words, the next one a session in order."""
    book = inventory(calm.lab, controller.directory, OURS)
    asking = {"commands": ["copy running-config flash:kept.cfg"], "vars": {"ansible_command_timeout": 1}}
    run = controller.playbook(book, [ios("asks", **asking), ios("after")], "r1")
    assert status(run.result("r1", "asks")) == "failed"
    assert "command timeout triggered, timeout value is 1 secs." in run.result("r1", "asks")["msg"]
    assert run.result("r1", "after")["stdout"] == ["Current privilege level is 15"]
    assert calm.lab.counters("r1")["open_sessions"] == 1


def test_privilege_is_given_back(controller: Controller, calm: LabInventory, vendors: Path) -> None:
    """A session that is privileged for one task is not for another that did not ask, and the other way round."""
    book = inventory(calm.lab, controller.directory, OURS)
    pinned = {"holdfast.network.command": {"commands": ["show privilege"]}}
    run = controller.playbook(
        book,
        [
            ios("high"),
            ios("low", vars={"ansible_become": False}),
            {"name": "pinned", **pinned, "vars": PINNED},
            ios("high again"),
        ],
        "r1",
    )
    levels = {name: result["stdout"][0].split()[-1] for name, result in run.tasks["r1"].items()}
    assert levels == {"high": "15", "low": "1", "pinned": "15", "high again": "15"}
    assert calm.lab.counters("r1")["logins"] == 1


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "password": ({"ansible_password": "wrong"}, "refused the login"),
    "enable": ({"ansible_become_password": "wrong"}, "refused the enable secret"),
    "port": ({"ansible_port": 9}, "127.0.0.1:9"),
    "collection": ({"ansible_network_os": "cisco.asa.asa"}, "ansible-galaxy collection install cisco.asa"),
    "platform": ({"ansible_network_os": "amiga"}, "'amiga' is no platform"),
    "driver": ({"holdfast_driver": "pyeapi"}, "needs netmiko"),
}


def test_what_is_wrong_is_said(controller: Controller, calm: LabInventory, vendors: Path) -> None:
    book = inventory(calm.lab, controller.directory, OURS)
    known = yaml.safe_load(book.read_text())["all"]["hosts"]["r1"]
    hosts = {name: {**known, **changes} for name, (changes, _words) in WRONG.items()}
    book.write_text(yaml.safe_dump({"all": {"hosts": hosts}}))
    run = controller.playbook(book, [ios("look")], "all", "-vvvv")
    for name, (_changes, words) in WRONG.items():
        result = run.result(name, "look")
        assert status(result) in ("failed", "unreachable") and words in result["msg"], result
    secrets = (calm.lab.devices["r1"].enable, calm.lab.devices["r1"].password)
    assert not any(secret in run.stdout + run.stderr for secret in secrets)


def test_without_ansible_in_its_reach_the_broker_serves_the_rest(controller: Controller, calm: LabInventory) -> None:
    """The vendors' code is loaded when it is asked for: a broker that never is keeps none of ansible in memory."""
    run = controller.playbook(calm.path, [{"name": "look", "holdfast.network.command": {"commands": ["show clock"]}}])
    assert run.rc == 0
    maps = Path(f"/proc/{controller.broker_pid()}/maps").read_text()
    assert "_yaml" not in maps or "ansible" not in maps


def test_runs_at_the_same_time_have_their_own_answers(
    controller: Controller, calm: LabInventory, vendors: Path
) -> None:
    book = inventory(calm.lab, controller.directory, OURS)
    shows = ["show clock", "show version", "show ip interface brief"]
    looks = [[ios(f"{show} {time}", commands=[show]) for time in range(3)] for show in shows]
    running = [controller.start(book, tasks, "r1") for tasks in looks]
    for show, process in zip(shows, running, strict=True):
        run = controller.finish(process)
        assert run.rc == 0 and len(run.tasks["r1"]) == 3, run.stdout
        outputs = {result["stdout"][0] for result in run.tasks["r1"].values()}
        assert all(("Cisco IOS" in text) == (show == "show version") for text in outputs)
        assert all(("Interface" in text) == ("brief" in show) for text in outputs) or show == "show version"
    assert calm.lab.counters("r1")["logins"] == 1


def test_a_broker_that_was_killed(controller: Controller, calm: LabInventory, vendors: Path) -> None:
    book = inventory(calm.lab, controller.directory, OURS)
    assert controller.playbook(book, [ios("before")], "r1").rc == 0
    controller.kill_broker()
    stale = set(controller.runtime.glob("rpc-*"))
    assert stale and controller.playbook(book, [ios("after")], "r1").result("r1", "after")["stdout"]
    assert not stale & set(controller.runtime.glob("rpc-*"))


def test_wait_for_connection_and_backups(controller: Controller, calm: LabInventory, vendors: Path) -> None:
    book = inventory(calm.lab, controller.directory, OURS)
    backup = {"backup": True, "backup_options": {"dir_path": str(controller.directory / "b"), "filename": "r1.cfg"}}
    tasks = [
        {"name": "wait", "ansible.builtin.wait_for_connection": {"timeout": 10, "delay": 0}},
        ios("backup", "config", **backup),
    ]
    run = controller.playbook(book, tasks, "r1")
    assert run.rc == 0, run.stdout
    assert "hostname r1" in (controller.directory / "b" / "r1.cfg").read_text()


def test_a_connection_that_is_lost(controller: Controller, calm: LabInventory, vendors: Path) -> None:
    """What only reads is read once more on a fresh session; what changes is not sent twice, and the task says so."""
    book = inventory(calm.lab, controller.directory, OURS)
    calm.lab.fault("r1", "drop", command="show version", count=1, how="reset")
    read = controller.playbook(book, [ios("read", commands=["show version"])], "r1").result("r1", "read")
    assert "IOSv" in read["stdout"][0] and calm.lab.counters("r1")["logins"] == 2
    calm.lab.fault("r1", "drop", command="description", count=1, how="reset")
    run = controller.playbook(book, [ios("write", "config", **DESCRIPTION), ios("after")], "r1")
    assert status(run.result("r1", "write")) == "failed"
    assert "it was not sent again" in run.result("r1", "write")["msg"]
    assert run.result("r1", "after")["stdout"] == ["Current privilege level is 15"]
