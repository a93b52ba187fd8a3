# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Turns: fair order, deadlines, and no turn lost or given twice however waiters leave."""

from __future__ import annotations

import asyncio
import random

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import QueueTimeout
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.turns import LOW, NORMAL, URGENT, Turns


async def settle() -> None:
    for _unused in range(10):
        await asyncio.sleep(0)


async def test_first_come_first_served_within_a_priority() -> None:
    turns, order = Turns("r1"), []

    async def visit(name: str, priority: int = NORMAL) -> None:
        async with turns.turn(name, None, priority):
            order.append(name)
            await asyncio.sleep(0)

    async with turns.turn("holder"):
        tasks = []
        for name, priority in (("a", NORMAL), ("low", LOW), ("b", NORMAL), ("undo", URGENT), ("c", NORMAL)):
            tasks.append(asyncio.create_task(visit(name, priority)))
            await settle()
        assert turns.waiting == 5 and turns.holder == "holder" and order == []
    await asyncio.gather(*tasks)
    assert order == ["undo", "a", "b", "c", "low"]
    assert turns.holder is None and turns.waiting == 0


async def test_deadline_names_the_holder_and_leaves_the_queue() -> None:
    turns = Turns("r1:22")
    async with turns.turn("playbook 7"):
        with pytest.raises(QueueTimeout, match=r"r1:22 stayed busy .*playbook 7 has it") as caught:
            async with turns.turn("late", 0.01):
                raise AssertionError("must not get the turn")
        assert caught.value.retryable and caught.value.detail["holder"] == "playbook 7"
        assert turns.waiting == 0
    async with turns.turn("next", 0):
        assert turns.holder == "next"


async def test_an_error_in_the_block_gives_the_turn_back() -> None:
    turns = Turns("r1")
    with pytest.raises(ZeroDivisionError):
        async with turns.turn("a"):
            raise ZeroDivisionError
    assert turns.holder is None


@pytest.mark.parametrize("seed", range(60))
async def test_waiters_that_leave_at_any_moment_lose_and_double_nothing(seed: int) -> None:
    rng, turns = random.Random(seed), Turns("r1")
    inside, most, served = 0, 0, 0

    async def visit(name: str) -> None:
        nonlocal inside, most, served
        timeout = rng.choice([None, None, 0, 0.001, 0.005])
        async with turns.turn(name, timeout, rng.choice([URGENT, NORMAL, LOW])):
            inside += 1
            most = max(most, inside)
            try:
                for _unused in range(rng.randrange(4)):
                    await asyncio.sleep(rng.choice([0, 0, 0.001]))
                served += 1
            finally:
                inside -= 1

    tasks = []
    for number in range(40):
        tasks.append(asyncio.create_task(visit(f"v{number}")))
        for _unused in range(rng.randrange(3)):
            await asyncio.sleep(0)
        if rng.random() < 0.5:
            rng.choice(tasks).cancel()
    results = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 20)
    assert all(r is None or isinstance(r, (QueueTimeout, asyncio.CancelledError)) for r in results)
    assert most <= 1 and inside == 0 and served >= sum(r is None for r in results)
    assert turns.holder is None and turns.waiting == 0
    async with turns.turn("afterwards", 0.01):
        pass


async def test_cancelled_in_the_very_moment_of_the_handover() -> None:
    turns, order = Turns("r1"), []

    async def visit(name: str) -> None:
        async with turns.turn(name):
            order.append(name)

    async with turns.turn("holder"):
        first, second = asyncio.create_task(visit("first")), asyncio.create_task(visit("second"))
        await settle()
    first.cancel()  # the turn is its own already, but it has not run since
    await asyncio.gather(first, second, return_exceptions=True)
    assert order[-1] == "second" and turns.holder is None
