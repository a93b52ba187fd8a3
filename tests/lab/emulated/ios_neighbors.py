# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""IOS's show commands about what is on the other end of a cable."""

from __future__ import annotations

from .device import Device
from .wording import management_address, short, software, told_name

CHASSIS = {"ios": "Cisco IOSv", "nxos": "N9K-C9300v"}


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
        name = told_name(entry.device)[:20]
        far = short(entry.remote_port) if entry.device.platform == "ios" else entry.remote_port
        rows.append(f"{name:<20}{short(entry.port):<15}{120:<11}{'R':<16}{far}")
    return "\n".join([*rows, "", f"Total entries displayed: {len(found)}", ""])


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
            f"System Name: {told_name(other)}",
            "",
            "System Description: ",
            software(other),
            "",
            "Time remaining: 101 seconds",
            "System Capabilities: B,R",
            "Enabled Capabilities: R",
            *_addresses(management_address(other)),
            "Auto Negotiation - not supported",
            "Physical media capabilities - not advertised",
            "Media Attachment Unit type - not advertised",
            "Vlan ID: - not advertised",
            "",
        ]
    return "\n".join([*rows, "", f"Total entries displayed: {len(found)}", ""])


def _addresses(address: str) -> list[str]:
    return ["Management Addresses:", f"    IP: {address}"] if address else ["Management Addresses - not advertised"]


def cdp_neighbors_detail(device: Device, *_params: str) -> str:
    """show cdp neighbors detail, as IOS has it"""
    if not device.view.cdp:
        return "% CDP is not enabled"
    device.network.settle()
    rows = []
    found = list(device.network.cdp(device))
    for entry in found:
        other, address = entry.device, management_address(entry.device)
        serial = f"(9LABN{other.spec.index:06d})" if other.platform == "nxos" else ""
        rows += [
            "-------------------------",
            f"Device ID: {told_name(other)}{serial}",
            "Entry address(es): ",
            *([f"  IP address: {address}"] if address else []),
            f"Platform: {CHASSIS[other.platform]},  Capabilities: Router Switch ",
            f"Interface: {entry.port},  Port ID (outgoing port): {entry.remote_port}",
            "Holdtime : 140 sec",
            "",
            "Version :",
            software(other),
            "",
            "advertisement version: 2",
            *(["Management address(es): ", f"  IP address: {address}"] if address else []),
            "",
        ]
    return "\n".join([*rows, "", f"Total cdp entries displayed : {len(found)}"])


def arp(device: Device, *_params: str) -> str:
    """show ip arp"""
    rows = ["Protocol  Address          Age (min)  Hardware Addr   Type   Interface"]
    device.network.settle()
    for address, mac, interface, own in device.network.arp(device):
        rows.append(f"Internet  {address:<15} {'-' if own else '5':>9}   {mac}  ARPA   {interface}")
    return "\n".join(rows)
