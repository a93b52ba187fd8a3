# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""All that a source of truth says of devices, interfaces, addresses and cables: a few lists, whatever their number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from .model import SourceAddress, SourceCable, SourceDevice, SourceInterface, Truth
from .rest import Rest

#: How many devices are named in a request for what belongs to them, where filters have chosen some.
PART = 100
INTERFACES, ADDRESSES, ASSIGNMENTS = "dcim/interfaces/", "ipam/ip-addresses/", "ipam/ip-address-to-interface/"

Row = Mapping[str, Any]
Far = tuple[str, str, str]  # device's name, interface's name, key of the cable when it is a single one


def read_truth(kind: str, rest: Rest, filters: Mapping[str, Any] | None = None) -> Truth:
    """``kind`` is netbox or nautobot; ``filters`` are parameters of ``/api/dcim/devices/``.

    Raises what Rest raises.
    """
    devices = _devices(kind, rest, filters)
    wanted = [one.key for one in devices] if filters else None
    reader = _nautobot if kind == "nautobot" else _netbox
    interfaces, addresses, far = reader(rest, devices, wanted)
    names = {one.key: one.name for one in devices}
    interfaces = [one for one in interfaces if one.device in names]
    known = {one.key: one for one in interfaces}
    addresses = [one for one in addresses if not one.interfaces or any(key in known for key in one.interfaces)]
    for address in addresses:
        for key in address.interfaces:
            if key in known:
                known[key].addresses.append(address.address)
    cables = _cables([(one, (names[one.device], one.name), far[one.key]) for one in interfaces if one.key in far])
    return Truth(devices, interfaces, cables, addresses)


def _devices(kind: str, rest: Rest, filters: Mapping[str, Any] | None) -> list[SourceDevice]:
    if kind == "nautobot":
        from .nautobot import Nautobot

        return Nautobot(rest).devices(filters)
    from .netbox import NetBox

    return NetBox(rest).devices(filters)


def _lists(rest: Rest, path: str, params: Row, devices: Sequence[str] | None, name: str = "device_id") -> list[Row]:
    """Every row, or those of some devices, a hundred devices a request."""
    if devices is None:
        return rest.all(path, params)
    parts = [devices[start : start + PART] for start in range(0, len(devices), PART)]
    found = rest.parallel([partial(rest.all, path, {**params, name: part}) for part in parts])
    return [row for part in found for row in part]


# -- NetBox ------------------------------------------------------------------------------------------


def _netbox(
    rest: Rest, _devices_read: Sequence[SourceDevice], wanted: Sequence[str] | None
) -> tuple[list[SourceInterface], list[SourceAddress], dict[str, Far]]:
    ordered = {"ordering": "id"}
    interfaces, addresses = rest.parallel(
        [partial(_lists, rest, INTERFACES, ordered, wanted), partial(_lists, rest, ADDRESSES, ordered, wanted)]
    )
    far: dict[str, Far] = {}
    for row in interfaces:
        for end in row.get("connected_endpoints") or []:
            if row.get("connected_endpoints_type", "dcim.interface") == "dcim.interface" and end.get("device"):
                direct = any(str(peer.get("id")) == str(end["id"]) for peer in row.get("link_peers") or [])
                cable = str((row.get("cable") or {}).get("id") or "") if direct else ""
                far[str(row["id"])] = (str(end["device"]["name"]), str(end["name"]), cable)
    return [_interface(row) for row in interfaces], [_netbox_address(row) for row in addresses], far


def _netbox_address(row: Row) -> SourceAddress:
    at_port = row.get("assigned_object_type") == "dcim.interface" and row.get("assigned_object_id")
    interfaces = [str(row["assigned_object_id"])] if at_port else []
    return SourceAddress(str(row["id"]), str(row["address"]), interfaces)


# -- Nautobot ----------------------------------------------------------------------------------------


def _nautobot(
    rest: Rest, devices: Sequence[SourceDevice], wanted: Sequence[str] | None
) -> tuple[list[SourceInterface], list[SourceAddress], dict[str, Far]]:
    if wanted is None:
        calls: list[Callable[[], list[Row]]] = [
            partial(rest.all, path) for path in (INTERFACES, ADDRESSES, ASSIGNMENTS)
        ]
        interfaces, addresses, assignments = rest.parallel(calls)
    else:
        interfaces, addresses = rest.parallel(
            [
                partial(_lists, rest, INTERFACES, {}, wanted, "device"),
                partial(_lists, rest, ADDRESSES, {}, wanted),
            ]
        )
        assignments = _lists(rest, ASSIGNMENTS, {}, [str(row["id"]) for row in interfaces], "interface")
    ports: dict[str, list[str]] = {}
    for row in assignments:
        if row.get("interface"):
            ports.setdefault(id_of(row["ip_address"]), []).append(id_of(row["interface"]))
    found = [SourceAddress(str(row["id"]), str(row["address"]), ports.get(str(row["id"]), [])) for row in addresses]
    return [_interface(row) for row in interfaces], found, _far_ends(rest, devices, interfaces)


def _far_ends(rest: Rest, devices: Sequence[SourceDevice], interfaces: Sequence[Row]) -> dict[str, Far]:
    """A far end is told by its id only: those outside the devices read are asked for."""
    names = {one.key: one.name for one in devices}
    ends = {str(row["id"]): (names.get(id_of(row["device"]), ""), str(row["name"])) for row in interfaces}
    connected = {
        str(row["id"]): row
        for row in interfaces
        if row.get("connected_endpoint_type") == "dcim.interface" and row.get("connected_endpoint")
    }
    others = sorted({id_of(row["connected_endpoint"]) for row in connected.values()} - set(ends))
    for row in _lists(rest, INTERFACES, {"depth": 1}, others, "id") if others else []:
        ends[str(row["id"])] = (str((row.get("device") or {}).get("name") or ""), str(row["name"]))
    far: dict[str, Far] = {}
    for key, row in connected.items():
        end = id_of(row["connected_endpoint"])
        direct = row.get("cable_peer") and id_of(row["cable_peer"]) == end
        if end in ends:
            far[key] = (*ends[end], id_of(row["cable"]) if direct and row.get("cable") else "")
    return far


# -- both --------------------------------------------------------------------------------------------


def _interface(row: Row) -> SourceInterface:
    return SourceInterface(
        key=str(row["id"]),
        device=id_of(row["device"]) if row.get("device") else "",
        name=str(row["name"]),
        enabled=bool(row.get("enabled", True)),
        description=str(row.get("description") or ""),
        mac=row.get("mac_address") or None,
        mtu=row.get("mtu"),
        cable=id_of(row["cable"]) if row.get("cable") else None,
    )


def _cables(ends: Iterable[tuple[SourceInterface, tuple[str, str], Far]]) -> list[SourceCable]:
    """Each once, though both of its ports tell of it."""
    found: dict[tuple[tuple[str, str], ...], SourceCable] = {}
    for _port, near, (device, interface, key) in ends:
        a, b = sorted((near, (device, interface)))
        found.setdefault((a, b), SourceCable(key, a, b))
    return [found[pair] for pair in sorted(found)]


def id_of(given: Any) -> str:
    return str(given["id"] if isinstance(given, Mapping) else given)
