# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What all sections say their figures with: targets, medians and Markdown tables."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

QUIET = 0.5  # seconds of CPU that other work may use during a run that counts as undisturbed


@dataclass(frozen=True)
class Target:
    """What was aimed at, what was measured, and whether it was reached (None: not measured).

    ``always`` marks what must hold at any size, on any machine: a tiny run fails without it.
    """

    aim: str
    measured: str
    held: bool | None
    always: bool = False


def missing(aim: str, reason: str) -> Target:
    return Target(aim, f"not measured: {reason}", None)


def median(runs: Iterable[dict[str, Any]], field: str) -> float:
    return float(statistics.median(run[field] for run in runs))


def spread(values: Sequence[float], digits: int = 2) -> str:
    """``median (smallest to largest)``, or the only value."""
    if len(values) == 1:
        return f"{values[0]:.{digits}f}"
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def p99(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[98]


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def quiet_pairs(ours: list[dict[str, Any]], other: list[dict[str, Any]]) -> str:
    """The ratios of the pairs during which other work used less than QUIET seconds of CPU."""
    both = zip(ours, other, strict=True)
    kept = [f"{one['wall'] / two['wall']:.2f}" for one, two in both if max(one["others"], two["others"]) < QUIET]
    return f"undisturbed pairs {', '.join(kept)}" if kept else "no undisturbed pair"
