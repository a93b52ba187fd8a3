# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What every command of the broker works with."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from .guard import Guard
from .handles import Handles
from .jobs import Jobs, Terms
from .lease import Caller
from .parser_pool import ParserPool
from .sessions import SessionPool
from .settings import Settings

Handler = Callable[[dict[str, Any], Caller], Awaitable[Any]]
Table = dict[str, Handler]


class Context:
    """The broker's parts and its own state; times in seconds since the epoch."""

    def __init__(self, pool: SessionPool, guard: Guard) -> None:
        self.pool = pool
        self.guard = guard
        self.handles = Handles()
        self.parsing = ParserPool()
        self.jobs = Jobs()
        self.terms = Terms()
        self.started = time.time()
        self.requests = 0
        self.settings = Settings()
        self.draining = False
        self.drain_begun = asyncio.Event()
        self.stop = asyncio.Event()

    def drain(self) -> bool:
        """Take no more work, and end when what is here is done; False when that was so already."""
        changed, self.draining = not self.draining, True
        self.drain_begun.set()
        return changed
