# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One module for each section: TITLE, NOTES, ``measure(place)``, ``targets(figures)`` and ``tables(figures)``."""

from __future__ import annotations

import importlib
from typing import Any, Protocol

from tests.bench.figures import Target
from tests.bench.place import Place

#: In the order in which they run and are shown, with the seconds after which one is given up.
NAMES: dict[str, float] = {
    "warm": 420.0,
    "fanout": 300.0,
    "second": 120.0,
    "dropin": 300.0,
    "memory": 240.0,
    "latency": 90.0,
    "growth": 420.0,
    "rival": 180.0,
    "inventory": 600.0,
    "discovery": 240.0,
}


class Section(Protocol):
    TITLE: str
    NOTES: str

    def measure(self, place: Place) -> dict[str, Any]:
        """Plain JSON values. Raises BenchError, NotMeasured."""

    def targets(self, figures: dict[str, Any]) -> list[Target]:
        """What was aimed at."""

    def tables(self, figures: dict[str, Any]) -> list[str]:
        """Paragraphs and tables of Markdown."""


def section(name: str) -> Section:
    found: Any = importlib.import_module(f"tests.bench.sections.{name}")
    return found
