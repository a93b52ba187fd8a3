# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Writing as NetBox documents it: lists taken whole or not at all, each row's errors by field, references by id.

What a real server derives is derived here too: what a cable connects, what a device's primary address is.
"""

from __future__ import annotations

import copy
import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .data import Row, Tables, choice, ip
from .server import Answer, as_json

ADDRESSES, CABLES, DEVICES, INTERFACES = "ipam/ip-addresses", "dcim/cables", "dcim/devices", "dcim/interfaces"
MACS = "dcim/mac-addresses"
ORGANISATIONAL = ("dcim/sites", "dcim/manufacturers", "dcim/platforms", "dcim/device-roles", "extras/tags")
REFERENCES = {
    "manufacturer": "dcim/manufacturers",
    "device_type": "dcim/device-types",
    "role": "dcim/device-roles",
    "site": "dcim/sites",
    "platform": "dcim/platforms",
    "device": DEVICES,
    "primary_ip4": ADDRESSES,
    "primary_ip6": ADDRESSES,
    "primary_mac_address": MACS,
}
REQUIRED = {
    **dict.fromkeys(ORGANISATIONAL, ("name", "slug")),
    "dcim/device-types": ("manufacturer", "model", "slug"),
    DEVICES: ("device_type", "role", "site"),
    INTERFACES: ("device", "name", "type"),
    ADDRESSES: ("address",),
    MACS: ("mac_address",),
    CABLES: (),
}
UNIQUE = {**dict.fromkeys(ORGANISATIONAL, (("name",), ("slug",))), "dcim/device-types": (("slug",),)}
CHOICES = {"type": ("virtual", "lag", "other"), "status": ("active", "planned", "connected", "offline", "staged")}
EMPTY: dict[str, Row] = {
    DEVICES: {
        "primary_ip4": None, "primary_ip6": None, "oob_ip": None, "tenant": None, "platform": None, "serial": "",
        "location": None, "rack": None, "cluster": None, "virtual_chassis": None, "vc_position": None, "tags": [],
        "custom_fields": {}, "config_context": {}, "status": choice("active"),
    },
    INTERFACES: {
        "enabled": True, "description": "", "mtu": None, "mac_address": None, "cable": None, "link_peers": [],
        "link_peers_type": None, "connected_endpoints": None, "connected_endpoints_type": None, "tags": [],
    },
    ADDRESSES: {"assigned_object_type": None, "assigned_object_id": None, "status": choice("active"), "tags": []},
    CABLES: {"a_terminations": [], "b_terminations": [], "status": choice("connected"), "tags": []},
}  # fmt: skip
LONGEST = {"serial": 50, "name": 64, "description": 200}

Wrong = dict[str, list[str]]


@dataclass
class Writing:
    """What NetBoxLab's ``writer`` is to be. ``denied`` has models (dcim.cable) that the token may not write."""

    writable: bool = True
    denied: set[str] = field(default_factory=set)

    def __call__(self, tables: Tables, method: str, path: str, body: Any) -> Answer:
        if path not in REQUIRED:
            return as_json({"detail": "Not found."}, 404)
        allowed = self.writable and model(path) not in self.denied
        if method == "OPTIONS":
            actions = {"actions": {"POST": {}, "PUT": {}}} if allowed else {}
            return as_json({"name": "List", "parses": ["application/json"], **actions})
        if not allowed:
            return as_json({"detail": "You do not have permission to perform this action."}, 403)
        rows = body if isinstance(body, list) else [body]
        return _written(tables, method, path, rows)


def model(path: str) -> str:
    """``dcim.ipaddress`` of ``ipam/ip-addresses``."""
    app, _slash, name = path.partition("/")
    return f"{app}.{re.sub('-', '', name).removesuffix('s').removesuffix('e' if name.endswith('sses') else '')}"


def _written(tables: Tables, method: str, path: str, rows: list[Row]) -> Answer:
    """One transaction: when a row is wrong, everything is as before."""
    before = copy.deepcopy(tables.rows)
    there = tables.rows.setdefault(path, {})
    made, wrong = [], []
    for row in rows:
        if method != "POST" and row.get("id") not in there:
            tables.rows = before
            return as_json([{"id": ["This field must be an existing id."]}], 400)
        try:
            made.append(_row(tables, method, path, row))
            wrong.append({})
        except Invalid as exc:
            wrong.append(exc.words)
    if any(wrong):
        tables.rows = before
        return as_json(wrong, 400)
    return Answer(204, b"") if method == "DELETE" else as_json(made, 201 if method == "POST" else 200)


class Invalid(Exception):
    """What is wrong with a row, by field."""

    def __init__(self, **words: str) -> None:
        super().__init__(str(words))
        self.words = {name: [sentence] for name, sentence in words.items()}


def _row(tables: Tables, method: str, path: str, row: Row) -> Row:
    if method == "DELETE":
        _forget(tables, path, int(row["id"]))
        return {}
    old = tables.rows[path].get(int(row["id"])) if method == "PATCH" else None
    if old is None:
        for name in REQUIRED[path]:
            if row.get(name) in (None, ""):
                raise Invalid(**{name: "This field is required."})
    given = {name: _value(tables, path, name, value) for name, value in row.items()}
    if "custom_fields" in given and old is not None:
        given["custom_fields"] = {**old["custom_fields"], **given["custom_fields"]}
    if "mac_address" in given and path == INTERFACES and _version(tables) >= (4, 2):
        del given["mac_address"]  # only to be read since then
    new = {**(EMPTY.get(path, {}) if old is None else old), **given}
    _check(tables, path, new, old)
    made = tables.add(path, copy.deepcopy(new))
    made.setdefault("url", f"http://netbox/api/{path}/{made['id']}/")
    made["display"] = str(made.get("name") or made.get("model") or made.get("address") or f"#{made['id']}")
    _derive(tables, path, made)
    return made


def _version(tables: Tables) -> tuple[int, ...]:
    return tuple(map(int, tables.plan.version.split(".")))


def _value(tables: Tables, path: str, name: str, value: Any) -> Any:
    if name in REFERENCES and value is not None:
        table = REFERENCES[name]
        if not isinstance(value, int) or value not in tables.rows.get(table, {}):
            raise Invalid(**{name: f"Related object not found using the provided numeric ID: {value}"})
        if name.startswith("primary_ip"):
            return ip(value, tables.rows[table][value]["address"])
        return _nested(tables.rows[table][value])
    if name in CHOICES and path in EMPTY:
        if value not in CHOICES[name]:
            raise Invalid(**{name: f'"{value}" is not a valid choice.'})
        return choice(value)
    if name == "slug" and not re.fullmatch(r"[-a-zA-Z0-9_]+", str(value)):
        raise Invalid(slug="Enter a valid \u201cslug\u201d consisting of letters, numbers, underscores or hyphens.")
    if name in LONGEST and len(str(value)) > LONGEST[name] and path in EMPTY:
        raise Invalid(**{name: f"Ensure this field has no more than {LONGEST[name]} characters."})
    if name == "tags":
        return [_nested(_by_slug(tables, tag["slug"])) for tag in value]
    return value


def _by_slug(tables: Tables, slug: str) -> Row:
    for row in tables.rows["extras/tags"].values():
        if row["slug"] == slug:
            return row
    raise Invalid(tags=f"Related object not found using the provided attributes: {{'slug': '{slug}'}}")


def _nested(row: Row) -> Row:
    names = ("id", "url", "display", "name", "slug", "model", "manufacturer", "address")
    return {name: row[name] for name in names if name in row}


# -- what a model checks -----------------------------------------------------------------------------


def _others(tables: Tables, path: str, row: Row) -> Iterable[Row]:
    return (one for one in tables.rows.get(path, {}).values() if one["id"] != row.get("id"))


def _check(tables: Tables, path: str, row: Row, old: Row | None) -> None:
    for names in UNIQUE.get(path, ()):
        if any(all(one.get(name) == row.get(name) for name in names) for one in _others(tables, path, row)):
            raise Invalid(**{names[0]: f"{model(path).partition('.')[2]} with this {names[0]} already exists."})
    check = _CHECKS.get(path)
    if check is not None:
        check(tables, row, old)


def _check_device(tables: Tables, row: Row, _old: Row | None) -> None:
    same = (one for one in _others(tables, DEVICES, row) if one["site"]["id"] == row["site"]["id"])
    if row.get("name") and any(str(one["name"]).lower() == str(row["name"]).lower() for one in same):
        raise Invalid(__all__="Device name must be unique per site.")
    for name in ("primary_ip4", "primary_ip6"):
        if row.get(name) and _holder(tables, row[name]["id"]) != row.get("id"):
            raise Invalid(
                **{name: f"The specified IP address ({row[name]['address']}) is not assigned to this device."}
            )


def _holder(tables: Tables, address: int) -> int | None:
    """The id of the device that has an address."""
    found = tables.rows[ADDRESSES].get(address, {})
    port = tables.rows[INTERFACES].get(found.get("assigned_object_id") or 0)
    return int(port["device"]["id"]) if port else None


def _check_interface(tables: Tables, row: Row, _old: Row | None) -> None:
    same = (one for one in _others(tables, INTERFACES, row) if one["device"]["id"] == row["device"]["id"])
    if any(one["name"] == row["name"] for one in same):
        raise Invalid(non_field_errors="The fields device, name must make a unique set.")
    if row["mtu"] is not None and not 1 <= row["mtu"] <= 65536:
        raise Invalid(mtu="Ensure this value is greater than or equal to 1.")


def _check_address(tables: Tables, row: Row, old: Row | None) -> None:
    try:
        one = ipaddress.ip_interface(row["address"])
    except ValueError as exc:
        raise Invalid(address=f"Invalid IP address format: {row['address']}") from exc
    if any(ipaddress.ip_interface(other["address"]).ip == one.ip for other in _others(tables, ADDRESSES, row)):
        raise Invalid(address=f"Duplicate IP address found in global table: {row['address']}")
    if old is None or old["assigned_object_id"] == row["assigned_object_id"]:
        return
    holder = _holder(tables, int(old["id"]))
    now = tables.rows[INTERFACES].get(row["assigned_object_id"] or 0, {}).get("device", {}).get("id")
    device = tables.rows[DEVICES].get(holder or 0, {})
    if now != holder and any(
        (device.get(name) or {}).get("id") == old["id"] for name in ("primary_ip4", "primary_ip6")
    ):
        words = "Cannot reassign IP address while it is designated as the primary IP for the parent object"
        raise Invalid(__all__=words)


def _check_cable(tables: Tables, row: Row, _old: Row | None) -> None:
    for end in [*row["a_terminations"], *row["b_terminations"]]:
        port = tables.rows[INTERFACES].get(end["object_id"])
        if end["object_type"] != "dcim.interface" or port is None:
            raise Invalid(a_terminations=f"Invalid termination: {end}")
        if port["type"]["value"] in ("virtual", "lag"):
            raise Invalid(__all__=f"Cables cannot be terminated to {port['type']['label']} interfaces")
        if port["cable"] and port["cable"]["id"] != row.get("id"):
            words = f"Duplicate termination found for dcim.interface {port['id']}: cable {port['cable']['id']}"
            raise Invalid(__all__=words)


_CHECKS: Mapping[str, Callable[[Tables, Row, Row | None], None]] = {
    DEVICES: _check_device,
    INTERFACES: _check_interface,
    ADDRESSES: _check_address,
    CABLES: _check_cable,
}


# -- what follows from it -----------------------------------------------------------------------------


def _derive(tables: Tables, path: str, row: Row) -> None:
    ports = tables.rows[INTERFACES]
    if path == INTERFACES and row.get("primary_mac_address"):
        row["mac_address"] = tables.rows[MACS][row["primary_mac_address"]["id"]]["mac_address"]
    if path == DEVICES:
        row["primary_ip"] = row["primary_ip4"] or row["primary_ip6"]
    if path == CABLES and row["a_terminations"] and row["b_terminations"]:
        a, b = (ports[row[f"{end}_terminations"][0]["object_id"]] for end in "ab")
        for near, far in ((a, b), (b, a)):
            peer = {**_nested(far), "device": _nested(far["device"])}
            near.update(
                cable={"id": row["id"], "display": f"#{row['id']}"},
                link_peers=[peer], link_peers_type="dcim.interface",
                connected_endpoints=[peer], connected_endpoints_type="dcim.interface",
            )  # fmt: skip


def _forget(tables: Tables, path: str, key: int) -> None:
    """With what a real server deletes or clears along with it."""
    row = tables.rows[path].pop(key)
    if path == DEVICES:
        for port in [one for one in tables.rows[INTERFACES].values() if one["device"]["id"] == key]:
            _forget(tables, INTERFACES, port["id"])
    if path == INTERFACES:
        for one in [one for one in tables.rows[ADDRESSES].values() if one["assigned_object_id"] == key]:
            one.update(assigned_object_id=None, assigned_object_type=None)
        if row["cable"]:
            _forget(tables, CABLES, row["cable"]["id"])
    if path == CABLES:
        for port in tables.rows[INTERFACES].values():
            if port["cable"] and port["cable"]["id"] == key:
                port.update(
                    cable=None, link_peers=[], link_peers_type=None, connected_endpoints=None,
                    connected_endpoints_type=None,
                )  # fmt: skip
