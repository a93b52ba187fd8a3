# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Operational state, from the configuration of both ends of every link.

Nothing is stored as up or down. After each change the links and BGP sessions of the device and of those
around it are looked at again, and only the time since when they are so is kept.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Interface, IPv4Network
from typing import TYPE_CHECKING

from .views import Interface, Neighbor, View

if TYPE_CHECKING:
    from .device import Device


@dataclass(frozen=True)
class Lldp:
    """A neighbour seen on ``port``."""

    port: str
    device: Device
    remote_port: str


@dataclass(frozen=True)
class Ospf:
    """An adjacency; always full when there is one."""

    router_id: str
    address: str
    interface: str
    role: str
    priority: int


@dataclass(frozen=True)
class Route:
    """One line of the routing table. ``code`` C, L, S or B; ``via`` None when connected."""

    prefix: IPv4Network
    code: str
    interface: str | None
    via: str | None = None
    since: float = 0.0


@dataclass
class Peer:
    """One BGP neighbor as it is now. ``since`` is when it last came up or went down."""

    neighbor: Neighbor
    state: str
    since: float
    router_id: str
    local: str
    received: int = 0
    sent: int = 0


@dataclass
class _Table:
    """BGP best paths: device name -> prefix -> (AS path, device learned from or None)."""

    best: dict[str, dict[IPv4Network, tuple[tuple[int, ...], str | None]]] = field(default_factory=dict)


class Network:
    """All devices and cables of a lab."""

    def __init__(self) -> None:
        self.devices: dict[str, Device] = {}
        self.cables: dict[tuple[str, str], tuple[str, str]] = {}
        self.pulled: dict[tuple[str, str], tuple[str, str]] = {}
        self._established: dict[tuple[str, str], float] = {}
        self._lost: dict[tuple[str, str], float] = {}
        self._flapped: dict[tuple[str, str], tuple[bool, float]] = {}
        self._owners: dict[str, dict[str, str]] = {}
        self._dirty: set[str] = set()
        self._table: _Table | None = None

    def changed(self, device: Device) -> None:
        """A device's configuration or power changed."""
        self._dirty.add(device.name)
        self._table = None

    def settle(self) -> None:
        """Look again at what may have changed. Cheap when nothing did."""
        if not self._dirty:
            return
        dirty, self._dirty = self._dirty, set()
        now = time.time()
        around = set(dirty)
        for name in dirty:
            device = self.devices[name]
            self._owners[name] = {
                str(address.ip): interface.name
                for interface in device.view.interfaces.values()
                for address in interface.addresses
            }
            around.update(self.cables[name, port][0] for port in device.ports if (name, port) in self.cables)
        around.update(name for name, peer in list(self._established) if name not in around and self._far(name, peer))
        for name in around:
            self._settle_interfaces(self.devices[name], now)
        for name in around:
            self._settle_sessions(self.devices[name], now)

    def _settle_interfaces(self, device: Device, now: float) -> None:
        for interface in device.view.interfaces.values():
            up = self.up(device, interface)
            if self._flapped.get((device.name, interface.name), (None, 0.0))[0] != up:
                self._flapped[device.name, interface.name] = (up, now)

    def _settle_sessions(self, device: Device, now: float) -> None:
        present = {(device.name, address) for address in device.view.neighbors}
        for key in [k for k in self._established if k[0] == device.name and k not in present]:
            del self._established[key]
        for address, neighbor in device.view.neighbors.items():
            key = (device.name, address)
            if self.partner(device, neighbor) is not None:
                self._established.setdefault(key, now)
            elif self._established.pop(key, None) is not None:
                self._lost[key] = now

    def _far(self, name: str, peer: str) -> bool:
        """Whether a session goes through others, so that a change anywhere may matter."""
        neighbor = self.devices[name].view.neighbors.get(peer)
        return neighbor is not None and (neighbor.update_source is not None or neighbor.multihop)

    def far_end(self, device: Device, port: str) -> tuple[Device, Interface] | None:
        """The other end of a cable when it is powered."""
        end = self.cables.get((device.name, port))
        if end is None:
            return None
        other = self.devices[end[0]]
        return (other, other.view.interfaces[end[1]]) if other.powered else None

    def up(self, device: Device, interface: Interface) -> bool:
        """Line protocol."""
        if interface.shutdown or not device.powered:
            return False
        port = interface.name.split(".")[0]
        if not interface.physical or port == device.management:
            return True
        if port != interface.name and device.view.interfaces[port].shutdown:
            return False
        end = self.far_end(device, port)
        return end is not None and not end[1].shutdown

    def flapped(self, device: Device, interface: str) -> float:
        """When the line protocol last changed (epoch seconds)."""
        self.settle()
        return self._flapped.get((device.name, interface), (False, device.booted))[1]

    def _subnet(self, device: Device, address: str) -> tuple[Interface, IPv4Interface] | None:
        """The interface, up, whose subnet holds an address."""
        for interface in device.view.interfaces.values():
            for own in interface.addresses:
                if IPv4Interface(address).ip in own.network and self.up(device, interface):
                    return interface, own
        return None

    def partner(self, device: Device, neighbor: Neighbor) -> tuple[Device, str] | None:
        """Who a BGP session is established with: (device, our address).

        None unless both ends agree on addresses and AS numbers, neither is shut, and there is a path.
        """
        view = device.view
        if view.asn is None or neighbor.remote_as is None or neighbor.shutdown or not device.powered:
            return None
        near = self._subnet(device, neighbor.address)
        if near is not None and near[0].physical:
            interface, own = near
            local = str(own.ip)
            end = self.far_end(device, interface.name.split(".")[0])
            if end is None or neighbor.address not in self._owner(end[0]):
                return None
            other = end[0]
            theirs = other.view.interfaces[self._owner(other)[neighbor.address]]
            if not self.up(other, theirs) or neighbor.update_source not in (None, interface.name):
                return None
        else:
            found = self._remote(device, neighbor)
            if found is None:
                return None
            other, local = found
        back = other.view.neighbors.get(local)
        if back is None or back.shutdown or back.remote_as != view.asn or other.view.asn != neighbor.remote_as:
            return None
        return other, local

    def _owner(self, device: Device) -> dict[str, str]:
        return self._owners.get(device.name, {})

    def _remote(self, device: Device, neighbor: Neighbor) -> tuple[Device, str] | None:
        """A neighbor that is not on a connected network: both ends use the loopbacks they name."""
        source = device.view.interfaces.get(neighbor.update_source or "")
        if source is None or not source.addresses or source.shutdown:
            return None
        other = next((d for d in self.devices.values() if neighbor.address in self._owner(d)), None)
        if other is None or other is device or not self._path(device, other):
            return None
        local = str(source.addresses[0].ip)
        back = other.view.neighbors.get(local)
        if back is None or back.update_source != self._owner(other)[neighbor.address]:
            return None
        internal = device.view.asn == neighbor.remote_as
        return (other, local) if internal or (neighbor.multihop and back.multihop) else None

    def _path(self, start: Device, goal: Device) -> bool:
        seen, queue = {start.name}, deque([start])
        while queue:
            device = queue.popleft()
            if device is goal:
                return True
            for interface in device.view.interfaces.values():
                end = self.far_end(device, interface.name) if self.up(device, interface) else None
                if end and end[0].name not in seen:
                    seen.add(end[0].name)
                    queue.append(end[0])
        return False

    def lldp(self, device: Device) -> Iterator[Lldp]:
        """Neighbours heard, in port order."""
        if not device.view.lldp:
            return
        for port in device.ports:
            mine = device.view.interfaces[port]
            end = self.far_end(device, port) if mine.lldp and self.up(device, mine) else None
            if end is not None and end[0].view.lldp and end[1].lldp:
                yield Lldp(port, end[0], end[1].name)

    def cdp(self, device: Device) -> Iterator[Lldp]:
        """The same for CDP."""
        for port in device.ports if device.view.cdp else ():
            end = self.far_end(device, port) if self.up(device, device.view.interfaces[port]) else None
            if end is not None and end[0].view.cdp:
                yield Lldp(port, end[0], end[1].name)

    def ospf(self, device: Device) -> Iterator[Ospf]:
        """Adjacencies: same area, subnet, interval and network type on both ends."""
        if device.view.ospf is None:
            return
        for port in device.ports:
            mine = device.view.interfaces[port]
            if mine.ospf_area is None or mine.ospf_passive or not mine.addresses or not self.up(device, mine):
                continue
            end = self.far_end(device, port)
            if end is None or end[0].view.ospf is None:
                continue
            other, theirs = end
            same = (theirs.ospf_area, theirs.ospf_hello, theirs.ospf_point_to_point) == (
                mine.ospf_area, mine.ospf_hello, mine.ospf_point_to_point,
            )  # fmt: skip
            if not same or theirs.ospf_passive or not theirs.addresses:
                continue
            if theirs.addresses[0].network != mine.addresses[0].network:
                continue
            designated = tuple(map(int, other.view.ospf_id.split("."))) > tuple(
                map(int, device.view.ospf_id.split("."))
            )
            role = "-" if mine.ospf_point_to_point else "DR" if designated else "BDR"
            priority = 0 if mine.ospf_point_to_point else 1
            yield Ospf(other.view.ospf_id, str(theirs.addresses[0].ip), port, role, priority)

    def _adjacent(self, device: Device) -> Iterator[tuple[str, Device]]:
        for address, neighbor in device.view.neighbors.items():
            if (device.name, address) in self._established:
                found = self.partner(device, neighbor)
                if found is not None:
                    yield address, found[0]

    def _paths(self) -> _Table:
        """Spread every originated prefix over the established sessions, shortest AS path first."""
        if self._table is not None:
            return self._table
        table = self._table = _Table({name: {} for name in self.devices})
        sessions = {name: [o for _a, o in self._adjacent(d)] for name, d in self.devices.items() if d.view.asn}
        queue: deque[tuple[Device, IPv4Network]] = deque()
        for name in sessions:
            device = self.devices[name]
            for network in device.view.networks:
                if device.powered and self._has_route(device, network):
                    table.best[name].setdefault(network, ((), None))
                    queue.append((device, network))
        while queue:
            device, network = queue.popleft()
            path, learned = table.best[device.name][network]
            for other in sessions[device.name]:
                internal = other.view.asn == device.view.asn
                if internal and learned and self.devices[learned].view.asn == device.view.asn:
                    continue
                longer = path if internal else (device.view.asn or 0, *path)
                if other.view.asn in longer or network in table.best[other.name]:
                    continue
                table.best[other.name][network] = (longer, device.name)
                queue.append((other, network))
        return table

    def _has_route(self, device: Device, network: IPv4Network) -> bool:
        return any(prefix == network for prefix, _hop in device.view.statics) or any(
            address.network == network and self.up(device, interface)
            for interface in device.view.interfaces.values()
            for address in interface.addresses
        )

    def bgp(self, device: Device) -> list[Peer]:
        """The neighbors of a device, in address order."""
        self.settle()
        best = self._paths().best
        view = device.view
        peers = []
        for address, neighbor in sorted(view.neighbors.items(), key=lambda item: tuple(map(int, item[0].split(".")))):
            if neighbor.remote_as is None:
                continue
            key = (device.name, address)
            found = self.partner(device, neighbor) if key in self._established else None
            if found is None:
                near = self._subnet(device, address)
                state = "Idle (Admin)" if neighbor.shutdown else "Active" if near else "Idle"
                peers.append(
                    Peer(neighbor, state, self._lost.get(key, 0.0), "0.0.0.0", str(near[1].ip) if near else "")
                )
                continue
            other, local = found
            mine, theirs = best[device.name], best[other.name]
            received = sum(view.asn not in path for path, by in theirs.values() if by != device.name)
            sent = sum(other.view.asn not in path for path, by in mine.values() if by != other.name)
            since = self._established[key]
            peers.append(Peer(neighbor, "Established", since, other.view.router_id, local, received, sent))
        return peers

    def bgp_table(self, device: Device) -> list[tuple[IPv4Network, tuple[int, ...], str]]:
        """Best paths: (prefix, AS path, next hop; 0.0.0.0 when originated here), in prefix order."""
        self.settle()
        hops = {other.name: address for address, other in self._adjacent(device)}
        best = self._paths().best[device.name]
        return [(prefix, path, hops.get(by or "", "0.0.0.0")) for prefix, (path, by) in sorted(best.items())]

    def routes(self, device: Device) -> list[Route]:
        """The routing table in prefix order."""
        self.settle()
        found: dict[IPv4Network, Route] = {}
        for prefix, path, hop in self.bgp_table(device):
            if path or hop != "0.0.0.0":
                since = self._established.get((device.name, hop), time.time())
                found[prefix] = Route(prefix, "B", None, hop, since)
        for prefix, hop in device.view.statics:
            interface = None if hop[0].isdigit() else hop
            if interface or self._subnet(device, hop):
                found[prefix] = Route(prefix, "S", interface, None if interface else hop)
        local = []
        for interface_ in device.view.interfaces.values():
            if self.up(device, interface_):
                for address in interface_.addresses:
                    found[address.network] = Route(address.network, "C", interface_.name)
                    if address.network.prefixlen < 32:
                        local.append(Route(IPv4Network(address.ip), "L", interface_.name))
        return sorted([*found.values(), *local], key=lambda r: (r.prefix, r.code))

    def reaches(self, device: Device, address: str) -> bool:
        """Whether a ping gets an answer: a route here, somebody there who owns it and has its interface up."""
        self.settle()
        target = IPv4Interface(address).ip
        if not any(target in route.prefix for route in self.routes(device)):
            return False
        for name, owned in self._owners.items():
            other = self.devices[name]
            if address in owned and other.powered:
                return self.up(other, other.view.interfaces[owned[address]])
        return False

    def arp(self, device: Device) -> list[tuple[str, str, str, bool]]:
        """(address, MAC, interface, own) for connected addresses in use."""
        rows = []
        for interface in device.view.interfaces.values():
            if not interface.physical or not interface.addresses or not self.up(device, interface):
                continue
            rows.append((str(interface.addresses[0].ip), device.mac(interface.name), interface.name, True))
            end = self.far_end(device, interface.name)
            for address in end[1].addresses if end else []:
                if end is not None and address.ip in interface.addresses[0].network:
                    rows.append((str(address.ip), end[0].mac(end[1].name), interface.name, False))
        return rows


__all__ = ["Lldp", "Network", "Ospf", "Peer", "Route", "View"]
