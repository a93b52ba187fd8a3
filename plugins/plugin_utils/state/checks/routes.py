# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Routes: prefixes are there, by the expected way, or are not there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...broker.errors import BadInput
from .contract import Context, Outcome, register
from .options import option

_KEYS = ("prefix", "via", "protocol")


@dataclass(frozen=True)
class RoutesOptions:
    present: list[Any] = option("items", [])
    absent: list[str] = option("texts", [])
    vrf: str | None = option("text", None)
    min_routes: int = option("integer", 0, least=0)
    tolerance: int = option("integer", 0, least=0)

    def __post_init__(self) -> None:
        if not (self.present or self.absent or self.min_routes):
            raise BadInput("nothing to look for; give 'present', 'absent' or 'min_routes'", option="present")
        for entry in self.present:
            mapped = isinstance(entry, Mapping) and "prefix" in entry and set(entry) <= set(_KEYS)
            if not mapped and not isinstance(entry, str):
                raise BadInput(
                    f"option 'present' has {entry!r}; give a prefix, or a mapping of {', '.join(_KEYS)}",
                    option="present",
                )


@register("routes", RoutesOptions, features=("routes",))
def routes(options: RoutesOptions, context: Context) -> Outcome:
    table: dict[str, list[Mapping[str, Any]]] = {}
    for vrf, prefixes in context.features["routes"].items():
        if options.vrf is None or vrf == options.vrf:
            for prefix, paths in prefixes.items():
                table.setdefault(prefix, []).extend(paths)
    problems: list[str] = []
    wanted = [{"prefix": entry} if isinstance(entry, str) else entry for entry in options.present]
    for entry in wanted:
        problems += _missing(entry, table.get(entry["prefix"], []))
    problems += [f"{prefix} is there, by {_words(table[prefix])}" for prefix in options.absent if prefix in table]
    if len(table) < options.min_routes:
        problems.append(f"{len(table)} routes, at least {options.min_routes} expected")
    named = [*(entry["prefix"] for entry in wanted), *options.absent]
    return Outcome(
        expected={"present": options.present, "absent": options.absent, "min_routes": options.min_routes},
        actual={"routes": len(table), **{prefix: _words(table.get(prefix, [])) for prefix in named}},
        problems=problems,
        tolerance=options.tolerance,
        message=f"{len(named)} prefixes as expected, {len(table)} routes",
    )


def _missing(entry: Mapping[str, Any], paths: list[Mapping[str, Any]]) -> list[str]:
    prefix = entry["prefix"]
    if not paths:
        return [f"{prefix} is missing"]
    # a path that the router knows but does not use is no way to the prefix
    used = [path for path in paths if path.get("selected", True)]
    ways = {str(path.get(key)) for path in used for key in ("next_hop", "interface")}
    problems = []
    if "via" in entry and str(entry["via"]) not in ways:
        problems.append(f"{prefix} goes by {_words(used)}, expected via {entry['via']}")
    if "protocol" in entry and entry["protocol"] not in {path.get("protocol") for path in used}:
        problems.append(f"{prefix} comes by {_words(used)}, expected from {entry['protocol']}")
    return problems


def _words(paths: list[Mapping[str, Any]]) -> str:
    ways = [
        " ".join(str(path[key]) for key in ("protocol", "next_hop", "interface") if path.get(key)) for path in paths
    ]
    return ", ".join(ways) or "no way"
