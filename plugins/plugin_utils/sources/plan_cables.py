# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The part of a plan that is about cables."""

from __future__ import annotations

from collections import Counter, defaultdict

from ..discovery.links import links
from ..discovery.ports import canonical_port
from ..discovery.records import End
from .draft import Draft
from .model import SourceCable
from .operations import Ref
from .plan_ports import kind_of

Pair = tuple[Ref, Ref]


def plan_cables(draft: Draft) -> None:
    """Cables between discovered devices. One whose port is seen to lead elsewhere makes way: a port has one cable."""
    _Cables(draft).plan()


class _Cables:
    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.names = {pair.device.id: pair.name for pair in draft.pairs}
        renamed = {source.name: pair.name for pair in draft.pairs for source in pair.sources}
        truth = draft.existing.truth
        self.cables = [
            (one, tuple(sorted((renamed.get(end[0], end[0]), _port(end[1])) for end in (one.a, one.b))))
            for one in truth.cables
        ]
        self.at: dict[Ref, list[SourceCable]] = defaultdict(list)
        for cable, ends in self.cables:
            for end in ends:
                self.at[end].append(cable)
        names = Counter(one.name for one in truth.devices)
        #: cables are told by the names of devices: of two with one name nobody knows whose they are
        self.unclear = {renamed.get(name, name) for name, count in names.items() if count > 1}
        self.refs: dict[Ref, Ref] = {(ref[0], _port(ref[1])): ref for ref in draft.plan.interfaces}
        devices = {one.key: renamed.get(one.name, one.name) for one in truth.devices}
        self.taken: dict[Ref, str] = {
            (devices.get(one.device, ""), _port(one.name)): one.cable for one in truth.interfaces if one.cable
        }
        self.gone: set[str] = set()

    def plan(self) -> None:
        wanted = self._wanted()
        there = {pair for _cable, pair in self.cables}
        for pair in sorted(wanted - there):
            self._lay(pair)
        if "cables" in self.draft.rules.prune:
            self._prune(wanted)

    def _wanted(self) -> set[Pair]:
        """By canonical names of ports; without those that more than one cable would need."""
        found: list[Pair] = []
        for link in links([pair.device for pair in self.draft.pairs]):
            a, b = self._end(link.a), self._end(link.b)
            if a and b:
                found.append((a, b) if a < b else (b, a))
        uses = Counter(end for pair in found for end in set(pair))
        crowded = {end for end, count in uses.items() if count > 1}
        for device, _interface in sorted(crowded):
            self.draft.skip(
                f"{device} {self.refs[device, _interface][1]} has several neighbours: which of them the cable leads to "
                "cannot be told"
            )
        return {pair for pair in found if not crowded & set(pair)}

    def _end(self, end: End) -> Ref | None:
        """A port that there is (or will be) and that a cable can end in."""
        name = self.names.get(end.device or "")
        if name is None:
            return None
        ref = (name, _port(end.interface))
        if name in self.unclear:
            self.draft.skip(f"the source has several devices called {name}: its cables are left out")
            return None
        if ref not in self.refs:
            self.draft.skip(f"{name} has no interface {end.interface} in the source: its cable is left out")
            return None
        return None if kind_of(end.interface) != "other" else ref

    def _lay(self, pair: Pair) -> None:
        a, b = (self.refs[end] for end in pair)
        title = f"the cable {' '.join(a)} - {' '.join(b)}"
        in_the_way = [cable for end in pair for cable in self.at.get(end, ()) if cable.key not in self.gone]
        loose = [end for end in pair if self.taken.get(end) and not self.at.get(end)]
        if loose or not all(cable.key for cable in in_the_way):
            self.draft.skip(f"{title} is not in the source, where a port of it leads into a panel or to an open end")
            return
        if in_the_way and "cables" not in self.draft.rules.update:
            self.draft.skip(f"{title} leads elsewhere in the source: update does not include cables")
            return
        if not self.draft.rules.creates("cable"):
            self.draft.skip(f"{title} is not in the source: create does not include cables")
            return
        for cable in in_the_way:
            self._remove(cable)
        self.draft.add("create", "cable", (*a, *b), a=a, b=b)

    def _remove(self, cable: SourceCable) -> None:
        self.gone.add(cable.key)
        self.draft.add("delete", "cable", (*cable.a, *cable.b), cable.key, a=cable.a, b=cable.b)

    def _prune(self, wanted: set[Pair]) -> None:
        met = set(self.names.values()) - self.unclear
        own = self.draft.existing.own.get("cable", set()) - self.gone
        for cable, pair in self.cables:
            if cable.key in own and pair not in wanted and {end[0] for end in pair} <= met:
                self._remove(cable)


def _port(name: str) -> str:
    return canonical_port(name).lower()
