# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""IOS's show commands as text, in the columns the parsers expect."""

from __future__ import annotations

import time
from collections.abc import Callable
from ipaddress import IPv4Network

from .device import Device
from .network import Peer
from .views import Interface

VERSION = "15.9(3)M6"
_SHORT = {
    "GigabitEthernet": "Gi", "TenGigabitEthernet": "Te", "FastEthernet": "Fa", "Loopback": "Lo",
    "Vlan": "Vl", "Tunnel": "Tu", "Port-channel": "Po", "Ethernet": "Et", "Management": "Ma",
}  # fmt: skip


def short(interface: str) -> str:
    """``GigabitEthernet0/1`` as ``Gi0/1``."""
    for full, brief in _SHORT.items():
        if interface.startswith(full):
            return brief + interface[len(full) :]
    return interface


def ago(since: float) -> str:
    """``00:01:02``, ``1d02h``, ``3w4d`` or ``never``."""
    if not since:
        return "never"
    seconds = int(time.time() - since)
    if seconds < 86400:
        return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    days, hours = seconds // 86400, seconds // 3600 % 24
    return f"{days}d{hours:02d}h" if days < 7 else f"{days // 7}w{days % 7}d"


def uptime(since: float) -> str:
    """``1 day, 2 hours, 3 minutes``."""
    minutes = int(time.time() - since) // 60
    parts = [(minutes // 10080, "week"), (minutes // 1440 % 7, "day"), (minutes // 60 % 24, "hour")]
    words = [f"{n} {unit}{'s' if n != 1 else ''}" for n, unit in parts if n]
    return ", ".join([*words, f"{minutes % 60} minute{'s' if minutes % 60 != 1 else ''}"])


def stamp(when: float, zone: str = "UTC") -> str:
    """``10:11:12 UTC Fri Nov 21 2025``."""
    return time.strftime(f"%H:%M:%S {zone} %a %b {time.gmtime(when).tm_mday} %Y", time.gmtime(when))


def clock(device: Device, *_params: str) -> str:
    """show clock"""
    now = time.time()
    return f"*{time.strftime('%H:%M:%S', time.gmtime(now))}.{int(now * 1000) % 1000:03d}" + stamp(now)[8:]


def version(device: Device, *_params: str) -> str:
    """show version"""
    return f"""\
Cisco IOS Software, IOSv Software (VIOS-ADVENTERPRISEK9-M), Version {VERSION}, RELEASE SOFTWARE (fc1)
Technical Support: http://www.cisco.com/techsupport
Copyright (c) 1986-2022 by Cisco Systems, Inc.
Compiled Thu 15-Dec-22 16:58 by prod_rel_team


ROM: Bootstrap program is IOSv

{device.hostname} uptime is {uptime(device.booted)}
System returned to ROM by {device.reload_reason}
System image file is "flash0:/vios-adventerprisek9-m"
Last reload reason: {device.reload_reason}


Cisco IOSv (revision 1.0) with  with 984313K/62464K bytes of memory.
Processor board ID {serial(device)}
{len(device.ports)} Gigabit Ethernet interfaces
DRAM configuration is 72 bits wide with parity disabled.
256K bytes of non-volatile configuration memory.
2097152K bytes of ATA System CompactFlash 0 (Read/Write)
0K bytes of ATA CompactFlash 1 (Read/Write)

Configuration register is 0x0
"""


def serial(device: Device) -> str:
    """A serial number, stable for a device."""
    return f"9LAB{device.spec.index:07d}"


def hosts(device: Device, *_params: str) -> str:
    """show hosts"""
    domain = f"Default domain is {device.view.domain}\n" if device.view.domain else "Default domain is not set\n"
    return domain + "Name/address lookup uses static mappings\n"


def _all(device: Device) -> list[Interface]:
    device.network.settle()
    return list(device.view.interfaces.values())


def _status(device: Device, interface: Interface) -> tuple[str, str]:
    if interface.shutdown:
        return "administratively down", "down"
    up = "up" if device.network.up(device, interface) else "down"
    return up, up


def ip_interface_brief(device: Device, *_params: str) -> str:
    """show ip interface brief"""
    rows = ["Interface                  IP-Address      OK? Method Status                Protocol"]
    for interface in _sorted(device):
        address = str(interface.addresses[0].ip) if interface.addresses else "unassigned"
        method = "NVRAM" if interface.addresses else "unset"
        line, protocol = _status(device, interface)
        rows.append(f"{interface.name:<26} {address:<15} YES {method:<6} {line:<21} {protocol:<8}")
    return "\n".join(rows)


def _sorted(device: Device) -> list[Interface]:
    physical = [i for i in _all(device) if i.physical]
    by_port = sorted(physical, key=lambda i: (device.ports.index(i.name.split(".")[0]), i.name))
    return by_port + sorted((i for i in _all(device) if not i.physical), key=lambda i: i.name)


def _named(device: Device, params: tuple[str, ...]) -> list[Interface]:
    return [i for i in _sorted(device) if not params or i.name == params[0]]


def interfaces(device: Device, *params: str) -> str:
    """show interfaces [NAME]"""
    return "\n".join(_interface(device, interface) for interface in _named(device, params))


def _interface(device: Device, interface: Interface) -> str:
    line, protocol = _status(device, interface)
    rows = [f"{interface.name} is {line}, line protocol is {protocol} "]
    if interface.physical:
        mac = device.mac(interface.name.split(".")[0])
        rows.append(f"  Hardware is iGbE, address is {mac} (bia {mac})")
    else:
        rows.append("  Hardware is Loopback")
    if interface.description:
        rows.append(f"  Description: {interface.description}")
    if interface.addresses:
        rows.append(f"  Internet address is {interface.addresses[0].with_prefixlen}")
    mtu, width, delay = (interface.mtu, 1000000, 10) if interface.physical else (1514, 8000000, 5000)
    rows += [
        f"  MTU {mtu} bytes, BW {width} Kbit/sec, DLY {delay} usec, ",
        "     reliability 255/255, txload 1/255, rxload 1/255",
        f"  Encapsulation {'ARPA' if interface.physical else 'LOOPBACK'}, loopback not set",
        "  Keepalive set (10 sec)",
    ]
    if interface.physical:
        rows += [
            "  Full Duplex, Auto Speed, link type is auto, media type is RJ45",
            "  output flow-control is unsupported, input flow-control is unsupported",
            "  ARP type: ARPA, ARP Timeout 04:00:00",
        ]
    rows += [
        "  Last input 00:00:02, output 00:00:05, output hang never",
        '  Last clearing of "show interface" counters never',
        "  Input queue: 0/75/0/0 (size/max/drops/flushes); Total output drops: 0",
        "  Queueing strategy: fifo",
        "  Output queue: 0/40 (size/max)",
        "  5 minute input rate 0 bits/sec, 0 packets/sec",
        "  5 minute output rate 0 bits/sec, 0 packets/sec",
        "     120 packets input, 12842 bytes, 0 no buffer",
        "     Received 0 broadcasts (0 IP multicasts)",
        "     0 runts, 0 giants, 0 throttles ",
        "     0 input errors, 0 CRC, 0 frame, 0 overrun, 0 ignored",
        "     0 watchdog, 0 multicast, 0 pause input",
        "     118 packets output, 12601 bytes, 0 underruns",
        "     0 output errors, 0 collisions, 0 interface resets",
        "     0 unknown protocol drops",
        "     0 babbles, 0 late collision, 0 deferred",
        "     0 lost carrier, 0 no carrier, 0 pause output",
        "     0 output buffer failures, 0 output buffers swapped out",
    ]
    return "\n".join(rows)


def interfaces_description(device: Device, *_params: str) -> str:
    """show interfaces description"""
    rows = ["Interface                      Status         Protocol Description"]
    for interface in _sorted(device):
        line, protocol = _status(device, interface)
        line = "admin down" if interface.shutdown else line
        rows.append(f"{short(interface.name):<30} {line:<14} {protocol:<8} {interface.description}")
    return "\n".join(rows)


def ip_interface(device: Device, *params: str) -> str:
    """show ip interface [NAME]"""
    rows = []
    for interface in _named(device, params):
        line, protocol = _status(device, interface)
        rows.append(f"{interface.name} is {line}, line protocol is {protocol}")
        if not interface.addresses:
            rows.append("  Internet protocol processing disabled")
            continue
        rows += [
            f"  Internet address is {interface.addresses[0].with_prefixlen}",
            "  Broadcast address is 255.255.255.255",
            "  Address determined by non-volatile memory",
            f"  MTU is {interface.mtu} bytes",
            "  Helper address is not set",
            "  Directed broadcast forwarding is disabled",
            *(f"  Secondary address {a.with_prefixlen}" for a in interface.addresses[1:]),
            "  Outgoing access list is not set",
            "  Inbound  access list is not set",
            "  Proxy ARP is enabled",
            "  Local Proxy ARP is disabled",
            "  Security level is default",
            "  Split horizon is enabled",
            "  ICMP redirects are always sent",
        ]
    return "\n".join(rows)


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


def lldp_neighbors(device: Device, *params: str) -> str:
    """show lldp neighbors [PORT]"""
    if not device.view.lldp:
        return "% LLDP is not enabled"
    device.network.settle()
    rows = [
        "Capability codes:",
        "    (R) Router, (B) Bridge, (T) Telephone, (C) DOCSIS Cable Device",
        "    (W) WLAN Access Point, (P) Repeater, (S) Station, (O) Other",
        "",
        "Device ID           Local Intf     Hold-time  Capability      Port ID",
    ]
    found = [n for n in device.network.lldp(device) if not params or n.port == params[0]]
    for entry in found:
        name = fqdn(entry.device)[:20]
        far = short(entry.remote_port) if entry.device.platform == "ios" else entry.remote_port
        rows.append(f"{name:<20}{short(entry.port):<15}{120:<11}{'R':<16}{far}")
    return "\n".join([*rows, "", f"Total entries displayed: {len(found)}", ""])


def fqdn(device: Device) -> str:
    """Host name with the domain, when there is one."""
    return ".".join(filter(None, (device.hostname, device.view.domain)))


def lldp_neighbors_detail(device: Device, *params: str) -> str:
    """show lldp neighbors [PORT] detail"""
    if not device.view.lldp:
        return "% LLDP is not enabled"
    device.network.settle()
    rows = []
    found = [n for n in device.network.lldp(device) if not params or n.port == params[0]]
    for entry in found:
        other = entry.device
        ios = other.platform == "ios"
        far = short(entry.remote_port) if ios else entry.remote_port
        description = other.view.interfaces[entry.remote_port].description or entry.remote_port
        rows += [
            "------------------------------------------------",
            f"Local Intf: {short(entry.port)}",
            f"Chassis id: {other.mac(other.ports[0])}",
            f"Port id: {far}",
            f"Port Description: {description}",
            f"System Name: {fqdn(other)}",
            "",
            "System Description: ",
            software(other),
            "",
            "Time remaining: 101 seconds",
            "System Capabilities: B,R",
            "Enabled Capabilities: R",
            "Management Addresses:",
            f"    IP: {management_address(other)}",
            "Auto Negotiation - not supported",
            "Physical media capabilities - not advertised",
            "Media Attachment Unit type - not advertised",
            "Vlan ID: - not advertised",
            "",
        ]
    return "\n".join([*rows, "", f"Total entries displayed: {len(found)}", ""])


def management_address(device: Device) -> str:
    """The management port's address."""
    addresses = device.view.interfaces[device.management].addresses
    return str(addresses[0].ip) if addresses else "0.0.0.0"


def software(device: Device) -> str:
    """What LLDP says about the software."""
    if device.platform == "eos":
        return "Arista Networks EOS version 4.33.1F running on an Arista vEOS-lab"
    return f"Cisco IOS Software, IOSv Software (VIOS-ADVENTERPRISEK9-M), Version {VERSION}, RELEASE SOFTWARE (fc1)"


def arp(device: Device, *_params: str) -> str:
    """show ip arp"""
    rows = ["Protocol  Address          Age (min)  Hardware Addr   Type   Interface"]
    device.network.settle()
    for address, mac, interface, own in device.network.arp(device):
        rows.append(f"Internet  {address:<15} {'-' if own else '5':>9}   {mac}  ARPA   {interface}")
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
    first = int(str(prefix).split(".")[0])
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


def vlan(device: Device, *_params: str) -> str:
    """show vlan brief"""
    rows = [
        "",
        "VLAN Name                             Status    Ports",
        "---- -------------------------------- --------- -------------------------------",
    ]
    names = {1: "default", **device.view.vlans}
    rows += [f"{number:<4} {name:<32} active    " for number, name in sorted(names.items())]
    return "\n".join(rows)


def directory(device: Device, *params: str) -> str:
    """dir [FILE SYSTEM or FILE]"""
    where = params[0] if params else "flash:/"
    name = where.partition(":")[2].lstrip("/")
    if not where.startswith(("flash", "bootflash", "disk0", "nvram")):
        return f"%Error opening {where} (No such device)"
    if name and name not in device.files:
        return f"%Error opening {where} (No such file or directory)"
    shown = [name] if name else list(device.files)
    fs = where.partition(":")[0] + ":"
    rows = [f"Directory of {where if name else fs + '/'}", ""]
    for number, file in enumerate(shown, 1):
        when = time.strftime("%b %d %Y %H:%M:%S +00:00", time.gmtime(device.file_times.get(file, device.booted)))
        rows.append(f"{number:>5}  -rw-  {len(device.files[file]):>12}  {when}  {file}")
    used = sum(map(len, device.files.values()))
    return "\n".join([*rows, "", f"2142715904 bytes total ({2142715904 - used} bytes free)"])


def users(device: Device, *_params: str) -> str:
    """show users"""
    rows = ["    Line       User       Host(s)              Idle       Location"]
    for line, (number, session) in enumerate(sorted(device.sessions.items())):
        mark = "*" if number == device.asking else " "
        rows.append(f"{mark}{line + 2:>3} vty {line:<4} {session.cli.user:<10} idle                 00:00:00 127.0.0.1")
    return "\n".join([*rows, "", "  Interface    User               Mode         Idle     Peer Address", ""])


def tech(device: Device, *_params: str) -> str:
    """show tech-support: 100 kB, or what the fault says"""
    fault = device.faults.take("big_output")
    size = int(float(fault.args.get("megabytes", 5)) * 1_000_000) if fault else 100_000
    line = "0x7F3A2B10: 00000000 DEADBEEF 0BADF00D CAFEBABE 00000000 12345678 9ABCDEF0 0000  block in use"
    head = "------------------ show version ------------------\n\n" + version(device)
    return head + "\n".join(f"{i:08d} {line}" for i in range(max(1, (size - len(head)) // (len(line) + 10))))


def file_systems(device: Device, *_params: str) -> str:
    """show file systems"""
    return """\
File Systems:

       Size(b)       Free(b)      Type  Flags  Prefixes
             -             -    opaque     rw   system:
             -             -    opaque     rw   null:
             -             -    opaque     ro   tar:
*   2142715904    2021691392      disk     rw   flash0: flash:#
        262144        258512     nvram     rw   nvram:
"""


def inventory(device: Device, *_params: str) -> str:
    """show inventory"""
    return f'NAME: "IOSv", DESCR: "IOSv chassis, Hw Serial#: {serial(device)}, Hw Revision: 1.0"\n' + (
        f"PID: IOSv              , VID: 1.0, SN: {serial(device)}\n"
    )


SHOWS: dict[str, Callable[..., str]] = {
    function.__name__: function
    for function in (
        clock, version, hosts, ip_interface_brief, interfaces, interfaces_description, ip_interface, bgp_summary,
        bgp_all_summary, bgp_neighbors, bgp_no_family, bgp_table, lldp_neighbors, lldp_neighbors_detail, arp, ip_route,
        ospf_neighbor, vlan, directory, users, tech, file_systems, inventory,
    )
}  # fmt: skip
