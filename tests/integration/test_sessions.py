# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sessions: one login for everything, for its own credentials only, found again after whatever happened to it."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import Controller, LabInventory, lab_inventory

VERSION = "show version"


def look(name: str = "look", *commands: str, **task: Any) -> dict[str, Any]:
    return {"name": name, "holdfast.network.command": {"commands": list(commands or [VERSION])}, **task}


def session(name: str, state: str, every: bool = False, **task: Any) -> dict[str, Any]:
    return {"name": name, "holdfast.network.session": {"state": state, "all": every}, **task}


def logins(lab: LabInventory, name: str = "r1") -> int:
    return int(lab.lab.counters(name)["logins"])


def test_one_login_serves_tasks_plays_runs_and_ad_hoc(controller: Controller, calm: LabInventory) -> None:
    play = {"hosts": "r1", "gather_facts": False, "tasks": [look("one"), look("two")]}
    run = controller.finish(controller.begin(calm.path, [play, {**play, "tasks": [look("three")]}]))
    assert run.rc == 0 and {"one", "two", "three"} <= set(run.tasks["r1"])
    assert controller.playbook(calm.path, [look("again")], "r1").result("r1", "again")["stdout"]
    inventory = ("-i", str(calm.path))
    module = controller.run(
        "ansible", *inventory, "r1", "-m", "holdfast.network.command", "-a", "commands='show clock'"
    )
    raw = controller.run("ansible", *inventory, "r1", "-m", "ansible.builtin.raw", "-a", VERSION)
    assert module.rc == 0 and raw.rc == 0 and "IOSv" in raw.stdout
    console = subprocess.run(
        ["ansible-console", *inventory, "r1"], input=f"raw {VERSION}\nholdfast.network.ping\nexit\n",
        cwd=controller.directory, env=controller.env, text=True, capture_output=True, check=True,
    )  # fmt: skip
    assert "IOSv" in console.stdout and "over the pinned session" in console.stdout
    counters = calm.lab.counters("r1")
    assert (counters["logins"], counters["connections"], counters["open_sessions"]) == (1, 1, 1)


def test_reset_connection_logs_in_anew(controller: Controller, calm: LabInventory) -> None:
    tasks = [look("before"), {"name": "reset", "ansible.builtin.meta": "reset_connection"}, look("after")]
    run = controller.playbook(calm.path, tasks, "r1")
    assert run.rc == 0 and run.result("r1", "after")["stdout"]
    counters = calm.lab.counters("r1")
    assert counters["logins"] == 2 and counters["open_sessions"] == 1


@pytest.mark.parametrize("name", ["r1", "r2"])
def test_gather_facts_uses_the_session(controller: Controller, calm: LabInventory, name: str) -> None:
    shown = {"name": "shown", "ansible.builtin.debug": {"msg": "{{ ansible_facts.net_hostname }}"}}
    variables = {"ansible_facts_modules": "holdfast.network.facts"}
    play = {"hosts": name, "gather_facts": True, "vars": variables, "tasks": [shown, look()]}
    run = controller.finish(controller.begin(calm.path, [play]))
    assert run.rc == 0 and run.result(name, "shown")["msg"] == name
    assert logins(calm, name) == 1


def test_session_info(controller: Controller, calm: LabInventory) -> None:
    info = {"name": "info", "holdfast.network.session_info": {}}
    nothing = controller.playbook(calm.path, [info], "r1").result("r1", "info")
    assert nothing["broker"] == {"running": False} and nothing["sessions"] == []
    assert list(controller.runtime.glob("*.sock")) == [], "looking started a broker"
    device = calm.lab.devices["r1"]
    run = controller.playbook(calm.path, [look(), info], "r1")
    found = run.result("r1", "info")
    (row,) = found["sessions"]
    expected = {"host": device.host, "port": device.port, "user": "admin", "driver": "netmiko"}
    assert expected | {"platform": "cisco_ios", "queue": "pinned", "state": "idle"} == {
        key: row[key] for key in (*expected, "platform", "queue", "state")
    }
    assert row["requests"] == 1 and row["waiting"] == 0 and 0 <= row["idle"] <= row["age"] < 60
    broker = found["broker"]
    assert broker["running"] and broker["pid"] == controller.broker_pid() and broker["logins"] == 1
    assert not found["changed"] and found["changes"] == []
    assert device.password not in str(found) and device.enable not in str(found)


def test_open_close_and_drain(controller: Controller, calm: LabInventory) -> None:
    once = {"run_once": True}
    run = controller.playbook(
        calm.path,
        [
            session("predict open", "open", check_mode=True),
            session("open", "open"),
            session("open again", "open"),
            session("predict close", "closed", check_mode=True),
            session("close", "closed", when="inventory_hostname == 'r1'"),
            session("close again", "closed", when="inventory_hostname == 'r1'"),
            session("drain", "drained", when="inventory_hostname == 'r2'"),
            session("predict all", "closed", every=True, check_mode=True, **once),
            {"name": "left", "holdfast.network.session_info": {}, **once},
            session("close all", "closed", every=True, **once),
            session("all again", "closed", every=True, **once),
        ],
    )
    changed = {name: [run.tasks[h][name]["changed"] for h in run.tasks if name in run.tasks[h]] for name in (
        "predict open", "open", "open again", "predict close", "predict all", "close all", "all again",
    )}  # fmt: skip
    assert run.rc == 0, run.stdout
    assert changed == {
        "predict open": [True] * 4, "open": [True] * 4, "open again": [False] * 4, "predict close": [True] * 4,
        "predict all": [True], "close all": [True], "all again": [False],
    }  # fmt: skip
    assert run.result("r1", "close")["changed"] and not run.result("r1", "close again")["changed"]
    assert run.result("r2", "drain")["changed"]
    (left,) = [tasks["left"] for tasks in run.tasks.values() if "left" in tasks]
    assert {row["port"] for row in left["sessions"]} == {calm.lab.devices[name].port for name in ("r3", "r4")}
    assert [logins(calm, name) for name in calm.lab.devices] == [1] * 4
    assert calm.lab.wait(lambda: all(row["open_sessions"] == 0 for row in calm.lab.all_counters().values()))


def test_idle_sessions_are_closed(controller: Controller, calm: LabInventory) -> None:
    controller.playbook(calm.path, [look()], "r1", "-e", "holdfast_idle_timeout=1")
    assert calm.lab.counters("r1")["open_sessions"] == 1
    assert calm.lab.wait(lambda: calm.lab.counters("r1")["open_sessions"] == 0, 9.0)
    assert controller.playbook(calm.path, [look()], "r1").rc == 0 and logins(calm) == 2


def test_fifo_opens_for_each_job(controller: Controller, calm: LabInventory) -> None:
    run = controller.playbook(calm.path, [look("one"), look("two")], "r1", "-e", "holdfast_queue=fifo")
    assert run.rc == 0 and logins(calm) == 2
    assert calm.lab.wait(lambda: calm.lab.counters("r1")["open_sessions"] == 0)


def test_a_session_is_for_its_own_credentials(controller: Controller, calm: LabInventory, tmp_path: Path) -> None:
    wrong = calm.single(tmp_path, "r1", ansible_password="not-it")
    key = calm.host_vars("r1") | {"ansible_private_key_file": str(calm.lab.client_key)}
    del key["ansible_password"]
    keyed = tmp_path / "keyed.yml"
    keyed.write_text(str({"all": {"hosts": {"r1": key}}}))
    controller.playbook(calm.path, [look()], "r1")
    refused = controller.playbook(wrong, [look()]).result("r1", "look")
    assert refused["outcome"] == "unreachable" and refused["code"] == "authentication"
    assert calm.lab.counters("r1")["failed_logins"] == 1
    assert controller.playbook(calm.path, [look()], "r1").rc == 0 and logins(calm) == 1
    assert controller.playbook(keyed, [look()]).rc == 0 and logins(calm) == 2
    info = controller.playbook(calm.path, [look(), {"name": "info", "holdfast.network.session_info": {}}], "r1")
    assert len({row["id"] for row in info.result("r1", "info")["sessions"]}) == 2 and logins(calm) == 2


@pytest.mark.parametrize("how", [{"how": "close", "when": "before"}, {"how": "reset", "when": "half"}])
def test_a_read_is_replayed_once(controller: Controller, calm: LabInventory, how: dict[str, str]) -> None:
    controller.playbook(calm.path, [look()], "r1")
    calm.lab.fault("r1", "drop", command="show version", count=1, **how)
    run = controller.playbook(calm.path, [look()], "r1")
    assert run.result("r1", "look")["stdout"][0].startswith("Cisco IOS Software") and logins(calm) == 2
    calm.lab.fault("r1", "drop", command="show version", count=2, **how)
    twice = controller.playbook(calm.path, [look(), look("then", "show clock")], "r1").result("r1", "look")
    assert twice["code"] == "session_lost" and twice["outcome"] == "failed" and twice["retryable"]
    assert logins(calm) == 3
    assert controller.playbook(calm.path, [look()], "r1").rc == 0


def test_a_write_is_never_resent(controller: Controller, calm: LabInventory) -> None:
    controller.playbook(calm.path, [look()], "r1")
    calm.lab.fault("r1", "drop", command="write memory", count=1, how="close", when="half")
    run = controller.playbook(calm.path, [look("write", "write memory", ignore_errors=True), look("next")], "r1")
    lost = run.result("r1", "write")
    assert lost["code"] == "outcome_unknown" and not lost["retryable"] and "not sent again" in lost["msg"]
    assert run.result("r1", "next")["stdout"]
    assert [row[1] for row in calm.lab.counters("r1")["log"]].count("write memory") == 1


def test_a_hanging_command_ends_at_its_timeout(controller: Controller, calm: LabInventory) -> None:
    calm.lab.fault("r1", "hang", command="show version", count=1, when="half")
    start = time.monotonic()
    run = controller.playbook(
        calm.path,
        [look("hang", ignore_errors=True), look("next", "show clock")],
        "r1",
        "-e",
        "holdfast_command_timeout=2",
    )
    hung = run.result("r1", "hang")
    assert (
        hung["code"] == "command_timeout"
        and "holdfast_command_timeout" in hung["msg"]
        and "show version" in hung["msg"]
    )
    assert 2 <= time.monotonic() - start < 7
    # nothing of the late output: a session that did not answer is not used again
    assert "IOS" not in run.result("r1", "next")["stdout"][0] and logins(calm) == 2


def test_a_reboot_is_survived(controller: Controller, calm: LabInventory) -> None:
    controller.playbook(calm.path, [look()], "r1")
    calm.lab.fault("r1", "reboot", seconds=5)
    hasty = controller.playbook(calm.path, [look()], "r1", "-e", "holdfast_connect_timeout=0.3")
    down = hasty.result("r1", "look")
    assert down["outcome"] == "unreachable" and down["code"] == "unreachable" and down["retryable"]
    # within its connect timeout a task waits for a device that had a session and went away
    assert controller.playbook(calm.path, [look()], "r1").rc == 0 and logins(calm) == 2


def test_twenty_playbooks_on_one_device(controller: Controller, calm: LabInventory) -> None:
    names = [f"Loopback{100 + number}" for number in range(20)]
    sections = (
        f"interface {n}\n description of {n}\n ip address 10.200.0.{n[-2:].lstrip('0') or 0} 255.255.255.255"
        for n in names
    )
    calm.lab.configure("r1", "\n".join(sections))
    calm.lab.fault("r1", "delay", command="show running-config interface", seconds=0.02)
    running = [
        controller.start(calm.path, [look("ask", *[f"show running-config interface {name}"] * 3)], "r1")
        for name in names
    ]
    runs = [controller.finish(process) for process in running]
    for name, run in zip(names, runs, strict=True):
        answers = run.result("r1", "ask")["stdout"]
        assert len(set(answers)) == 1 and answers[0].startswith("Building configuration")
        assert f"interface {name}\n description of {name}\n" in answers[0] and answers[0].endswith("end")
        assert answers[0].count("interface Loopback") == 1
    counters = calm.lab.counters("r1")
    assert (counters["logins"], counters["connections"]) == (1, 1)
    asked = [row[1].split()[-1] for row in counters["log"] if row[1].startswith("show running-config interface")]
    assert sorted(asked) == sorted(names * 3)
    assert all(len(set(asked[at : at + 3])) == 1 for at in range(0, 60, 3)), "another playbook got in between"
    assert controller.broker_pid()


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabInventory]:
    from tests.lab.emulated.topology import standalone

    yield from lab_inventory(standalone(50), tmp_path_factory.mktemp("many"))


def test_fifty_hosts_have_one_broker(controller: Controller, many: LabInventory) -> None:
    first = controller.playbook(many.path, [look()], "all", "-f", "20")
    pid = controller.broker_pid()
    second = controller.playbook(many.path, [look()], "all", "-f", "20")
    for run in (first, second):
        assert run.rc == 0 and len(run.tasks) == 50
        assert all(f"{name} uptime is" in run.result(name, "look")["stdout"][0] for name in many.lab.devices)
    assert controller.broker_pid() == pid
    assert all(row["logins"] == 1 for row in many.lab.all_counters().values())
