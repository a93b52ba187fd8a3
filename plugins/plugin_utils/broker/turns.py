# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whose turn it is on a device: FIFO within a priority, with a deadline for waiting.

Runs in the event loop only, so it needs no lock of its own.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from .errors import QueueTimeout

URGENT, HIGH, NORMAL, LOW = 0, 3, 5, 9  # URGENT is the guard's: an undo never waits behind ordinary work


class Turns:
    """One device's queue. ``waiting`` is its length; ``holder`` says who is served, for messages."""

    def __init__(self, device: str) -> None:
        self.device = device
        self.holder: str | None = None
        self._queue: list[tuple[int, int, asyncio.Future[None], str]] = []
        self._order = itertools.count()

    @property
    def waiting(self) -> int:
        return sum(not future.done() for *_order, future, _who in self._queue)

    @asynccontextmanager
    async def turn(self, who: str, timeout: float | None = None, priority: int = NORMAL) -> AsyncIterator[None]:
        """Hold the device. Raises QueueTimeout after ``timeout`` seconds of waiting."""
        await self._acquire(who, timeout, priority)
        try:
            yield
        finally:
            self._release()

    async def _acquire(self, who: str, timeout: float | None, priority: int) -> None:
        if self.holder is None:
            self.holder = who
            return
        ours: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._queue, (priority, next(self._order), ours, who))
        try:
            await asyncio.wait_for(asyncio.shield(ours), timeout)
        except TimeoutError as exc:
            if ours.done():  # the turn came in the same moment: take it rather than lose it
                return
            ours.cancel()
            raise QueueTimeout(
                f"{self.device} stayed busy for {timeout:g} s ({self.holder} has it, {self.waiting} more wait); "
                "raise holdfast_queue_timeout or find out what holds it with holdfast.network.session_info",
                device=self.device,
                holder=self.holder,
                waiting=self.waiting,
            ) from exc
        except asyncio.CancelledError:
            if ours.done() and not ours.cancelled():  # it was handed to us as we left: pass it on
                self._release()
            ours.cancel()
            raise

    def _release(self) -> None:
        while self._queue:
            *_order, future, who = heapq.heappop(self._queue)
            if not future.done():
                self.holder = who
                future.set_result(None)
                return
        self.holder = None
