# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Output as data, by each parser, in playbooks; the device and the broker do not wait for it."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.integration.conftest import Controller, LabInventory, _runs

FSM = "Value NAME (\\S+)\nValue UPTIME (.+)\n\nStart\n  ^${NAME} uptime is ${UPTIME} -> Record\n"
TTP = "{{ name }} uptime is {{ uptime | ORPHRASE }}\n"
#: Busy for as long as the test lets it, as a parser with a bad regular expression is.
ENDLESS = """<macro>
def stay(data):
    while True:
        pass
</macro>
<group>
{{ name }} uptime is {{ uptime | ORPHRASE | macro("stay") }}
</group>
"""


def look(name: str, *commands: Any, **options: Any) -> dict[str, Any]:
    return {"name": name, "holdfast.network.command": {"commands": list(commands), **options}}


def test_each_parser_reads_a_device(controller: Controller, calm: LabInventory) -> None:
    (controller.directory / "templates").mkdir()
    (controller.directory / "templates" / "uptime.textfsm").write_text(FSM)
    (controller.directory / "uptime.ttp").write_text(TTP)
    run = controller.playbook(
        calm.path,
        [
            look("textfsm", "show ip interface brief", parser="textfsm"),
            look("genie", "show ip interface brief", parser="genie"),
            look("ttp", "show interfaces", parser="ttp"),
            look("named", "show interfaces", parser="ttp", template="ttp://platform/cisco_ios_show_interfaces.txt"),
            look("own textfsm", "show version", parser="textfsm", template="uptime.textfsm"),
            look("own ttp", "show version", parser="ttp", template="uptime.ttp"),
            look(
                "each its own",
                {"command": "show version", "parser": "ttp", "template": "uptime.ttp"},
                "show clock",
                {"command": "show ip interface brief", "parser": "genie"},
            ),
        ],
        "r1",
    )
    assert run.rc == 0, run.stdout

    def parsed(task: str) -> Any:
        return run.result("r1", task)["parsed"]

    (rows,), (brief,) = parsed("textfsm"), parsed("genie")
    assert {row["interface"] for row in rows} == set(brief["interface"]) >= {"GigabitEthernet0/1"}
    assert "GigabitEthernet0/1" in str(parsed("ttp")) and parsed("ttp") == parsed("named")
    assert parsed("own textfsm")[0][0]["name"] == parsed("own ttp")[0][0]["name"] == "r1"
    first, clock, last = parsed("each its own")
    assert first[0]["name"] == "r1" and clock is None and set(last["interface"]) == set(brief["interface"])


def test_what_cannot_be_parsed_says_why(controller: Controller, calm: LabInventory) -> None:
    (controller.directory / "broken.textfsm").write_text("Value A (\\d+\n\nStart\n")
    tasks = [
        look("broken", "show clock", parser="textfsm", template="broken.textfsm"),
        look("absent", "show clock", parser="textfsm", template="absent.textfsm"),
        look("alone", "show clock", template="broken.textfsm"),
        look("nothing", "show interfaces description | include nothing-at-all", parser="ttp"),
    ]
    for task in tasks:
        task["ignore_errors"] = True
    run = controller.playbook(calm.path, tasks, "r1")

    def failed(task: str) -> tuple[str, str]:
        result = run.result("r1", task)
        assert "code" in result and "Traceback" not in str(result)
        return result["code"], result["msg"]

    for task, code, words in [
        ("nothing", "no_parser", "nothing reads 'show interfaces description"),
        ("broken", "bad_input", "textfsm cannot read broken.textfsm: Value '(\\d+' must be contained"),
        ("absent", "bad_input", "template: cannot read absent.textfsm"),
        ("alone", "bad_input", "parser none takes none"),
    ]:
        got = failed(task)
        assert got[0] == code and words in got[1], got


def test_neither_device_nor_broker_waits_for_a_parser(controller: Controller, calm: LabInventory) -> None:
    """A parser that never ends: the same device answers others; the process goes when the broker is killed."""
    (controller.directory / "endless.ttp").write_text(ENDLESS)
    controller.playbook(calm.path, [look("warm", "show clock")], "r1")
    stuck = controller.start(calm.path, [look("stuck", "show version", parser="ttp", template="endless.ttp")], "r1")
    try:
        deadline = time.monotonic() + 30
        while not (children := _parsing(controller.broker_pid())) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert len(children) == 1
        run = controller.playbook(
            calm.path, [look("free", "show clock"), look("parsed", "show ip interface brief", parser="textfsm")], "r1"
        )
        assert run.rc == 0 and run.result("r1", "parsed")["parsed"][0]
        assert len(_parsing(controller.broker_pid())) == 2
        children = _parsing(controller.broker_pid())
        _kill(stuck.pid)  # with its forks: a read is asked again, of a new broker
        controller.kill_broker()
        deadline = time.monotonic() + 10
        while any(map(_runs, children)) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert not any(map(_runs, children)), "busy or idle, they end with the broker"
    finally:
        _kill(stuck.pid)
        stuck.communicate()


def _parsing(broker: int) -> list[int]:
    """The broker's children that parse."""
    return [pid for pid in _children(broker) if b"--parser-worker" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def _children(pid: int) -> list[int]:
    return [int(child) for file in Path(f"/proc/{pid}/task").glob("*/children") for child in file.read_text().split()]


def _kill(pid: int) -> None:
    """A process and all below it: Ansible's forks are in sessions of their own."""
    for child in _children(pid):
        _kill(child)
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
