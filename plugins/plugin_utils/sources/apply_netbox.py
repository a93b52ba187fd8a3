# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Writing to NetBox, 3.7 and later."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from .apply import Keys, Target, tagged_keys
from .operations import Existing, Operation, Ref, Rules, slug, slugs
from .rest import Rest
from .truth import read_truth

TARGETS = {
    "tag": Target("extras/tags/", "extras.tag"),
    "location": Target("dcim/sites/", "dcim.site"),
    "manufacturer": Target("dcim/manufacturers/", "dcim.manufacturer"),
    "device_type": Target("dcim/device-types/", "dcim.devicetype"),
    "platform": Target("dcim/platforms/", "dcim.platform"),
    "role": Target("dcim/device-roles/", "dcim.devicerole"),
    "device": Target("dcim/devices/", "dcim.device"),
    "interface": Target("dcim/interfaces/", "dcim.interface"),
    "address": Target("ipam/ip-addresses/", "ipam.ipaddress"),
    "cable": Target("dcim/cables/", "dcim.cable"),
    "primary_address": Target("dcim/devices/", "dcim.device"),
}
TAGGED = ("device", "interface", "cable", "address")
#: Since this version a MAC address is an object of its own, and an interface's is the one that it prefers.
MAC_OBJECTS = (4, 2)
MAC_ADDRESSES = "dcim/mac-addresses/"

Row = Mapping[str, Any]


class NetBoxBackend:
    """A location is a site. A software version goes into the custom field that ``Rules.version_field`` names."""

    targets = TARGETS

    def __init__(self, rest: Rest, rules: Rules) -> None:
        self.rest = rest
        self.rules = rules
        self._mac_objects = False

    # -- reading -------------------------------------------------------------------------------

    def existing(self, rules: Rules, filters: Mapping[str, Any] | None) -> Existing:
        version = re.findall(r"\d+", str(self.rest.get("status/").get("netbox-version", "")))
        self._mac_objects = tuple(map(int, version[:2])) >= MAC_OBJECTS
        truth = read_truth("netbox", self.rest, filters)
        kinds = ("location", "manufacturer", "device_type", "platform", "role")
        calls = [partial(self.rest.all, TARGETS[kind].path, {"ordering": "id"}) for kind in kinds]
        calls.append(partial(self.rest.all, TARGETS["tag"].path, {"slug": slug(rules.tag)}))
        lists = dict(zip((*kinds, "tag"), self.rest.parallel(calls), strict=True))
        keys = {kind: _by_words(rows) for kind, rows in lists.items() if kind != "device_type"}
        keys["device_type"] = {
            slugs((maker, str(row["model"]))): str(row["id"])
            for row in lists["device_type"]
            for maker in (row["manufacturer"]["slug"], row["manufacturer"]["name"])
        }
        keys["location_type"] = {slugs((rules.location_type,)): ""}  # a site is a site
        own = tagged_keys(self, rules, {"tag": slug(rules.tag)}, lists["tag"])
        return Existing(truth, keys, shared_addresses=False, versions=False, own=own)

    # -- writing -------------------------------------------------------------------------------

    def body(self, operation: Operation, keys: Keys) -> dict[str, Any]:
        make = getattr(self, f"_{operation.kind}")
        made: dict[str, Any] = make(operation.fields, keys)
        if operation.action == "create" and operation.kind in TAGGED and self.rules.tag:
            made["tags"] = [{"slug": slug(self.rules.tag)}]
        return made

    def after(self, action: str, kind: str, operations: Sequence[Operation], keys: Keys) -> None:
        """Make MAC addresses, then let the interfaces prefer them."""
        given = [one for one in operations if one.fields.get("mac")]
        if kind != "interface" or action == "delete" or not given or not self._mac_objects:
            return
        interfaces = [one.key or keys.of("interface", *one.ref) for one in given]
        rows = [
            {
                "mac_address": one.fields["mac"],
                "assigned_object_type": "dcim.interface",
                "assigned_object_id": _number(interface),
            }
            for one, interface in zip(given, interfaces, strict=True)
        ]
        made = self.rest.send("POST", MAC_ADDRESSES, rows)
        chosen = [
            {"id": _number(interface), "primary_mac_address": row["id"]}
            for interface, row in zip(interfaces, made, strict=True)
        ]
        self.rest.send("PATCH", TARGETS["interface"].path, chosen)

    # -- bodies --------------------------------------------------------------------------------

    def _tag(self, fields: Row, _keys: Keys) -> dict[str, Any]:
        return _named(fields["name"])

    def _location(self, fields: Row, _keys: Keys) -> dict[str, Any]:
        return {**_named(fields["name"]), "status": "active"}

    def _manufacturer(self, fields: Row, _keys: Keys) -> dict[str, Any]:
        return _named(fields["name"])

    def _device_type(self, fields: Row, keys: Keys) -> dict[str, Any]:
        model = str(fields["model"])
        return {"manufacturer": _number(keys.of("manufacturer", fields["vendor"])), "model": model, "slug": slug(model)}

    def _platform(self, fields: Row, _keys: Keys) -> dict[str, Any]:
        return _named(fields["name"])

    def _role(self, fields: Row, _keys: Keys) -> dict[str, Any]:
        return _named(fields["name"])

    def _device(self, fields: Row, keys: Keys) -> dict[str, Any]:
        made = {name: fields[name] for name in ("name", "serial") if name in fields}
        if "model" in fields:
            made["device_type"] = _number(keys.of("device_type", fields["vendor"], fields["model"]))
        for name, their in (("role", "role"), ("location", "site"), ("platform", "platform")):
            if name in fields:
                made[their] = _number(keys.of(name, fields[name]))
        if "status" in fields:
            made["status"] = slug(fields["status"])
        if "version" in fields:
            made["custom_fields"] = {self.rules.version_field: fields["version"]}
        return made

    def _interface(self, fields: Row, keys: Keys) -> dict[str, Any]:
        made = {name: fields[name] for name in ("name", "type", "enabled", "description", "mtu") if name in fields}
        if "mac" in fields and not self._mac_objects:
            made["mac_address"] = fields["mac"]
        if "device" in fields:
            made["device"] = _number(keys.of("device", fields["device"]))
        return made

    def _address(self, fields: Row, keys: Keys) -> dict[str, Any]:
        made: dict[str, Any] = {"address": fields["address"]} if "address" in fields else {}
        if fields.get("interfaces"):
            made["assigned_object_type"] = "dcim.interface"
            made["assigned_object_id"] = _number(keys.of("interface", *fields["interfaces"][0]))
        return made

    def _cable(self, fields: Row, keys: Keys) -> dict[str, Any]:
        ends = {
            f"{end}_terminations": [
                {"object_type": "dcim.interface", "object_id": _number(keys.of("interface", *fields[end]))}
            ]
            for end in ("a", "b")
        }
        return {**ends, "status": "connected"}

    def _primary_address(self, fields: Row, keys: Keys) -> dict[str, Any]:
        return {name: _number(keys.of("address", address)) for name, address in fields.items()}


def _named(name: str) -> dict[str, Any]:
    return {"name": name, "slug": slug(name)}


def _number(key: str) -> int:
    """NetBox's ids are numbers."""
    return int(key)


def _by_words(rows: Sequence[Row]) -> dict[Ref, str]:
    """By slug and by name."""
    return {slugs((str(word),)): str(row["id"]) for row in rows for word in (row["name"], row["slug"])}
