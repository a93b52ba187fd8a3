# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From what is there and what discovery found to the operations between them. Nothing is read or written here."""

from __future__ import annotations

from ..broker.errors import BadInput, UnknownPlatform
from ..discovery.ports import host_key
from ..discovery.records import Device, Found
from ..drift.compare import platform_family, same_model, same_version
from ..drivers.platforms import device_type
from .draft import Draft, Pair
from .model import SourceDevice
from .operations import KINDS, Existing, Operation, Plan, Rules, slug
from .pairs import find_pairs
from .plan_cables import plan_cables
from .plan_ports import plan_ports

UNKNOWN = "Unknown"


def make_plan(found: Found, existing: Existing, rules: Rules) -> Plan:
    """Raises BadInput for an option that new devices need, and MissingLibrary without netutils."""
    draft = Draft(found, existing, rules)
    draft.pairs = find_pairs(draft)
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
