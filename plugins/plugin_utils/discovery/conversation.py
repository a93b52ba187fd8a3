# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Requests to the broker about one device, from a program that waits for many at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from typing import Any

from ..requester import Requester


class Conversation:
    """One request after another, each in a thread of ``threads``. ``options`` may be changed between two of them."""

    def __init__(self, options: dict[str, Any], queue_timeout: float, threads: Executor) -> None:
        self.options = options
        self._requester = Requester(options, queue_timeout)
        self._threads = threads
        self._running: Future[Any] | None = None

    async def ask(self, command: str, params: dict[str, Any]) -> Any:
        """As ``Requester.call``. Cancelled, it gives the request up: the thread ends at once."""
        self._running = self._threads.submit(self._requester.call, command, params)
        try:
            return await asyncio.wrap_future(self._running)
        except asyncio.CancelledError:
            self._requester.abandon()
            raise

    def close(self) -> None:
        """Also while a request is given up: then its thread is the one that closes."""
        if self._running is not None and not self._running.done():
            self._running.add_done_callback(lambda _done: self._requester.close())
        else:
            self._requester.close()


@contextmanager
def conversation(options: dict[str, Any], queue_timeout: float, threads: Executor) -> Iterator[Conversation]:
    made = Conversation(options, queue_timeout, threads)
    try:
        yield made
    finally:
        made.close()
