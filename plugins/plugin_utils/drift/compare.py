# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Source of truth against network. Nothing is asked here: both sides are given."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from ..broker.errors import UnknownPlatform
from ..discovery.links import links, own_addresses
from ..discovery.ports import host_key, is_named
from ..discovery.records import Device, End, Failure, Found, Link
from ..drivers.platforms import device_type
from ..sources.model import Truth
from .cables import compare_cables
from .interfaces import compare_interfaces
from .making import Making
from .match import Unit, match, serial_key, units
from .model import Difference, Options

#: platforms that are one and the same to whoever looks after them
_FAMILIES = {"cisco_xe": "cisco_ios"}


def compare(truth: Truth, found: Found, options: Options | None = None) -> list[Difference]:
    """Every difference that the options want, in order of device, kind and interface.

    Devices of an ignored status are neither missed nor extra, and not compared. A virtual chassis is one device.
    What a side does not know is no difference (but see ``Options.unset``). Raises MissingLibrary without netutils.
    """
    options = options or Options()
    known = units(truth.devices)
    strangers = match(known, found.devices)
    wanted = [unit for unit in known if unit.device.status not in options.ignore_statuses]
    paired = [unit for unit in wanted if unit.found is not None]
    cables = links(found.devices)
    making = Making(options)
    differences = [
        *_absent(making, wanted, found.failures, cables),
        *(making.of_device("extra", one, _where(one)) for one in strangers),
        *(one for unit in paired for one in _device(making, unit, options)),
        *compare_interfaces(making, paired, truth.interfaces, options.unset),
        *compare_cables(making, known, paired, truth.cables, cables),
    ]
    return options.kept(differences)


# -- devices that are on one side only -----------------------------------------------------------


def _absent(
    making: Making, wanted: Sequence[Unit], failures: Sequence[Failure], cables: Sequence[Link]
) -> Iterator[Difference]:
    heard = {host_key(far.name): near for near, far in _hearsay(cables)}
    refused = _Failures(failures)
    for unit in wanted:
        if unit.found is not None:
            continue
        failure = refused.about(unit)
        places = ", ".join(unit.addresses) or "no address"
        near = next((heard[host_key(name)] for name in sorted(unit.names) if host_key(name) in heard), None)
        if failure is not None:
            why = f"{failure.address or 'no address'}: {failure.reason}"
            yield making.of_unit("unreached", unit, places, why, f"was not reached ({failure.code}), {why}")
        elif near is not None:
            words = f"seen by {near.name} at {near.interface}, but not read"
            yield making.of_unit("unreached", unit, places, words, words)
        else:
            yield making.of_unit("missing", unit, places, None, f"was not found ({places})")


def _hearsay(cables: Iterable[Link]) -> Iterator[tuple[End, End]]:
    """(who tells, of whom) for neighbours that were not visited."""
    for link in cables:
        for near, far in ((link.a, link.b), (link.b, link.a)):
            if far.device is None and far.name:
                yield near, far


class _Failures:
    """What could not be read, by where and what it was."""

    def __init__(self, failures: Sequence[Failure]) -> None:
        self._by_address = {one.address: one for one in failures if one.address}
        self._by_name = {host_key(one.name): one for one in failures if one.name}

    def about(self, unit: Unit) -> Failure | None:
        for address in unit.addresses:
            if address in self._by_address:
                return self._by_address[address]
        for name in sorted(unit.names):
            failure = self._by_name.get(host_key(name))
            if failure is not None and is_named(failure.name, name):
                return failure
        return None


def _where(device: Device) -> str:
    facts = " ".join(filter(None, (device.vendor, device.model, device.serial)))
    return f"{device.address}{f' ({facts})' if facts else ''}"


# -- what a device is ----------------------------------------------------------------------------


def _device(making: Making, unit: Unit, options: Options) -> Iterator[Difference]:
    source, device = unit.device, unit.found
    if device is None:
        return
    if device.name and not any(is_named(one.name, device.name) for one in unit.all if one.name):
        yield making.of_unit("name", unit, source.name, device.name)
    yield from _hardware(making, unit, device, options.unset)
    version = str(source.custom_fields.get(options.version_field) or "") if options.version_field else source.version
    facts = [
        ("model", source.model, device.model, same_model(source.model, device.model, source.vendor)),
        ("platform", source.platform, device.platform, _same_family(source.platform, device.platform)),
        ("version", version, device.version, same_version(version, device.version)),
    ]
    for kind, told, seen, same in facts:
        if seen in ("", "unknown") or same or not (told or options.unset):
            continue
        yield making.of_unit(kind, unit, told or None, seen)
    own = own_addresses(device)
    for address in filter(None, (source.primary_ip4, source.primary_ip6)):
        # of a family that was not read nothing can be said
        if address not in own and any((":" in one) == (":" in address) for one in own):
            yield making.of_unit("address", unit, address, device.address)


def _hardware(making: Making, unit: Unit, device: Device, unset: bool) -> Iterator[Difference]:
    if not device.serial or serial_key(device.serial) in unit.serials:
        return
    if unit.serials:
        kind = "replaced" if unit.by == "name" else "serial"
        yield making.of_unit(kind, unit, ", ".join(sorted(unit.serials)), device.serial)
    elif unset:
        yield making.of_unit("serial", unit, None, device.serial)


def same_model(told: str, seen: str, vendor: str) -> bool:
    """Without regard to case, blanks and the maker's name in front."""

    def plain(text: str) -> str:
        return re.sub(r"[^a-z0-9]", "", text.lower()).removeprefix(re.sub(r"[^a-z0-9]", "", vendor.lower()))

    return plain(told) == plain(seen)


@lru_cache(maxsize=1024)
def platform_family(platform: str) -> str:
    word = re.sub(r"[\s-]+", "_", platform.strip().lower())
    try:
        name = device_type(word)
    except UnknownPlatform:
        name = word
    return _FAMILIES.get(name, name)


def _same_family(told: str, seen: str) -> bool:
    return platform_family(told) == platform_family(seen)


def same_version(told: str, seen: str) -> bool:
    """Equal, or one is in the other as a whole word: devices say more of their software than people write down."""
    short, long = sorted((told.strip().lower(), seen.strip().lower()), key=len)
    return bool(short) and re.search(rf"(?<![\w.(]){re.escape(short)}(?![\w.(])", long) is not None
