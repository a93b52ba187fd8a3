# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Callers: many at one device, and some that are killed while they wait or while their work is done."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from pathlib import Path

from ansible_collections.holdfast.network.plugins.plugin_utils.broker import wire

from tests.integration.callers import Callers, resources

COUNT = 200


class Waiting:
    """A caller that has sent its request and waits, without a thread of its own."""

    def __init__(self, path: Path, params: dict[str, object]) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(60)
        self._socket.connect(str(path))
        self._socket.sendall(wire.encode({"id": 1, "command": "run", "params": params}))
        self.sent = time.monotonic()

    def answer(self) -> dict[str, object]:
        with self._socket, self._socket.makefile("rb") as stream:
            return wire.decode(stream.read(wire.body_length(stream.read(wire.HEADER.size))))


def request(callers: Callers, name: str, command: str) -> dict[str, object]:
    from ansible_collections.holdfast.network.plugins.plugin_utils.requester import Requester

    target = Requester(callers.options(name), 30.0).target()
    return {"target": target, "queue_timeout": 60.0, "owner": command, "commands": [command]}


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    assert process.communicate(timeout=10) == ("", None) and process.returncode == -signal.SIGKILL


def test_two_hundred_callers_of_one_device(callers: Callers) -> None:
    callers.run("r1")
    callers.lab.fault("r1", "hang", command="show version", count=1)
    holding = callers.later(callers.run, "r1", "show version", command_timeout=60.0)
    assert callers.lab.wait(lambda: callers.received("r1", "show version") == 1)
    (path,) = callers.controller.runtime.glob("*.sock")
    commands = [f"show running-config | include nothing-{number}" for number in range(COUNT)]
    waiting = []
    for number, command in enumerate(commands, 1):
        waiting.append(Waiting(path, request(callers, "r1", command)))
        if number % 10 == 0:  # the kernel hands them over in order; so many at a time leave no doubt about it
            callers.until_waiting("r1", number)
    with callers.unharmed("r2"):
        start = time.monotonic()
        callers.lab.clear("r1")
        answers = [one.answer() for one in waiting]
        took = time.monotonic() - start
    assert all("result" in answer for answer in answers), [a for a in answers if "result" not in a][:1]
    assert holding.result(10).code == "ok"
    asked = [row[1] for row in callers.lab.counters("r1")["log"] if "nothing-" in row[1]]
    groups = [sorted(asked[at : at + 10]) for at in range(0, COUNT, 10)]
    assert groups == [sorted(commands[at : at + 10]) for at in range(0, COUNT, 10)], "somebody was overtaken"
    assert callers.logins("r1") == 1 and took < 20, took
    print(f"{COUNT} callers of one device: {took:.2f} s")


def test_a_caller_killed_while_it_waits_is_forgotten(callers: Callers) -> None:
    callers.run("r1")
    pid = callers.controller.broker_pid()
    callers.lab.fault("r1", "hang", command="show version", count=1)
    holding = callers.later(callers.run, "r1", "show version", command_timeout=60.0)
    assert callers.lab.wait(lambda: callers.received("r1", "show version") == 1)
    before = resources(pid)
    doomed = [callers.process("r1", command) for command in ("show clock detail", "write memory")]
    callers.until_waiting("r1", 2)
    kept = callers.later(callers.run, "r1", "show users")
    callers.until_waiting("r1", 3)
    for process in doomed:
        kill(process)
    callers.until_waiting("r1", 1)
    callers.lab.clear("r1")
    assert holding.result(10).code == kept.result(10).code == "ok"
    assert callers.received("r1", "show clock detail") == callers.received("r1", "write memory") == 0
    assert callers.received("r1", "show users") == 1 and callers.logins("r1") == 1
    assert callers.lab.wait(lambda: resources(pid)["descriptors"] < before["descriptors"]), "a connection is left"


def test_a_caller_killed_while_its_work_is_done_harms_nobody(callers: Callers) -> None:
    callers.run("r1")
    callers.lab.fault("r1", "delay", command="show version", count=1, seconds=1.0)
    doomed = callers.process("r1", "show version", "write memory")
    assert callers.lab.wait(lambda: callers.received("r1", "show version") == 1)
    kill(doomed)
    with callers.unharmed("r2"):
        assert "UTC" in callers.run("r1").text
    # what had begun on the device was finished, once
    assert callers.received("r1", "write memory") == 1 and callers.received("r1", "show version") == 1
    assert callers.logins("r1") == 1
