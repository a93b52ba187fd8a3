# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who is at the other end of each port, by LLDP-MIB and CISCO-CDP-MIB."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..state.names import same_port
from . import snmp_values as values
from .records import Interface, Neighbor
from .snmp_session import Index, Row, SnmpSession, Value

LLDP_LOCAL = {
    "chassis_subtype": "1.0.8802.1.1.2.1.3.1.0",
    "chassis_id": "1.0.8802.1.1.2.1.3.2.0",
    "system_name": "1.0.8802.1.1.2.1.3.3.0",
    "system_description": "1.0.8802.1.1.2.1.3.4.0",
    "capabilities": "1.0.8802.1.1.2.1.3.6.0",
}
LLDP_PORT_ENTRY = "1.0.8802.1.1.2.1.3.7.1"
LLDP_PORT_COLUMNS = {2: "subtype", 3: "id", 4: "description"}
LLDP_REMOTE_ENTRY = "1.0.8802.1.1.2.1.4.1.1"
LLDP_REMOTE_COLUMNS = {
    4: "chassis_subtype",
    5: "chassis_id",
    6: "port_subtype",
    7: "port_id",
    8: "port_description",
    9: "system_name",
    10: "system_description",
}
LLDP_ADDRESS_SUBTYPE = "1.0.8802.1.1.2.1.4.2.1.3"  # lldpRemManAddrIfSubtype: the address itself is in its index
CDP_ENTRY = "1.3.6.1.4.1.9.9.23.1.2.1.1"
CDP_COLUMNS = {
    6: "device_id",
    4: "address",
    5: "version",
    7: "port",
    8: "platform",
    17: "system_name",
    20: "management_address",
}
_SERIAL_BEHIND = re.compile(r"\([A-Za-z0-9-]{6,}\)$")  # NX-OS and CatOS send NAME(SERIAL) as their device id


async def read_neighbors(session: SnmpSession, ports: Mapping[int, Interface]) -> tuple[Neighbor, ...]:
    """Of both protocols, in the order of the agent's tables; ``ports`` are the device's own, by ifIndex."""
    remote = await session.table(LLDP_REMOTE_ENTRY, LLDP_REMOTE_COLUMNS)
    found: list[Neighbor] = []
    if remote:
        local = await session.table(LLDP_PORT_ENTRY, LLDP_PORT_COLUMNS)
        found = lldp(remote, local, await session.column(LLDP_ADDRESS_SUBTYPE), ports)
    return (*found, *cdp(await session.table(CDP_ENTRY, CDP_COLUMNS), ports))


def lldp(
    remote: Mapping[Index, Row],
    local: Mapping[Index, Row],
    management: Mapping[Index, Value],
    ports: Mapping[int, Interface],
) -> list[Neighbor]:
    """From lldpRemTable (index: time mark, local port, number), lldpLocPortTable (index: local port) and
    lldpRemManAddrTable (index: as the first, then family, length, address)."""
    by_neighbor = _management(management)
    return [
        Neighbor(
            interface=local_port(index[1], local.get((index[1],), {}), ports),
            name=values.text(row.get("system_name")),
            port=remote_port(row),
            chassis_id=values.chassis_id(row.get("chassis_subtype"), row.get("chassis_id")),
            address=by_neighbor.get(index),
            platform=values.text(row.get("system_description")),
            protocol="lldp",
        )
        for index, row in remote.items()
        if len(index) == 3
    ]


def _management(rows: Mapping[Index, Value]) -> dict[Index, str]:
    """One address for each neighbour: the first of IPv4, else the first of IPv6."""
    found: dict[Index, str] = {}
    for index in rows:
        address = values.index_address(index, 3)
        if address is not None and (index[:3] not in found or (":" in found[index[:3]] and ":" not in address)):
            found[index[:3]] = address
    return found


def local_port(number: int, row: Row, ports: Mapping[int, Interface]) -> str:
    """The device's own name for its LLDP port: by the port's id, its description, then its number as an ifIndex."""
    subtype = row.get("subtype")
    name, description = values.port_id(subtype, row.get("id")) or "", values.text(row.get("description"))
    for told in (name, description):
        own = next((one.name for one in ports.values() if told and told in (one.name, one.mac)), None)
        own = own or next((one.name for one in ports.values() if told and same_port(one.name, told)), None)
        if own is not None:
            return own
    if name.isdigit() and int(name) in ports:
        return ports[int(name)].name
    if number in ports and subtype not in (values.PORT_NAME, values.PORT_ALIAS):
        return ports[number].name
    return name or description or str(number)


def remote_port(row: Row) -> str:
    """The port's name; its description where the id is but a number of the device's own (Junos sends 514)."""
    subtype = row.get("port_subtype")
    name, description = values.port_id(subtype, row.get("port_id")) or "", values.text(row.get("port_description"))
    if not name or (subtype == values.PORT_LOCAL and name.isdigit() and description):
        return description
    return name


def cdp(rows: Mapping[Index, Row], ports: Mapping[int, Interface]) -> list[Neighbor]:
    """From cdpCacheTable (index: ifIndex, number)."""
    return [
        Neighbor(
            interface=ports[index[0]].name if index[0] in ports else str(index[0]),
            name=values.text(row.get("system_name")) or _SERIAL_BEHIND.sub("", values.text(row.get("device_id"))),
            port=values.text(row.get("port")),
            address=_cdp_address(row),
            platform=", ".join(filter(None, (values.text(row.get("platform")), values.text(row.get("version"))))),
            protocol="cdp",
        )
        for index, row in rows.items()
        if len(index) == 2
    ]


def _cdp_address(row: Row) -> str | None:
    for key in ("management_address", "address"):
        value = row.get(key)
        if isinstance(value, bytes) and (found := values.address(value)) is not None:
            return found
    return None
