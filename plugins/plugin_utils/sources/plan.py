# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From what is there and what discovery found to the operations between them. Nothing is read or written here."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from ..broker.errors import BadInput, UnknownPlatform
from ..discovery.ports import host_key, is_named
from ..discovery.records import Device, Found
from ..drift.compare import platform_family, same_model, same_version
from ..drift.match import Unit, match, serial_key, units
from ..drivers.platforms import device_type
from .model import SourceDevice
from .operations import KINDS, Existing, Operation, Plan, Ref, Rules, slug

UNKNOWN = "Unknown"


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
        self.existing.keys.setdefault(kind, {})[tuple(slug(part) for part in ref)] = ""
        self.add("create", kind, ref, **fields)
        return True


def make_plan(found: Found, existing: Existing, rules: Rules) -> Plan:
    """Raises BadInput for an option that new devices need, and MissingLibrary without netutils."""
    from .plan_cables import plan_cables
    from .plan_ports import plan_ports

    draft = Draft(found, existing, rules)
    draft.pairs = _pairs(draft)
    for pair in draft.pairs:
        _device(draft, pair)
    draft.pairs = [pair for pair in draft.pairs if pair.source is not None or rules.creates("device")]
    plan_ports(draft)
    plan_cables(draft)
    if "devices" in rules.prune:
        _vanished(draft)
    if any(one.action == "create" and one.kind in TAGGED for one in draft.plan.operations) and rules.tag:
        draft.need("tag", rules.tag, name=rules.tag)
    draft.plan.operations.sort(key=_order)
    return draft.plan


#: What carries the tag when it is made here.
TAGGED = ("device", "interface", "address", "cable")


def _order(one: Operation) -> tuple[int, int, int]:
    """As in KINDS; a cable makes way before another is laid, what else is deleted comes last, the inner first."""
    place = KINDS.index(one.kind)
    if one.action != "delete" or one.kind == "cable":
        return 0, place, 0 if one.action == "delete" else 1
    return 1, -place, 0


# -- which device is which -----------------------------------------------------------------------


def _pairs(draft: Draft) -> list[Pair]:
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


# -- devices -----------------------------------------------------------------------------------


def _device(draft: Draft, pair: Pair) -> None:
    if pair.source is None:
        if draft.rules.creates("device"):
            _new_device(draft, pair)
        else:
            draft.skip(f"{pair.name} is not in the source: create does not include devices")
        return
    draft.plan.devices[(pair.name,)] = pair.source.key
    changes = _changes(draft, pair, pair.source)
    if changes and "devices" in draft.rules.update:
        draft.add("update", "device", (pair.name,), pair.source.key, **changes)
    elif changes:
        draft.skip(f"{pair.name} differs ({', '.join(changes)}): update does not include devices")


def _new_device(draft: Draft, pair: Pair) -> None:
    device, rules = pair.device, draft.rules
    role = device.role or rules.role
    _place(draft, pair.name)
    if not role:
        raise BadInput(f"role: is needed to create {pair.name}; name a role for new devices", option="role")
    if not draft.need("role", role, name=role):
        raise BadInput(
            f"role: the source has no role '{role}' ({pair.name}); make it, or add roles to the option create",
            option="role",
            value=role,
        )
    vendor, model = device.vendor or UNKNOWN, device.model or UNKNOWN
    fields: dict[str, object] = {
        "name": pair.name, "role": role, "location": rules.location, "status": rules.status,
        "vendor": vendor, "model": model, "serial": device.serial,
    }  # fmt: skip
    if not _type(draft, pair.name, vendor, model):
        draft.skip(f"{pair.name} cannot be made without its device type {vendor} {model}")
        return
    platform = _platform(draft, pair.name, device)
    if platform:
        fields["platform"] = platform
        fields.update(_version(draft, pair.name, device, platform))
    draft.add("create", "device", (pair.name,), **fields)


def _place(draft: Draft, name: str) -> None:
    rules = draft.rules
    if not rules.location:
        raise BadInput(f"location: is needed to create {name}; name the place of new devices", option="location")
    if not draft.existing.has("location", rules.location) and rules.creates("location"):
        draft.need("location_type", rules.location_type, name=rules.location_type)
    if not draft.need("location", rules.location, name=rules.location, type=rules.location_type):
        raise BadInput(
            f"location: the source has no '{rules.location}'; make it, or add locations to the option create",
            option="location",
            value=rules.location,
        )


def _type(draft: Draft, name: str, vendor: str, model: str) -> bool:
    if draft.existing.has("device_type", vendor, model):
        return True
    if not draft.need("manufacturer", vendor, name=vendor):
        draft.skip(f"{name}: the source has no manufacturer {vendor}, and create does not include manufacturers")
        return False
    if not draft.need("device_type", vendor, model, vendor=vendor, model=model):
        draft.skip(f"{name}: the source has no device type {vendor} {model}, and create does not include device_types")
        return False
    return True


def _platform(draft: Draft, name: str, device: Device) -> str:
    """The source's word for the device's platform, or the one that will be made; empty when there is none."""
    if device.platform in ("", "unknown"):
        return ""
    wanted = _canonical(device.platform)
    for known, *_rest in draft.existing.keys.get("platform", {}):
        if _canonical(known) == wanted:
            return known
    if draft.need("platform", device.platform, name=device.platform, driver=wanted):
        return device.platform
    draft.skip(f"{name}: the source has no platform {device.platform}, and create does not include platforms")
    return ""


def _version(draft: Draft, name: str, device: Device, platform: str) -> dict[str, object]:
    """The field that takes the version, where there is one."""
    if not device.version or not (draft.existing.versions or draft.rules.version_field):
        return {}
    if draft.existing.versions and not draft.need(
        "software_version", platform, device.version, platform=platform, version=device.version
    ):
        draft.skip(
            f"{name}: the source has no version {device.version} of {platform}, and create does not include "
            "software_versions"
        )
        return {}
    return {"version": device.version}


def _changes(draft: Draft, pair: Pair, source: SourceDevice) -> dict[str, tuple[object, object]]:
    """What differs and is known. A model follows the serial number only: people spell models in their own way."""
    device = pair.device
    changes: dict[str, tuple[object, object]] = {}
    if pair.name != source.name:
        changes["name"] = (source.name, pair.name)
    other_box = bool(device.serial) and device.serial.lower() != source.serial.lower()
    if other_box:
        changes["serial"] = (source.serial, device.serial)
    unknown = slug(source.model) in ("", slug(UNKNOWN))
    if (
        device.model
        and not same_model(source.model, device.model, device.vendor)
        and (unknown or (other_box and source.serial))
    ):
        vendor = device.vendor or source.vendor or UNKNOWN
        if "devices" not in draft.rules.update or _type(draft, pair.name, vendor, device.model):
            changes["vendor"], changes["model"] = (source.vendor, vendor), (source.model, device.model)
    platform = source.platform
    if device.platform not in ("", "unknown") and platform_family(platform) != platform_family(device.platform):
        platform = _platform(draft, pair.name, device) or platform
        if platform != source.platform:
            changes["platform"] = (source.platform, platform)
    if platform and device.version and not same_version(_known_version(draft.rules, source), device.version):
        for name, value in _version(draft, pair.name, device, platform).items():
            changes[name] = (_known_version(draft.rules, source), value)
            changes["platform"] = (source.platform, platform)
    return changes


def _known_version(rules: Rules, source: SourceDevice) -> str:
    return str(source.custom_fields.get(rules.version_field) or "") if rules.version_field else source.version


def _canonical(platform: str) -> str:
    try:
        return device_type(platform.replace("-", "_"))
    except UnknownPlatform:
        return slug(platform)


def _vanished(draft: Draft) -> None:
    """Devices that carry the tag and were not found; those that could not be read just now stay."""
    met = {source.key for pair in draft.pairs for source in pair.sources}
    unread = {word for one in draft.found.failures for word in (host_key(one.name), one.address) if word}
    for source in draft.existing.truth.devices:
        if source.key in met or source.key not in draft.existing.own.get("device", set()):
            continue
        words = {host_key(source.name), source.primary_ip4 or "", source.primary_ip6 or ""}
        if words & unread:
            draft.skip(f"{source.name} was not read this time: it is not pruned")
        else:
            draft.add("delete", "device", (source.name,), source.key, serial=source.serial)
