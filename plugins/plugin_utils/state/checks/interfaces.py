# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Interfaces: the named ones are up or down as expected, and no other is down though enabled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..names import matching
from .contract import Context, Outcome, register
from .options import option


@dataclass(frozen=True)
class InterfacesOptions:
    up: list[str] = option("texts", [])
    down: list[str] = option("texts", [])
    ignore: list[str] = option("texts", [])
    all_enabled: bool | None = option("flag", None)
    tolerance: int = option("integer", 0, least=0)


@register("interfaces", InterfacesOptions, features=("interfaces",))
def interfaces(options: InterfacesOptions, context: Context) -> Outcome:
    ports = context.features["interfaces"]
    problems: list[str] = []
    named: set[str] = set()
    for expected, patterns in ((True, options.up), (False, options.down)):
        for pattern in patterns:
            found = matching(pattern, ports)
            named.update(found)
            problems += [_words(port, ports[port]) for port in found if ports[port]["is_up"] != expected]
            if not found:
                problems.append(f"there is no interface {pattern}")
    # without a name to look for, the check is about every interface
    everything = options.all_enabled if options.all_enabled is not None else not (options.up or options.down)
    ignored = named.union(*(matching(pattern, ports) for pattern in options.ignore))
    watched = [port for port in ports if everything and port not in ignored and ports[port]["is_enabled"]]
    problems += [_words(port, ports[port]) for port in watched if not ports[port]["is_up"]]
    shown = [port for port in ports if port in named or port in watched]
    return Outcome(
        expected={"up": options.up or ("every enabled interface" if everything else []), "down": options.down},
        actual={port: "up" if ports[port]["is_up"] else "down" for port in shown},
        problems=problems,
        tolerance=options.tolerance,
        message=f"{len(shown)} interfaces as expected",
    )


def _words(port: str, state: Mapping[str, Any]) -> str:
    shut = "" if state["is_enabled"] else " (shut down)"
    return f"{port} is {'up' if state['is_up'] else 'down'}{shut}"
