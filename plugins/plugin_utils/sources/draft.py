# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A plan in the making, and the pairs of devices that it is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ..discovery.records import Device, Found
from .model import SourceDevice
from .operations import Existing, Operation, Plan, Ref, Rules, slugs


@dataclass(slots=True)
class Pair:
    """A discovered device and the source's own, None for a new one. ``name`` is the one that it will have.

    ``members`` are the others of its virtual chassis.
    """

    device: Device
    source: SourceDevice | None
    name: str
    members: Sequence[SourceDevice] = ()

    @property
    def sources(self) -> list[SourceDevice]:
        return [self.source, *self.members] if self.source else []


@dataclass(slots=True)
class Draft:
    """A plan in the making."""

    found: Found
    existing: Existing
    rules: Rules
    plan: Plan = field(default_factory=Plan)
    pairs: list[Pair] = field(default_factory=list)
    _told: set[str] = field(default_factory=set)

    def add(self, action: str, kind: str, ref: Ref, key: str | None = None, /, **changes: object) -> None:
        """A change is a value, or a pair (before, after) of an update."""
        if action == "update":
            after = {name: pair[1] for name, pair in changes.items() if isinstance(pair, tuple)}
            before = {name: pair[0] for name, pair in changes.items() if isinstance(pair, tuple)}
            self.plan.operations.append(Operation(action, kind, ref, after, before, key))
        elif action == "delete":
            self.plan.operations.append(Operation(action, kind, ref, {}, dict(changes), key))
        else:
            self.plan.operations.append(Operation(action, kind, ref, dict(changes), {}, key))

    def skip(self, sentence: str) -> None:
        if sentence not in self._told:
            self._told.add(sentence)
            self.plan.skipped.append(sentence)

    def need(self, kind: str, *ref: str, **fields: object) -> bool:
        """Whether this is there, or will be: then its creation is in the plan once."""
        if self.existing.has(kind, *ref):
            return True
        if not self.rules.creates(kind):
            return False
        self.existing.keys.setdefault(kind, {})[slugs(ref)] = ""
        self.add("create", kind, ref, **fields)
        return True
