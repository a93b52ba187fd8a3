# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Somebody sets the machine's clock: no change is undone early or confirmed late, and no session ends for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.integration.callers import Callers

HOUR = 3600
#: Read by every Python that starts with this directory on its path: the broker, for one.
SITE = """
import os, time
real = time.time
def jumping():
    with open(os.environ["TEST_CLOCK"]) as offset:
        return real() + float(offset.read() or 0)
time.time = jumping
"""


@pytest.fixture
def jump(callers: Callers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Sets the broker's clock to so many seconds from the right time."""
    site, offset = tmp_path / "site", tmp_path / "offset"
    site.mkdir()
    (site / "sitecustomize.py").write_text(SITE)
    offset.write_text("0")
    monkeypatch.setenv("PYTHONPATH", str(site))
    monkeypatch.setenv("TEST_CLOCK", str(offset))

    def set_clock(seconds: float) -> None:
        changed = offset.with_suffix(".new")
        changed.write_text(str(seconds))
        changed.rename(offset)
        started = callers.status()["broker"]["started"] + callers.status()["broker"]["uptime"]
        assert abs(started - time.time() - seconds) < 5, "the broker's clock did not jump"

    return set_clock


def guarded(callers: Callers, within: float) -> dict[str, Any]:
    text = "interface GigabitEthernet0/1\n description guarded"
    applied = callers.ask("r1", "config.apply", {"text": text, "confirm_within": within})
    assert applied.code == "ok", applied.error
    change: dict[str, Any] = applied.result["change"]
    return change


def is_there(callers: Callers) -> bool:
    return "description guarded" in callers.lab.running_config("r1")


@pytest.mark.parametrize("hours", [30, -30])
def test_a_change_can_be_confirmed_in_its_time(callers: Callers, jump: Callable[[float], None], hours: int) -> None:
    callers.run("r1")
    change = guarded(callers, 20)
    jump(hours * HOUR)
    time.sleep(1)
    assert is_there(callers), "undone early"
    confirmed = callers.ask("r1", "change.confirm", {"change": change["id"]})
    assert confirmed.code == "ok" and confirmed.result["change"]["state"] == "confirmed", confirmed.error
    assert is_there(callers)
    answer = callers.run("r1")
    assert answer.code == "ok" and callers.logins("r1") == 1, "the session was taken for an old one"


@pytest.mark.parametrize("hours", [5, -5])
def test_a_change_is_undone_at_its_time(callers: Callers, jump: Callable[[float], None], hours: int) -> None:
    start = time.monotonic()
    change = guarded(callers, 3)
    jump(hours * HOUR)
    assert callers.lab.wait(lambda: not is_there(callers), 8.0), "not undone"
    took = time.monotonic() - start
    assert 2.8 < took < 6, f"undone after {took:.1f} s"
    confirm = {"change": change["id"]}
    assert callers.lab.wait(lambda: callers.ask("r1", "change.confirm", confirm).code == "change_expired")
    assert not is_there(callers)


def test_a_checkpoint_taken_after_the_clock_was_set_back_is_kept(
    callers: Callers, jump: Callable[[float], None]
) -> None:
    for _unused in range(52):
        assert callers.ask("r1", "checkpoint.add").code == "ok"
    jump(-2 * HOUR)
    change = guarded(callers, 60)
    undone = callers.ask("r1", "change.revert", {"change": change["id"]})
    assert undone.code == "ok" and not is_there(callers), undone.error
