# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Devices say what nobody asked for: the caller gets his answer, all of it, and the next caller gets his own."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.integration.callers import Callers, resources

SHOW = "show ip interface brief"
PROMPT_LINE = "\nr1#\n"


@pytest.fixture
def plain(callers: Callers) -> str:
    """What the command says when nothing happens."""
    return callers.run("r1", SHOW).text


def right_afterwards(callers: Callers, plain: str) -> None:
    """The session is in step: answers belong to their commands, on the first login."""
    for _unused in range(2):
        assert "UTC" in callers.run("r1", "show clock").text.splitlines()[0]
        assert callers.run("r1", SHOW).text == plain
    assert callers.logins("r1") == 1


def test_paging_that_nobody_asked_for(callers: Callers, plain: str) -> None:
    callers.lab.fault("r1", "more", command=SHOW, count=1, lines=3)
    answer = callers.run("r1", SHOW)
    assert answer.text == plain and answer.seconds < 2
    callers.lab.fault("r1", "more", command="show version", count=1, lines=4)
    assert callers.run("r1", "show version").text.startswith("Cisco IOS Software")
    assert callers.received("r1", SHOW) == 2
    right_afterwards(callers, plain)


@pytest.mark.parametrize(
    "stray",
    [
        {"text": "%LINK-3-UPDOWN: Interface GigabitEthernet0/3, changed state to up"},
        {"text": "***\n*** --- SHUTDOWN in 0:05:00 ---\n***", "bare": True},
        {"text": "r1#", "bare": True},
        {"text": "r1(config)#", "bare": True},
    ],
    ids=["log", "banner", "prompt", "config-prompt"],
)
def test_a_line_inside_the_output_ends_nothing(callers: Callers, plain: str, stray: dict[str, Any]) -> None:
    callers.lab.fault("r1", "log_line", command=SHOW, count=1, **stray)
    answer = callers.run("r1", SHOW)
    assert answer.seconds < 2 and callers.received("r1", SHOW) == 2
    left = answer.text
    for line in stray["text"].splitlines():
        found = next(one for one in left.splitlines() if one.endswith(line))
        left = left.replace(f"{found}\n", "", 1)
    assert left == plain
    right_afterwards(callers, plain)


@pytest.mark.parametrize(
    "stray",
    [
        {"text": "%SYS-5-CONFIG_I: Configured from console by vty0"},
        {"text": "\n***\n*** Message from tty0 to all terminals:\n***\nGo home\n", "bare": True},
        {"text": "r1#", "bare": True},
    ],
    ids=["log", "message", "prompt"],
)
def test_lines_behind_the_prompt_are_no_part_of_the_answer(callers: Callers, plain: str, stray: dict[str, Any]) -> None:
    callers.lab.fault("r1", "log_line", command=SHOW, count=1, where="after", **stray)
    answer = callers.run("r1", SHOW, command_timeout=10.0)
    assert answer.text == plain and answer.seconds < 3, answer.seconds
    assert callers.received("r1", SHOW) == 2
    right_afterwards(callers, plain)


def test_a_line_like_the_prompt_and_then_a_pause(callers: Callers, plain: str) -> None:
    callers.lab.fault("r1", "hang", command="show version", count=1, when="half", text=PROMPT_LINE, seconds=1.2)
    answer = callers.run("r1", "show version", command_timeout=10.0)
    assert answer.text.startswith("Cisco IOS") and "Configuration register" in answer.text, answer.text[-200:]
    assert callers.received("r1", "show version") == 1
    right_afterwards(callers, plain)


def test_garbage_before_the_prompt(callers: Callers, plain: str) -> None:
    callers.lab.fault("r1", "garbage", count=1)
    answer = callers.run("r1", SHOW)
    assert answer.text.startswith(plain) and answer.seconds < 2
    right_afterwards(callers, plain)


def test_the_name_changed_by_our_own_command_and_by_somebody_else(callers: Callers, plain: str) -> None:
    renamed = callers.run("r1", "configure terminal", "hostname core-7", "end", "show clock")
    assert renamed.code == "ok" and renamed.seconds < 2, renamed.error
    assert callers.run("r1", SHOW).text == plain
    callers.lab.configure("r1", "hostname edge-9")
    answer = callers.run("r1", SHOW, command_timeout=10.0)
    assert answer.text == plain and answer.seconds < 3
    assert callers.run("r1", SHOW).seconds < 0.5, "the name was not kept"
    callers.lab.configure("r1", "hostname r1")
    assert callers.run("r1", "write memory", command_timeout=10.0).code == "ok"
    assert callers.received("r1", "write memory") == 1
    right_afterwards(callers, plain)


def test_a_log_line_in_the_configuration_spoils_no_checkpoint(callers: Callers) -> None:
    before = callers.lab.running_config("r1")
    callers.lab.fault("r1", "log_line", command="show running-config", count=1)
    change = {"text": "interface GigabitEthernet0/1\n description logged", "confirm_within": 60}
    applied = callers.ask("r1", "config.apply", change)
    assert applied.code == "ok", applied.error
    undone = callers.ask("r1", "change.revert", {"change": applied.result["change"]["id"]})
    assert undone.code == "ok" and undone.result["change"]["state"] == "reverted", undone.error
    assert callers.lab.running_config("r1") == before


def test_fifty_megabytes(callers: Callers) -> None:
    """The lab needs its own time for them, so who looks on asks the broker, which must not be held up."""
    callers.run("r1", "show clock")
    pid = callers.controller.broker_pid()
    before = resources(pid)["rss"]
    callers.lab.fault("r1", "big_output", megabytes=50, count=1)
    asked, pauses, most = callers.later(callers.run, "r1", "show tech-support", command_timeout=60.0), [], 0
    with callers.client() as other:
        while not asked.done():
            start = time.monotonic()
            other.call("hello", timeout=10)
            pauses.append(time.monotonic() - start)
            most = max(most, resources(pid)["rss"] - before)
            time.sleep(0.02)
    answer = asked.result()
    lines = answer.text.splitlines()
    numbers = [int(line[:8]) for line in lines if line.endswith("block in use")]
    assert len(answer.text) > 49_000_000 and numbers == list(range(len(numbers))), "something is missing"
    assert answer.seconds < 30, answer.seconds
    callers.run("r1", "show clock")
    time.sleep(0.2)
    grown = (resources(pid)["rss"] - before) / 1024
    print(
        f"50 MB: {answer.seconds:.1f} s; others waited {max(pauses):.2f} s at most for the broker, which took "
        f"{most / 1024:.0f} MiB more, {grown:.0f} MiB afterwards"
    )
    assert max(pauses) < 1.5, f"the broker was deaf for {max(pauses):.1f} s"
    assert grown < 40, f"{grown:.0f} MiB of the broker's memory stay taken"
    assert callers.received("r1", "show tech-support") == 1 and callers.logins("r1") == 1
