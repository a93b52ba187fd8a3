# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every fault does what it says, on the wire."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import paramiko
import pytest

from tests.lab.emulated import EmulatedLab, LabError

from .conftest import Shell

Start = Callable[[str], Shell]


@pytest.fixture
def term(shell: Start, lab: EmulatedLab) -> Shell:
    return shell("r1").enable(lab.devices["r1"])


def test_slow_and_refused_logins(lab: EmulatedLab, shell: Start) -> None:
    lab.reset_counters()
    lab.fault("r1", "slow_login", seconds=0.5, count=1)
    started = time.monotonic()
    shell("r1")
    assert time.monotonic() - started > 0.5
    lab.fault("r1", "refuse_login", count=2)
    for _unused in range(2):
        with pytest.raises(paramiko.AuthenticationException):
            shell("r1")
    shell("r1")
    lab.fault("r1", "password", new="other")
    with pytest.raises(paramiko.AuthenticationException):
        shell("r1")
    lab.clear("r1")
    shell("r1")
    counters = lab.counters("r1")
    assert (counters["logins"], counters["failed_logins"]) == (3, 3)


def test_hang_before_and_in_half_a_line(lab: EmulatedLab, term: Shell) -> None:
    lab.fault("r1", "hang", count=1, command="show clock")
    with pytest.raises(TimeoutError):
        term.ask("show clock", seconds=0.3)
    lab.clear("r1")
    assert "UTC" in term.until("r1#$")
    lab.fault("r1", "hang", when="half", seconds=0.4, count=1)
    with pytest.raises(TimeoutError) as caught:
        term.ask("show version", seconds=0.2)
    assert "Cisco IOS Software" in str(caught.value) and "Configuration register" not in str(caught.value)
    assert "Configuration register" in term.until("r1#$")
    lab.fault("r1", "delay", seconds=0.3, count=1)
    started = time.monotonic()
    term.ask("show clock")
    assert time.monotonic() - started > 0.3


@pytest.mark.parametrize("how", ["close", "reset"])
def test_connection_dropped_in_the_middle(lab: EmulatedLab, term: Shell, how: str) -> None:
    lab.fault("r1", "drop", how=how, when="half", count=1, command="show version")
    assert "UTC" in term.ask("show clock")
    with pytest.raises((EOFError, OSError)):
        term.ask("show version")
    assert lab.wait(lambda: lab.counters("r1")["open_sessions"] == 0, 2)


def test_black_hole_keeps_tcp_open(lab: EmulatedLab, term: Shell) -> None:
    lab.fault("r1", "black_hole")
    with pytest.raises(TimeoutError):
        term.ask("show clock", seconds=0.3)
    assert term.client.get_transport().is_active()  # type: ignore[union-attr]
    with pytest.raises((paramiko.SSHException, TimeoutError, EOFError)):
        Shell(lab.devices["r1"], timeout=0.4)


def test_reboot_drops_refuses_and_starts_from_startup(lab: EmulatedLab, term: Shell, shell: Start) -> None:
    lab.configure("r1", "hostname unsaved")
    lab.fault("r1", "reboot", seconds=0.6)
    with pytest.raises((EOFError, OSError)):
        term.ask("show clock")
    with pytest.raises(OSError):
        Shell(lab.devices["r1"], timeout=1)
    assert lab.wait(lambda: "hostname r1" in lab.running_config("r1"), 3)
    assert "r1>" in shell("r1").ask("")


def test_garbage_log_lines_and_failing_lines(lab: EmulatedLab, term: Shell) -> None:
    lab.fault("r1", "garbage", count=1, text="\x07#@!~~\r\n")
    assert "#@!~~" in term.ask("show clock") and "#@!~~" not in term.ask("show clock")
    lab.fault("r1", "log_line", count=1)
    assert "%LINEPROTO-5-UPDOWN" in term.ask("show version")
    lab.fault("r1", "fail_line", pattern="^ntp server 7", message="% NTP: no.")
    term.ask("configure terminal")
    assert "% NTP: no." in term.ask("ntp server 7.7.7.7") and "%" not in term.ask("ntp server 8.8.8.8")
    assert "8.8.8.8" in lab.running_config("r1") and "7.7.7.7" not in lab.running_config("r1")


def test_vty_lines_run_out(lab: EmulatedLab, term: Shell, shell: Start) -> None:
    lab.ask("set", device="r1", vty_lines=1)
    with pytest.raises((paramiko.SSHException, OSError, EOFError)):
        shell("r1")
    lab.ask("set", device="r1", vty_lines=16)
    shell("r1")
    lab.fault("r1", "vty_exhausted", count=1)
    with pytest.raises((paramiko.SSHException, OSError, EOFError)):
        shell("r1")


def test_big_output(lab: EmulatedLab, term: Shell) -> None:
    lab.fault("r1", "big_output", megabytes=3, count=1)
    assert len(term.ask("show tech-support", r"\nr1#$", 10)) > 3_000_000


def test_unknown_faults_are_refused(lab: EmulatedLab) -> None:
    with pytest.raises(LabError, match="unknown fault 'melt'"):
        lab.fault("r1", "melt")
    with pytest.raises(LabError, match="bad pattern"):
        lab.fault("r1", "hang", command="(")


def test_fifty_logins_and_quick_answers(lab: EmulatedLab, term: Shell) -> None:
    lab.ask("set", device="r3", vty_lines=60)
    lab.reset_counters()
    shells: list[Shell] = []

    def login() -> None:
        shells.append(Shell(lab.devices["r3"], timeout=20))

    started = time.monotonic()
    threads = [threading.Thread(target=login) for _unused in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.monotonic() - started
    assert lab.counters("r3")["logins"] == 50 and lab.counters("r3")["open_sessions"] == 50
    assert seconds < 15  # with the clients' own work, which is most of it
    for one in shells:
        one.close()
    term.ask("show version")
    before = lab.ask("cpu")
    for _unused in range(200):
        term.ask("show version")
    assert (lab.ask("cpu") - before) / 200 < 0.002
