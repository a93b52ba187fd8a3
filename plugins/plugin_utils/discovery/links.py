# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Cables, from what each device says of its neighbours."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from ..state.names import natural
from .ports import canonical_port, host_key, is_named, mac_digits
from .records import Device, End, Link, Neighbor


def links(devices: Sequence[Device]) -> list[Link]:
    """The cables between these devices and to neighbours that are none of them, each once, in order.

    The far end is found by chassis id, then by name, then by address; of several devices with one name it is
    the one that has the address or tells of us, else none. A port given as a MAC address or a description
    gets the name that the device itself has for it. Raises MissingLibrary without netutils.
    """
    return _merged(_Network(devices).claims())


@dataclass(frozen=True, slots=True)
class _Claim:
    """One device's word. ``far`` is None for a neighbour that is none of the devices."""

    near: Device
    port: str
    far: Device | None
    neighbor: Neighbor


class _Network:
    """The devices, by everything that a neighbour may know them by."""

    def __init__(self, devices: Sequence[Device]) -> None:
        self.devices = sorted(devices, key=lambda one: one.id)
        self.by_chassis: dict[str, list[Device]] = defaultdict(list)
        self.by_name: dict[str, list[Device]] = defaultdict(list)
        self.by_address: dict[str, list[Device]] = defaultdict(list)
        self.ports = {device.id: Ports(device) for device in self.devices}
        self.addresses = {device.id: own_addresses(device) for device in self.devices}
        for device in self.devices:
            if device.chassis_id:
                self.by_chassis[_chassis(device.chassis_id)].append(device)
            if device.name:
                self.by_name[host_key(device.name)].append(device)
            for address in self.addresses[device.id]:
                self.by_address[address].append(device)

    def claims(self) -> list[tuple[End, End, str]]:
        """(near end, far end, protocol) of every neighbour of every device."""
        found = [
            _Claim(device, self.ports[device.id].name(one.interface), self.far(device, one), one)
            for device in self.devices
            for one in device.neighbors
        ]
        # where the other device names a port of its own on the same cable, that is the port
        told: dict[tuple[str, str, str], set[str]] = defaultdict(set)
        for claim in found:
            if claim.far is not None:
                port = self.ports[claim.far.id].known(claim.neighbor.port)
                told[claim.far.id, port or "", claim.near.id].add(claim.port)
        return [(self._near(claim), self._far(claim, told), claim.neighbor.protocol) for claim in found]

    def _near(self, claim: _Claim) -> End:
        return End(claim.near.id, claim.near.name, claim.port)

    def _far(self, claim: _Claim, told: dict[tuple[str, str, str], set[str]]) -> End:
        neighbor, far = claim.neighbor, claim.far
        if far is None:
            name = neighbor.name or neighbor.address or neighbor.chassis_id or ""
            return End(None, name, canonical_port(neighbor.port))
        ports = self.ports[far.id]
        port = ports.known(neighbor.port)
        mutual = told.get((claim.near.id, claim.port, far.id), set())
        if port is None and len(mutual) == 1:
            port = next(iter(mutual))
        return End(far.id, far.name, port or ports.name(neighbor.port))

    def far(self, near: Device, neighbor: Neighbor) -> Device | None:
        """Which of the devices this neighbour is."""
        if neighbor.chassis_id:
            same = self.by_chassis.get(_chassis(neighbor.chassis_id), [])
            if len(same) == 1:
                return same[0]
        named = [one for one in self.by_name.get(host_key(neighbor.name), ()) if is_named(one.name, neighbor.name)]
        if len(named) == 1 and not self._other_chassis(named[0], neighbor):
            return named[0]
        if named:
            sure = [one for one in named if neighbor.address in self.addresses[one.id]]
            sure = sure or [one for one in named if self._tells_of(one, near)]
            return sure[0] if len(sure) == 1 else None
        owners = self.by_address.get(neighbor.address or "", [])
        return owners[0] if len(owners) == 1 else None

    def _other_chassis(self, device: Device, neighbor: Neighbor) -> bool:
        """Whether the neighbour's chassis id speaks against this device; some tell of a port's address instead."""
        told, own = mac_digits(neighbor.chassis_id), mac_digits(device.chassis_id)
        return bool(told and own and told != own and told not in self.ports[device.id].by_mac)

    @staticmethod
    def _tells_of(device: Device, near: Device) -> bool:
        ids = [_chassis(one.chassis_id) for one in device.neighbors if one.chassis_id]
        if near.chassis_id and _chassis(near.chassis_id) in ids:
            return True
        return any(one.name and is_named(one.name, near.name) for one in device.neighbors)


class Ports:
    """A device's interfaces, by everything that names one: two spellings, MAC address, description."""

    def __init__(self, device: Device) -> None:
        self.by_name: dict[str, str] = {}
        self.by_mac: dict[str, list[str]] = defaultdict(list)
        self.by_description: dict[str, list[str]] = defaultdict(list)
        for one in device.interfaces:
            name = canonical_port(one.name)
            for spelling in (one.name, name):
                self.by_name.setdefault(spelling.strip().lower(), name)
            if digits := mac_digits(one.mac):
                self.by_mac[digits].append(name)
            if one.description:
                self.by_description[one.description.strip().lower()].append(name)

    def known(self, text: str) -> str | None:
        """The canonical name of the interface that this surely means; None when it means none, or several."""
        given = text.strip().lower()
        for spelling in (given, canonical_port(text).lower()):
            if spelling in self.by_name:
                return self.by_name[spelling]
        for found in (_physical(self.by_mac.get(mac_digits(text) or "", [])), self.by_description.get(given, [])):
            if len(found) == 1:
                return found[0]
        return None

    def name(self, text: str) -> str:
        """As ``known``, or the given name in its canonical form."""
        return self.known(text) or canonical_port(text)


def _physical(names: Sequence[str]) -> list[str]:
    """Without subinterfaces, which have the address of their port."""
    return [name for name in names if not any(other != name and name.startswith(f"{other}.") for other in names)]


def own_addresses(device: Device) -> set[str]:
    """All addresses of a device, without prefix lengths."""
    of_ports = {address.split("/")[0] for one in device.interfaces for address in one.addresses}
    return {device.address, *device.addresses, *of_ports} - {""}


def _chassis(text: str) -> str:
    return mac_digits(text) or text.strip().lower()


def _order(end: End) -> tuple[object, ...]:
    return (natural(end.name.lower()), end.device or "", natural(end.interface))


def _merged(claims: Sequence[tuple[End, End, str]]) -> list[Link]:
    """Each cable once, however many told of it; a port that is told to be at its own other end is no cable."""
    named: dict[tuple[object, ...], End] = {}
    for near, far, _protocol in claims:
        if far.interface and not mac_digits(far.interface):
            named.setdefault((near, far.device, host_key(far.name)), far)
    seen: dict[tuple[object, ...], tuple[End, End, set[str]]] = {}
    for near, told, protocol in claims:
        far = told
        if not told.interface or mac_digits(told.interface):
            # another protocol may know the same port by its name
            far = named.get((near, told.device, host_key(told.name)), told)
        if near == far:
            continue
        a, b = sorted((near, far), key=_order)
        key = (_identity(a), _identity(b))
        seen.setdefault(key, (a, b, set()))[2].add(protocol)
    found = [Link(a, b, tuple(sorted(protocols))) for a, b, protocols in seen.values()]
    return sorted(found, key=lambda link: (_order(link.a), _order(link.b)))


def _identity(end: End) -> tuple[object, ...]:
    return (end.device or host_key(end.name), end.device is None, end.interface)
