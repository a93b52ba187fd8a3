# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How fast logins go, over all devices together: an AAA server has its limits."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable


class LoginRate:
    """A token bucket that holds one token: at most ``rate`` logins a second, evenly; 0 is no limit."""

    def __init__(
        self,
        rate: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._gap = 1.0 / rate if rate > 0 else 0.0
        self._next = 0.0
        self._clock = clock
        self._sleep = sleep

    async def take(self) -> None:
        """Wait for one's turn."""
        now = self._clock()
        start = max(now, self._next)
        self._next = start + self._gap
        if start > now:
            await self._sleep(start - now)

    def give_back(self) -> None:
        """It needed no login after all: the next one may come so much earlier."""
        self._next -= self._gap
