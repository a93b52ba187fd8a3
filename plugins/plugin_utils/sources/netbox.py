# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Devices and virtual machines of NetBox, in bulk, by REST (3.7 and later) or GraphQL (4.3 and later).

Never a request for each device: what belongs to a device comes in its row, or from one list for all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from ..broker.errors import SourceError
from .model import SourceDevice
from .rest import Rest

PAGE = 1000
DEVICES, MACHINES = "dcim/devices/", "virtualization/virtual-machines/"
#: What is asked for of a device. Versions before 4.0 give everything, and are told to leave out the slow part.
FIELDS = (
    "id", "name", "status", "site", "location", "rack", "role", "device_role", "tenant", "platform", "device_type",
    "serial", "primary_ip4", "primary_ip6", "oob_ip", "cluster", "virtual_chassis", "vc_position", "tags",
    "custom_fields",
)  # fmt: skip
_BOTH = """
id name status site {{slug}} role {{slug}} tenant {{slug}} platform {{slug name}} serial cluster {{name}}
primary_ip4 {{address dns_name}} primary_ip6 {{address dns_name}} tags {{slug}} custom_fields {context}
"""
_DEVICE = """
location {slug} rack {name} device_type {model manufacturer {slug}} oob_ip {address dns_name}
virtual_chassis {id name master {id}} vc_position
"""
#: The second form is that of GraphQL's version 2 (NetBox 4.5), where a list is wrapped into pages of its own.
_QUERY = "query ($ids: [ID!]!) {{ {list}(filters: {{id: {{in_list: $ids}}}}, pagination: {{limit: {limit}}}) {rows} }}"
_WRAPPED = "OffsetPaginated"


class NetBox:
    """``page`` rows are asked for at a time. Methods raise what Rest raises.

    ``dns_names``: ``extra`` has ``dns_name`` also where a version's rows do not have it, from one list of addresses.
    """

    def __init__(self, rest: Rest, page: int = PAGE, *, dns_names: bool = False) -> None:
        self.rest = rest
        self.page = page
        self.dns_names = dns_names
        self._wrapped = False

    def devices(
        self, filters: Mapping[str, Any] | None = None, *, api: str = "rest", config_context: bool = False
    ) -> list[SourceDevice]:
        """All that ``filters`` (parameters of ``/api/dcim/devices/``) leave, with the regions of their sites."""
        return self._completed(self._read(DEVICES, "device_list", filters, api, config_context))

    def virtual_machines(
        self, filters: Mapping[str, Any] | None = None, *, api: str = "rest", config_context: bool = False
    ) -> list[SourceDevice]:
        """The same of ``/api/virtualization/virtual-machines/``; ``extra`` says ``type: virtual_machine``."""
        return self._completed(self._read(MACHINES, "virtual_machine_list", filters, api, config_context))

    # -- inside --------------------------------------------------------------------------------

    def _read(
        self, path: str, name: str, filters: Mapping[str, Any] | None, api: str, context: bool
    ) -> list[SourceDevice]:
        chosen: dict[str, Any] = {**(filters or {}), "exclude": "config_context", "ordering": "id"}
        if api == "graphql":
            ids = self.rest.all(path, {**chosen, "brief": 1, "fields": "id"}, self.page, lambda row: str(row["id"]))
            return self._by_graphql(name, ids, context)
        if context:
            del chosen["exclude"]
        fields = ",".join((*FIELDS, "config_context") if context else FIELDS)
        return list(self.rest.all(path, {**chosen, "fields": fields}, self.page, device))

    def _by_graphql(self, name: str, ids: Sequence[str], context: bool) -> list[SourceDevice]:
        """REST has chosen the ids: it takes all filters, counts, and refuses who may not see devices."""
        fields = _BOTH.format(context="config_context" if context else "")
        if name == "device_list":
            fields += _DEVICE
        if not ids:
            return []
        first = self._first(name, fields, ids[: self.page])
        step = len(first) or len(ids)  # as many as the server gives at a time
        parts = [ids[start : start + step] for start in range(step, len(ids), step)]
        rows = [first, *self.rest.parallel([partial(self._query, name, fields, part) for part in parts])]
        found = [self.rest.made(device, row, name) for part in rows for row in part]
        if len(found) != len(ids):
            raise SourceError(
                f"{self.rest.where} told of {len(ids)} devices by REST and gave {len(found)} by GraphQL: try again if "
                "some were deleted just now, else use api: rest"
            )
        return found

    def _first(self, name: str, fields: str, ids: Sequence[str]) -> list[Any]:
        """The first part also shows which version of GraphQL it is."""
        try:
            return self._query(name, fields, ids)
        except SourceError as exc:
            if self._wrapped or _WRAPPED not in str(exc.detail.get("words")):
                raise
            self._wrapped = True
            return self._query(name, fields, ids)

    def _query(self, name: str, fields: str, ids: Sequence[str]) -> list[Any]:
        rows = f"{{results {{{fields}}}}}" if self._wrapped else f"{{{fields}}}"
        query = _QUERY.format(list=name, limit=self.page, rows=rows)
        found = self.rest.graphql(" ".join(query.split()), {"ids": list(ids)}).get(name)
        if isinstance(found, dict):
            found = found.get("results")
        if not isinstance(found, list):
            raise SourceError(f"{self.rest.where} answered the GraphQL query for {name} without a list")
        return found

    def _completed(self, found: list[SourceDevice]) -> list[SourceDevice]:
        unnamed = {one.key: one.extra.pop("addresses") for one in found if "addresses" in one.extra}
        if self.dns_names and unnamed:
            params = {"dns_name__empty": False, "fields": "id,dns_name", "ordering": "id"}
            rows = self.rest.all("ipam/ip-addresses/", params, self.page)
            names = {str(row["id"]): str(row.get("dns_name") or "") for row in rows}
            for one in found:
                name = next((names[key] for key in unnamed.get(one.key, []) if names.get(key)), "")
                if name:
                    one.extra["dns_name"] = name
        return self._with_regions(found)

    def _with_regions(self, found: list[SourceDevice]) -> list[SourceDevice]:
        """Two further lists, whatever the number of devices; none when no device has a site."""
        if not any(one.site for one in found):
            return found
        sites, regions = self.rest.parallel(
            [
                partial(self.rest.all, "dcim/sites/", {"fields": "id,slug,region", "ordering": "id"}, self.page),
                partial(self.rest.all, "dcim/regions/", {"fields": "id,slug,parent", "ordering": "id"}, self.page),
            ]
        )
        above = {str(row.get("slug")): slug(row.get("parent")) for row in regions}
        chains = {str(row.get("slug")): _upwards(slug(row.get("region")), above) for row in sites}
        for one in found:
            one.extra["regions"] = chains.get(one.site, [])
        return found


def device(row: Mapping[str, Any]) -> SourceDevice:
    """A row of REST or GraphQL; one of a virtual machine has no device type."""
    kind = row.get("device_type") or {}
    chassis = row.get("virtual_chassis") or {}
    addresses = {name: row.get(name) or {} for name in ("primary_ip4", "primary_ip6", "oob_ip")}
    unnamed = [str(one["id"]) for one in addresses.values() if one and "dns_name" not in one]
    extra = {
        "addresses": unnamed or None,  # until _completed
        "type": "device" if "device_type" in row else "virtual_machine",
        "location": slug(row.get("location")),
        "rack": _name(row.get("rack")),
        "cluster": _name(row.get("cluster")),
        "dns_name": next((one["dns_name"] for one in addresses.values() if one.get("dns_name")), ""),
        "platform_name": _name(row.get("platform")),
        "virtual_chassis_id": str(chassis["id"]) if chassis else None,
        "vc_position": row.get("vc_position"),
    }
    return SourceDevice(
        key=str(row["id"]),
        name=str(row.get("name") or ""),
        status=status(row.get("status")),
        site=slug(row.get("site")),
        role=slug(row.get("role") or row.get("device_role")),
        tenant=slug(row.get("tenant")),
        platform=slug(row.get("platform")),
        vendor=slug(kind.get("manufacturer")),
        model=str(kind.get("model") or ""),
        serial=str(row.get("serial") or ""),
        primary_ip4=address(addresses["primary_ip4"]),
        primary_ip6=address(addresses["primary_ip6"]),
        oob_ip=address(addresses["oob_ip"]),
        tags=[slug(one) for one in row.get("tags") or []],
        custom_fields=dict(row.get("custom_fields") or {}),
        config_context=dict(row.get("config_context") or {}),
        virtual_chassis=(_name(chassis) or str(chassis["id"])) if chassis else None,
        vc_master=bool(chassis) and str((chassis.get("master") or {}).get("id")) == str(row["id"]),
        extra={name: value for name, value in extra.items() if value not in (None, "")},
    )


def slug(given: Any) -> str:
    """The slug of a nested object; empty for none."""
    return str(given.get("slug") or given.get("name") or "") if isinstance(given, Mapping) else ""


def status(given: Any) -> str:
    """``active`` of ``{"value": "active", "label": "Active"}`` (REST) and of ``active`` or ``ACTIVE`` (GraphQL)."""
    word = given.get("value") if isinstance(given, Mapping) else given
    return str(word or "").lower().removeprefix("status_")


def address(given: Mapping[str, Any]) -> str | None:
    """Without the prefix length."""
    return str(given.get("address") or "").partition("/")[0] or None


def _name(given: Any) -> str:
    return str(given.get("name") or "") if isinstance(given, Mapping) else ""


def _upwards(region: str, above: Mapping[str, str]) -> list[str]:
    """The region and those that it lies in, the smallest first."""
    chain: list[str] = []
    while region and region not in chain:
        chain.append(region)
        region = above.get(region, "")
    return chain
