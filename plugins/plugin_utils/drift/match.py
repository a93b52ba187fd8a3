# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which device of the source of truth is which in the network: by serial number, then name, then address."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from ..discovery.links import own_addresses
from ..discovery.ports import host_key, is_named
from ..discovery.records import Device
from ..sources.model import SourceDevice


@dataclass(slots=True)
class Unit:
    """What the network shows as one device: a device, or a virtual chassis with ``members`` (its master is ``device``).

    ``found`` is its counterpart, which was known ``by`` serial, name or address.
    """

    device: SourceDevice
    members: list[SourceDevice] = field(default_factory=list)
    found: Device | None = None
    by: str = ""

    @property
    def all(self) -> list[SourceDevice]:
        return [self.device, *self.members]

    @property
    def serials(self) -> set[str]:
        return {serial_key(one.serial) for one in self.all} - {""}

    @property
    def names(self) -> set[str]:
        """In lower case."""
        return {one.name.lower() for one in self.all} - {""}

    @property
    def addresses(self) -> list[str]:
        """Where it should answer, the primary ones first."""
        named = [(one.primary_ip4, one.primary_ip6, one.oob_ip) for one in self.all]
        return [address for addresses in zip(*named, strict=True) for address in addresses if address]


def units(devices: Sequence[SourceDevice]) -> list[Unit]:
    """The devices, a virtual chassis as one."""
    made: list[Unit] = []
    stacks: dict[str, list[SourceDevice]] = defaultdict(list)
    for device in sorted(devices, key=lambda one: (one.name, one.key)):
        if device.virtual_chassis:
            stacks[str(device.extra.get("virtual_chassis_id") or device.virtual_chassis)].append(device)
        else:
            made.append(Unit(device))
    for members in stacks.values():
        master = next((one for one in members if one.vc_master), members[0])
        made.append(Unit(master, [one for one in members if one is not master]))
    return made


def match(truth: Sequence[Unit], found: Iterable[Device]) -> list[Device]:
    """Give every unit its counterpart where one can be told for sure; returns the devices that are nobody's."""
    left = sorted(found, key=lambda one: one.id)
    for step in (
        _Step("serial", lambda unit: unit.serials, lambda device: {serial_key(device.serial)}),
        _Step("name", lambda unit: unit.names, lambda device: {device.name.lower()}),
        _Step("name", lambda unit: {host_key(name) for name in unit.names}, lambda device: {host_key(device.name)}),
        _Step("address", lambda unit: set(unit.addresses), own_addresses),
    ):
        left = step.pair(truth, left)
    return left


@dataclass(frozen=True, slots=True)
class _Step:
    """What a unit and a device have in common when they are the same."""

    by: str
    of_unit: Callable[[Unit], set[str]]
    of_device: Callable[[Device], set[str]]

    def pair(self, truth: Sequence[Unit], left: Sequence[Device]) -> list[Device]:
        """Pair those that fit each other only; of several that fit, the one that has the address too."""
        keys: dict[str, list[Unit]] = defaultdict(list)
        for unit in truth:
            if unit.found is None:
                for key in self.of_unit(unit) - {""}:
                    keys[key].append(unit)
        wanted: dict[int, list[Device]] = defaultdict(list)
        fitting: dict[int, Unit] = {}
        for device in left:
            fits = {id(unit): unit for key in self.of_device(device) for unit in keys.get(key, ())}
            units_ = [unit for unit in fits.values() if self.by != "name" or _named(unit, device)]
            if len(units_) > 1:
                units_ = [unit for unit in units_ if own_addresses(device).intersection(unit.addresses)]
            if len(units_) == 1:
                fitting[id(units_[0])] = units_[0]
                wanted[id(units_[0])].append(device)
        taken: set[str] = set()
        for key_, devices in wanted.items():
            unit = fitting[key_]
            if len(devices) > 1:
                devices = [one for one in devices if own_addresses(one).intersection(unit.addresses)]
            if len(devices) == 1:
                unit.found, unit.by = devices[0], self.by
                taken.add(devices[0].id)
        return [device for device in left if device.id not in taken]


def _named(unit: Unit, device: Device) -> bool:
    return any(is_named(name, device.name) for name in unit.names)


def serial_key(text: str) -> str:
    """Serial numbers are compared without regard to case."""
    return text.strip().upper()
