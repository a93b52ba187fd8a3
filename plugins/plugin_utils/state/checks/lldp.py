# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""LLDP: the expected neighbor is behind each port."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...broker.errors import BadInput
from ..names import matching, same_host, same_port
from .contract import Context, Outcome, register
from .options import option


@dataclass(frozen=True)
class LldpOptions:
    neighbors: dict[str, Any] = option("mapping")
    allow_extra: bool = option("flag", True)
    tolerance: int = option("integer", 0, least=0)

    def __post_init__(self) -> None:
        for port, wanted in self.neighbors.items():
            known = isinstance(wanted, Mapping) and "hostname" in wanted and set(wanted) <= {"hostname", "port"}
            if not known and not isinstance(wanted, str):
                raise BadInput(
                    f"option 'neighbors': {port} is {wanted!r}; give a host name, or {{hostname: ..., port: ...}}",
                    option="neighbors",
                )


@register("lldp", LldpOptions, features=("lldp",))
def lldp(options: LldpOptions, context: Context) -> Outcome:
    seen = context.features["lldp"]
    problems: list[str] = []
    named: set[str] = set()
    for pattern, wanted in options.neighbors.items():
        ports = matching(pattern, seen)
        named.update(ports)
        expectation = {"hostname": wanted} if isinstance(wanted, str) else wanted
        neighbors = [neighbor for port in ports for neighbor in seen[port]]
        if not any(_same(neighbor, expectation) for neighbor in neighbors):
            found = ", ".join(_words(neighbor) for neighbor in neighbors) or "nobody"
            problems.append(f"{pattern} sees {found}, expected {_words(expectation)}")
    if not options.allow_extra:
        extra = [port for port in seen if port not in named and seen[port]]
        problems += [f"{port} sees {_words(seen[port][0])}, expected nobody" for port in extra]
    return Outcome(
        expected=options.neighbors,
        actual={port: [_words(neighbor) for neighbor in seen[port]] for port in seen},
        problems=problems,
        tolerance=options.tolerance,
        message=f"{len(options.neighbors)} ports see the expected neighbor",
    )


def _same(neighbor: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    if not same_host(str(neighbor["hostname"]), str(wanted["hostname"])):
        return False
    return "port" not in wanted or same_port(str(neighbor["port"]), str(wanted["port"]))


def _words(neighbor: Mapping[str, Any]) -> str:
    port = neighbor.get("port")
    return f"{neighbor['hostname']} {port}" if port else str(neighbor["hostname"])
