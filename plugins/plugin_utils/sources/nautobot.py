# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Devices and virtual machines of Nautobot 2 and 3, in bulk, by REST or GraphQL.

Nautobot has names where NetBox has slugs, and locations of any depth where NetBox has sites and regions.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from ..broker.errors import SourceError
from .model import SourceDevice
from .netbox import address
from .rest import Rest

PAGE = 1000
DEVICES, MACHINES = "dcim/devices/", "virtualization/virtual-machines/"
#: ``depth=1`` gives what a device refers to in its row, but what that refers to by id only: makers and locations are
#: lists of their own.
NESTED = {"depth": 1, "sort": "id"}
FLAT = {"depth": 0, "sort": "id"}
_BOTH = """
id name status { name } role { name } tenant { name } platform { name network_driver }
primary_ip4 { id address dns_name } primary_ip6 { id address dns_name } tags { name } _custom_field_data
"""
_DEVICE = """
serial location { id name } rack { name } device_type { model manufacturer { name } }
virtual_chassis { id name master { id } } vc_position software_version { version }
"""
_MACHINE = "cluster { name location { id name } }"

Row = Mapping[str, Any]


class Nautobot:
    """``page`` rows are asked for at a time. Methods raise what Rest raises."""

    def __init__(self, rest: Rest, page: int = PAGE) -> None:
        self.rest = rest
        self.page = page

    def devices(
        self, filters: Mapping[str, Any] | None = None, *, api: str = "rest", config_context: bool = False
    ) -> list[SourceDevice]:
        """All that ``filters`` (parameters of ``/api/dcim/devices/``) leave; ``extra`` has the locations above theirs.

        ``site`` is the name of the device's own location.
        """
        return self._read(DEVICES, "devices", filters, api, config_context)

    def virtual_machines(
        self, filters: Mapping[str, Any] | None = None, *, api: str = "rest", config_context: bool = False
    ) -> list[SourceDevice]:
        """The same of ``/api/virtualization/virtual-machines/``; ``extra`` says ``type: virtual_machine``."""
        return self._read(MACHINES, "virtual_machines", filters, api, config_context)

    # -- inside --------------------------------------------------------------------------------

    def _read(
        self, path: str, name: str, filters: Mapping[str, Any] | None, api: str, context: bool
    ) -> list[SourceDevice]:
        lists = {"dcim/locations/": FLAT, "dcim/manufacturers/": FLAT}
        if name == "virtual_machines":
            lists["virtualization/clusters/"] = FLAT
        known = self.rest.parallel([partial(self.rest.all, one, params, self.page) for one, params in lists.items()])
        made = partial(device, known={str(row["id"]): row for rows in known for row in rows})
        if api == "graphql":
            return self._by_graphql(path, name, dict(filters or {}), context, made)
        included = {"include": "config_context"} if context else {}
        return list(self.rest.all(path, {**(filters or {}), **NESTED, **included}, self.page, made))

    def _by_graphql(
        self, path: str, name: str, filters: dict[str, Any], context: bool, made: Any
    ) -> list[SourceDevice]:
        """REST counts first: it refuses who may not see devices, where GraphQL would give none."""
        count = int(self.rest.get(path, {**filters, "depth": 0, "limit": 1})["count"])
        fields = " ".join((_BOTH + (_DEVICE if name == "devices" else _MACHINE)).split())
        if context:
            fields += " config_context"
        calls = [partial(self._query, name, filters, fields, offset) for offset in range(0, count, self.page)]
        rows = {str(row["id"]): row for part in self.rest.parallel(calls) for row in part}
        if len(rows) != count:
            raise SourceError(
                f"{self.rest.where} told of {count} {name} by REST and gave {len(rows)} by GraphQL: try again if some "
                "were added or deleted just now, else use api: rest"
            )
        return [self.rest.made(made, rows[key], path) for key in sorted(rows)]

    def _query(self, name: str, filters: Mapping[str, Any], fields: str, offset: int) -> list[Any]:
        words = [f"{key}: {json.dumps(value)}" for key, value in filters.items()]
        arguments = ", ".join([*words, f"limit: {self.page}", f"offset: {offset}"])
        found = self.rest.graphql(f"query {{ {name}({arguments}) {{ {fields} }} }}").get(name)
        if not isinstance(found, list):
            raise SourceError(f"{self.rest.where} answered the GraphQL query for {name} without a list")
        return found


def device(row: Row, known: Mapping[str, Row]) -> SourceDevice:
    """A row of REST (``depth=1``) or GraphQL. ``known`` has the locations, makers and clusters by id."""
    kind, chassis, platform = (row.get(name) or {} for name in ("device_type", "virtual_chassis", "platform"))
    addresses = {name: row.get(name) or {} for name in ("primary_ip4", "primary_ip6")}
    above = _upwards(_where(row, known), known)
    extra = {
        "type": "device" if "device_type" in row else "virtual_machine",
        "rack": _name(row.get("rack")),
        "cluster": _name(row.get("cluster")),
        "dns_name": next((one["dns_name"] for one in addresses.values() if one.get("dns_name")), ""),
        "platform_name": _name(platform),
        "virtual_chassis_id": str(chassis["id"]) if chassis else None,
        "vc_position": row.get("vc_position"),
        "regions": above[1:],
    }
    return SourceDevice(
        key=str(row["id"]),
        name=str(row.get("name") or ""),
        status=_name(row.get("status")).lower(),
        site=above[0] if above else "",
        role=_name(row.get("role")),
        tenant=_name(row.get("tenant")),
        platform=str(platform.get("network_driver") or _name(platform)),
        vendor=_name(_full(kind.get("manufacturer"), known)),
        model=str(kind.get("model") or ""),
        serial=str(row.get("serial") or ""),
        version=str((row.get("software_version") or {}).get("version") or ""),
        primary_ip4=address(addresses["primary_ip4"]),
        primary_ip6=address(addresses["primary_ip6"]),
        tags=[_name(one) for one in row.get("tags") or []],
        custom_fields=dict(row.get("custom_fields") or row.get("_custom_field_data") or {}),
        config_context=dict(row.get("config_context") or {}),
        virtual_chassis=(_name(chassis) or str(chassis["id"])) if chassis else None,
        vc_master=bool(chassis) and str((chassis.get("master") or {}).get("id")) == str(row["id"]),
        extra={name: value for name, value in extra.items() if value not in (None, "")},
    )


def _where(row: Row, known: Mapping[str, Row]) -> Any:
    """The location of a device, or that of a virtual machine's cluster."""
    return row.get("location") or _full(row.get("cluster"), known).get("location")


def _full(given: Any, known: Mapping[str, Row]) -> Row:
    """The row that a reference (``{"id": ...}``) means; what is known of it here when it is in no list."""
    if not isinstance(given, Mapping):
        return {}
    return {**given, **known.get(str(given.get("id")), {})}


def _name(given: Any) -> str:
    """``display`` is all that is told of an object that the token may not see."""
    return str(given.get("name") or given.get("display") or "") if isinstance(given, Mapping) else ""


def _upwards(location: Any, known: Mapping[str, Row]) -> list[str]:
    """The names of the location and of those that it lies in, the smallest first."""
    chain: list[str] = []
    while isinstance(location, Mapping) and len(chain) < 50:
        row = _full(location, known)
        if not _name(row):  # the token may not see it
            break
        chain.append(_name(row))
        location = row.get("parent")
    return chain
