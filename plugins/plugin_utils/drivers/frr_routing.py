# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""FRRouting's routing protocols and tables, as vtysh prints them in JSON, in NAPALM's getter schema. Pure functions.

OSPF and the routing table are two getters more than NAPALM has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .frr_getters import Json, vrf_name

_UPTIME = re.compile(r"(?:(?P<w>\d+)w)?(?:(?P<d>\d+)d)?(?:(?P<h>\d+)[h:])?(?:(?P<m>\d+)[m:]?)?(?:(?P<s>\d+)s?)?$")
_WORDS_OF_FAMILY = {"ipv4Unicast": "ipv4", "ipv6Unicast": "ipv6", "l2VpnEvpn": "l2vpn"}


def bgp_neighbors(summary: Json, neighbors: Json) -> dict[str, dict[str, Any]]:
    """From ``show bgp vrf all summary json`` and ``show bgp vrf all neighbors json``."""
    received = _prefixes_received(summary)
    result: dict[str, dict[str, Any]] = {}
    for vrf, address, peer in _peers(neighbors):
        place = result.setdefault(vrf_name(vrf), {"router_id": str(peer.get("localRouterId", "")), "peers": {}})
        up = peer.get("bgpState") == "Established"
        place["peers"][address] = {
            "local_as": int(peer.get("localAs", 0)),
            "remote_as": int(peer.get("remoteAs", 0)),
            "remote_id": str(peer.get("remoteRouterId", "")),
            "is_up": up,
            "is_enabled": not peer.get("adminShutDown", False),
            "description": str(peer.get("nbrDesc", "")),
            "uptime": int(peer.get("bgpTimerUpMsec", 0)) // 1000 if up else -1,
            "address_family": {
                _WORDS_OF_FAMILY.get(family, family): {
                    "received_prefixes": received.get((vrf, family, address), -1) if up else -1,
                    "accepted_prefixes": int(counts.get("acceptedPrefixCounter", -1)) if up else -1,
                    "sent_prefixes": int(counts.get("sentPrefixCounter", 0)) if up else -1,
                }
                for family, counts in peer.get("addressFamilyInfo", {}).items()
            },
        }
    return result


def bgp_neighbors_detail(neighbors: Json) -> dict[str, dict[int, list[dict[str, Any]]]]:
    """From ``show bgp vrf all neighbors json``: {vrf: {remote_as: [peer]}}."""
    result: dict[str, dict[int, list[dict[str, Any]]]] = {}
    for vrf, address, peer in _peers(neighbors):
        by_as = result.setdefault(vrf_name(vrf), {})
        by_as.setdefault(int(peer.get("remoteAs", 0)), []).append(_peer_detail(vrf_name(vrf), address, peer))
    return result


def _peer_detail(vrf: str, address: str, peer: Json) -> dict[str, Any]:
    up = peer.get("bgpState") == "Established"
    families = list(peer.get("addressFamilyInfo", {}).values())
    stats = peer.get("messageStats", {})
    accepted = sum(int(family.get("acceptedPrefixCounter", 0)) for family in families)
    return {
        "up": up,
        "local_as": int(peer.get("localAs", 0)),
        "remote_as": int(peer.get("remoteAs", 0)),
        "router_id": str(peer.get("localRouterId", "")),
        "local_address": str(peer.get("hostLocal", "")) if up else "",
        "routing_table": vrf,
        "local_address_configured": "updateSource" in peer,
        "local_port": max(int(peer.get("portLocal", 0)), 0),
        "remote_address": address,
        "remote_port": max(int(peer.get("portForeign", 0)), 0),
        "multihop": int(peer.get("externalBgpNbrMaxHopsAway", 1)) > 1,
        "multipath": False,
        "remove_private_as": any("privateAsNumsRemovedInUpdatesToNbr" in family for family in families),
        "import_policy": _policy(families, "routeMapForIncomingAdvertisements"),
        "export_policy": _policy(families, "routeMapForOutgoingAdvertisements"),
        "input_messages": int(stats.get("totalRecv", 0)),
        "output_messages": int(stats.get("totalSent", 0)),
        "input_updates": int(stats.get("updatesRecv", 0)),
        "output_updates": int(stats.get("updatesSent", 0)),
        "messages_queued_out": int(stats.get("depthOutq", 0)),
        "connection_state": str(peer.get("bgpState", "")),
        "previous_connection_state": "",
        "last_event": str(peer.get("lastResetDueTo", "")),
        "suppress_4byte_as": False,
        "local_as_prepend": not peer.get("localAsNoPrepend", True),
        "holdtime": int(peer.get("bgpTimerHoldTimeMsecs", 0)) // 1000,
        "configured_holdtime": int(peer.get("bgpTimerConfiguredHoldTimeMsecs", 0)) // 1000,
        "keepalive": int(peer.get("bgpTimerKeepAliveIntervalMsecs", 0)) // 1000,
        "configured_keepalive": int(peer.get("bgpTimerConfiguredKeepAliveIntervalMsecs", 0)) // 1000,
        "active_prefix_count": accepted if up else -1,
        "received_prefix_count": accepted if up else -1,
        "accepted_prefix_count": accepted if up else -1,
        "suppressed_prefix_count": -1,
        "advertised_prefix_count": sum(int(f.get("sentPrefixCounter", 0)) for f in families) if up else -1,
        "flap_count": int(peer.get("connectionsDropped", 0)),
    }


def _policy(families: Iterable[Json], key: str) -> str:
    return next((str(family[key]) for family in families if key in family), "")


def _peers(neighbors: Json) -> Iterator[tuple[str, str, Json]]:
    """VRF, address and data of each neighbor; beside them the JSON has the VRF's own fields."""
    for vrf, data in neighbors.items():
        for address, peer in data.items():
            if isinstance(peer, Mapping) and "bgpState" in peer:
                yield vrf, address, peer


def _prefixes_received(summary: Json) -> dict[tuple[str, str, str], int]:
    return {
        (vrf, family, address): int(peer.get("pfxRcd", -1))
        for vrf, families in summary.items()
        for family, data in families.items()
        if isinstance(data, Mapping)
        for address, peer in data.get("peers", {}).items()
    }


# -- OSPF and routes ----------------------------------------------------------------------------


def ospf_neighbors(data: Json) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """From ``show ip ospf vrf all neighbor detail json``.

    {vrf: {neighbor_id: [{state, role, interface, address, area, priority, uptime, dead_time}]}}, times in seconds.
    A list, because two routers may be neighbors over several links.
    """
    result: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for vrf, content in data.items():
        if not isinstance(content, Mapping):
            continue
        for neighbor_id, found in content.get("neighbors", {}).items():
            result.setdefault(vrf_name(vrf), {})[neighbor_id] = [_adjacency(one) for one in found]
    return result


def _adjacency(one: Json) -> dict[str, Any]:
    state, _sep, role = str(one.get("nbrState", one.get("state", ""))).partition("/")
    return {
        "state": state,
        "role": role.strip("-"),
        "interface": str(one.get("ifaceName", "")).partition(":")[0],
        "address": str(one.get("ifaceAddress", "")),
        "area": str(one.get("areaId", "")).partition(" ")[0],
        "priority": int(one.get("nbrPriority", 0)),
        "uptime": int(one.get("lastPrgrsvChangeMsec", 0)) // 1000,
        "dead_time": int(one.get("routerDeadIntervalTimerDueMsec", 0)) // 1000,
    }


def routes(*tables: Json) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """From ``show ip route vrf all json`` and its IPv6 sister; link-local prefixes are left out.

    {vrf: {prefix: [{protocol, next_hop, interface, metric, distance, selected}]}}, an entry for each next hop.
    """
    result: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for entry in _entries(*tables):
        if entry["prefix"].startswith("fe80:"):
            continue
        paths = result.setdefault(vrf_name(entry.get("vrfName", "default")), {}).setdefault(entry["prefix"], [])
        paths.extend(
            {
                "protocol": str(entry["protocol"]),
                "next_hop": _next_hop(hop),
                "interface": str(hop.get("interfaceName", "")),
                "metric": int(entry.get("metric", 0)),
                "distance": int(entry.get("distance", 0)),
                "selected": bool(entry.get("selected", False)),
            }
            for hop in entry.get("nexthops", ())
        )
    return result


def route_to(table: Json, bgp: Mapping[str, Json]) -> dict[str, list[dict[str, Any]]]:
    """NAPALM's get_route_to; ``bgp`` is {prefix: ``show bgp PREFIX json``} for the attributes of BGP routes."""
    result: dict[str, list[dict[str, Any]]] = {}
    for entry in _entries(table):
        for hop in entry.get("nexthops", ()):
            attributes: dict[str, Any] = {}
            if entry["protocol"] == "bgp":
                attributes = _bgp_attributes(bgp.get(entry["prefix"], {}), _next_hop(hop))
            result.setdefault(entry["prefix"], []).append(
                {
                    "protocol": str(entry["protocol"]),
                    "current_active": bool(entry.get("selected", False)),
                    "last_active": False,
                    "age": seconds(str(entry.get("uptime", ""))),
                    "next_hop": _next_hop(hop),
                    "outgoing_interface": str(hop.get("interfaceName", "")),
                    "selected_next_hop": bool(hop.get("fib", False)),
                    "preference": int(entry.get("distance", 0)),
                    "inactive_reason": "" if entry.get("selected") else "another route is preferred",
                    "routing_table": vrf_name(entry.get("vrfName", "default")),
                    "protocol_attributes": attributes,
                }
            )
    return result


def _bgp_attributes(entry: Json, next_hop: str) -> dict[str, Any]:
    for path in entry.get("paths", ()):
        if next_hop in {hop.get("ip") for hop in path.get("nexthops", ())}:
            words = path.get("aspath", {}).get("string", "")
            return {
                "remote_as": int(words.split()[0]) if words.split() and words.split()[0].isdigit() else 0,
                "peer_id": str(path.get("peer", {}).get("peerId", "")),
                "as_path": words,
                "communities": path.get("community", {}).get("list", []),
                "local_preference": int(path.get("locPrf", 100)),
                "preference2": 0,
                "metric": int(path.get("metric", 0)),
                "metric2": 0,
            }
    return {}


def _entries(*tables: Json) -> Iterator[Json]:
    """Route entries of one or several VRFs: with ``vrf all`` and real VRFs the prefixes stand below the VRF."""
    for table in tables:
        for value in table.values():
            if isinstance(value, list):
                yield from value
            elif isinstance(value, Mapping):
                yield from _entries(value)


def _next_hop(hop: Json) -> str:
    if hop.get("ip"):
        return str(hop["ip"])
    return "blackhole" if hop.get("blackhole") or hop.get("unreachable") else ""


def seconds(uptime: str) -> int:
    """Of ``00:01:15``, ``1d02h03m`` or ``03w4d05h``; -1 for anything else."""
    found = _UPTIME.match(uptime.strip())
    if not found or not uptime.strip():
        return -1
    weights = {"w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}
    return sum(int(found[unit] or 0) * weight for unit, weight in weights.items())
