# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a device may be, by its own words about itself: hints. The login decides."""

from __future__ import annotations

import re

#: words of an LLDP or CDP description -> netmiko's device type; the first that is found
DESCRIPTIONS: tuple[tuple[str, str], ...] = (
    (r"IOS[ -]?XR", "cisco_xr"),
    (r"IOS[ -]?XE|CAT[39]K_|LINUX_IOSD", "cisco_xe"),
    (r"NX-OS|Nexus Operating System|\bN[379]K-", "cisco_nxos"),
    (r"Adaptive Security Appliance", "cisco_asa"),
    (r"Cisco IOS|\bIOS \(tm\)|\bIOSv", "cisco_ios"),
    (r"Arista Networks EOS|\bEOS version", "arista_eos"),
    (r"\bJUNOS\b|Juniper Networks", "juniper_junos"),
    (r"FRRouting", "frr"),
    (r"VyOS", "vyos"),
    (r"Cumulus", "cumulus_linux"),
    (r"Comware", "hp_comware"),
    (r"Huawei|VRP \(R\) software", "huawei"),
    (r"RouterOS|MikroTik", "mikrotik_routeros"),
    (r"FortiGate|FortiOS", "fortinet"),
    (r"Palo Alto Networks", "paloalto_panos"),
    (r"ArubaOS-CX|AOS-CX", "aruba_aoscx"),
    (r"\bLinux\b", "linux"),
)
_FIREWALLS = ("cisco_asa", "cisco_ftd", "fortinet", "paloalto_panos", "juniper_screenos", "checkpoint_gaia")
_ROUTERS = ("cisco_xr", "frr", "vyos", "mikrotik_routeros")
_ROUTER_MODELS = re.compile(r"^(?:IOSv|CSR|ISR|ASR|C8[0-9]|[12389]\d{2,3}\b|MX\d|vMX|PTX|NCS)", re.IGNORECASE)
_SWITCH_MODELS = re.compile(
    r"^(?:WS-C|C9[2-6]|Cat|N[379]K|Nexus|DCS-|vEOS|cEOS|EX\d|QFX|IOSvL2|C1[23]00)", re.IGNORECASE
)


def platform_of_description(text: str) -> str | None:
    """The platform that a neighbour's description of itself tells of."""
    return next((platform for words, platform in DESCRIPTIONS if re.search(words, text)), None)


def name_in_prompt(prompt: str) -> str:
    """``r1`` of ``admin@r1``, ``RP/0/RP0/CPU0:r1`` and ``r1``; empty when there is no word in it."""
    found = re.search(r"(?:^|[@:\s\[<])([A-Za-z0-9][\w.-]*)\W*$", prompt.removesuffix(":~").strip())
    return found[1] if found else ""


def role(platform: str, model: str = "", capabilities: tuple[str, ...] = ()) -> str:
    """router, switch, firewall or unknown: a guess, for colours and groups.

    By the platform where it makes only one kind, else by the model, else by the LLDP capabilities that the device
    has enabled: bridge makes a switch, also of one that routes; router alone a router.
    """
    if platform in _FIREWALLS:
        return "firewall"
    if platform in _ROUTERS:
        return "router"
    short = model.strip().removeprefix("Cisco ").removeprefix("cisco ")
    if _SWITCH_MODELS.search(short):
        return "switch"
    if _ROUTER_MODELS.search(short):
        return "router"
    if "bridge" in capabilities:
        return "switch"
    return "router" if "router" in capabilities else "unknown"
