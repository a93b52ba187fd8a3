# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""IOS's show commands about BGP, OSPF and routes, in the columns the parsers expect."""

from __future__ import annotations

import time
from ipaddress import IPv4Network

from .device import Device
from .network import Peer
from .wording import ago

_BGP_HEADER = "Neighbor        V           AS MsgRcvd MsgSent   TblVer  InQ OutQ Up/Down  State/PfxRcd"


def bgp_summary(device: Device, *_params: str) -> str:
    """show ip bgp summary"""
    view = device.view
    if view.asn is None:
        return "% BGP not active"
    peers = device.network.bgp(device)
    table = device.network.bgp_table(device)
    rows = [
        f"BGP router identifier {view.router_id}, local AS number {view.asn}",
        f"BGP table version is {len(table) + 1}, main routing table version {len(table) + 1}",
        f"{len(table)} network entries using {len(table) * 144} bytes of memory",
        f"{len(table)} path entries using {len(table) * 84} bytes of memory",
        "",
        _BGP_HEADER,
    ]
    for peer in peers:
        state = str(peer.received) if peer.state == "Established" else peer.state
        sent = _messages(peer)
        version = len(table) + 1 if peer.state == "Established" else 1
        rows.append(
            f"{peer.neighbor.address:<15} 4 {peer.neighbor.remote_as:>12} {sent:>7} {sent:>7} {version:>8}    0    0 "
            f"{ago(peer.since):<8} {state:>8}"
        )
    return "\n".join(rows)


def _messages(peer: Peer) -> int:
    return 4 + int(time.time() - peer.since) // 60 if peer.state == "Established" else 0


def bgp_all_summary(device: Device, *_params: str) -> str:
    """show bgp all summary"""
    text = bgp_summary(device)
    return text if text.startswith("%") else f"For address family: IPv4 Unicast\n{text}"


def bgp_neighbors(device: Device, *params: str) -> str:
    """show ip bgp neighbors [ADDRESS]"""
    if device.view.asn is None:
        return "% BGP not active"
    peers = [p for p in device.network.bgp(device) if not params or p.neighbor.address == params[-1]]
    if params and not peers:
        return f"% No such neighbor or address family - {params[-1]}"
    return "\n".join(_bgp_neighbor(device, peer) for peer in peers)


def bgp_no_family(device: Device, *_params: str) -> str:
    """The address families that are never configured here."""
    return "" if device.view.asn is not None else "% BGP not active"


def _bgp_neighbor(device: Device, peer: Peer) -> str:
    up = peer.state == "Established"
    neighbor = peer.neighbor
    link = "internal" if neighbor.remote_as == device.view.asn else "external"
    rows = [f"BGP neighbor is {neighbor.address},  remote AS {neighbor.remote_as}, {link} link"]
    if neighbor.description:
        rows.append(f" Description: {neighbor.description}")
    if neighbor.shutdown:
        rows.append(" Administratively shut down")
    rows.append(f"  BGP version 4, remote router ID {peer.router_id}")
    state = f"Established, up for {ago(peer.since)}" if up else peer.state.split()[0]
    rows.append(f"  BGP state = {state}" + ("" if up or not peer.since else f", down for {ago(peer.since)}"))
    if up:
        rows += [
            "  Last read 00:00:12, last write 00:00:09, hold time is 180, keepalive interval is 60 seconds",
            "  Neighbor sessions:",
            "    1 active, is not multisession capable (disabled)",
            "  Neighbor capabilities:",
            "    Route refresh: advertised and received(new)",
            "    Four-octets ASN Capability: advertised and received",
            "    Address family IPv4 Unicast: advertised and received",
        ]
    else:
        rows += ["  Neighbor sessions:", "    0 active, is not multisession capable (disabled)"]
    sent = _messages(peer)
    rows += [
        "  Message statistics:",
        "    InQ depth is 0",
        "    OutQ depth is 0",
        "    ",
        "                         Sent       Rcvd",
        f"    Opens:          {1 if up else 0:>10} {1 if up else 0:>10}",
        "    Notifications:           0          0",
        f"    Updates:        {peer.sent:>10} {peer.received:>10}",
        f"    Keepalives:     {sent:>10} {sent:>10}",
        "    Route Refresh:           0          0",
        f"    Total:          {sent:>10} {sent:>10}",
        "  Default minimum time between advertisement runs is 30 seconds",
        "",
        " For address family: IPv4 Unicast",
        "  Session: " + neighbor.address,
        "  BGP table version 1, neighbor version 1/0",
        "  Output queue size : 0",
        "  Index 1, Advertise bit 0",
        "                                 Sent       Rcvd",
        "  Prefix activity:               ----       ----",
        f"    Prefixes Current:      {peer.sent:>10} {peer.received:>10} (Consumes {peer.received * 84} bytes)",
        f"    Prefixes Total:        {peer.sent:>10} {peer.received:>10}",
        "    Implicit Withdraw:              0          0",
        "    Explicit Withdraw:              0          0",
        f"    Used as bestpath:             n/a {peer.received:>10}",
        "    Used as multipath:            n/a          0",
        "",
        "                                   Outbound    Inbound",
        "  Local Policy Denied Prefixes:    --------    -------",
        "    Total:                                0          0",
        "",
        f"  Connections established {int(up)}; dropped 0",
        "  Last reset never",
        "  Address tracking is enabled, the RIB does have a route to " + neighbor.address,
    ]
    if up:
        rows += [
            f"Local host: {peer.local}, Local port: 179",
            f"Foreign host: {neighbor.address}, Foreign port: 40179",
        ]
    return "\n".join([*rows, ""])


def bgp_table(device: Device, *_params: str) -> str:
    """show ip bgp"""
    view = device.view
    if view.asn is None:
        return "% BGP not active"
    table = device.network.bgp_table(device)
    rows = [
        f"BGP table version is {len(table) + 1}, local router ID is {view.router_id}",
        "Status codes: s suppressed, d damped, h history, * valid, > best, i - internal, ",
        "Origin codes: i - IGP, e - EGP, ? - incomplete",
        "",
        "     Network          Next Hop            Metric LocPrf Weight Path",
    ]
    for prefix, path, hop in table:
        metric, weight = ("0", "32768") if not path and hop == "0.0.0.0" else ("", "0")
        way = " ".join(map(str, path))
        rows.append(f" *>  {prefix!s:<16} {hop:<15} {metric:>10}        {weight:>6} {way}{' ' if way else ''}i")
    return "\n".join(rows)


_CODES = """\
Codes: L - local, C - connected, S - static, R - RIP, M - mobile, B - BGP
       D - EIGRP, EX - EIGRP external, O - OSPF, IA - OSPF inter area
       + - replicated route, % - next hop override

Gateway of last resort is not set
"""


def ip_route(device: Device, *_params: str) -> str:
    """show ip route"""
    rows = [_CODES]
    major: IPv4Network | None = None
    routes = device.network.routes(device)
    for route in routes:
        classful = _classful(route.prefix)
        if classful != major and route.prefix.prefixlen > classful.prefixlen:
            group = [
                r.prefix for r in routes if r.prefix.prefixlen > classful.prefixlen and r.prefix.subnet_of(classful)
            ]
            masks = {p.prefixlen for p in group}
            size = f"{len(group)} subnets"
            if len(masks) > 1:
                rows.append(f"      {classful} is variably subnetted, {size}, {len(masks)} masks")
            else:
                rows.append(f"      {classful.network_address}/{masks.pop()} is subnetted, {size}")
        major = classful
        if route.code == "B":
            rows.append(f"B        {route.prefix} [20/0] via {route.via}, {ago(route.since)}")
        elif route.via:
            rows.append(f"{route.code}        {route.prefix} [1/0] via {route.via}")
        else:
            rows.append(f"{route.code}        {route.prefix} is directly connected, {route.interface}")
    return "\n".join(rows)


def _classful(prefix: IPv4Network) -> IPv4Network:
    first = int(str(prefix).partition(".")[0])
    return IPv4Network(f"{prefix.network_address}/{8 if first < 128 else 16 if first < 192 else 24}", strict=False)


def ospf_neighbor(device: Device, *_params: str) -> str:
    """show ip ospf neighbor"""
    device.network.settle()
    rows = ["", "Neighbor ID     Pri   State           Dead Time   Address         Interface"]
    for entry in device.network.ospf(device):
        state = f"FULL/{entry.role:>3}" if entry.role == "-" else f"FULL/{entry.role}"
        rows.append(
            f"{entry.router_id:<15} {entry.priority:>3}   {state:<15} 00:00:37    {entry.address:<15} {entry.interface}"
        )
    return "\n".join(rows) if len(rows) > 2 else ""
