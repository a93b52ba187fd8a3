# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Neighbours from what command lines print: ``show lldp neighbors detail``, ``show cdp neighbors detail``, lldpctl.

Line by line and forgiving: names may hold blanks and control characters, lines may be missing. (The templates of
ntc-templates take names without blanks only, and drop a neighbour or its name otherwise.)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from ipaddress import ip_address
from typing import Any

from .identity import cleaned
from .ports import canonical_port, is_named, mac_digits
from .records import Neighbor

Block = dict[str, str]
_PAIR = re.compile(r"^ {0,4}([A-Za-z][A-Za-z0-9 ]*?) ?: ?(.*)$")
_TOLD = ("chassis id", "port id", "port description", "system name", "local intf", "local interface", "local port id")
_NOTHING = re.compile(r"^(?:- )?(?:not advertised|null|n/a|none)$", re.IGNORECASE)
_ADDRESS = re.compile(r"^\s+(?:IP(?:v[46])?(?: address)?): *(\S+)", re.IGNORECASE)
_SERIAL_BEHIND = re.compile(r"\([A-Za-z0-9-]{6,}\)$")  # NX-OS sends NAME(SERIAL) as its device id
_CDP_PORTS = re.compile(r"^Interface: *(\S+?) *, +Port ID \(outgoing port\): *(.*)$")
_CDP_PLATFORM = re.compile(r"^Platform: *(.*?) *, +Capabilities:")


# -- LLDP -----------------------------------------------------------------------------------------------------------


def lldp_text(text: str) -> list[Neighbor]:
    """``show lldp neighbors detail`` of IOS, IOS-XR and NX-OS."""
    found = []
    for block in _lldp_blocks(text):
        interface = block.get("local intf") or block.get("local interface") or block.get("local port id", "")
        if not interface:
            continue
        found.append(
            neighbor(
                interface=interface,
                name=block.get("system name", ""),
                port=block.get("port id", ""),
                port_description=block.get("port description", ""),
                chassis_id=block.get("chassis id", ""),
                address=block.get("address", ""),
                platform=block.get("description", ""),
            )
        )
    return found


def _lldp_blocks(text: str) -> Iterator[Block]:
    block: Block = {}
    describing = False  # free text, which may look like anything
    for line in _lines(text):
        pair = _PAIR.match(line)
        key, value = (pair[1].lower(), _plain(pair[2])) if pair else ("", "")
        if describing and not line.startswith("Time remaining"):
            block["description"] = f"{block.get('description', '')} {line}".strip()
            continue
        describing = False
        if key in ("local intf", "local interface") or (key == "chassis id" and key in block):
            yield block
            block = {}
        if key == "system description":
            describing, block["description"] = True, value
        elif key in _TOLD:
            block.setdefault(key, value)
        elif key.startswith("management address") and value:
            block.setdefault("address", value)
        elif (address := _ADDRESS.match(line)) and "address" not in block:
            block["address"] = address[1]
    yield block


def lldp_eos(data: Mapping[str, Any]) -> list[Neighbor]:
    """EOS's ``show lldp neighbors detail`` as JSON."""
    found = []
    for interface, rows in (data.get("lldpNeighbors") or {}).items():
        for row in rows.get("lldpNeighborInfo") or ():
            port = row.get("neighborInterfaceInfo") or {}
            told = [str(one.get("address") or "") for one in row.get("managementAddresses") or ()]
            found.append(
                neighbor(
                    interface=interface,
                    name=str(row.get("systemName") or ""),
                    port=str(port.get("interfaceId_v2") or port.get("interfaceId") or "").strip('"'),
                    port_description=str(port.get("interfaceDescription") or ""),
                    chassis_id=str(row.get("chassisId") or ""),
                    address=first_address(told),
                    platform=str(row.get("systemDescription") or ""),
                )
            )
    return found


def rows(parsed: Sequence[Mapping[str, Any]], protocol: str) -> list[Neighbor]:
    """Rows of ntc-templates, for platforms that are not read line by line here."""
    found = []
    for row in parsed:
        told = {key.lower(): _text(value) for key, value in row.items()}
        interface = told.get("local_interface") or told.get("local_port") or ""
        if interface:
            found.append(
                neighbor(
                    interface=interface,
                    name=told.get("neighbor_name") or told.get("neighbor") or "",
                    port=told.get("neighbor_port_id") or told.get("neighbor_interface") or "",
                    port_description=told.get("neighbor_interface", ""),
                    chassis_id=told.get("chassis_id", ""),
                    address=told.get("mgmt_address") or told.get("management_ip") or "",
                    platform=told.get("neighbor_description") or told.get("platform") or "",
                    protocol=protocol,
                )
            )
    return found


def _text(value: Any) -> str:
    return str(value[0] if value else "") if isinstance(value, list) else str(value or "")


# -- CDP ------------------------------------------------------------------------------------------------------------


def cdp_text(text: str) -> list[Neighbor]:
    """IOS's and NX-OS's ``show cdp neighbors detail``."""
    return [_cdp(lines) for lines in _cdp_blocks(text)]


def _cdp_blocks(text: str) -> Iterator[list[str]]:
    block: list[str] = []
    for line in _lines(text):
        if line.startswith("Device ID:"):
            if block:
                yield block
            block = []
        if block or line.startswith("Device ID:"):
            block.append(line)
    if block:
        yield block


def _cdp(lines: list[str]) -> Neighbor:
    device = _SERIAL_BEHIND.sub("", lines[0].removeprefix("Device ID:").strip())
    name = next((line.removeprefix("System Name:").strip() for line in lines if line.startswith("System Name:")), "")
    ports = next((found for line in lines if (found := _CDP_PORTS.match(line))), None)
    kind = next((found[1] for line in lines if (found := _CDP_PLATFORM.match(line))), "")
    at = next((number for number, line in enumerate(lines) if re.match(r"Version ?:", line)), len(lines))
    version = " ".join(_until_blank(lines[at + 1 :]))
    managed = next((number for number, line in enumerate(lines) if re.match(r"(?:Mgmt|Management) addr", line)), 0)
    addresses = [found[1] for line in (*lines[managed:], *lines) if (found := _ADDRESS.match(line))]
    return neighbor(
        interface=ports[1] if ports else "",
        name=name or device,
        port=ports[2] if ports else "",
        address=first_address(addresses),
        platform=", ".join(filter(None, (kind, version))),
        protocol="cdp",
    )


def _until_blank(lines: list[str]) -> Iterator[str]:
    for line in lines:
        if not line.strip():
            return
        yield line.strip()


# -- lldpd ----------------------------------------------------------------------------------------------------------


def lldpd(data: Mapping[str, Any]) -> list[Neighbor]:
    """From ``frr_getters.lldp_neighbors_detail``, which is NAPALM's with two keys more."""
    return [
        neighbor(
            interface=interface,
            name=str(row["remote_system_name"]),
            port=str(row["remote_port"]),
            port_description=str(row["remote_port_description"]),
            chassis_id=str(row["remote_chassis_id"]),
            address=str(row.get("holdfast_management_address") or ""),
            platform=str(row["remote_system_description"]),
            protocol=str(row.get("holdfast_protocol") or "lldp"),
        )
        for interface, rows in data.items()
        for row in rows
    ]


# -- all of them ----------------------------------------------------------------------------------------------------


def neighbor(
    interface: str,
    name: str = "",
    port: str = "",
    port_description: str = "",
    chassis_id: str = "",
    address: str = "",
    platform: str = "",
    protocol: str = "lldp",
) -> Neighbor:
    """One neighbour, tidied: MAC addresses in one notation, ports by their whole names, no control characters."""
    given, described = cleaned(port), cleaned(port_description)
    if described and (not given or given.isdigit()):
        given = described  # Junos sends a number of its own
    mac = mac_digits(given)
    return Neighbor(
        interface=canonical_port(cleaned(interface)),
        name=cleaned(name),
        port=_colons(mac) if mac else canonical_port(given),
        chassis_id=chassis(cleaned(chassis_id)) or None,
        address=first_address([address]) or None,
        platform=cleaned(platform),
        protocol=protocol,
    )


def completed(neighbors: Sequence[Neighbor]) -> tuple[Neighbor, ...]:
    """Each neighbour with what the other protocol told of it: LLDP has the chassis id, CDP often the address.

    Both rows stay, since a link says who saw it. Told twice by one protocol, a neighbour is one row.
    """
    found = [_with(one, [other for other in neighbors if _same(one, other)]) for one in dict.fromkeys(neighbors)]
    return tuple(dict.fromkeys(found))


def _with(one: Neighbor, others: Sequence[Neighbor]) -> Neighbor:
    return replace(
        one,
        chassis_id=one.chassis_id or next((other.chassis_id for other in others if other.chassis_id), None),
        address=one.address or next((other.address for other in others if other.address), None),
        platform=one.platform or next((other.platform for other in others if other.platform), ""),
    )


def _same(one: Neighbor, other: Neighbor) -> bool:
    if one.interface != other.interface or one.protocol == other.protocol:
        return False
    return bool(one.name and other.name and is_named(one.name, other.name))


def first_address(told: Sequence[str]) -> str:
    """The first IPv4 address, else the first of IPv6 that reaches further than a link; empty without one."""
    found = [one for text in told if (one := _address(text)) is not None]
    found.sort(key=lambda one: one.version)
    return str(found[0]) if found else ""


def _address(text: str) -> Any:
    try:
        found = ip_address(text.strip())
    except ValueError:
        return None
    return None if found.is_unspecified or (found.version == 6 and found.is_link_local) else found


def base_mac(text: str) -> str | None:
    """Of ``Base ethernet MAC Address       : 00:50:56:00:01:00``."""
    found = re.search(r"MAC Address *: *([0-9A-Fa-f:.]+)", text, re.IGNORECASE)
    digits = mac_digits(found[1]) if found else None
    return _colons(digits) if digits else None


def chassis(text: str) -> str:
    """A MAC address in one notation, or the text that it is."""
    digits = mac_digits(text)
    return _colons(digits) if digits else text


def _colons(digits: str) -> str:
    return ":".join(digits[at : at + 2] for at in range(0, 12, 2))


def _plain(text: str) -> str:
    return "" if _NOTHING.match(text.strip()) else text.strip()


def _lines(text: str) -> list[str]:
    """By line feeds only: a control character in a name ends no line."""
    return text.replace("\r\n", "\n").split("\n")
