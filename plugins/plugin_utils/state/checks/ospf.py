# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""OSPF: neighbors are full, are there, and are as many as expected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .contract import Context, Outcome, register
from .options import option

_NAMES = ("router_id", "neighbor_id", "address", "interface")


@dataclass(frozen=True)
class OspfOptions:
    neighbors: list[str] = option("texts", [])
    count: int | None = option("integer", None, least=0)
    min_neighbors: int | None = option("integer", None, least=0)
    states: list[str] = option("texts", ["full"])
    vrf: str | None = option("text", None)
    tolerance: int = option("integer", 0, least=0)


@register("ospf", OspfOptions, features=("ospf",))
def ospf(options: OspfOptions, context: Context) -> Outcome:
    data = context.features["ospf"]
    neighbors = list(_neighbors(data if options.vrf is None else data.get(options.vrf, {}), ()))
    good = {state.lower() for state in options.states}
    fine = [names for names, state in neighbors if _word(state) in good]
    problems = [f"neighbor {names[0]} is {state}" for names, state in neighbors if _word(state) not in good]
    for wanted in options.neighbors:
        if not any(wanted in names for names, _unused in neighbors):
            problems.append(f"neighbor {wanted} is missing")
    if options.count is not None and len(fine) != options.count:
        problems.append(f"{len(fine)} neighbors, {options.count} expected")
    # a router without any OSPF must not pass where nobody said which neighbors it has
    unnamed = not options.neighbors and options.count is None
    least = options.min_neighbors if options.min_neighbors is not None else int(unnamed)
    if len(fine) < least and not problems:
        problems.append(f"{len(fine)} neighbors, at least {least} expected")
    return Outcome(
        expected={"neighbors": options.neighbors or "all", "states": options.states, "count": options.count},
        actual=[{"neighbor": names[0], "state": state} for names, state in neighbors],
        problems=problems,
        tolerance=options.tolerance,
        message=f"{len(fine)} neighbors {'/'.join(options.states)}",
    )


def _neighbors(node: Any, keys: tuple[str, ...]) -> Iterator[tuple[list[str], str]]:
    """Every entry with a state, however deep its VRF, area or interface puts it, with the names it goes by."""
    if isinstance(node, Mapping):
        if isinstance(node.get("state"), str):
            names = [str(node[name]) for name in _NAMES if node.get(name)]
            yield [*names, *reversed(keys)], node["state"]
            return
        for key, item in node.items():
            yield from _neighbors(item, (*keys, key))
    elif isinstance(node, list):
        for item in node:
            yield from _neighbors(item, keys)


def _word(state: str) -> str:
    """``FULL/DR`` is full."""
    return state.split("/")[0].strip().lower()
