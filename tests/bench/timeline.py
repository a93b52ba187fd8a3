# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the callback of this folder wrote: when each task began and ended, and how it went on each host."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CALLBACKS = Path(__file__).parent / "callbacks"
ENVIRONMENT = {"ANSIBLE_CALLBACK_PLUGINS": str(CALLBACKS), "ANSIBLE_STDOUT_CALLBACK": "times"}


@dataclass
class Timeline:
    """Seconds of one clock. ``outcomes``: {task: {host: ok, changed, failed, ...}}."""

    play: float = 0.0
    end: float = 0.0
    tasks: dict[str, tuple[float, float]] = field(default_factory=dict)
    outcomes: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def first_task(self) -> float:
        """Seconds from the beginning of the play to the end of its first task on its last host."""
        return next(iter(self.tasks.values()))[1] - self.play


def read(log: Path) -> Timeline:
    """From a run's log; other lines in it are left aside."""
    line = Timeline()
    for text in log.read_text().splitlines():
        if text.startswith('{"event": '):
            _add(line, json.loads(text))
    return line


def _add(line: Timeline, row: dict[str, Any]) -> None:
    if row["event"] == "play":
        line.play = line.play or row["time"]
    elif row["event"] == "end":
        line.end = row["time"]
    elif row["event"] == "task":
        line.tasks[row["task"]] = (row["time"], row["time"])
    else:
        line.tasks[row["task"]] = (line.tasks[row["task"]][0], row["time"])
        line.outcomes.setdefault(row["task"], {})[row["host"]] = row["outcome"]
