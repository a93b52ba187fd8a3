# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From what FRRouting, lldpd and iproute2 print (mostly JSON) to NAPALM's getter schema. Pure functions.

Two more getters than NAPALM has, for OSPF and the routing table. The default VRF is called ``global``, as in NAPALM.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Json = Mapping[str, Any]

_VERSION = re.compile(
    r"FRRouting (?P<version>\S+)(?: \((?P<hostname>[^)]*)\))?(?: on (?P<kernel>\S+?)\.?$)?", re.MULTILINE
)
_UPTIME = re.compile(r"(?:(?P<w>\d+)w)?(?:(?P<d>\d+)d)?(?:(?P<h>\d+)[h:])?(?:(?P<m>\d+)[m:]?)?(?:(?P<s>\d+)s?)?$")
_WORDS_OF_FAMILY = {"ipv4Unicast": "ipv4", "ipv6Unicast": "ipv6", "l2VpnEvpn": "l2vpn"}


def vrf_name(name: str) -> str:
    return "global" if name == "default" else name


def facts(version: str, interfaces: Json, uptime: float) -> dict[str, Any]:
    """From ``show version`` (text); ``uptime`` of the box in seconds, -1 when not known."""
    found = _VERSION.search(version)
    hostname = (found["hostname"] if found else None) or ""
    return {
        "vendor": "FRRouting",
        "model": (found["kernel"] if found else None) or "FRRouting",
        "os_version": found["version"] if found else "",
        "hostname": hostname,
        "fqdn": hostname,
        "serial_number": "",
        "uptime": uptime,
        "interface_list": sorted(interfaces, key=natural),
    }


def natural(name: str) -> list[tuple[int, str]]:
    """Sort key that puts eth2 before eth10."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name) if part]


def interfaces(data: Json) -> dict[str, dict[str, Any]]:
    return {
        name: {
            "is_up": one.get("operationalStatus") == "up",
            "is_enabled": one.get("administrativeStatus") == "up",
            "description": str(one.get("description", "")),
            "last_flapped": -1.0,
            "speed": float(one.get("speed", 0)),
            "mtu": int(one.get("mtu", 0)),
            "mac_address": str(one.get("hardwareAddress", "")).upper(),
        }
        for name, one in data.items()
    }


def interfaces_ip(data: Json) -> dict[str, dict[str, Any]]:
    result: dict[str, dict[str, Any]] = {}
    for name, one in data.items():
        for entry in one.get("ipAddresses", ()):
            address = ipaddress.ip_interface(entry["address"])
            family = result.setdefault(name, {}).setdefault(f"ipv{address.version}", {})
            family[str(address.ip)] = {"prefix_length": address.network.prefixlen}
    return result


def counters(links: Iterable[Json]) -> dict[str, dict[str, int]]:
    """From ``ip -j -s link``. Linux counts no broadcasts, and multicasts only on the way in: the others are -1."""
    result = {}
    for link in links:
        stats = link.get("stats64") or link.get("stats") or {}
        rx, tx = stats.get("rx", {}), stats.get("tx", {})
        result[str(link["ifname"])] = {
            "rx_octets": rx.get("bytes", 0),
            "tx_octets": tx.get("bytes", 0),
            "rx_unicast_packets": rx.get("packets", 0) - rx.get("multicast", 0),
            "tx_unicast_packets": tx.get("packets", 0),
            "rx_multicast_packets": rx.get("multicast", 0),
            "tx_multicast_packets": -1,
            "rx_broadcast_packets": -1,
            "tx_broadcast_packets": -1,
            "rx_errors": rx.get("errors", 0),
            "tx_errors": tx.get("errors", 0),
            "rx_discards": rx.get("dropped", 0),
            "tx_discards": tx.get("dropped", 0),
        }
    return result


# -- BGP ----------------------------------------------------------------------------------------


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


# -- neighbors on the wire -----------------------------------------------------------------------


def lldp_neighbors(data: Json) -> dict[str, list[dict[str, str]]]:
    """From ``lldpctl -f json0``."""
    return {
        port: [{"hostname": one["remote_system_name"], "port": one["remote_port"]} for one in found]
        for port, found in lldp_neighbors_detail(data).items()
    }


def lldp_neighbors_detail(data: Json) -> dict[str, list[dict[str, Any]]]:
    """NAPALM's, and beyond it ``holdfast_management_address`` (IPv4 before IPv6, empty when none is told) and
    ``holdfast_protocol`` (lldpd hears ``cdp`` and others as well as ``lldp``)."""
    result: dict[str, list[dict[str, Any]]] = {}
    for top in data.get("lldp", ()):
        for heard in top.get("interface", ()):
            chassis, port = _first(heard, "chassis"), _first(heard, "port")
            capabilities = [str(one.get("type", "")).lower() for one in chassis.get("capability", ())]
            enabled = [str(one.get("type", "")).lower() for one in chassis.get("capability", ()) if one.get("enabled")]
            result.setdefault(str(heard["name"]), []).append(
                {
                    "parent_interface": "",
                    "remote_chassis_id": _value(chassis, "id"),
                    "remote_system_name": _value(chassis, "name"),
                    "remote_system_description": _value(chassis, "descr"),
                    "remote_port": _value(port, "id"),
                    "remote_port_description": _value(port, "descr"),
                    "remote_system_capab": capabilities,
                    "remote_system_enable_capab": enabled,
                    "holdfast_management_address": next(iter(_management(chassis)), ""),
                    "holdfast_protocol": str(heard.get("via", "lldp")).lower().rstrip("v12"),
                }
            )
    return result


def lldp_chassis(data: Json) -> dict[str, Any]:
    """From ``lldpcli -f json0 show chassis``: what the box tells its neighbours of itself.

    {chassis_id, name, description, addresses}, empty where lldpd does not say.
    """
    chassis = _first(_first(data, "local-chassis"), "chassis")
    return {
        "chassis_id": _value(chassis, "id"),
        "name": _value(chassis, "name"),
        "description": _value(chassis, "descr"),
        "addresses": _management(chassis),
    }


def _management(chassis: Json) -> list[str]:
    told = [str(one.get("value", "")) for one in chassis.get("mgmt-ip", ())]
    return sorted(filter(None, told), key=lambda address: ":" in address)


def _first(data: Json, key: str) -> Json:
    found = data.get(key) or [{}]
    first: Json = found[0]
    return first


def _value(data: Json, key: str) -> str:
    return str(_first(data, key).get("value", ""))


def arp_table(entries: Iterable[Json]) -> list[dict[str, Any]]:
    """From ``ip -j -s -4 neigh``; ``age`` in seconds since the entry was confirmed."""
    return [
        {
            "interface": str(entry["dev"]),
            "mac": str(entry["lladdr"]).upper(),
            "ip": str(entry["dst"]),
            "age": float(entry.get("confirmed", -1)),
        }
        for entry in entries
        if "lladdr" in entry
    ]


def ping(output: str) -> dict[str, Any]:
    """From Linux's ping: NAPALM's ``success`` or ``error``; all probes lost is a success with full packet_loss."""
    sent = re.search(r"(\d+) packets transmitted, (\d+) (?:packets )?received", output)
    if not sent:
        return {"error": output.strip() or "ping printed nothing"}
    times = re.search(r"= ([\d.]+)/([\d.]+)/([\d.]+)(?:/([\d.]+))?", output)
    low, average, high, deviation = (float(part or 0) for part in times.groups()) if times else (0.0,) * 4
    replies = re.findall(r"from (?:\S+ \()?([0-9A-Fa-f.:]+?)\)?: .*?time[=<]([\d.]+)", output)
    return {
        "success": {
            "probes_sent": int(sent[1]),
            "packet_loss": int(sent[1]) - int(sent[2]),
            "rtt_min": low,
            "rtt_max": high,
            "rtt_avg": average,
            "rtt_stddev": deviation,
            "results": [{"ip_address": address, "rtt": float(time)} for address, time in replies],
        }
    }


_SECRET = re.compile(
    r"^(\s*(?:neighbor \S+ password|password|enable password|ip ospf authentication-key"
    r"|ip ospf message-digest-key \d+ md5|key-string)(?: 8)?) .+$",
    re.MULTILINE,
)


def sanitize(config: str) -> str:
    """Without passwords and keys."""
    return _SECRET.sub(r"\1 <removed>", config)
