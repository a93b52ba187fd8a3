# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Random faults on random devices, each short."""

from __future__ import annotations

import random
import threading
from collections import Counter
from typing import Any

from tests.lab.emulated import EmulatedLab

FAULTS: list[tuple[str, dict[str, Any]]] = [
    ("drop", {"how": "reset", "when": "half"}),
    ("drop", {"how": "close", "when": "before"}),
    ("hang", {"when": "half", "seconds": 1.5}),
    ("hang", {"when": "before", "seconds": 5}),
    ("black_hole", {"command": "^show"}),
    ("delay", {"seconds": 1}),
    ("log_line", {}),
    ("log_line", {"where": "after"}),
    ("more", {"command": "^show"}),
    ("slow_login", {"seconds": 1}),
    ("slow_login", {"seconds": 5}),
    ("vty_exhausted", {}),
    ("reboot", {"seconds": 2}),
]


class Weather:
    """``seen`` counts what was injected."""

    def __init__(self, lab: EmulatedLab, seed: int) -> None:
        self._lab = lab
        self._chance = random.Random(seed)
        self.seen: Counter[str] = Counter()

    def run(self, stop: threading.Event, pace: float) -> None:
        """A fault for one command or login every ``pace`` seconds on average, until told to stop."""
        names = list(self._lab.devices)
        while not stop.wait(self._chance.uniform(0, 2 * pace)):
            kind, arguments = self._chance.choice(FAULTS)
            self._lab.fault(self._chance.choice(names), kind, count=1, **arguments)
            self.seen[kind] += 1
