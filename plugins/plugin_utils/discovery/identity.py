# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which records are one device, and what it is called in files.

The rule, for two records of one crawl:

- Another name is another device. A device has one name at a time; contexts of one chassis (VDCs, logical systems) and
  clones of one image share serial numbers, but not names.
- With the same name they are one device when they have the same serial number, or else the same chassis id. A serial
  number that says nothing (empty, ``N/A``, ``0``, ``xxxx``) counts as none.
- Serial numbers that differ make two devices. So do chassis ids that differ, unless one record was reached at an
  address that the other has.
- Where neither of them is known on both sides (FRRouting tells no serial number), having the other's address makes
  them one.

Otherwise both are kept: a device too many can be seen and removed, one too few cannot.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from ipaddress import ip_address

from .links import own_addresses
from .ports import host_key, is_named, mac_digits
from .records import Device

#: what devices and emulations say when they have no serial number
NO_SERIAL = {
    "", "n/a", "na", "none", "null", "nil", "unknown", "undefined", "empty", "invalid", "not specified",
    "not available", "not applicable", "to be filled by o.e.m.", "default string", "system serial number",
    "serial number", "chassis serial number", "0123456789", "123456789", "1234567890",
}  # fmt: skip
LONGEST_ID = 120  # characters: a suffix comes after it, and 200 bytes are what a file name may have


def cleaned(text: str) -> str:
    """Without control characters, and with single spaces."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


def serial_number(device: Device) -> str | None:
    """What tells this device from all others of its make, or None."""
    text = cleaned(device.serial).casefold()
    telling = set(re.sub(r"[\W_]", "", text))
    return None if text in NO_SERIAL or len(telling) < 2 else text


def chassis(device: Device) -> str | None:
    """The chassis id, a MAC address in one notation."""
    text = cleaned(device.chassis_id or "").casefold()
    return mac_digits(text) or text or None


def telling_addresses(device: Device) -> set[str]:
    """Addresses that nobody else should have: not those that every device has for itself."""
    return {device.address} | {one for one in own_addresses(device) if _global(one)}


def _global(text: str) -> bool:
    try:
        found = ip_address(text)
    except ValueError:
        return False
    return not (found.is_loopback or found.is_link_local or found.is_unspecified or found.is_multicast)


def same_name(one: Device, other: Device) -> bool:
    """With a domain or without: SNMP tells it, a prompt does not."""
    return is_named(one.name, other.name) if one.name and other.name else one.name == other.name


def same_device(one: Device, other: Device) -> bool:
    """The rule above."""
    if not same_name(one, other):
        return False
    serials = serial_number(one), serial_number(other)
    if all(serials) and serials[0] != serials[1]:
        return False
    ids = chassis(one), chassis(other)
    if all(ids):
        if ids[0] == ids[1]:
            return True
    elif all(serials):
        return True
    return one.address in telling_addresses(other) or other.address in telling_addresses(one)


def was(old: Device, new: Device) -> bool:
    """Whether a record of an earlier crawl is about this device, which may have got another name or be replaced."""
    serials = serial_number(old), serial_number(new)
    if old.address == new.address and all(serials) and serials[0] == serials[1]:
        return True  # renamed
    if not same_name(old, new):
        return False
    if same_device(old, new):
        return True
    return old.address == new.address  # another box, or board, in its place


def file_id(text: str) -> str:
    """A name as a part of a file's name: letters, digits, dot, dash and underscore."""
    kept = "".join(one if one.isalnum() or one in "._-" else "-" for one in cleaned(text))
    return re.sub(r"-{2,}", "-", kept)[:LONGEST_ID].encode()[:LONGEST_ID].decode(errors="ignore").strip(".-~")


@dataclass(frozen=True, slots=True)
class Added:
    """What became of a record: the device as it is now, and whether it is ``new`` in this crawl.

    ``before`` is the record that it was merged into. ``gave_up`` is the id that another device had until now.
    """

    device: Device
    new: bool
    before: Device | None = None
    gave_up: str | None = None


class Register:
    """The devices of one crawl, each once, under its id.

    An id is the device's name. Of several with one name each gets its serial number, chassis id or address after it,
    but a device that is in the store keeps the id it has. ``renamed`` has the ids that were given up, and their
    successors.
    """

    def __init__(self, known: Iterable[Device] = ()) -> None:
        self.devices: dict[str, Device] = {}
        self.renamed: dict[str, str] = {}
        self._names: dict[str, list[str]] = {}
        self._known = {device.id: device for device in known}
        self._known_names: dict[str, list[Device]] = {}
        self._known_addresses: dict[str, list[Device]] = {}
        for device in self._known.values():
            self._known_names.setdefault(host_key(device.name), []).append(device)
            self._known_addresses.setdefault(device.address, []).append(device)
        self._taken = {one.casefold() for one in self._known}
        self._holders: dict[str, str] = {}

    def add(self, given: Device, failed: Iterable[str] = ()) -> Added:
        """Take a record in. ``failed`` are addresses of it that did not work now."""
        device = _tidy(given)
        for one in self._names.get(host_key(device.name), ()):
            mine = self.devices[one]
            if same_device(mine, device):
                self.devices[one] = self._settled(mine, device, failed)
                return Added(self.devices[one], False, mine)
        old = self._recalled(device)
        new_id, gave_up = (old.id, None) if old else self._fresh(device)
        device = replace(device, id=new_id)
        return Added(self.keep(self._settled(device, device, failed)), True, gave_up=gave_up)

    def keep(self, device: Device) -> Device:
        """Take a record in as it is, with its id: it was visited before the crawl was interrupted."""
        self.devices[device.id] = device
        self._taken.add(device.id.casefold())
        self._holders[device.id.casefold()] = device.id
        self._names.setdefault(host_key(device.name), []).append(device.id)
        return device

    def also(self, device_id: str, addresses: Iterable[str], chassis_ids: Iterable[str]) -> Device | None:
        """Others told these addresses and chassis ids of the device; it with them, None when it has them already.

        Of several chassis ids it is always the same one, whoever told first.
        """
        device = self.devices[device_id]
        more = set(addresses) - {device.address}
        ids = sorted(chassis_ids)
        own = chassis(device)
        chassis_id = _written(ids[0]) if ids and (own is None or own in ids) else device.chassis_id
        made = replace(device, addresses=tuple(sorted({*device.addresses, *more})), chassis_id=chassis_id)
        if made == device:
            return None
        self.devices[device_id] = made
        return made

    def current(self, device_id: str) -> str:
        """The id that a device has now, by one that it had in this crawl."""
        return self.renamed.get(device_id, device_id)

    def shared_names(self) -> list[str]:
        """A sentence for each name that several devices have."""
        called: dict[str, list[str]] = {}
        for one, device in self.devices.items():
            called.setdefault(device.name.casefold(), []).append(one)
        found = []
        for ids in called.values():
            if len(ids) > 1:
                name = self.devices[ids[0]].name or "nothing"
                each = ", ".join(f"{id_} ({self.devices[id_].address})" for id_ in sorted(ids))
                found.append(f"{len(ids)} devices are called {name}: {each}; all of them are kept")
        return sorted(found)

    def _recalled(self, device: Device) -> Device | None:
        near = (*self._known_names.get(host_key(device.name), ()), *self._known_addresses.get(device.address, ()))
        fit = [old for old in near if old.id not in self.devices and was(old, device)]
        sure = [old for old in fit if same_device(old, device)]
        return next(iter(sure or fit), None)

    def _settled(self, mine: Device, other: Device, failed: Iterable[str]) -> Device:
        """One record of both. The address of the store stays where it is still one of the device's."""
        every = {*mine.addresses, *other.addresses} | telling_addresses(mine) | telling_addresses(other)
        old = self._known.get(mine.id)
        address = mine.address
        if old is not None and old.address in every and old.address not in set(failed):
            address = old.address
        return replace(mine, address=address, addresses=tuple(sorted(every - {address, ""})))

    def _fresh(self, device: Device) -> tuple[str, str | None]:
        """An id that nobody has, and the one that somebody else gave up for it."""
        base = file_id(device.name) or file_id(device.address) or "device"
        holder = self._holders.get(base.casefold())
        gave_up = holder if holder is not None and holder not in self._known else None
        if gave_up is not None:
            self._rename(gave_up)
        free = base.casefold() not in self._taken
        return (base if free else self._with_tail(base, device)), gave_up

    def _rename(self, holder: str) -> None:
        """Whoever was first has no better right to the bare name: another run may meet them the other way round."""
        device = self.devices.pop(holder)
        del self._holders[holder.casefold()]
        made = replace(device, id=self._with_tail(holder, device))
        ids = self._names[host_key(device.name)]
        ids[ids.index(holder)] = made.id
        self.devices[made.id] = made
        self._taken.add(made.id.casefold())
        self._holders[made.id.casefold()] = made.id
        self.renamed[holder] = made.id

    def _with_tail(self, base: str, device: Device) -> str:
        tails = (serial_number(device) and device.serial, chassis(device), device.address)
        for tail in tails:
            made = f"{base}-{file_id(tail)}" if tail else base
            if made.casefold() not in self._taken:
                return made
        number = 2
        while f"{made}-{number}".casefold() in self._taken:
            number += 1
        return f"{made}-{number}"


def _tidy(device: Device) -> Device:
    neighbors = tuple(replace(one, name=cleaned(one.name), port=cleaned(one.port)) for one in device.neighbors)
    chassis_id = _written(device.chassis_id) if device.chassis_id else None
    return replace(
        device, name=cleaned(device.name), serial=cleaned(device.serial), chassis_id=chassis_id, neighbors=neighbors
    )


def _written(chassis_id: str) -> str:
    """A MAC address as 02:00:00:00:00:01, whichever notation it is told in."""
    digits = mac_digits(chassis_id)
    return ":".join(digits[at : at + 2] for at in range(0, 12, 2)) if digits else cleaned(chassis_id)
