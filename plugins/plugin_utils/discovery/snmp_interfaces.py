# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ports and their addresses, by IF-MIB and IP-MIB."""

from __future__ import annotations

from collections.abc import Mapping

from ..state.names import natural, same_port
from . import snmp_values as values
from .records import Interface
from .snmp_session import Index, Row, SnmpSession

IF_ENTRY = "1.3.6.1.2.1.2.2.1"
IF_COLUMNS = {2: "descr", 4: "mtu", 5: "speed", 6: "mac", 7: "admin", 8: "oper"}
IF_X_ENTRY = "1.3.6.1.2.1.31.1.1.1"
IF_X_COLUMNS = {1: "name", 15: "high_speed", 18: "alias"}
IP_ADDRESS_ENTRY = "1.3.6.1.2.1.4.34.1"
IP_ADDRESS_COLUMNS = {3: "port", 4: "type", 5: "prefix"}
OLD_ADDRESS_ENTRY = "1.3.6.1.2.1.4.20.1"
OLD_ADDRESS_COLUMNS = {2: "port", 3: "mask"}
_BROADCAST = 3  # ipAddressType: net-snmp lists those too
_UP = 1
_TOO_FAST = 4_294_967_295  # ifSpeed's greatest value says: look at ifHighSpeed


async def read_interfaces(session: SnmpSession) -> dict[int, Interface]:
    """By ifIndex."""
    rows = await session.table(IF_ENTRY, IF_COLUMNS)
    for index, row in (await session.table(IF_X_ENTRY, IF_X_COLUMNS)).items():
        rows.setdefault(index, {}).update(row)
    new = await session.table(IP_ADDRESS_ENTRY, IP_ADDRESS_COLUMNS)
    old = await session.table(OLD_ADDRESS_ENTRY, OLD_ADDRESS_COLUMNS)
    found = addresses(new, old)
    return {index[0]: interface(index[0], row, found.get(index[0], [])) for index, row in rows.items() if index}


def interface(index: int, row: Row, own: list[str]) -> Interface:
    """One port from its rows of ifTable and ifXTable."""
    return Interface(
        name=port_name(values.text(row.get("name")), values.text(row.get("descr"))) or str(index),
        enabled=row["admin"] == _UP if "admin" in row else None,
        up=row["oper"] == _UP if "oper" in row else None,
        description=values.text(row.get("alias")),
        mac=values.mac(row.get("mac")),
        mtu=values.number(row.get("mtu")) or None,
        speed=speed(row),
        addresses=tuple(sorted(own, key=natural)),
    )


def port_name(name: str, description: str) -> str:
    """ifName, or ifDescr where that is the same in full (``GigabitEthernet0/1`` for ``Gi0/1``) or all there is."""
    if not name or (same_port(name, description) and len(description) > len(name)):
        return description
    return name


def speed(row: Row) -> float | None:
    """Mbit/s; ifHighSpeed counts whole ones, so ifSpeed tells of slower links."""
    high, low = values.number(row.get("high_speed")), values.number(row.get("speed"))
    if high:
        return float(high)
    return low / 1_000_000 if low and low != _TOO_FAST else None


def addresses(new: Mapping[Index, Row], old: Mapping[Index, Row]) -> dict[int, list[str]]:
    """By ifIndex, from ipAddressTable and from ipAddrTable, which agents have that know IPv4 only."""
    found: dict[int, list[str]] = {}
    seen: set[str] = set()
    for index, row in new.items():
        host = values.index_address(index, 0)
        if host is not None and row.get("type") != _BROADCAST:
            seen.add(host)
            _add(found, row, host, values.prefix_length(row.get("prefix")))
    for index, row in old.items():
        host = values.index_address((1, 4, *index), 0)
        if host is not None and host not in seen:
            _add(found, row, host, values.text(row.get("mask")) or None)
    return found


def _add(found: dict[int, list[str]], row: Row, host: str, length: int | str | None) -> None:
    port, own = values.number(row.get("port")), values.with_prefix(host, length)
    if port is not None and own is not None:
        found.setdefault(port, []).append(own)
