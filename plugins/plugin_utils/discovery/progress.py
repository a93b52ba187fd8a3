# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is said while a crawl runs."""

from __future__ import annotations

import time
from collections.abc import Callable

from .crawl import Counts, Event

EVERY = 1.0  # seconds
STILL = 10.0  # seconds, when nothing happens


class Progress:
    """Says each failure, and how far the crawl is: at most once a second, seldom when nothing happens."""

    def __init__(self, say: Callable[[str], object], clock: Callable[[], float] = time.monotonic) -> None:
        self._say = say
        self._clock = clock
        self._last = clock()
        self._said = Counts()

    def __call__(self, event: Event) -> None:
        failure, counts = event.failure, event.counts
        if failure is not None:
            who = f"{failure.address} ({failure.name})" if failure.name else failure.address
            self._say(f"discover: {who} failed, {failure.code}: {failure.reason}")
        if self._clock() - self._last < (STILL if counts == self._said else EVERY):
            return
        self._last, self._said = self._clock(), counts
        silent = f", {counts.silent} addresses silent" if counts.silent else ""
        self._say(
            f"discover: {counts.found} devices found, {counts.failed} failed, {counts.visiting} being visited, "
            f"{counts.waiting} waiting{silent}"
        )
