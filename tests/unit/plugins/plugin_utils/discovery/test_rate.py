# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Logins a second, by a clock that the test turns."""

from __future__ import annotations

import asyncio

from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.rate import LoginRate


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


def starts(rate: float, count: int) -> list[float]:
    clock = Clock()
    bucket = LoginRate(rate, clock, clock.sleep)

    async def take() -> list[float]:
        found = []
        for _number in range(count):
            await bucket.take()
            found.append(round(clock.now - 100.0, 3))
        return found

    return asyncio.run(take())


def test_evenly_from_the_first_one_on() -> None:
    assert starts(4.0, 5) == [0.0, 0.25, 0.5, 0.75, 1.0]


def test_no_limit() -> None:
    assert starts(0.0, 3) == [0.0, 0.0, 0.0]


def test_a_login_that_was_not_needed_leaves_its_turn() -> None:
    clock = Clock()
    bucket = LoginRate(1.0, clock, clock.sleep)

    async def work() -> float:
        await bucket.take()
        bucket.give_back()
        await bucket.take()
        return clock.now

    assert asyncio.run(work()) == 100.0
