# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Errors and discards have not grown since the snapshot before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..names import matching
from .contract import Context, Outcome, register
from .options import option


@dataclass(frozen=True)
class NoNewDropsOptions:
    """``tolerance`` is the growth put up with, in packets for each counter."""

    interfaces: list[str] = option("texts", ["*"])
    counters: list[str] = option("texts", ["rx_errors", "tx_errors", "rx_discards", "tx_discards"])
    tolerance: int = option("integer", 0, least=0)


@register("no_new_drops", NoNewDropsOptions, features=("counters",), before=("counters",))
def no_new_drops(options: NoNewDropsOptions, context: Context) -> Outcome:
    now = context.features["counters"]
    then = (context.before or {})["counters"]
    ports = {port: None for pattern in options.interfaces for port in matching(pattern, now)}
    grown: dict[str, int] = {}
    for port in ports:
        for counter in options.counters:
            growth = _growth(then.get(port, {}), now[port], counter)
            if growth > 0:
                grown[f"{port} {counter}"] = growth
    problems = [f"{name} grew by {growth}" for name, growth in grown.items() if growth > options.tolerance]
    problems += [f"there is no interface {p}" for p in options.interfaces if p != "*" and not matching(p, now)]
    return Outcome(
        expected=f"growth of at most {options.tolerance}",
        actual=grown,
        problems=problems,
        message=f"{len(ports)} interfaces without new drops",
    )


def _growth(before: Mapping[str, Any], after: Mapping[str, Any], counter: str) -> int:
    """A negative counter is one the device does not have; a smaller one was cleared, and has grown from zero."""
    old, new = int(before.get(counter, 0)), int(after.get(counter, -1))
    if new < 0:
        return 0
    return new - old if 0 <= old <= new else new
