# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The broker itself is killed, stopped, cut off from its callers, or has no room to write."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import time
from concurrent.futures import wait
from contextlib import suppress
from typing import Any

import pytest

from tests.integration.callers import Callers, resources

WRITE = "write memory"
CHANGE = {"text": "interface GigabitEthernet0/1\n description guarded", "confirm_within": 120}


def hold(callers: Callers, name: str, command: str = "show version") -> Any:
    """Somebody has the device, until its fault is cleared."""
    callers.run(name)
    callers.lab.fault(name, "hang", command=command, count=1)
    holding = callers.later(callers.run, name, command, command_timeout=60.0)
    assert callers.lab.wait(lambda: callers.received(name, command) == 1)
    return holding


def test_killed_with_a_hundred_waiting(callers: Callers) -> None:
    holding = hold(callers, "r1", WRITE)
    reads = [callers.later(callers.run, "r1", f"show running-config | include {n}-none") for n in range(80)]
    writes = [callers.later(callers.run, "r1", "clear counters") for _unused in range(20)]
    callers.until_waiting("r1", 100)
    old = callers.controller.broker_pid()
    callers.controller.kill_broker()
    start = time.monotonic()
    assert holding.result(10).code == "outcome_unknown"
    first = wait(reads, 10, "FIRST_COMPLETED").done
    recovery = time.monotonic() - start
    assert first and recovery < 2, f"{recovery:.2f} s"
    assert {one.result(30).code for one in reads} == {"ok"}
    everything = time.monotonic() - start
    print(f"after a kill: first answer in {recovery:.2f} s, the last of 80 in {everything:.2f} s")
    lost = [one.result(30) for one in writes]
    assert {one.code for one in lost} == {"outcome_unknown"}
    assert all("not known" in one.error.message for one in lost if one.error)
    assert callers.received("r1", "clear counters") == 0 and callers.received("r1", WRITE) == 1
    asked = [callers.received("r1", f"show running-config | include {n}-none") for n in range(80)]
    assert asked == [1] * 80, "a read was sent twice, or not at all"
    assert callers.controller.broker_pid() != old and callers.logins("r1") == 2


def test_stopped(callers: Callers) -> None:
    callers.run("r1")
    pid = callers.controller.broker_pid()
    os.kill(pid, signal.SIGSTOP)
    try:
        start = time.monotonic()
        asked = [callers.later(callers.run, "r1"), callers.later(callers.run, "r1", WRITE)]
        read, write = (one.result(60) for one in asked)
        took = time.monotonic() - start
    finally:
        os.kill(pid, signal.SIGCONT)
    assert read.code == "broker_silent" and write.code == "outcome_unknown", (read.error, write.error)
    assert took < 20, f"hung for {took:.0f} s"
    assert read.error is not None and write.error is not None
    for message in (read.error.message, write.error.message):
        assert str(pid) in message and "kill -CONT" in message, message
    assert callers.run("r1").code == "ok" and callers.logins("r1") == 1
    assert callers.controller.broker_pid() == pid
    assert callers.received("r1", WRITE) == 0, "what its caller had given up was sent"


def test_the_socket_file_is_deleted(callers: Callers) -> None:
    callers.run("r1")
    callers.run("r3")
    pending = callers.ask("r1", "config.apply", CHANGE | {"confirm_within": 6}).result["change"]
    old = callers.controller.broker_pid()
    (socket,) = callers.controller.runtime.glob("*.sock")
    socket.unlink()
    answer = callers.run("r2")
    assert answer.code == "ok" and answer.seconds < 8
    assert len(callers.controller.broker_pids()) == 2
    # the change is the old one's: the new one does not come near its device
    refused = callers.ask("r1", "config.apply", CHANGE, queue=0.5)
    assert refused.code == "device_held" and refused.error is not None
    assert refused.error.detail["change"] == pending["id"]
    early = callers.ask("r1", "change.confirm", {"change": pending["id"]})
    assert early.code == "device_held" and early.error is not None and "another broker" in early.error.message
    waited = callers.run("r1", queue=0.5)
    assert waited.code == "queue_timeout" and waited.error is not None and "another broker" in waited.error.message
    assert "description guarded" in callers.lab.running_config("r1")
    # the old one notices: it closes the idle session at once, undoes the change at its deadline, and ends
    freed = callers.run("r3", queue=10.0)
    assert freed.code == "ok" and freed.seconds < 8, (freed.error, freed.seconds)
    assert callers.lab.counters("r3")["open_sessions"] == 1 and callers.logins("r3") == 2
    assert callers.lab.wait(lambda: "description guarded" not in callers.lab.running_config("r1"), 10.0)
    confirm = {"change": pending["id"]}
    assert callers.lab.wait(lambda: callers.ask("r1", "change.confirm", confirm).code == "change_expired")
    assert callers.lab.wait(lambda: len(callers.controller.broker_pids()) == 1, 10.0)
    assert callers.controller.broker_pid() != old and callers.run("r1").code == "ok"


class Disk:
    """The state directory's own: a small file system as root; else a limit on the broker's files, once it runs."""

    def __init__(self, callers: Callers) -> None:
        self._callers = callers
        self._state = callers.controller.state
        self._real = os.geteuid() == 0

    def __enter__(self) -> Disk:
        if self._real:
            self._state.mkdir(mode=0o700)
            command = ["mount", "-t", "tmpfs", "-o", "size=256k,mode=700", "tmpfs", str(self._state)]
            subprocess.run(command, check=True)
        return self

    def __exit__(self, *_exc: object) -> None:
        self._callers.controller.end_brokers()
        if self._real:
            subprocess.run(["umount", str(self._state)], check=True)

    def fill(self) -> str:
        """Returns the kernel's words for what happens now."""
        if not self._real:
            limit(self._callers, 0)
            return "File too large"
        with suppress(OSError), open(self._state / "filler", "wb", buffering=0) as filler:
            while True:
                filler.write(bytes(4096))
        return "No space left on device"

    def empty(self) -> None:
        if self._real:
            (self._state / "filler").unlink()
        else:
            limit(self._callers, resource.RLIM_INFINITY)


def limit(callers: Callers, size: int) -> None:
    """No longer files for the broker."""
    resource.prlimit(callers.controller.broker_pid(), resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def test_a_full_file_system(callers: Callers) -> None:
    with Disk(callers) as disk:
        callers.run("r1")
        before = callers.lab.running_config("r1")
        words = disk.fill()
        for within in (None, 120):
            refused = callers.ask("r1", "config.apply", CHANGE | {"confirm_within": within})
            assert refused.code == "state_dir" and refused.error is not None, refused.error
            assert words in refused.error.message and "make room" in refused.error.message
        assert callers.run("r1").code == callers.run("r2").code == "ok"
        assert callers.lab.running_config("r1") == before
        disk.empty()
        assert callers.ask("r1", "config.apply", CHANGE | {"confirm_within": None}).code == "ok"


def files(callers: Callers) -> list[str]:
    return sorted(path.name for path in callers.controller.state.rglob("*") if path.is_file())


@pytest.mark.parametrize("within", [None, 120], ids=["for good", "to be confirmed"])
@pytest.mark.parametrize("room", [0, 4000], ids=["none", "for the checkpoint only"])
def test_no_room_in_the_state_directory(callers: Callers, room: int, within: int | None) -> None:
    """The kernel refuses longer files to the broker, as a full disk does."""
    change = {"text": CHANGE["text"] + "".join(f"\n description {n:090d}" for n in range(50)), "confirm_within": within}
    callers.run("r1")
    pid, before = callers.controller.broker_pid(), callers.lab.running_config("r1")
    descriptors = resources(pid)["descriptors"]
    lines = callers.lab.counters("r1")["config_lines"]
    kept = files(callers)
    limit(callers, room)
    try:
        for _unused in range(3):
            refused = callers.ask("r1", "config.apply", change)
            assert refused.code == "state_dir" and refused.error is not None, refused.error
            assert "make room" in refused.error.message
        assert callers.run("r1", "show version").text.startswith("Cisco IOS")
        assert callers.run("r2").code == "ok", "a login is possible"
    finally:
        limit(callers, resource.RLIM_INFINITY)
    counters = callers.lab.counters("r1")
    assert callers.lab.running_config("r1") == before and counters["config_lines"] == lines, "the device was touched"
    assert not [row[1] for row in counters["log"] if row[1].startswith(("configure", "copy"))]
    assert resources(pid)["descriptors"] <= descriptors + 1 + 1, "beside r2's session and the log nothing is open"
    assert files(callers) == kept, "something was left behind"
    assert callers.ask("r1", "change.list").result == []
    done = callers.ask("r1", "config.apply", CHANGE | {"confirm_within": None})
    assert done.code == "ok" and "description guarded" in callers.lab.running_config("r1")
