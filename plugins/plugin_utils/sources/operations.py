# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is to be written to a source of truth: neutral words, the same for NetBox and Nautobot."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .model import Truth

#: In this order things are made: what is named later refers to what is named earlier.
KINDS = (
    "tag", "location_type", "location", "manufacturer", "device_type", "platform", "software_version", "role",
    "device", "interface", "prefix", "address", "cable", "primary_address",
)  # fmt: skip
#: What the option ``create`` calls them.
CREATES = {
    "devices": ("device", "tag", "primary_address"),
    "interfaces": ("interface",),
    "addresses": ("address",),
    "cables": ("cable",),
    "prefixes": ("prefix",),
    "manufacturers": ("manufacturer",),
    "device_types": ("device_type",),
    "platforms": ("platform",),
    "software_versions": ("software_version",),
    "roles": ("role",),
    "locations": ("location", "location_type"),
}
#: Without locations and roles: a name with a typing error would make one.
CREATES_BY_DEFAULT = [name for name in CREATES if name not in ("roles", "locations")]
UPDATES = ["devices", "interfaces", "addresses", "cables"]

Ref = tuple[str, ...]  # how one thing names another: (device,), (device, interface), (manufacturer, model)


@dataclass(frozen=True, slots=True)
class Operation:
    """``action`` is create, update or delete; ``ref`` what it is, in words; ``key`` the source's id when there is one.

    ``fields`` has what is to be (of an update what changes), ``before`` the same fields as they are.
    """

    action: str
    kind: str
    ref: Ref
    fields: dict[str, Any] = field(default_factory=dict)
    before: dict[str, Any] = field(default_factory=dict)
    key: str | None = None

    @property
    def title(self) -> str:
        return f"{self.kind.replace('_', ' ')} {' '.join(self.ref)}"

    def as_dict(self) -> dict[str, Any]:
        """For the task's result."""
        return {
            "action": self.action,
            "kind": self.kind,
            "name": " ".join(self.ref),
            "fields": {name: _plain(value) for name, value in self.changed().items()},
            "before": {name: _plain(value) for name, value in self.before.items() if value != self.fields.get(name)},
        }

    def changed(self) -> dict[str, Any]:
        """Without those that are only named for another one's sake."""
        return {name: value for name, value in self.fields.items() if self.before.get(name, self) != value}


@dataclass(slots=True)
class Rules:
    """What may be written, and what new devices get that no device tells. ``prune`` names what may be deleted."""

    create: Sequence[str] = tuple(CREATES_BY_DEFAULT)
    update: Sequence[str] = tuple(UPDATES)
    prune: Sequence[str] = ()
    location: str = ""
    location_type: str = "Site"
    role: str = ""
    status: str = "active"
    tag: str = "holdfast"
    namespace: str = "Global"
    management_interface: str = ""
    version_field: str = ""

    def creates(self, kind: str) -> bool:
        return any(kind in CREATES[name] for name in self.create)


@dataclass(slots=True)
class Existing:
    """What is there: the truth, and by kind and reference (as ``slugs``) the keys of what it refers to.

    ``shared_addresses``: one address can belong to several interfaces. ``versions``: devices have software versions.
    ``prefixes`` are None where addresses need none. ``own`` has by kind the keys of what carries the tag, for pruning.
    """

    truth: Truth
    keys: dict[str, dict[Ref, str]]
    shared_addresses: bool
    versions: bool
    prefixes: list[str] | None = None
    own: dict[str, set[str]] = field(default_factory=dict)

    def has(self, kind: str, *ref: str) -> bool:
        return slugs(ref) in self.keys.get(kind, {})


@dataclass(slots=True)
class Plan:
    """In the order of their execution. ``skipped`` are sentences: what is not written, and why.

    ``devices`` and ``interfaces`` are the keys of those that exist, under the names that the operations use.
    """

    operations: list[Operation] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    devices: dict[Ref, str] = field(default_factory=dict)
    interfaces: dict[Ref, str] = field(default_factory=dict)

    def summary(self) -> dict[str, dict[str, int]]:
        """``{create: {device: 2}, ...}``"""
        found: dict[str, dict[str, int]] = {}
        for one in self.operations:
            counts = found.setdefault(one.action, {})
            counts[one.kind] = counts.get(one.kind, 0) + 1
        return found

    def diff(self) -> dict[str, str]:
        """Before and after, for Ansible's diff mode: a paragraph for each object."""
        before: list[str] = []
        after: list[str] = []
        for one in self.operations:
            changed = one.changed()
            names = changed or one.before
            shown = {name: value for name, value in one.before.items() if name in names and value is not None}
            if shown:
                before += [one.title, *_lines(shown), ""]
            if one.action != "delete":
                after += [one.title, *_lines(changed), ""]
        return {"before": "\n".join(before), "after": "\n".join(after)}


def _lines(fields: dict[str, Any]) -> list[str]:
    return [f"  {name}: {_shown(_plain(value))}" for name, value in fields.items()]


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(" ".join(one) if isinstance(one, list) else str(one) for one in value)
    return str(value)


def _plain(value: Any) -> Any:
    """Lists for tuples, as JSON has them."""
    return [_plain(one) for one in value] if isinstance(value, (list, tuple)) else value


def slug(text: str) -> str:
    """As both servers make one of a name: small letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9_]+", "-", text.strip().lower()).strip("-")


def slugs(ref: Sequence[str]) -> Ref:
    return tuple(slug(part) for part in ref)
