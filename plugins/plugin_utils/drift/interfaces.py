# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Interfaces and their addresses, of devices that both sides know."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Interface, IPv6Interface, ip_interface

from ..discovery.links import Ports
from ..discovery.ports import canonical_port, mac_digits
from ..discovery.records import Device, Interface
from ..sources.model import SourceInterface
from .making import Making
from .match import Unit
from .model import Difference

#: ports that every device of their kind has and nobody writes down
_BUILT_IN = ("lo", "null0")


def compare_interfaces(
    making: Making, paired: Sequence[Unit], interfaces: Iterable[SourceInterface], unset: bool
) -> Iterator[Difference]:
    """Only devices whose interfaces both sides know are compared; the same for addresses."""
    of_device: dict[str, list[SourceInterface]] = defaultdict(list)
    for one in interfaces:
        of_device[one.device].append(one)
    for unit in paired:
        told = [one for member in unit.all for one in of_device[member.key]]
        if unit.found is not None and unit.found.interfaces and told:
            yield from _unit(making, unit, unit.found, told, unset)


def _unit(
    making: Making, unit: Unit, device: Device, told: Sequence[SourceInterface], unset: bool
) -> Iterator[Difference]:
    ports = Ports(device)
    seen = {canonical_port(one.name): one for one in device.interfaces}
    addressed = any(one.addresses for one in told), any(one.addresses for one in device.interfaces)
    met = set()
    for source in told:
        name = ports.known(source.name) or canonical_port(source.name)
        met.add(name)
        interface = seen.get(name)
        if interface is None:
            yield making.of_unit("interface_missing", unit, source.name, None, interface=name)
            continue
        for field, one, other in _fields(source, interface, unset):
            yield making.of_unit("interface", unit, one, other, interface=name, field=field)
        one, other = _addresses(source.addresses), _addresses(interface.addresses)
        if all(addressed) and one != other:
            yield making.of_unit("interface_address", unit, one, other, interface=name)
    for name in seen.keys() - met:
        if name.lower() not in _BUILT_IN:
            addresses = _addresses(seen[name].addresses)
            words = f"{name} with {', '.join(addresses)}" if addresses else name
            yield making.of_unit("interface_extra", unit, None, words, interface=name)


def _fields(source: SourceInterface, seen: Interface, unset: bool) -> Iterator[tuple[str, object, object]]:
    if seen.enabled is not None and source.enabled != seen.enabled:
        yield "enabled", source.enabled, seen.enabled
    if source.description.strip() != seen.description.strip() and (source.description.strip() or unset):
        yield "description", source.description or None, seen.description or None
    if source.mtu is not None and seen.mtu is not None and source.mtu != seen.mtu:
        yield "mtu", source.mtu, seen.mtu
    if source.mac and seen.mac and mac_digits(source.mac) != mac_digits(seen.mac):
        yield "mac", source.mac, seen.mac


def _addresses(given: Iterable[str]) -> list[str]:
    """In one notation, without those that a port gives itself."""
    found = {one for one in map(_parsed, given) if one is not None}
    kept = [one for one in found if not (one.ip.is_link_local or one.ip.is_loopback)]
    return [str(one) for one in sorted(kept, key=lambda one: (one.version, int(one.ip), one.network.prefixlen))]


def _parsed(text: str) -> IPv4Interface | IPv6Interface | None:
    """None for what is no address (``unassigned``): nothing can be compared with it."""
    try:
        return ip_interface(text)
    except ValueError:
        return None
