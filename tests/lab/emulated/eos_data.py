# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""EOS's show commands as data, in the shape eAPI and ``| json`` give."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

from .device import Device
from .network import Peer
from .tree import Config, Entry
from .views import Interface
from .wording import VERSIONS, fqdn, management_address, software, told_name

VERSION = VERSIONS["eos"]
Data = dict[str, Any]
_COUNTERS = (
    "inOctets", "outOctets", "inUcastPkts", "outUcastPkts", "inMulticastPkts", "outMulticastPkts", "inBroadcastPkts",
    "outBroadcastPkts", "inDiscards", "outDiscards", "totalInErrors", "totalOutErrors",
)  # fmt: skip


def dotted_to_colon(mac: str) -> str:
    """``0050.5600.0101`` as ``00:50:56:00:01:01``."""
    plain = mac.replace(".", "")
    return ":".join(plain[i : i + 2] for i in range(0, 12, 2))


def version(device: Device, *_params: str) -> Data:
    """show version"""
    return {
        "mfgName": "Arista", "modelName": "vEOS-lab", "hardwareRevision": "", "serialNumber": serial(device),
        "systemMacAddress": dotted_to_colon(device.mac(device.ports[0])), "hwMacAddress": "00:00:00:00:00:00",
        "configMacAddress": "00:00:00:00:00:00", "version": VERSION, "architecture": "x86_64",
        "internalVersion": f"{VERSION}-39879738.4331F", "internalBuildId": "8d7b5ad8-6bd4-4f2c-8d24-6f5d1e6f7f0a",
        "imageFormatVersion": "1.0", "imageOptimization": "None", "bootupTimestamp": device.booted,
        "uptime": time.time() - device.booted, "memTotal": 2006636, "memFree": 1064952, "isIntlVersion": False,
    }  # fmt: skip


def serial(device: Device) -> str:
    """A serial number, stable for a device."""
    return f"LAB{device.spec.index:08d}"


def hostname(device: Device, *_params: str) -> Data:
    """show hostname"""
    return {"hostname": device.hostname, "fqdn": fqdn(device)}


def named(device: Device, params: Iterable[str] = ()) -> list[Interface]:
    """Interfaces in EOS's order, all or the one named."""
    device.network.settle()
    wanted = [p for p in params if p[:1].isalpha() and p[-1:].isdigit()]
    order = {"Ethernet": 0, "Management": 1, "Loopback": 2}
    found = [i for i in device.view.interfaces.values() if not wanted or i.name in wanted]
    return sorted(found, key=lambda i: (order.get(i.name.rstrip("0123456789/."), 3), len(i.name), i.name))


def status(device: Device, interface: Interface) -> tuple[str, str]:
    """(interfaceStatus, lineProtocolStatus)"""
    if interface.shutdown:
        return "disabled", "down"
    return ("connected", "up") if device.network.up(device, interface) else ("notconnect", "down")


def interfaces(device: Device, *params: str) -> Data:
    """show interfaces [NAME]"""
    found: Data = {}
    for interface in named(device, params):
        state, protocol = status(device, interface)
        entry: Data = {
            "name": interface.name, "forwardingModel": "routed", "lineProtocolStatus": protocol,
            "interfaceStatus": state, "description": interface.description, "mtu": interface.mtu,
            "interfaceAddress": [_address(interface)] if interface.addresses else [],
            "lastStatusChangeTimestamp": device.network.flapped(device, interface.name),
        }  # fmt: skip
        if interface.physical:
            entry |= {
                "hardware": "ethernet", "bandwidth": 1000000000, "duplex": "duplexFull",
                "physicalAddress": dotted_to_colon(device.mac(interface.name.split(".")[0])),
                "burnedInAddress": dotted_to_colon(device.mac(interface.name.split(".")[0])),
                "interfaceCounters": dict.fromkeys(_COUNTERS, 0),
            }  # fmt: skip
        else:
            entry |= {"hardware": "loopback", "bandwidth": 0}
        found[interface.name] = entry
    return {"interfaces": found}


def _address(interface: Interface) -> Data:
    def pair(index: int) -> Data:
        address = interface.addresses[index]
        return {"address": str(address.ip), "maskLen": address.network.prefixlen}

    return {
        "primaryIp": pair(0) if interface.addresses else {"address": "0.0.0.0", "maskLen": 0},
        "secondaryIps": {str(a.ip): pair(i + 1) for i, a in enumerate(interface.addresses[1:])},
        "secondaryIpsOrderedList": [pair(i + 1) for i in range(len(interface.addresses) - 1)],
        "broadcastAddress": "255.255.255.255", "dhcp": False,
    }  # fmt: skip


def interfaces_status(device: Device, *params: str) -> Data:
    """show interfaces status"""
    found = {}
    for interface in named(device, params):
        if interface.physical:
            found[interface.name] = {
                "description": interface.description, "linkStatus": status(device, interface)[0],
                "vlanInformation": {"interfaceMode": "routed", "vlanExplanation": "routed"}, "duplex": "duplexFull",
                "bandwidth": 1000000000, "interfaceType": "EbraTestPhyPort", "autoNegotiateActive": False,
            }  # fmt: skip
    return {"interfaceStatuses": found}


def interfaces_description(device: Device, *params: str) -> Data:
    """show interfaces description"""
    found = {}
    for interface in named(device, params):
        state, protocol = status(device, interface)
        found[interface.name] = {
            "description": interface.description, "lineProtocolStatus": protocol,
            "interfaceStatus": {"connected": "up", "notconnect": "down", "disabled": "adminDown"}[state],
        }  # fmt: skip
    return {"interfaceDescriptions": found}


def ip_interface(device: Device, *params: str) -> Data:
    """show ip interface [NAME] [brief]"""
    found = {}
    for interface in named(device, params):
        if interface.addresses:
            state, protocol = status(device, interface)
            found[interface.name] = {
                "name": interface.name, "description": interface.description, "interfaceStatus": state,
                "lineProtocolStatus": protocol, "mtu": interface.mtu, "vrf": "default", "enabled": True,
                "interfaceAddress": _address(interface),
            }  # fmt: skip
    return {"interfaces": found}


def ipv6_interface(device: Device, *_params: str) -> Data:
    """show ipv6 interface: none here ever"""
    return {"interfaces": {}}


def bgp_summary(device: Device, *_params: str) -> Data:
    """show ip bgp summary [vrf all]"""
    view = device.view
    if view.asn is None:
        return {"vrfs": {}}
    peers = {}
    for peer in device.network.bgp(device):
        peers[peer.neighbor.address] = {
            "version": 4, "asn": str(peer.neighbor.remote_as), "description": peer.neighbor.description,
            "peerState": peer.state.split()[0], "upDownTime": peer.since, "msgReceived": _messages(peer),
            "msgSent": _messages(peer), "inMsgQueue": 0, "outMsgQueue": 0, "underMaintenance": False,
            "prefixReceived": peer.received, "prefixAccepted": peer.received,
            **({"peerStateIdleReason": "Admin"} if peer.neighbor.shutdown else {}),
        }  # fmt: skip
    return {"vrfs": {"default": {"routerId": view.router_id, "asn": str(view.asn), "vrf": "default", "peers": peers}}}


def bgp6_summary(device: Device, *_params: str) -> Data:
    """show ipv6 bgp summary vrf all"""
    view = device.view
    if view.asn is None:
        return {"vrfs": {}}
    return {"vrfs": {"default": {"routerId": view.router_id, "asn": str(view.asn), "vrf": "default", "peers": {}}}}


def _messages(peer: Peer) -> int:
    return 4 + int(time.time() - peer.since) // 60 if peer.state == "Established" else 0


def bgp_neighbors(device: Device, *params: str) -> Data:
    """show ip bgp neighbors [ADDRESS] [vrf all]"""
    view = device.view
    if view.asn is None:
        return {"vrfs": {}}
    rows = []
    for peer in device.network.bgp(device):
        up = peer.state == "Established"
        row = {
            "peerAddress": peer.neighbor.address, "asn": str(peer.neighbor.remote_as), "localAsn": str(view.asn),
            "linkType": "internal" if peer.neighbor.remote_as == view.asn else "external", "version": 4,
            "routerId": peer.router_id, "vrf": "default", "state": peer.state.split()[0],
            "localRouterId": view.router_id, "updateSource": peer.local, "holdTime": 180, "keepaliveTime": 60,
            "prefixesReceived": peer.received, "prefixesSent": peer.sent, "v6PrefixesReceived": 0, "v6PrefixesSent": 0,
        }  # fmt: skip
        if peer.neighbor.description:
            row["description"] = peer.neighbor.description
        if up:
            row["establishedTime"] = int(time.time() - peer.since)
        elif row["state"] == "Idle":
            row["idleReason"] = "Administratively shut down" if peer.neighbor.shutdown else "No interface"
        if not params or params[-1] in (peer.neighbor.address, "all"):
            rows.append(row)
    return {"vrfs": {"default": {"peerList": rows}}}


def bgp6_neighbors(device: Device, *_params: str) -> Data:
    """show ipv6 bgp peers vrf all"""
    return {"vrfs": {"default": {"peerList": []}} if device.view.asn is not None else {}}


def lldp(device: Device, *_params: str) -> Data:
    """show lldp neighbors"""
    device.network.settle()
    rows = [
        {"port": n.port, "neighborDevice": told_name(n.device), "neighborPort": n.remote_port, "ttl": 120}
        for n in device.network.lldp(device)
    ]
    return {
        "tablesLastChangeTime": device.changed_at, "tablesAgeOuts": 0, "tablesInserts": len(rows), "tablesDeletes": 0,
        "tablesDrops": 0, "lldpNeighbors": rows,
    }  # fmt: skip


def lldp_detail(device: Device, *params: str) -> Data:
    """show lldp neighbors [PORT] detail"""
    device.network.settle()
    found: Data = {port: {"lldpNeighborInfo": []} for port in device.ports if not params or port in params}
    for entry in device.network.lldp(device):
        if entry.port not in found:
            continue
        other = entry.device
        found[entry.port]["lldpNeighborInfo"].append(
            {
                "chassisIdType": "macAddress", "chassisId": other.mac(other.ports[0]), "ttl": 120,
                "systemName": told_name(other), "systemDescription": software(other),
                "systemCapabilities": {"bridge": True, "router": True},
                "managementAddresses": [
                    {"addressType": "ipv4", "address": address} for address in [management_address(other)] if address
                ],
                "neighborInterfaceInfo": {
                    "interfaceIdType": "interfaceName", "interfaceId": f'"{entry.remote_port}"',
                    "interfaceDescription": other.view.interfaces[entry.remote_port].description,
                },
            }
        )  # fmt: skip
    return {"lldpNeighbors": found}


def arp(device: Device, *params: str) -> Data:
    """show ip arp [vrf all]"""
    device.network.settle()
    rows = [
        {"address": address, "hwAddress": mac, "interface": interface, "age": 300}
        for address, mac, interface, own in device.network.arp(device)
        if not own
    ]
    total = {"ipV4Neighbors": rows, "totalEntries": len(rows), "dynamicEntries": len(rows), "staticEntries": 0}
    return {"vrfs": {"default": total}} if "all" in params else total


def ip_route(device: Device, *_params: str) -> Data:
    """show ip route"""
    names = {"C": "connected", "S": "static", "B": "eBGP"}
    routes = {}
    for route in device.network.routes(device):
        if route.code == "L":
            continue
        via: Data = {"interface": route.interface} if route.interface else {"nexthopAddr": route.via}
        routes[str(route.prefix)] = {
            "routeType": names[route.code], "routeAction": "forward", "hardwareProgrammed": True,
            "kernelProgrammed": True, "directlyConnected": route.code == "C", "vias": [via],
            "preference": {"C": 0, "S": 1, "B": 200}[route.code], "metric": 0, "routeLeaked": False,
        }  # fmt: skip
    return {"vrfs": {"default": {"routes": routes, "allRoutesProgrammedHardware": True, "routingDisabled": False}}}


def ospf(device: Device, *_params: str) -> Data:
    """show ip ospf neighbor"""
    device.network.settle()
    rows = [
        {
            "routerId": n.router_id, "priority": n.priority, "drState": n.role, "adjacencyState": "full",
            "interfaceAddress": n.address, "interfaceName": n.interface, "inactivity": time.time() + 37,
        }
        for n in device.network.ospf(device)
    ]  # fmt: skip
    entries = {device.view.ospf: {"ospfNeighborEntries": rows}} if device.view.ospf else {}
    return {"vrfs": {"default": {"instList": entries}} if entries else {}}


def vlan(device: Device, *_params: str) -> Data:
    """show vlan"""
    names = {1: "default", **device.view.vlans}
    return {
        "vlans": {str(n): {"name": t, "status": "active", "dynamic": False, "interfaces": {}} for n, t in names.items()}
    }


def vrf(device: Device, *_params: str) -> Data:
    """show vrf"""
    routed = [i.name for i in device.view.interfaces.values() if i.addresses]
    return {"vrfs": {"default": {"routeDistinguisher": "", "vrfState": "up", "interfaces": routed}}}


def clock(device: Device, *_params: str) -> Data:
    """show clock"""
    return {"utcTime": time.time(), "timezone": "UTC", "clockSource": {"local": True}}


def users(device: Device, *_params: str) -> Data:
    """show users"""
    lines = {
        f"vty{number}": {"user": session.cli.user, "host": "127.0.0.1", "idleTime": 0}
        for number, session in enumerate(device.sessions.values(), 1)
    }
    return {"serials": {}, "vtys": lines}


def commands(config: Config) -> Data:
    """A configuration as eAPI gives ``show running-config``."""

    def section(entry: Entry) -> Data:
        lines = sorted(entry.children.values(), key=lambda e: e.sort)
        return {"comments": [], "cmds": {e.text: section(e) if e.mode else None for e in lines}}

    return {**section(config.root), "header": []}


DATA: dict[str, Callable[..., Data]] = {
    function.__name__: function
    for function in (
        version, hostname, interfaces, interfaces_status, interfaces_description, ip_interface, ipv6_interface,
        bgp_summary, bgp6_summary, bgp_neighbors, bgp6_neighbors, lldp, lldp_detail, arp, ip_route, ospf, vlan, vrf,
        clock, users,
    )
}  # fmt: skip
