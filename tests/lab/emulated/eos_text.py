# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""EOS's show commands as text. Made from the same data as the JSON, so that both say the same."""

from __future__ import annotations

import time
from collections.abc import Callable

from . import eos_data as data
from .device import Device
from .wording import ago, short, uptime


def version(device: Device, *_params: str) -> str:
    """show version"""
    facts = data.version(device)
    blank = " "
    return f"""\
Arista vEOS-lab
Hardware version:{blank}
Serial number: {facts["serialNumber"]}
Hardware MAC address: {device.mac(device.ports[0])}
System MAC address: {device.mac(device.ports[0])}

Software image version: {data.VERSION}
Architecture: x86_64
Internal build version: {facts["internalVersion"]}
Internal build ID: {facts["internalBuildId"]}
Image format version: 1.0
Image optimization: None

Uptime: {uptime(device.booted)}
Total memory: {facts["memTotal"]} kB
Free memory: {facts["memFree"]} kB
"""


def hostname(device: Device, *_params: str) -> str:
    """show hostname"""
    facts = data.hostname(device)
    return f"Hostname: {facts['hostname']}\nFQDN:     {facts['fqdn']}"


def interfaces(device: Device, *params: str) -> str:
    """show interfaces [NAME]"""
    rows = []
    for name, facts in data.interfaces(device, *params)["interfaces"].items():
        state = "administratively down" if facts["interfaceStatus"] == "disabled" else facts["lineProtocolStatus"]
        rows.append(f"{name} is {state}, line protocol is {facts['lineProtocolStatus']} ({facts['interfaceStatus']})")
        if facts["hardware"] == "ethernet":
            mac = device.mac(name)
            rows.append(f"  Hardware is Ethernet, address is {mac} (bia {mac})")
        else:
            rows.append("  Hardware is Loopback")
        if facts["description"]:
            rows.append(f"  Description: {facts['description']}")
        for address in facts["interfaceAddress"]:
            rows.append(f"  Internet address is {address['primaryIp']['address']}/{address['primaryIp']['maskLen']}")
            rows.append("  Broadcast address is 255.255.255.255")
        if facts["hardware"] == "ethernet":
            rows += [
                f"  IP MTU {facts['mtu']} bytes , BW 1000000 kbit",
                "  Full-duplex, 1Gb/s, auto negotiation: off, uni-link: n/a",
            ]
        else:
            rows.append(f"  IP MTU {facts['mtu']} bytes")
        minutes = int(time.time() - facts["lastStatusChangeTimestamp"]) // 60
        rows.append(f"  {'Up' if facts['lineProtocolStatus'] == 'up' else 'Down'} {minutes} minutes")
        if facts["hardware"] == "ethernet":
            rows += [
                '  Last clearing of "show interface" counters never',
                "  5 minutes input rate 0 bps (0.0% with framing overhead), 0 packets/sec",
                "  5 minutes output rate 0 bps (0.0% with framing overhead), 0 packets/sec",
                "     0 packets input, 0 bytes",
                "     Received 0 broadcasts, 0 multicast",
                "     0 runts, 0 giants",
                "     0 input errors, 0 CRC, 0 alignment, 0 symbol, 0 input discards",
                "     0 PAUSE input",
                "     0 packets output, 0 bytes",
                "     Sent 0 broadcasts, 0 multicast",
                "     0 output errors, 0 collisions",
                "     0 late collision, 0 deferred, 0 output discards",
                "     0 PAUSE output",
            ]
    return "\n".join(rows)


def interfaces_status(device: Device, *params: str) -> str:
    """show interfaces status"""
    rows = ["Port       Name               Status       Vlan     Duplex Speed  Type            Flags Encapsulation"]
    for name, facts in data.interfaces_status(device, *params)["interfaceStatuses"].items():
        rows.append(
            f"{short(name):<10} {facts['description'][:18]:<18} {facts['linkStatus']:<12} routed   full   1G     "
            "EbraTestPhyPort            "
        )
    return "\n".join(rows)


def interfaces_description(device: Device, *params: str) -> str:
    """show interfaces description"""
    rows = ["Interface                      Status         Protocol           Description"]
    for name, facts in data.interfaces_description(device, *params)["interfaceDescriptions"].items():
        state = "admin down" if facts["interfaceStatus"] == "adminDown" else facts["interfaceStatus"]
        rows.append(f"{short(name):<30} {state:<14} {facts['lineProtocolStatus']:<18} {facts['description']}")
    return "\n".join(rows)


def ip_interface(device: Device, *params: str) -> str:
    """show ip interface"""
    rows = []
    for name, facts in data.ip_interface(device, *params)["interfaces"].items():
        primary = facts["interfaceAddress"]["primaryIp"]
        rows += [
            f"{name} is {'up' if facts['lineProtocolStatus'] == 'up' else 'down'}, line protocol is "
            f"{facts['lineProtocolStatus']} ({facts['interfaceStatus']})",
            f"  Internet address is {primary['address']}/{primary['maskLen']}",
            "  Broadcast address is 255.255.255.255",
            f"  IP MTU {facts['mtu']} bytes",
        ]
    return "\n".join(rows)


def ip_interface_brief(device: Device, *params: str) -> str:
    """show ip interface brief"""
    rows = [
        "                                                                                 Address",
        "Interface         IP Address            Status       Protocol           MTU      Owner  ",
        "----------------- --------------------- ------------ -------------- ----------- -------",
    ]
    for name, facts in data.ip_interface(device, *params)["interfaces"].items():
        primary = facts["interfaceAddress"]["primaryIp"]
        address = f"{primary['address']}/{primary['maskLen']}"
        state = {"connected": "up", "notconnect": "down"}.get(facts["interfaceStatus"], "admin down")
        rows.append(
            f"{name:<17} {address:<21} {state:<12} {facts['lineProtocolStatus']:<14} {facts['mtu']:>11}        "
        )
    return "\n".join(rows)


def bgp_summary(device: Device, *_params: str) -> str:
    """show ip bgp summary"""
    vrfs = data.bgp_summary(device)["vrfs"]
    if not vrfs:
        return "% BGP inactive"
    facts = vrfs["default"]
    rows = [
        "BGP summary information for VRF default",
        f"Router identifier {facts['routerId']}, local AS number {facts['asn']}",
        "Neighbor Status Codes: m - Under maintenance",
        "  Description              Neighbor         V  AS           MsgRcvd   MsgSent  InQ OutQ  Up/Down State   "
        "PfxRcd PfxAcc",
    ]
    for address, peer in facts["peers"].items():
        counts = f"{peer['prefixReceived']:<6} {peer['prefixAccepted']}" if peer["peerState"] == "Established" else ""
        state = "Idle(Admin)" if "peerStateIdleReason" in peer else peer["peerState"][:5].replace("Estab", "Estab")
        rows.append(
            f"  {peer['description'][:24] or '-':<24} {address:<16} 4  {peer['asn']:<12} {peer['msgReceived']:>7} "
            f"{peer['msgSent']:>9} {0:>4} {0:>4} {ago(peer['upDownTime']):>8} {state:<7} {counts}"
        )
    return "\n".join(rows)


def bgp_neighbors(device: Device, *params: str) -> str:
    """show ip bgp neighbors"""
    rows = []
    for vrf in data.bgp_neighbors(device, *params)["vrfs"].values():
        for peer in vrf["peerList"]:
            rows += [
                f"BGP neighbor is {peer['peerAddress']}, remote AS {peer['asn']}, {peer['linkType']} link",
                *([f"  Description: {peer['description']}"] if "description" in peer else []),
                f"  BGP version 4, remote router ID {peer['routerId']}, VRF default",
                f"  BGP state is {peer['state']}",
                f"    IPv4 Unicast: {peer['prefixesSent']:>9} {peer['prefixesReceived']:>9}",
                f"Local AS is {peer['localAsn']}, local router ID {peer['localRouterId']}",
            ]
    return "\n".join(rows)


def lldp(device: Device, *_params: str) -> str:
    """show lldp neighbors"""
    rows = [
        "Last table change time   : 0:00:10 ago",
        "Number of table inserts  : 1",
        "Number of table deletes  : 0",
        "Number of table drops    : 0",
        "Number of table age-outs : 0",
        "",
        "Port          Neighbor Device ID       Neighbor Port ID    TTL",
        "---------- ------------------------ ---------------------- ---",
    ]
    for entry in data.lldp(device)["lldpNeighbors"]:
        rows.append(f"{short(entry['port']):<10} {entry['neighborDevice']:<24} {entry['neighborPort']:<22} 120")
    return "\n".join([*rows, ""])


def lldp_detail(device: Device, *params: str) -> str:
    """show lldp neighbors detail"""
    rows = []
    for port, facts in data.lldp_detail(device, *params)["lldpNeighbors"].items():
        found = facts["lldpNeighborInfo"]
        rows += [f"Interface {port} detected {len(found)} LLDP neighbors:", ""]
        for entry in found:
            rows += [
                f"  Neighbor {entry['chassisId']}/{entry['neighborInterfaceInfo']['interfaceId']}, age 10 seconds",
                "  Discovered 0:10:00 ago; Last changed 0:10:00 ago",
                "  - Chassis ID type: MAC address (4)",
                f"    Chassis ID     : {entry['chassisId']}",
                "  - Port ID type: Interface name(5)",
                f"    Port ID     : {entry['neighborInterfaceInfo']['interfaceId']}",
                "  - Time To Live: 120 seconds",
                f'  - System Name: "{entry["systemName"]}"',
                f'  - System Description: "{entry["systemDescription"]}"',
                "  - System Capabilities : Bridge, Router",
                "    Enabled Capabilities: Bridge, Router",
                *(
                    f"  - Management Address Subtype: IPv4 (1)\n    Management Address        : {told['address']}"
                    for told in entry["managementAddresses"]
                ),
                "",
            ]
    return "\n".join(rows)


def arp(device: Device, *params: str) -> str:
    """show ip arp"""
    rows = ["Address         Age (sec)  Hardware Addr   Interface"]
    for entry in data.arp(device)["ipV4Neighbors"]:
        rows.append(f"{entry['address']:<15} {'0:05:00':>9}  {entry['hwAddress']}  {entry['interface']}")
    return "\n".join(rows)


def ip_route(device: Device, *_params: str) -> str:
    """show ip route"""
    rows = [
        "", "VRF: default", "Codes: C - connected, S - static, K - kernel, ",
        "       O - OSPF, B E - eBGP, B I - iBGP", "", "Gateway of last resort is not set", "",
    ]  # fmt: skip
    for route in device.network.routes(device):
        if route.code == "L":
            continue
        code = "B E" if route.code == "B" else route.code
        if route.code == "B":
            near = next((i for i in data.named(device) for a in i.addresses if _holds(a, route.via)), None)
            rows.append(f" {code:<8} {route.prefix} [200/0] via {route.via}, {near.name if near else 'Null0'}")
        elif route.via:
            rows.append(f" {code:<8} {route.prefix} [1/0] via {route.via}, Management0")
        else:
            rows.append(f" {code:<8} {route.prefix} is directly connected, {route.interface}")
    return "\n".join([*rows, ""])


def _holds(address: object, via: str | None) -> bool:
    network = address.network  # type: ignore[attr-defined]
    return via is not None and type(network.network_address)(via) in network


def ospf(device: Device, *_params: str) -> str:
    """show ip ospf neighbor"""
    rows = ["Neighbor ID     Instance VRF      Pri State                  Dead Time   Address         Interface"]
    for entry in device.network.ospf(device):
        rows.append(
            f"{entry.router_id:<15} {device.view.ospf:<8} default  {entry.priority:<3} FULL/{entry.role:<17} "
            f"00:00:37    {entry.address:<15} {entry.interface}"
        )
    return "\n".join(rows)


def vlan(device: Device, *_params: str) -> str:
    """show vlan"""
    rows = [
        "VLAN  Name                             Status    Ports",
        "----- -------------------------------- --------- -------------------------------",
    ]
    rows += [f"{n:<5} {facts['name']:<32} active    " for n, facts in data.vlan(device)["vlans"].items()]
    return "\n".join(rows)


def vrf(device: Device, *_params: str) -> str:
    """show vrf"""
    rows = [
        "   VRF         Protocols       State         Interfaces",
        "--------- --------------- ---------- -----------",
    ]
    names = ", ".join(data.vrf(device)["vrfs"]["default"]["interfaces"])
    return "\n".join([*rows, f"   default     IPv4            routing       {names}"])


def clock(device: Device, *_params: str) -> str:
    """show clock"""
    return time.strftime("%a %b %e %H:%M:%S %Y\nTimezone: UTC\nClock source: local", time.gmtime())


def users(device: Device, *_params: str) -> str:
    """show users"""
    rows = ["    Line      User        Host(s)       Idle        Location"]
    for number, session in enumerate(device.sessions.values(), 1):
        mark = "*" if session.number == device.asking else " "
        rows.append(f"{mark}{number:>3} vty {number:<5} {session.cli.user:<11} idle          00:00:00    127.0.0.1")
    return "\n".join(rows)


TEXT: dict[str, Callable[..., str]] = {
    function.__name__: function
    for function in (
        version, hostname, interfaces, interfaces_status, interfaces_description, ip_interface, ip_interface_brief,
        bgp_summary, bgp_neighbors, lldp, lldp_detail, arp, ip_route, ospf, vlan, vrf, clock, users,
    )
}  # fmt: skip
