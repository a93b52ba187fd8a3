# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Writing to Nautobot 2 and 3."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from ..broker.errors import BadInput
from .apply import BATCH, Keys, Target, tagged_keys
from .operations import Existing, Operation, Ref, Rules, slugs
from .rest import Rest
from .truth import ASSIGNMENTS, id_of, read_truth

TARGETS = {
    "tag": Target("extras/tags/", "extras.tag"),
    "location_type": Target("dcim/location-types/", "dcim.locationtype"),
    "location": Target("dcim/locations/", "dcim.location"),
    "manufacturer": Target("dcim/manufacturers/", "dcim.manufacturer"),
    "device_type": Target("dcim/device-types/", "dcim.devicetype"),
    "platform": Target("dcim/platforms/", "dcim.platform"),
    "software_version": Target("dcim/software-versions/", "dcim.softwareversion"),
    "role": Target("extras/roles/", "extras.role"),
    "device": Target("dcim/devices/", "dcim.device"),
    "interface": Target("dcim/interfaces/", "dcim.interface"),
    "prefix": Target("ipam/prefixes/", "ipam.prefix"),
    "address": Target("ipam/ip-addresses/", "ipam.ipaddress"),
    "cable": Target("dcim/cables/", "dcim.cable"),
    "primary_address": Target("dcim/devices/", "dcim.device"),
}
TAGGED = {"device": "dcim.device", "interface": "dcim.interface", "cable": "dcim.cable", "address": "ipam.ipaddress"}
DEVICE = {"content_types": "dcim.device"}

Row = Mapping[str, Any]


class NautobotBackend:
    """Status words are Nautobot's own: Active, and Connected for cables."""

    targets = TARGETS

    def __init__(self, rest: Rest, rules: Rules) -> None:
        self.rest = rest
        self.rules = rules
        self._status = rules.status

    # -- reading -------------------------------------------------------------------------------

    def existing(self, rules: Rules, filters: Mapping[str, Any] | None) -> Existing:
        truth = read_truth("nautobot", self.rest, filters)
        wanted: dict[str, tuple[str, dict[str, Any]]] = {
            "status": ("extras/statuses/", DEVICE),
            "namespace": ("ipam/namespaces/", {"name": rules.namespace}),
            "prefix": ("ipam/prefixes/", {"namespace": rules.namespace}),
            "tag": (TARGETS["tag"].path, {"name": rules.tag}),
            "role": (TARGETS["role"].path, DEVICE),
            **{
                kind: (TARGETS[kind].path, {})
                for kind in ("location_type", "location", "manufacturer", "device_type", "platform", "software_version")
            },
        }
        namespaces = self.rest.all(*wanted.pop("namespace"))
        if not namespaces:
            raise BadInput(f"namespace: Nautobot has no namespace '{rules.namespace}'", option="namespace")
        lists = dict(
            zip(
                wanted,
                self.rest.parallel([partial(self.rest.all, *given) for given in wanted.values()]),
                strict=True,
            )
        )
        self._status = _status(rules.status, lists["status"])
        return Existing(
            truth=truth,
            keys=_keys(lists),
            shared_addresses=True,
            versions=True,
            prefixes=[str(row["prefix"]) for row in lists["prefix"]],
            own=tagged_keys(self, rules, {"tags": rules.tag}, lists["tag"]),
        )

    # -- writing -------------------------------------------------------------------------------

    def body(self, operation: Operation, keys: Keys) -> dict[str, Any]:
        make = getattr(self, f"_{operation.kind}")
        made: dict[str, Any] = make(operation.fields, keys)
        if operation.action == "create" and operation.kind in TAGGED and self.rules.tag:
            made.update(self._tags())
        return made

    def _tags(self) -> dict[str, Any]:
        return {"tags": [{"name": self.rules.tag}]}

    def after(self, action: str, kind: str, operations: Sequence[Operation], keys: Keys) -> None:
        """An address is assigned to interfaces by rows of their own; a new cable's tags are taken only afterwards."""
        if kind == "address" and action != "delete":
            self._assign(operations, keys)
        if kind == "cable" and action == "create" and self.rules.tag:
            rows = [{"id": keys.of("cable", *one.ref), **self._tags()} for one in operations]
            self.rest.send("PATCH", TARGETS["cable"].path, rows)

    def _assign(self, operations: Sequence[Operation], keys: Keys) -> None:
        leaving: list[dict[str, str]] = []
        joining: list[dict[str, str]] = []
        changed = [one for one in operations if "interfaces" in one.fields]
        there = self._assignments([one.key for one in changed if one.key])
        for one in changed:
            key = one.key or keys.of("address", *one.ref)
            wanted = {keys.of("interface", *ref) for ref in one.fields["interfaces"]}
            known = there.get(key, {})
            leaving += [{"id": row} for interface, row in known.items() if interface not in wanted]
            joining += [{"ip_address": key, "interface": interface} for interface in sorted(wanted - set(known))]
        for start in range(0, len(leaving), BATCH):
            self.rest.send("DELETE", ASSIGNMENTS, leaving[start : start + BATCH])
        for start in range(0, len(joining), BATCH):
            self.rest.send("POST", ASSIGNMENTS, joining[start : start + BATCH])

    def _assignments(self, addresses: Sequence[str]) -> dict[str, dict[str, str]]:
        """By address: interface -> the row that joins them."""
        found: dict[str, dict[str, str]] = {}
        if addresses:
            for row in self.rest.all(ASSIGNMENTS, {"ip_address": list(addresses)}):
                if row.get("interface"):
                    found.setdefault(str(row["ip_address"]["id"]), {})[str(row["interface"]["id"])] = str(row["id"])
        return found

    # -- bodies --------------------------------------------------------------------------------

    def _tag(self, fields: Row, _keys: Keys) -> dict[str, Any]:
        return {"name": fields["name"], "content_types": sorted(TAGGED.values())}

    def _location_type(self, fields: Row, _keys: Keys) -> dict[str, Any]:
        return {"name": fields["name"], "content_types": ["dcim.device"]}

    def _location(self, fields: Row, keys: Keys) -> dict[str, Any]:
        kind = keys.of("location_type", fields["type"])
        return {"name": fields["name"], "location_type": kind, "status": {"name": "Active"}}

    def _manufacturer(self, fields: Row, _keys: Keys) -> dict[str, Any]:
        return {"name": fields["name"]}

    def _device_type(self, fields: Row, keys: Keys) -> dict[str, Any]:
        return {"manufacturer": keys.of("manufacturer", fields["vendor"]), "model": fields["model"]}

    def _platform(self, fields: Row, _keys: Keys) -> dict[str, Any]:
        return {"name": fields["name"], "network_driver": fields["driver"]}

    def _software_version(self, fields: Row, keys: Keys) -> dict[str, Any]:
        platform = keys.of("platform", fields["platform"])
        return {"version": fields["version"], "platform": platform, "status": {"name": "Active"}}

    def _role(self, fields: Row, _keys: Keys) -> dict[str, Any]:
        return {"name": fields["name"], "content_types": ["dcim.device"]}

    def _device(self, fields: Row, keys: Keys) -> dict[str, Any]:
        made = {name: fields[name] for name in ("name", "serial") if name in fields}
        if "model" in fields:
            made["device_type"] = keys.of("device_type", fields["vendor"], fields["model"])
        for name in ("role", "location", "platform"):
            if name in fields:
                made[name] = keys.of(name, fields[name])
        if "status" in fields:
            made["status"] = {"name": self._status}
        if "version" in fields:
            made["software_version"] = keys.of("software_version", fields["platform"], fields["version"])
        return made

    def _interface(self, fields: Row, keys: Keys) -> dict[str, Any]:
        made = {name: fields[name] for name in ("name", "type", "enabled", "description", "mtu") if name in fields}
        if "mac" in fields:
            made["mac_address"] = fields["mac"]
        if "device" in fields:
            made["device"] = keys.of("device", fields["device"])
            made["status"] = {"name": "Active"}
        return made

    def _prefix(self, fields: Row, _keys: Keys) -> dict[str, Any]:
        return {"prefix": fields["prefix"], "namespace": {"name": self.rules.namespace}, "status": {"name": "Active"}}

    def _address(self, fields: Row, _keys: Keys) -> dict[str, Any]:
        made: dict[str, Any] = {"address": fields["address"]} if "address" in fields else {}
        if "interfaces" in fields and "address" in fields:
            made |= {"namespace": {"name": self.rules.namespace}, "status": {"name": "Active"}}
        return made

    def _cable(self, fields: Row, keys: Keys) -> dict[str, Any]:
        made: dict[str, Any] = {"status": {"name": "Connected"}}
        for end in ("a", "b"):
            made[f"termination_{end}_type"] = "dcim.interface"
            made[f"termination_{end}_id"] = keys.of("interface", *fields[end])
        return made

    def _primary_address(self, fields: Row, keys: Keys) -> dict[str, Any]:
        return {name: keys.of("address", address) for name, address in fields.items()}


def _status(wanted: str, rows: Sequence[Row]) -> str:
    names = [str(row["name"]) for row in rows]
    for name in names:
        if name.lower() == wanted.lower():
            return name
    raise BadInput(
        f"status: '{wanted}' is no status of devices in Nautobot; there are: {', '.join(names)}",
        option="status",
        value=wanted,
    )


def _keys(lists: Mapping[str, Sequence[Row]]) -> dict[str, dict[Ref, str]]:
    """Platforms are known by their name and by their network driver."""
    found: dict[str, dict[Ref, str]] = {
        kind: {slugs((str(row["name"]),)): str(row["id"]) for row in lists[kind]}
        for kind in ("tag", "location_type", "location", "manufacturer", "role", "platform")
    }
    makers = {str(row["id"]): str(row["name"]) for row in lists["manufacturer"]}
    found["device_type"] = {
        slugs((makers.get(id_of(row["manufacturer"]), ""), str(row["model"]))): str(row["id"])
        for row in lists["device_type"]
    }
    words: dict[str, list[str]] = {}
    for row in lists["platform"]:
        words[str(row["id"])] = [one for one in (row["name"], row.get("network_driver")) if one]
        for word in words[str(row["id"])]:
            found["platform"].setdefault(slugs((word,)), str(row["id"]))
    found["software_version"] = {
        slugs((word, str(row["version"]))): str(row["id"])
        for row in lists["software_version"]
        for word in words.get(id_of(row["platform"]), ())
    }
    return found
