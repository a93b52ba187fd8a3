# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reachability: the device's own ping reaches (or does not reach) destinations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...broker.errors import BadInput
from .contract import Context, Outcome, register
from .options import option

_KEYS = ("destination", "source", "vrf", "reachable")


@dataclass(frozen=True)
class ReachabilityOptions:
    """``tolerance`` is the loss put up with, in percent; ``timeout`` is in seconds for each probe."""

    destinations: list[Any] = option("items")
    source: str = option("text", "")
    vrf: str = option("text", "")
    count: int = option("integer", 5, least=1)
    timeout: int = option("integer", 2, least=1)
    size: int = option("integer", 100, least=36)
    tolerance: float = option("number", 0.0, least=0)
    reachable: bool = option("flag", True)

    def __post_init__(self) -> None:
        if not self.destinations:
            raise BadInput("option 'destinations' is empty; list addresses to ping", option="destinations")
        for entry in self.destinations:
            mapped = isinstance(entry, Mapping) and "destination" in entry and set(entry) <= set(_KEYS)
            if not mapped and not (isinstance(entry, str) and entry):
                raise BadInput(
                    f"option 'destinations' has {entry!r}; give an address, or a mapping of {', '.join(_KEYS)}",
                    option="destinations",
                )


@register("reachability", ReachabilityOptions)
def reachability(options: ReachabilityOptions, context: Context) -> Outcome:
    expected: dict[str, str] = {}
    actual: dict[str, str] = {}
    problems: list[str] = []
    for entry in options.destinations:
        wanted = {"destination": entry} if isinstance(entry, str) else entry
        destination = str(wanted["destination"])
        reply = context.ping(
            destination,
            source=wanted.get("source", options.source),
            vrf=wanted.get("vrf", options.vrf),
            count=options.count,
            timeout=options.timeout,
            size=options.size,
        )
        loss, words = _loss(reply)
        should = wanted.get("reachable", options.reachable)
        expected[destination] = f"at most {options.tolerance:g}% loss" if should else "unreachable"
        actual[destination] = words
        good = loss <= options.tolerance if should else loss >= 100
        if not good:
            problems.append(f"{destination}: {words}, expected {expected[destination]}")
    return Outcome(expected, actual, problems, f"{len(expected)} destinations as expected")


def _loss(reply: Mapping[str, Any]) -> tuple[float, str]:
    """Loss in percent, and in words. NAPALM counts lost probes, not percent."""
    success = reply.get("success")
    if not isinstance(success, Mapping):
        return 100.0, f"error: {reply.get('error', 'no result')}"
    sent = int(success["probes_sent"])
    loss = 100.0 * int(success["packet_loss"]) / sent if sent else 100.0
    return loss, f"{loss:.0f}% loss"
