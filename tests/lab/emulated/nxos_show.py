# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""NX-OS's show commands about ports and neighbours, in the columns the parsers expect."""

from __future__ import annotations

from collections.abc import Callable

from .device import Device
from .ios_neighbors import CHASSIS
from .views import Interface
from .wording import management_address, short, software, told_name


def serial(device: Device) -> str:
    """A serial number, stable for a device."""
    return f"9LABN{device.spec.index:06d}"


def _named(device: Device, params: tuple[str, ...]) -> list[Interface]:
    device.network.settle()
    known = device.view.interfaces
    return [known.get(name, Interface(name)) for name in params or device.ports]


def interface(device: Device, *params: str) -> str:
    """show interface [NAME]"""
    rows = []
    for one in _named(device, params):
        up = "up" if device.network.up(device, one) else "down"
        rows += [
            f"{one.name} is {'down (Administratively down)' if one.shutdown else up}",
            f"admin state is {'down' if one.shutdown else 'up'}, Dedicated Interface",
            f"  Hardware: Ethernet, address: {device.mac(one.name)} (bia {device.mac(one.name)})",
            *([f"  Description: {one.description}"] if one.description else []),
            *(f"  Internet Address is {address.with_prefixlen}" for address in one.addresses),
            f"  MTU {one.mtu} bytes, BW 1000000 Kbit, DLY 10 usec",
        ]
    return "\n".join(rows)


def interface_status(device: Device, *_params: str) -> str:
    """show interface status"""
    line = "-" * 80
    rows = [line, "Port          Name               Status    Vlan      Duplex  Speed   Type", line]
    for one in _named(device, ()):
        up = "connected" if device.network.up(device, one) else "notconnec"
        name = one.name if one.name == device.management else f"Eth{one.name.removeprefix('Ethernet')}"
        rows.append(f"{name:<13} {one.description[:18] or '--':<18} {up:<9} routed    full    1000    10g")
    return "\n".join(rows)


def ip_interface(device: Device, *_params: str) -> str:
    """show ip interface vrf all"""
    rows = ['IP Interface Status for VRF "default"(1)']
    for number, one in enumerate(_named(device, ()), 1):
        up = "up" if device.network.up(device, one) else "down"
        rows += [f"{one.name}, Interface status: protocol-{up}/link-{up}/admin-up, iod: {number},"]
        rows += [f"  IP address: {a.ip}, IP subnet: {a.network} route-preference: 0, tag: 0" for a in one.addresses]
    return "\n".join(rows)


def ipv6_interface(_device: Device, *_params: str) -> str:
    """show ipv6 interface vrf all"""
    return 'IPv6 Interface Status for VRF "default"(1)'


def hosts(device: Device, *_params: str) -> str:
    """show hosts"""
    return f"DNS lookup enabled\nDefault domain is {device.view.domain}" if device.view.domain else "DNS lookup enabled"


def lldp_neighbors_detail(device: Device, *_params: str) -> str:
    """show lldp neighbors detail"""
    if not device.view.lldp:
        return "                 ^\n% Invalid command at '^' marker.\n"
    device.network.settle()
    found = list(device.network.lldp(device))
    rows = [
        "Capability codes:",
        "  (R) Router, (B) Bridge, (T) Telephone, (C) DOCSIS Cable Device",
        "  (W) WLAN Access Point, (P) Repeater, (S) Station, (O) Other",
        "Device ID            Local Intf      Hold-time  Capability  Port ID",
        "",
    ]
    for entry in found:
        other = entry.device
        rows += [
            f"Chassis id: {other.mac(other.ports[0])}",
            f"Port id: {short(entry.remote_port) if other.platform == 'ios' else entry.remote_port}",
            f"Local Port id: Eth{entry.port.removeprefix('Ethernet')}",
            f"Port Description: {other.view.interfaces[entry.remote_port].description or entry.remote_port}",
            f"System Name: {told_name(other)}",
            f"System Description: {software(other)}",
            "Time remaining: 101 seconds",
            "System Capabilities: B, R",
            "Enabled Capabilities: B, R",
            f"Management Address: {management_address(other) or 'not advertised'}",
            "Management Address IPV6: not advertised",
            "Vlan ID: not advertised",
            "",
            "",
        ]
    return "\n".join([*rows, f"Total entries displayed: {len(found)}"])


def cdp_neighbors_detail(device: Device, *_params: str) -> str:
    """show cdp neighbors detail"""
    device.network.settle()
    rows = []
    for entry in device.network.cdp(device):
        other, address = entry.device, management_address(entry.device)
        ending = f"({serial(other)})" if other.platform == "nxos" else ""
        rows += [
            "----------------------------------------",
            f"Device ID:{told_name(other)}{ending}",
            f"System Name: {told_name(other)}",
            "",
            *(["Interface address(es):", f"    IPv4 Address: {address}"] if address else []),
            f"Platform: {CHASSIS[other.platform]}, Capabilities: Router Switch IGMP Filtering",
            f"Interface: {entry.port}, Port ID (outgoing port): {entry.remote_port}",
            "Holdtime: 140 sec",
            "",
            "Version:",
            software(other),
            "",
            "Advertisement Version: 2",
            *(["Mgmt address(es):", f"    IPv4 Address: {address}"] if address else []),
            "",
        ]
    return "\n".join(rows)


SHOWS: dict[str, Callable[..., str]] = {
    function.__name__: function
    for function in (
        interface,
        interface_status,
        ip_interface,
        ipv6_interface,
        hosts,
        lldp_neighbors_detail,
        cdp_neighbors_detail,
    )
}
