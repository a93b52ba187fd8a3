# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which discovered device is which of the source of truth, as drift tells it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from ..discovery.ports import is_named
from ..discovery.records import Device
from ..drift.match import Unit, match, serial_key, units
from .draft import Draft, Pair
from .model import SourceDevice


def find_pairs(draft: Draft) -> list[Pair]:
    """Every discovered device that can be told for sure, in order of names; sentences about the others."""
    found = [one for one in draft.found.devices if one.name]
    for nameless in (one for one in draft.found.devices if not one.name):
        draft.skip(f"the device at {nameless.address} has no name: it is left out")
    twice = {name for name, count in Counter(one.name.lower() for one in found).items() if count > 1}
    for name in sorted(twice):
        places = ", ".join(sorted(one.address for one in found if one.name.lower() == name))
        draft.skip(f"several devices are called {name} (at {places}): they are left out; give each its own name")
    known = units([one for one in draft.existing.truth.devices if one.extra.get("type", "device") == "device"])
    devices = sorted((one for one in found if one.name.lower() not in twice), key=lambda one: one.name)
    match(known, devices)
    of = {unit.found.id: unit for unit in known if unit.found is not None}
    index = _Index(draft.existing.truth.devices)
    return [pair for device in devices if (pair := _pair(draft, device, of.get(device.id), index))]


class _Index:
    """The source's devices, by name and by serial number."""

    def __init__(self, devices: Sequence[SourceDevice]) -> None:
        self.names: dict[str, list[SourceDevice]] = defaultdict(list)
        self.serials: dict[str, list[SourceDevice]] = defaultdict(list)
        for one in devices:
            self.names[one.name.lower()].append(one)
            if one.serial:
                self.serials[serial_key(one.serial)].append(one)

    def similar(self, device: Device) -> str:
        """What of a device the source has already, in words; empty for nothing."""
        for word, found in (
            ("serial number", self.serials.get(serial_key(device.serial), ()) if device.serial else ()),
            ("name", self.names.get(device.name.lower(), ())),
        ):
            if found:
                return f"its {word} at {found[0].name}"
        return ""

    def taken(self, name: str, source: SourceDevice) -> bool:
        return any(one is not source for one in self.names.get(name.lower(), ()))


def _pair(draft: Draft, device: Device, unit: Unit | None, index: _Index) -> Pair | None:
    """None for a device that may be another one's: what is not sure is not written."""
    if unit is None:
        if similar := index.similar(device):
            draft.skip(f"{device.name}: the source has {similar}, for sure or not; it is left out")
            return None
        return Pair(device, None, device.name)
    if unit.by == "address":
        draft.skip(
            f"{device.name} is at the address of the source's {unit.device.name}, with another name and serial number: "
            "it is left out"
        )
        return None
    return Pair(device, unit.device, _name(draft, device, unit.device, index), unit.members)


def _name(draft: Draft, device: Device, source: SourceDevice, index: _Index) -> str:
    """Its own name; the source's when that is the same but for a domain, or when it may not be changed."""
    taken = index.taken(device.name, source)
    if is_named(source.name, device.name) or taken or "devices" not in draft.rules.update:
        if taken:
            draft.skip(f"{source.name} calls itself {device.name}, as another device of the source is called")
        return source.name
    return device.name
