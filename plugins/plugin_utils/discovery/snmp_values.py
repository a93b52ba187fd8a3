# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is packed into SNMP's octet strings and indexes: addresses, MAC addresses, LLDP's ids. Pure functions."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_interface
from math import isfinite

from .identity import cleaned
from .snmp_session import Index, Value

#: LLDP-MIB, LldpChassisIdSubtype and LldpPortIdSubtype: what is a MAC address, and what a network address
CHASSIS_MAC, CHASSIS_NETWORK = 4, 5
PORT_ALIAS, PORT_MAC, PORT_NETWORK, PORT_NAME, PORT_LOCAL = 1, 3, 4, 5, 7
_FAMILY_V4, _FAMILY_V6 = 1, 2  # InetAddressType, and AddressFamilyNumbers too
LONGEST = 255
CAPABILITIES = ("other", "repeater", "bridge", "wlan", "router", "telephone", "docsis", "station")
_LENGTHS = {_FAMILY_V4: 4, _FAMILY_V6: 16}


def text(value: Value) -> str:
    """One line of UTF-8 without control characters, at most 255 of it; nothing for what is not there."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return "" if value is None else cleaned(str(value))[:LONGEST]


def number(value: Value) -> int | None:
    return int(value) if isinstance(value, int | float) and isfinite(value) else None


def mac(value: Value) -> str | None:
    """``00:1b:54:aa:bb:cc``; None for what is none, or all zeros (a loopback's)."""
    if not isinstance(value, bytes) or len(value) != 6 or not any(value):
        return None
    return value.hex(":")


def address(value: bytes) -> str | None:
    """Of 4 or 16 octets; None for any other number of them, and for 0.0.0.0 and ::."""
    found: IPv4Address | IPv6Address
    if len(value) == 4:
        found = IPv4Address(value)
    elif len(value) == 16:
        found = IPv6Address(value)
    else:
        return None
    return None if found.is_unspecified else str(found)


def _octets(parts: Index) -> bytes | None:
    return bytes(parts) if all(part < 256 for part in parts) else None


def index_address(index: Index, start: int) -> str | None:
    """The address at this place of an index: family, length, then that many octets. None for another family."""
    if len(index) < start + 2:
        return None
    family, length = index[start : start + 2]
    octets = _octets(index[start + 2 : start + 2 + length])
    if octets is None or _LENGTHS.get(family) != length or len(octets) != length:
        return None
    return address(octets)


def prefix_length(pointer: Value) -> int | None:
    """From ipAddressPrefix, a pointer to a row whose index ends in it; None for a pointer to nowhere (0.0)."""
    if not isinstance(pointer, str) or pointer.count(".") < 12:
        return None
    return int(pointer.rpartition(".")[2])


def with_prefix(host: str, length: int | str | None) -> str | None:
    """``10.0.0.1/30``; alone when the length is not known. None for addresses that reach nobody else."""
    plain = ip_address(host)
    if plain.is_loopback or plain.is_link_local or plain.is_multicast or plain.is_unspecified:
        return None
    if length is None:
        return host
    try:
        return str(ip_interface(f"{host}/{length}"))
    except ValueError:
        return host


def capabilities(value: Value) -> tuple[str, ...]:
    """The names of the bits that are set in lldpLocSysCapEnabled, of the first octet (the second is not in use)."""
    if not isinstance(value, bytes) or not value:
        return ()
    return tuple(name for at, name in enumerate(CAPABILITIES) if value[0] & 0x80 >> at)


def chassis_id(subtype: Value, value: Value) -> str | None:
    """A MAC address, a network address, or the text that it is."""
    return _lldp_id(value, subtype == CHASSIS_MAC, subtype == CHASSIS_NETWORK)


def port_id(subtype: Value, value: Value) -> str | None:
    return _lldp_id(value, subtype == PORT_MAC, subtype == PORT_NETWORK)


def _lldp_id(value: Value, is_mac: bool, is_network: bool) -> str | None:
    if isinstance(value, bytes):
        if is_mac and len(value) == 6:
            return value.hex(":")
        if is_network and len(value) in (5, 17):  # the address's family comes first
            return address(value[1:])
        if len(value) == 6 and not value.isascii():  # called something else, but nobody's name
            return value.hex(":")
    return text(value) or None
