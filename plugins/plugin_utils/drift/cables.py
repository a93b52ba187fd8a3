# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Cables between devices that both sides know."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from ..discovery.links import Ports
from ..discovery.records import End, Link
from ..sources.model import SourceCable
from .making import Making
from .match import Unit
from .model import Difference

#: a port: the number of its unit, and its name in the network's spelling
Port = tuple[int, str]
Cable = tuple[Port, Port]


def compare_cables(
    making: Making, known: Sequence[Unit], paired: Sequence[Unit], told: Iterable[SourceCable], seen: Iterable[Link]
) -> Iterator[Difference]:
    """A cable that shares one end with another of the other side is one difference, not two."""
    view = _View(known, paired)
    truth = {cable for one in told if (cable := view.told(one)) is not None}
    found, strangers = view.seen(seen)
    absent = sorted(cable for cable in truth - found if view.can_tell(cable))
    extra = found - truth
    at: dict[Port, list[Cable]] = defaultdict(list)
    for cable in sorted(extra):
        for port in cable:
            at[port].append(cable)
    for cable in absent:
        moved = next(((port, one) for port in cable for one in at[port] if one in extra), None)
        if moved is not None:
            shared, other = moved
            extra.remove(other)
            yield view.difference(making, "cable", shared, _far(cable, shared), _far(other, shared))
            continue
        stranger = strangers.get(cable[0]) or strangers.get(cable[1])
        yield view.difference(making, "cable_missing", cable[0], cable[1], None, stranger)
    for cable in sorted(extra):
        yield view.difference(making, "cable_extra", cable[0], None, cable[1])


def _far(cable: Cable, near: Port) -> Port:
    return cable[1] if cable[0] == near else cable[0]


class _View:
    """Both sides' ports as the same values."""

    def __init__(self, known: Sequence[Unit], paired: Sequence[Unit]) -> None:
        self.paired = paired
        numbers = {id(unit): number for number, unit in enumerate(paired)}
        self.of_name: dict[str, list[int | None]] = defaultdict(list)
        for unit in known:
            for member in unit.all:
                # two devices of one name: a cable that names it leads to nobody knows which
                self.of_name[member.name].append(numbers.get(id(unit)))
        self.of_device = {unit.found.id: number for number, unit in enumerate(paired) if unit.found}
        self.ports = [Ports(unit.found) if unit.found else None for unit in paired]

    def told(self, cable: SourceCable) -> Cable | None:
        """A cable of the source of truth; None when one of its devices is not known to both sides."""
        ends = []
        for name, interface in (cable.a, cable.b):
            numbers = self.of_name.get(name, [])
            number = numbers[0] if len(numbers) == 1 else None
            ports = self.ports[number] if number is not None else None
            if number is None or ports is None:
                return None
            ends.append((number, ports.name(interface)))
        one, other = sorted(ends)
        return one, other

    def seen(self, links: Iterable[Link]) -> tuple[set[Cable], dict[Port, str]]:
        """Cables between known devices; and what else is in a port of one, in words."""
        cables: set[Cable] = set()
        strangers: dict[Port, str] = {}
        for link in links:
            a, b = self._port(link.a), self._port(link.b)
            if a is not None and b is not None:
                one, other = sorted((a, b))
                cables.add((one, other))
            for near, far in ((a, link.b), (b, link.a)):
                if near is not None and self._port(far) is None:
                    strangers[near] = " ".join(filter(None, (far.name, far.interface)))
        return cables, strangers

    def _port(self, end: End) -> Port | None:
        number = self.of_device.get(end.device or "")
        return None if number is None else (number, end.interface)

    def can_tell(self, cable: Cable) -> bool:
        """Whether one of the two devices tells of neighbours at all."""
        devices = [self.paired[number].found for number, _name in cable]
        return any(device is not None and device.neighbors for device in devices)

    def difference(
        self, making: Making, kind: str, near: Port, truth: Port | None, found: Port | None, stranger: str | None = None
    ) -> Difference:
        seen = self._words(found) if found else stranger
        unit = self.paired[near[0]]
        return making.of_unit(kind, unit, self._words(truth) if truth else None, seen, interface=near[1])

    def _words(self, port: Port) -> str:
        return f"{self.paired[port[0]].device.name} {port[1]}".strip()
