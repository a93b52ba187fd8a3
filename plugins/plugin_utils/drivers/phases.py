# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The steps of a login, each timed: what the connection test shows and an error names."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ..broker.errors import HoldfastError


@dataclass
class Phase:
    """One step: ``dns``, ``tcp``, ``host_key``, ``auth`` or ``prompt``; ``seconds`` it took.

    On the way there are ``proxy tcp``, ``proxy auth``, and ``hop1 tcp``, ``hop1 host_key`` ... for each jump host.
    """

    name: str
    seconds: float
    ok: bool
    message: str = ""


class Timeline:
    """Adds phases to a list that its owner shows."""

    def __init__(self, phases: list[Phase]) -> None:
        self._phases = phases

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """The block is this phase; an error of ours leaves it with the phase's name."""
        start = time.monotonic()
        try:
            yield
        except HoldfastError as exc:
            raise self.failed(name, start, exc) from exc.__cause__
        self.passed(name, start)

    def passed(self, name: str, start: float, end: float | None = None, message: str = "") -> None:
        """Times are of ``time.monotonic``; ``end`` is now when not given."""
        self._phases.append(Phase(name, round((end or time.monotonic()) - start, 4), True, message))

    def failed(self, name: str, start: float, error: HoldfastError) -> HoldfastError:
        """Note the failure, and return the error with the phase in its detail."""
        self._phases.append(Phase(name, round(time.monotonic() - start, 4), False, error.message))
        error.detail.setdefault("phase", name)
        return error
