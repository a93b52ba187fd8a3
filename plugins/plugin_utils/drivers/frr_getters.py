# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From what FRRouting and iproute2 print (mostly JSON) to NAPALM's getter schema. Pure functions.

The default VRF is called ``global``, as in NAPALM. Routing is in ``frr_routing``, LLDP in ``frr_lldp``.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from typing import Any

Json = Mapping[str, Any]

_VERSION = re.compile(
    r"FRRouting (?P<version>\S+)(?: \((?P<hostname>[^)]*)\))?(?: on (?P<kernel>\S+?)\.?$)?", re.MULTILINE
)


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
