# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The network as a graph: devices that were read, those that could not be, and neighbours nobody went to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from ..broker.errors import AddressDenied, LimitReached
from ..discovery.links import links, own_addresses
from ..discovery.ports import canonical_port, host_key, is_named
from ..discovery.records import Device, End, Failure, Found, Link
from ..state.names import natural
from ..state.reports.topology import layer

FORMAT = 1
State = Literal["found", "unreached", "unvisited"]
#: failures that were asked for: nobody tried to go there
_MEANT = (AddressDenied.code, LimitReached.code)
#: the role of a device that has none, by the layer that its name tells
_ROLES = ("edge", "core", "distribution", "access", "server")
#: what every device is that forwards: a name tells more
_GENERAL = ("", "unknown", "router", "switch")


@dataclass(slots=True)
class MapNode:
    """``state``: found (it was read), unreached (``reason`` says why not) or unvisited (known from its neighbours,
    and nobody tried, ``reason`` says why where that was meant).

    ``id`` is the device's id, or ``neighbor:NAME`` for one that was not read. ``role`` is the device's, or what
    its name tells where that is none or says only router or switch.
    """

    id: str
    name: str
    state: State
    address: str = ""
    addresses: list[str] = field(default_factory=list)
    role: str = ""
    site: str = ""
    vendor: str = ""
    model: str = ""
    serial: str = ""
    version: str = ""
    platform: str = ""
    reason: str = ""


@dataclass(slots=True)
class MapEnd:
    """``node`` is a MapNode's id."""

    node: str
    interface: str


@dataclass(slots=True)
class MapLink:
    a: MapEnd
    b: MapEnd
    seen_by: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Map:
    """``nodes`` and ``links`` in the order people expect."""

    nodes: list[MapNode] = field(default_factory=list)
    links: list[MapLink] = field(default_factory=list)

    def as_dict(self, title: str) -> dict[str, Any]:
        """The schema of topology.json (docs/topology.md)."""
        return {"format": FORMAT, "title": title, **asdict(self)}


def build_map(found: Found) -> Map:
    """All that was found and missed. The same input, in any order, gives the same map."""
    cables = links(found.devices)
    nodes = {device.id: _device(device) for device in found.devices}
    # another address of a device that was read after all is no device
    met = {address for device in found.devices for address in own_addresses(device)}
    left = sorted(
        (one for one in found.failures if one.address not in met), key=lambda one: (one.address, one.name, one.code)
    )
    devices = {device.id: device for device in found.devices}
    for link in cables:
        for near, far in ((link.a, link.b), (link.b, link.a)):
            if far.device is None and near.device is not None:
                _neighbor(nodes, near, far, devices[near.device], left)
    _unreached(nodes, left)
    drawn = [MapLink(_end(link, "a"), _end(link, "b"), list(link.seen_by)) for link in cables]
    return Map(sorted(nodes.values(), key=lambda one: (natural(one.name.lower()), one.id)), drawn)


def _device(device: Device) -> MapNode:
    return MapNode(
        id=device.id,
        name=device.name or device.address,
        state="found",
        address=device.address,
        addresses=sorted({device.address, *device.addresses} - {""}),
        role=_role_of(device),
        site=device.site,
        vendor=device.vendor,
        model=device.model,
        serial=device.serial,
        version=device.version,
        platform=device.platform,
    )


def _role_of(device: Device) -> str:
    told = _role(device.name) if device.role in _GENERAL else ""
    return told or device.role.replace("unknown", "")


def _role(name: str) -> str:
    rank = layer(name)
    return "" if rank is None else _ROLES[rank]


def _key(near: End, far: End) -> str:
    """Of a neighbour: one node however many tell of it, but nothing is known of one without any name."""
    return f"neighbor:{host_key(far.name)}" if far.name else f"neighbor:{near.device}:{near.interface}"


def _end(link: Link, side: Literal["a", "b"]) -> MapEnd:
    here, there = (link.a, link.b) if side == "a" else (link.b, link.a)
    return MapEnd(here.device or _key(there, here), here.interface)


def _neighbor(nodes: dict[str, MapNode], near: End, far: End, device: Device, failures: list[Failure]) -> None:
    """A node for a neighbour that was not read; what is known of it is what its neighbours were told."""
    key = _key(near, far)
    node = nodes.setdefault(key, MapNode(key, far.name or "unknown", "unvisited", role=_role(far.name)))
    told = [
        one
        for one in device.neighbors
        if canonical_port(one.interface) == near.interface and far.name in (one.name, one.address, one.chassis_id)
    ]
    for one in told:
        node.address = node.address or one.address or ""
        node.platform = node.platform or one.platform
    for failure in [one for one in failures if _is_about(one, near, node)]:
        failures.remove(failure)
        if failure.code not in _MEANT:
            node.state = "unreached"
        node.address = failure.address or node.address
        node.reason = node.reason or failure.reason


def _is_about(failure: Failure, near: End, node: MapNode) -> bool:
    if failure.address and failure.address in (node.address, node.name):
        return True
    if failure.name:
        return is_named(failure.name, node.name)
    by = failure.found_by
    return by is not None and by[0] == near.device and canonical_port(by[1]) == near.interface


def _unreached(nodes: dict[str, MapNode], failures: Sequence[Failure]) -> None:
    """Those that no neighbour tells of: seeds that did not answer."""
    for failure in failures:
        name = failure.name or failure.address or "unknown"
        key = f"unreached:{host_key(name)}:{failure.address}"
        state: State = "unvisited" if failure.code in _MEANT else "unreached"
        nodes.setdefault(key, MapNode(key, name, state, failure.address, reason=failure.reason))
