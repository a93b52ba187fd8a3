# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What can be known of a device: each feature's name, its getters, and what in it changes by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..broker.errors import BadInput, Unsupported
from .names import suggestion


@dataclass(frozen=True)
class Feature:
    """``volatile``: path patterns that a comparison leaves out. ``identity``: what names an entry of a list."""

    summary: str
    getters: tuple[str, ...]
    volatile: tuple[str, ...] = ()
    identity: tuple[str, ...] = ()


_CONFIG_NOISE = (
    "config.Building configuration*",
    "config.Current configuration*",
    "config.! Last configuration change*",
    "config.! NVRAM config last updated*",
    "config.! No configuration change since*",
    "config.! Command:*",
    "config.! Time:*",
    "config.ntp clock-period *",
)

FEATURES: Mapping[str, Feature] = {
    "facts": Feature("model, serial number, version, host name", ("get_facts",), ("facts.uptime",)),
    "interfaces": Feature(
        "state, speed, MTU, description and addresses of each interface",
        ("get_interfaces", "get_interfaces_ip"),
        ("interfaces.*.last_flapped",),
    ),
    "bgp": Feature(
        "BGP neighbors of each VRF", ("get_bgp_neighbors",), ("bgp.*.peers.*.uptime", "bgp.*.peers.*.table_version")
    ),
    "ospf": Feature(
        "OSPF neighbors of each VRF",
        ("get_ospf_neighbors",),
        ("ospf.**.dead_time", "ospf.**.uptime", "ospf.**.age"),
        ("router_id", "neighbor_id", "address", "interface"),
    ),
    "lldp": Feature("LLDP neighbors of each port", ("get_lldp_neighbors",), (), ("hostname", "port")),
    "routes": Feature(
        "routing table: {vrf: {prefix: [{protocol, next_hop, interface, metric, distance, selected}]}}",
        ("get_routes",),
        ("routes.*.*.*.age", "routes.*.*.*.uptime"),
        ("protocol", "next_hop", "interface"),
    ),
    "counters": Feature("packet, error and discard counters", ("get_interfaces_counters",), ("counters.*.*",)),
    "arp": Feature("ARP table", ("get_arp_table",), ("arp.*.age",), ("interface", "ip")),
    "vlans": Feature("VLANs and their ports", ("get_vlans",)),
    "config": Feature("running configuration as text", (), _CONFIG_NOISE),
}

#: what a snapshot takes when nothing is named, each where the platform has it
DEFAULT_FEATURES: tuple[str, ...] = ("facts", "interfaces", "bgp", "ospf", "lldp", "routes", "config")


@dataclass(frozen=True)
class Collected:
    """``features``: {name: data}; ``skipped``: {name: why the platform does not give it}."""

    features: dict[str, Any]
    skipped: dict[str, str] = field(default_factory=dict)


def feature_names(names: Iterable[str] | str, option: str = "features") -> tuple[str, ...]:
    """The names without repetition, in order. Raises BadInput for one that is no feature."""
    if not isinstance(names, Iterable) or isinstance(names, Mapping):
        raise BadInput(f"{option}: must be a list of names, not {type(names).__name__}", option=option)
    wanted = [names] if isinstance(names, str) else list(names)
    for name in wanted:
        if not isinstance(name, str) or name not in FEATURES:
            raise BadInput(f"{option}: {name!r} is no feature; {suggestion(str(name), FEATURES)}", option=option)
    return tuple(dict.fromkeys(wanted))


def getters_for(names: Iterable[str]) -> list[str]:
    """NAPALM getters behind the features, each once. ``config`` has none: it is the running configuration."""
    return list(dict.fromkeys(getter for name in names for getter in FEATURES[name].getters))


def collect(
    names: Sequence[str],
    get: Callable[[list[str]], Mapping[str, Any]],
    config: Callable[[], str],
) -> Collected:
    """Read the features: one ``get`` for all their getters, ``config`` when it is among them.

    ``get`` and ``config`` may raise Unsupported. Its ``detail`` may name ``getters`` that are missing; else
    the features are read one by one to find out which.
    """
    names = feature_names(names)
    features: dict[str, Any] = {}
    skipped: dict[str, str] = {}
    by_getter = [name for name in names if name != "config"]
    while by_getter:
        try:
            outputs = get(getters_for(by_getter))
        except Unsupported as exc:
            lacking = _lacking(exc, by_getter)
            if not lacking:
                return _one_by_one(names, get, config)
            skipped.update(dict.fromkeys(lacking, exc.message))
            by_getter = [name for name in by_getter if name not in lacking]
        else:
            features.update({name: _shape(name, outputs) for name in by_getter})
            break
    if "config" in names:
        try:
            features["config"] = config()
        except Unsupported as exc:
            skipped["config"] = exc.message
    return Collected({name: features[name] for name in names if name in features}, skipped)


def _lacking(exc: Unsupported, names: Sequence[str]) -> list[str]:
    missing = set(exc.detail.get("getters") or ())
    if len(names) == 1:
        return list(names)
    return [name for name in names if missing & set(FEATURES[name].getters)]


def _one_by_one(
    names: Sequence[str], get: Callable[[list[str]], Mapping[str, Any]], config: Callable[[], str]
) -> Collected:
    parts = [collect([name], get, config) for name in names]
    whole = Collected({})
    for part in parts:
        whole.features.update(part.features)
        whole.skipped.update(part.skipped)
    return whole


def _shape(name: str, outputs: Mapping[str, Any]) -> Any:
    """One feature from its getters' outputs; addresses go under their interface as ``ipv4`` and ``ipv6``."""
    if name != "interfaces":
        return outputs[FEATURES[name].getters[0]]
    merged = {port: dict(data) for port, data in outputs["get_interfaces"].items()}
    for port, addresses in outputs["get_interfaces_ip"].items():
        merged.setdefault(port, {}).update(addresses)
    return merged
