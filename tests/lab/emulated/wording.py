# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How both platforms put names, times and versions."""

from __future__ import annotations

import time

from .device import Device

VERSIONS = {"ios": "15.9(3)M6", "eos": "4.33.1F", "nxos": "10.4(3)"}


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


def fqdn(device: Device) -> str:
    """Host name with the domain, when there is one."""
    return ".".join(filter(None, (device.hostname, device.view.domain)))


def told_name(device: Device) -> str:
    """What LLDP and CDP say its name is."""
    return device.advertised.get("name", fqdn(device))


def management_address(device: Device) -> str:
    """The management port's address, or what it is told to tell; empty when it tells none."""
    addresses = device.view.interfaces[device.management].addresses
    return device.advertised.get("address", str(addresses[0].ip) if addresses else "")


def software(device: Device) -> str:
    """What LLDP says about the software."""
    if "description" in device.advertised:
        return device.advertised["description"]
    if device.platform == "nxos":
        return (
            f"Cisco Nexus Operating System (NX-OS) Software {VERSIONS['nxos']}\nTAC support: http://www.cisco.com/tac"
        )
    if device.platform == "eos":
        return f"Arista Networks EOS version {VERSIONS['eos']} running on an Arista vEOS-lab"
    return (
        f"Cisco IOS Software, IOSv Software (VIOS-ADVENTERPRISEK9-M), Version {VERSIONS['ios']}, RELEASE SOFTWARE (fc1)"
    )
