# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The part of a plan that is about interfaces and addresses."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from ipaddress import ip_interface, ip_network

from ..discovery.ports import canonical_port, mac_digits
from ..discovery.records import Device, Interface
from .draft import Draft, Pair
from .model import SourceAddress, SourceInterface
from .operations import Ref

_VIRTUAL = re.compile(r"(lo|loopback|vlan|tunnel|null|dummy|bdi|bvi|irb|nve|vxlan)[\d.]*$|.*\.\d+$", re.IGNORECASE)
_BUNDLE = re.compile(r"(port-?channel|bundle-ether|bond|ae|po)\d+$", re.IGNORECASE)
LONGEST = 200  # characters of a description, in NetBox


def plan_ports(draft: Draft) -> None:
    """Interfaces of every device of the draft, then all addresses, then the primary ones."""
    ports = _Ports(draft)
    for pair in draft.pairs:
        ports.device(pair)
    addresses = _Addresses(draft, ports)
    addresses.plan()
    for pair in draft.pairs:
        addresses.primary(pair)


def kind_of(name: str) -> str:
    """virtual, lag, or other: what a name tells. The medium of a port is for people to say."""
    if _BUNDLE.match(name):
        return "lag"
    return "virtual" if _VIRTUAL.match(name) else "other"


def with_management(device: Device, interface: str) -> Device:
    """The device with the address that it was reached at on this interface, when none of its own has it."""
    known = {address.partition("/")[0] for one in device.interfaces for address in one.addresses}
    if not interface or device.address in known or not _address(device.address):
        return device
    whole = str(ip_interface(device.address))
    same = [one for one in device.interfaces if canonical_port(one.name) == canonical_port(interface)]
    port = replace(same[0], addresses=(*same[0].addresses, whole)) if same else Interface(interface, addresses=(whole,))
    return replace(device, interfaces=(*(one for one in device.interfaces if one not in same), port))


class _Ports:
    """What becomes of interfaces. ``name`` tells under which name an interface is, or will be, in the source."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self._refs: dict[Ref, Ref] = {}
        self.of_device: dict[str, list[SourceInterface]] = defaultdict(list)
        for one in draft.existing.truth.interfaces:
            self.of_device[one.device].append(one)

    def device(self, pair: Pair) -> None:
        pair.device = with_management(pair.device, self.draft.rules.management_interface)
        existing = {canonical_port(one.name).lower(): one for one in self._existing(pair)}
        for interface in sorted(pair.device.interfaces, key=lambda one: one.name):
            there = existing.pop(canonical_port(interface.name).lower(), None)
            if there is None:
                self._new(pair, interface)
            else:
                self._update(pair, interface, there)
        for one in existing.values():  # the source knows more than the device: cables may end there
            self._known((pair.name, one.name), one.key)
            own = one.key in self.draft.existing.own.get("interface", set())
            if own and "interfaces" in self.draft.rules.prune and pair.device.interfaces:
                self.draft.add("delete", "interface", (pair.name, one.name), one.key)

    def _existing(self, pair: Pair) -> list[SourceInterface]:
        return [one for source in pair.sources for one in self.of_device[source.key]]

    def _new(self, pair: Pair, interface: Interface) -> None:
        if not self.draft.rules.creates("interface"):
            self.draft.skip(f"{pair.name} has interfaces that the source lacks: create does not include interfaces")
            return
        told = {
            "enabled": interface.enabled,
            "description": interface.description[:LONGEST] or None,
            "mtu": _mtu(interface),
            "mac": interface.mac if mac_digits(interface.mac) else None,
        }
        fields = {name: value for name, value in told.items() if value is not None}
        ref = (pair.name, interface.name)
        self._known(ref, "")
        self.draft.add(
            "create", "interface", ref, device=pair.name, name=interface.name, type=kind_of(interface.name), **fields
        )

    def _update(self, pair: Pair, interface: Interface, there: SourceInterface) -> None:
        self._known((pair.name, there.name), there.key)
        changes: dict[str, tuple[object, object]] = {}
        if interface.enabled is not None and interface.enabled != there.enabled:
            changes["enabled"] = (there.enabled, interface.enabled)
        description = interface.description[:LONGEST]
        if description and description != there.description:
            changes["description"] = (there.description, description)
        if _mtu(interface) and interface.mtu != there.mtu:
            changes["mtu"] = (there.mtu, interface.mtu)
        digits = mac_digits(interface.mac)
        if digits and digits != mac_digits(there.mac):
            changes["mac"] = (there.mac, interface.mac)
        if not changes:
            return
        if "interfaces" in self.draft.rules.update:
            self.draft.add("update", "interface", (pair.name, there.name), there.key, **changes)
        else:
            self.draft.skip(f"{pair.name} has interfaces that differ: update does not include interfaces")

    def ref(self, device: str, name: str) -> Ref | None:
        """As ``Plan.interfaces`` has it; None for an interface that is not there and will not be."""
        return self._refs.get((device, canonical_port(name).lower()))

    def _known(self, ref: Ref, key: str) -> None:
        self.draft.plan.interfaces[ref] = key
        self._refs[ref[0], canonical_port(ref[1]).lower()] = ref


class _Addresses:
    """What becomes of addresses, by the address without its prefix length."""

    def __init__(self, draft: Draft, ports: _Ports) -> None:
        self.draft = draft
        self.ports = ports
        self.there: dict[str, list[SourceAddress]] = defaultdict(list)
        for one in draft.existing.truth.addresses:
            self.there[_host(one.address)].append(one)
        interfaces = {one.key: one for one in draft.existing.truth.interfaces}
        devices = {one.key: one.name for one in draft.existing.truth.devices}
        self.primaries: dict[str, set[str]] = defaultdict(set)
        for device in draft.existing.truth.devices:
            for address in (device.primary_ip4, device.primary_ip6):
                self.primaries[address or ""].add(device.name)
        self.place: dict[str, Ref] = {key: (devices.get(one.device, ""), one.name) for key, one in interfaces.items()}
        met = {source.key for pair in draft.pairs for source in pair.sources}
        self.told = {key for key, one in interfaces.items() if one.device in met}
        self.planned: dict[tuple[str, str], str] = {}  # (device's name, address) -> with its length
        self.networks = [ip_network(prefix, strict=False) for prefix in draft.existing.prefixes or ()]

    def plan(self) -> None:
        wanted: dict[str, list[tuple[Ref, str]]] = defaultdict(list)
        for pair in self.draft.pairs:
            for interface in pair.device.interfaces:
                ref = self.ports.ref(pair.name, interface.name)
                for address in interface.addresses if ref else ():
                    if ref and _address(address):
                        wanted[_host(address)].append((ref, str(ip_interface(address))))
        for host in sorted(wanted, key=lambda one: (":" in one, ip_interface(one))):
            self._one(host, wanted[host])
        if "addresses" in self.draft.rules.prune:
            self._prune(set(wanted))

    def _one(self, host: str, places: list[tuple[Ref, str]]) -> None:
        if len(places) > 1 and not self.draft.existing.shared_addresses:
            others = ", ".join(" ".join(ref) for ref, _address in places[1:])
            self.draft.skip(f"{host} is on {' '.join(places[0][0])} and {others}: the source takes it for the first")
            places = places[:1]
        refs, address = [ref for ref, _address in places], places[0][1]
        there = self._there(host, refs)
        if there is None:
            self._create(address, refs)
        else:
            self._update(address, refs, there)

    def _there(self, host: str, refs: list[Ref]) -> SourceAddress | None:
        """The one that is on the right port, else a free one, else any."""
        keys = {self.draft.plan.interfaces[ref] for ref in refs} - {""}
        found = self.there.get(host, [])
        right = [one for one in found if keys & set(one.interfaces)]
        free = [one for one in found if not one.interfaces]
        return next(iter([*right, *free, *found]), None)

    def _create(self, address: str, refs: list[Ref]) -> None:
        if not self.draft.rules.creates("address"):
            self.draft.skip("addresses are found that the source lacks: create does not include addresses")
        elif self._has_prefix(address):
            self.draft.add("create", "address", (address,), address=address, interfaces=sorted(refs))
            self._planned(address, refs)

    def _has_prefix(self, address: str) -> bool:
        if self.draft.existing.prefixes is None:
            return True
        one = ip_interface(address)
        if any(one.version == network.version and one.ip in network for network in self.networks):
            return True
        if not self.draft.rules.creates("prefix"):
            self.draft.skip(f"{address} has no prefix in the source, and create does not include prefixes")
            return False
        self.networks.append(one.network)
        self.draft.add("create", "prefix", (str(one.network),), prefix=str(one.network))
        return True

    def _update(self, address: str, refs: list[Ref], there: SourceAddress) -> None:
        changes: dict[str, tuple[object, object]] = {}
        keys: dict[Ref, str] = {ref: self.draft.plan.interfaces[ref] for ref in refs}
        leaving = [key for key in there.interfaces if key not in keys.values()]
        foreign = [key for key in leaving if key not in self.told]
        joining = [one for one, its in keys.items() if its not in there.interfaces]
        if foreign and joining and not self.draft.existing.shared_addresses:
            holder = " ".join(self.place.get(foreign[0], ("another", "device")))
            self.draft.skip(f"{address} of {' '.join(refs[0])} belongs to {holder} in the source, which was not read")
            return
        if leaving and joining and self._is_primary(host=_host(there.address), keys=leaving, device=refs[0][0]):
            self.draft.skip(
                f"{address} is on {refs[0][0]} now, and another device's primary address in the source: "
                "give that one another primary address first"
            )
            return
        if there.address != address:
            changes["address"] = (there.address, address)
        if joining or any(key in self.told for key in leaving):
            elsewhere = ("another", "device")
            before = sorted(self.place.get(key, elsewhere) for key in there.interfaces)
            stay: list[Ref] = [self.place[its] for its in foreign if its in self.place]
            changes["interfaces"] = (before, sorted({*refs, *stay}))
        if not changes:
            self._planned(address, refs)
        elif "addresses" in self.draft.rules.update:
            self.draft.add("update", "address", (address,), there.key, **changes)
            self._planned(address, refs)
        else:
            self.draft.skip(f"{address} differs ({', '.join(changes)}): update does not include addresses")

    def _is_primary(self, host: str, keys: Iterable[str], device: str) -> bool:
        """Whether NetBox would refuse to move it: another device is known by it."""
        if self.draft.existing.shared_addresses:
            return False
        names = {self.place[key][0] for key in keys if key in self.place} - {device}
        return bool(names & self.primaries.get(host, set()))

    def _planned(self, address: str, refs: Iterable[Ref]) -> None:
        self.planned.update({(ref[0], _host(address)): address for ref in refs})

    def _prune(self, wanted: set[str]) -> None:
        own = self.draft.existing.own.get("address", set())
        for host, found in self.there.items():
            for one in found:
                known = bool(one.interfaces) and all(key in self.told for key in one.interfaces)
                if host not in wanted and one.key in own and known:
                    self.draft.add("delete", "address", (one.address,), one.key, address=one.address)

    def primary(self, pair: Pair) -> None:
        """The address that the device was reached at, when it has no primary one yet: people may prefer another."""
        address = self.planned.get((pair.name, pair.device.address))
        if address is None:
            return
        source = pair.source
        if source is not None and "devices" not in self.draft.rules.update:
            return
        name = "primary_ip6" if ":" in address else "primary_ip4"
        if source is None or getattr(source, name) is None:
            self.draft.add(
                "update", "primary_address", (pair.name,), source.key if source else None, **{name: (None, address)}
            )


def _mtu(interface: Interface) -> int | None:
    """None also for what says that there is none: 0 and -1."""
    return interface.mtu if interface.mtu and 0 < interface.mtu <= 65536 else None


def _host(address: str) -> str:
    return str(ip_interface(address).ip)


def _address(text: str) -> bool:
    """Whether it is one of the network's: not this host's own, not of one link only."""
    try:
        one = ip_interface(text).ip
    except ValueError:
        return False
    alone = str(one) in ("127.0.0.1", "::1")
    return not (alone or one.is_link_local or one.is_multicast or one.is_unspecified)
