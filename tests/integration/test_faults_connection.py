# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The connection to a device breaks: what the caller is told, how soon, and that nobody else notices."""

from __future__ import annotations

import time

import pytest

from tests.integration.callers import Callers

WRITE = "write memory"


@pytest.mark.parametrize("how", [{"how": "reset", "when": "half"}, {"how": "close", "when": "before"}])
def test_a_dropped_connection_is_noticed_at_once_and_a_read_recovers(callers: Callers, how: dict[str, str]) -> None:
    assert callers.run("r1", command_timeout=30.0).code == "ok"
    with callers.unharmed("r2"):
        callers.lab.fault("r1", "drop", command="show version", count=1, **how)
        answer = callers.run("r1", "show version", command_timeout=30.0)
        assert answer.text.startswith("Cisco IOS Software") and answer.seconds < 3, answer.seconds
    assert callers.logins("r1") == 2 and callers.received("r1", "show version") == 2


@pytest.mark.parametrize(("name", "how"), [("r1", "reset"), ("r1", "close"), ("r2", "reset")])
def test_a_write_cut_off_is_unknown_at_once_and_never_resent(callers: Callers, name: str, how: str) -> None:
    callers.run(name, command_timeout=30.0)
    with callers.unharmed("r3"):
        callers.lab.fault(name, "drop", command=WRITE, count=1, how=how, when="half")
        lost = callers.run(name, WRITE, command_timeout=30.0)
        assert lost.code == "outcome_unknown" and lost.seconds < 2, (lost.error, lost.seconds)
        assert lost.error is not None and not lost.error.retryable and "not sent again" in lost.error.message
        next_one = callers.run(name, command_timeout=30.0)
        assert next_one.code == "ok" and next_one.seconds < 3
    assert callers.received(name, WRITE) == 1 and callers.logins(name) == 2


def test_a_black_hole_in_a_command_ends_at_its_timeout(callers: Callers) -> None:
    callers.run("r1")
    with callers.unharmed("r2", "r3"):
        callers.lab.fault("r1", "black_hole", command="show version", count=1)
        answer = callers.run("r1", "show version", command_timeout=2.0)
        assert answer.code == "command_timeout" and 2 <= answer.seconds < 4, (answer.error, answer.seconds)
        assert answer.error is not None and "holdfast_command_timeout" in answer.error.message
        assert "UTC" in callers.run("r1", command_timeout=2.0).text
    assert callers.received("r1", "show version") == 1, "sent twice"
    assert callers.lab.wait(lambda: callers.lab.counters("r1")["open_sessions"] <= 2)


def test_a_black_hole_under_a_write(callers: Callers) -> None:
    callers.run("r1", command_timeout=2.0)
    callers.lab.fault("r1", "black_hole", command=WRITE, count=1)
    lost = callers.run("r1", WRITE, command_timeout=2.0)
    assert lost.code == "outcome_unknown" and lost.seconds < 4, (lost.error, lost.seconds)
    assert callers.run("r1").code == "ok" and callers.received("r1", WRITE) == 1


def test_a_device_that_is_all_black_hole_times_out_for_those_who_wait(callers: Callers) -> None:
    quick = {"connect_timeout": 1.0, "command_timeout": 1.0}
    callers.run("r1", **quick)
    with callers.unharmed("r2"):
        callers.lab.fault("r1", "black_hole")
        start = time.monotonic()
        waiting = [callers.later(callers.run, "r1", queue=3.0, **quick) for _unused in range(5)]
        codes = {one.result(30).code for one in waiting}
        assert codes <= {"command_timeout", "unreachable", "connect_failed", "queue_timeout"}, codes
        assert time.monotonic() - start < 3 + 2 * 1 + 3, "somebody hung past his timeouts"
        callers.lab.clear("r1")
    assert callers.run("r1").code == "ok"


def test_an_idle_session_that_has_become_a_black_hole_is_found_before_a_write(callers: Callers) -> None:
    """As behind a firewall that has forgotten the connection."""
    callers.run("r1")
    with callers.unharmed("r2"):
        callers.lab.fault("r1", "black_hole")
        callers.lab.clear("r1")  # for new connections
        answer = callers.run("r1", WRITE, command_timeout=30.0)
        assert answer.code == "ok" and answer.seconds < 8, (answer.error, answer.seconds)
    assert callers.received("r1", WRITE) == 1 and callers.logins("r1") == 2


def test_a_session_dropped_while_idle_costs_one_login(callers: Callers) -> None:
    callers.run("r1")
    callers.lab.ask("reset", device="r1")
    assert callers.lab.wait(lambda: callers.lab.counters("r1")["open_sessions"] == 0)
    answer = callers.run("r1", WRITE)
    assert answer.code == "ok" and answer.seconds < 3, (answer.error, answer.seconds)
    assert callers.received("r1", WRITE) == 1 and callers.logins("r1") == 2


@pytest.mark.parametrize(("seconds", "patience"), [(4.0, 1.0), (1.5, 8.0)], ids=["too long", "waited for"])
def test_a_reboot_in_the_middle_of_a_command(callers: Callers, seconds: float, patience: float) -> None:
    quick = {"connect_timeout": patience}
    callers.run("r1", **quick)
    with callers.unharmed("r2"):
        callers.lab.fault("r1", "hang", command="show version", count=1, when="half")
        running = callers.later(callers.run, "r1", "show version", command_timeout=30.0, **quick)
        assert callers.lab.wait(lambda: callers.received("r1", "show version") == 1)
        callers.lab.fault("r1", "reboot", seconds=seconds)
        told = running.result(30)
        if seconds > patience:
            assert told.code == "unreachable" and told.error is not None and told.error.retryable, told.error
            assert told.seconds < patience + 2
            time.sleep(seconds)  # not asking all the while: the breaker would open
            assert callers.run("r1").code == "ok"
        else:
            assert told.text.startswith("Cisco IOS Software") and told.seconds < patience
    assert callers.received("r1", "show version") == 1 + (seconds < patience) and callers.logins("r1") == 2


def test_half_a_line_then_silence(callers: Callers) -> None:
    callers.run("r1")
    with callers.unharmed("r2"):
        callers.lab.fault("r1", "hang", command="show version", count=1, when="half")
        answer = callers.run("r1", "show version", command_timeout=1.0)
        assert answer.code == "command_timeout" and 1 <= answer.seconds < 3
        callers.lab.clear("r1")  # the rest comes now: it must not answer anybody
        assert "IOS" not in callers.run("r1").text
    assert callers.received("r1", "show version") == 1 and callers.logins("r1") == 2


def test_a_login_slower_than_its_timeout(callers: Callers) -> None:
    with callers.unharmed("r2"):
        callers.lab.fault("r1", "slow_login", seconds=4.0, count=1)
        answer = callers.run("r1", connect_timeout=1.0)
        assert answer.code == "connect_failed" and answer.seconds < 3, (answer.error, answer.seconds)
        assert answer.error is not None and answer.error.retryable
        assert [phase["name"] for phase in answer.error.detail["phases"] if not phase["ok"]] == ["auth"]
        assert callers.run("r1", connect_timeout=3.0).code == "ok"
    assert callers.lab.wait(lambda: callers.lab.counters("r1")["open_connections"] == 1), "a login was left behind"


def test_a_device_that_hangs_up_in_the_middle_of_a_login_has_refused_nobody(callers: Callers) -> None:
    callers.lab.fault("r1", "slow_login", seconds=3.0, count=1)
    logging_in = callers.later(callers.run, "r1")
    assert callers.lab.wait(lambda: callers.lab.counters("r1")["open_connections"] == 1)
    callers.lab.ask("reset", device="r1")
    answer = logging_in.result(20)
    assert answer.code == "connect_failed" and answer.error is not None and answer.error.retryable, answer.error
    assert answer.seconds < 3 and callers.run("r1").code == "ok"


def test_the_connection_ends_under_napalm(callers: Callers) -> None:
    """A getter or a ping is NAPALM's work on our session: it is a read like any other."""
    for command, params in (("ping", {"destination": "127.0.0.1"}), ("facts", {"gather_subset": ["facts"]})):
        callers.run("r1")
        callers.lab.fault("r1", "drop", command="^(ping|show)", count=1, how="reset", when="before")
        answer = callers.ask("r1", command, params)
        assert answer.code == "ok", answer.error
        callers.lab.fault("r1", "drop", command="^(ping|show)", count=2, how="close", when="half")
        assert callers.ask("r1", command, params).code == "session_lost"
        callers.run("r1")
        callers.lab.ask("reset", device="r1")
        assert callers.lab.wait(lambda: callers.lab.counters("r1")["open_sessions"] == 0)
        answer = callers.ask("r1", command, params)
        assert answer.code == "ok", answer.error


def test_all_lines_taken(callers: Callers) -> None:
    callers.run("r1")
    callers.lab.ask("set", device="r1", vty_lines=1)
    try:
        with callers.unharmed("r1", "r2"):
            refused = callers.run("r1", private_key_file=str(callers.lab.client_key), password=None)
        assert refused.code == "connect_failed" and refused.error is not None and refused.error.retryable
        assert refused.seconds < 3 and callers.lab.counters("r1")["refused"] >= 1
    finally:
        callers.lab.ask("set", device="r1", vty_lines=16)
    assert callers.run("r1", private_key_file=str(callers.lab.client_key), password=None).code == "ok"


def test_a_changed_password_ends_no_session_and_a_wrong_one_harms_nobody(callers: Callers) -> None:
    callers.run("r1")
    with callers.unharmed("r1", "r2"):
        callers.lab.fault("r1", "password", new="other")
        assert callers.run("r1").code == "ok"
        for wrong in ("wrong-1", "wrong-2"):
            refused = callers.run("r1", password=wrong)
            assert refused.code == "authentication" and refused.error is not None and not refused.error.retryable
            assert wrong not in refused.error.message + str(refused.error.detail)
        assert callers.run("r1", password="other").code == "ok"
        callers.lab.clear("r1", "password")
    assert callers.lab.counters("r1")["failed_logins"] == 2
