# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""BGP: neighbors are established, are the expected ones, and give enough prefixes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...broker.errors import BadInput
from .contract import Context, Outcome, register
from .options import option

_KEYS = ("as", "min_prefixes", "up")


@dataclass(frozen=True)
class BgpOptions:
    neighbors: dict[str, Any] = option("entries", {})
    vrf: str | None = option("text", None)
    min_prefixes: int = option("integer", 0, least=0)
    min_neighbors: int | None = option("integer", None, least=0)
    allow_extra: bool = option("flag", True)
    tolerance: int = option("integer", 0, least=0)

    def __post_init__(self) -> None:
        for address, wanted in self.neighbors.items():
            if isinstance(wanted, Mapping):
                unknown = [key for key in wanted if key not in _KEYS]
                if unknown:
                    raise BadInput(f"option 'neighbors': {address} has {unknown[0]!r}; it takes {', '.join(_KEYS)}")


@register("bgp", BgpOptions, features=("bgp",))
def bgp(options: BgpOptions, context: Context) -> Outcome:
    peers = _peers(context.features["bgp"], options.vrf)
    wanted = {address: _wanted(value) for address, value in options.neighbors.items()}
    problems: list[str] = []
    for address, expectation in wanted.items():
        if address in peers:
            problems += _problems(address, peers[address], expectation, options.min_prefixes)
        else:
            problems.append(f"neighbor {address} is not configured")
    for address, peer in peers.items():
        if address in wanted:
            continue
        if not options.allow_extra:
            problems.append(f"neighbor {address} is not expected")
        elif peer["is_enabled"]:
            problems += _problems(address, peer, {}, options.min_prefixes)
    established = sum(1 for peer in peers.values() if peer["is_up"])
    # a router without any BGP must not pass where nobody said which neighbors it has
    least = options.min_neighbors if options.min_neighbors is not None else int(not wanted)
    if established < least and not problems:
        problems.append(f"{established} neighbors established, at least {least} expected")
    return Outcome(
        expected=dict[str, Any](wanted) or {"established": f"all, at least {least}"},
        actual={address: _state(peer) for address, peer in peers.items()},
        problems=problems,
        tolerance=options.tolerance,
        message=f"{established} neighbors established",
    )


def _peers(data: Mapping[str, Any], vrf: str | None) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, instance in data.items():
        if vrf is None or name == vrf:
            found.update(instance["peers"])
    return found


def _wanted(value: Any) -> dict[str, Any]:
    """A mapping, or the AS number alone."""
    if isinstance(value, Mapping):
        return dict(value)
    return {} if value is None else {"as": value}


def _problems(address: str, peer: Mapping[str, Any], wanted: Mapping[str, Any], min_prefixes: int) -> list[str]:
    problems = []
    if "as" in wanted and str(peer["remote_as"]) != str(wanted["as"]):
        problems.append(f"neighbor {address} has AS {peer['remote_as']}, expected {wanted['as']}")
    up = wanted.get("up", True)
    if peer["is_up"] != up:
        shut = "" if peer["is_enabled"] else " (shut down)"
        problems.append(f"neighbor {address} is {'up' if peer['is_up'] else 'down'}{shut}")
    least = int(wanted.get("min_prefixes", min_prefixes))
    prefixes = _prefixes(peer)
    if up and peer["is_up"] and prefixes < least:
        problems.append(f"neighbor {address} gives {prefixes} prefixes, at least {least} expected")
    return problems


def _prefixes(peer: Mapping[str, Any]) -> int:
    """Accepted prefixes of all address families; received ones where the device does not tell (-1)."""
    total = 0
    for family in peer.get("address_family", {}).values():
        accepted = family.get("accepted_prefixes", -1)
        total += max(accepted if accepted >= 0 else family.get("received_prefixes", 0), 0)
    return total


def _state(peer: Mapping[str, Any]) -> dict[str, Any]:
    return {"as": peer["remote_as"], "up": peer["is_up"], "prefixes": _prefixes(peer)}
