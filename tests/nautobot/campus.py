# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A Nautobot as people fill it: places within places, roles, tenants, tags, custom fields, contexts, a stack."""

from __future__ import annotations

from typing import Any

from tests.nautobot.conftest import Api

ACTIVE = {"name": "Active"}
GLOBAL = {"name": "Global"}


def fill(api: Api, address: str = "10.20.0.1") -> None:
    """core1 (at ``address``), edge1 and a stack of two switches, in two sites of one region."""
    _places(api)
    _words(api)
    makes = {row["name"]: row["id"] for row in api.post("dcim/manufacturers/", {"name": "Cisco"}, {"name": "Arista"})}
    api.post(
        "dcim/device-types/",
        {"manufacturer": makes["Cisco"], "model": "ISR4331"},
        {"manufacturer": makes["Arista"], "model": "DCS-7050"},
    )
    api.post(
        "dcim/platforms/",
        {"name": "IOS of routers", "network_driver": "cisco_ios"},
        {"name": "arista_eos"},
        {"name": "Strange OS"},
    )
    version = {"version": "17.9.4", "platform": {"name": "IOS of routers"}, "status": ACTIVE}
    software = api.post("dcim/software-versions/", version)[0]["id"]
    core = {
        "tenant": {"name": "Research"}, "tags": [{"name": "managed"}, {"name": "core"}], "software_version": software,
        "custom_fields": {"priority": 1, "maintenance": True},
    }  # fmt: skip
    rows = api.post(
        "dcim/devices/",
        device("core1", "ISR4331", "router", "Ulm", "IOS of routers", serial="FDO0001", **core),
        device("edge1", "ISR4331", "router", "Bonn", "Strange OS", tags=[{"name": "managed"}]),
        device("stack-1", "DCS-7050", "switch", "Ulm", "arista_eos", serial="JPE1"),
        device("stack-2", "DCS-7050", "switch", "Ulm", "arista_eos", serial="JPE2"),
        {**device("old", "ISR4331", "router", "Bonn", "arista_eos"), "status": {"name": "Decommissioning"}},
    )
    ids = {row["name"]: row["id"] for row in rows}
    _addresses(
        api, ids, {"core1": (address, "2001:db8::1"), "edge1": (None, "2001:db8::2"), "stack-1": ("10.20.0.3", None)}
    )
    _stack(api, ids)


def device(name: str, kind: str, role: str, place: str, platform: str, **more: Any) -> dict[str, Any]:
    return {
        "name": name, "device_type": {"model": kind}, "role": {"name": role}, "location": {"name": place},
        "platform": {"name": platform}, "status": ACTIVE, **more,
    }  # fmt: skip


def _places(api: Api) -> None:
    api.post("dcim/location-types/", {"name": "Region"})
    api.post("dcim/location-types/", {"name": "Site", "parent": {"name": "Region"}, "content_types": ["dcim.device"]})
    api.post("dcim/locations/", {"name": "South", "location_type": {"name": "Region"}, "status": ACTIVE})
    site = {"location_type": {"name": "Site"}, "parent": {"name": "South"}, "status": ACTIVE}
    api.post("dcim/locations/", {"name": "Ulm", **site}, {"name": "Bonn", **site})


def _words(api: Api) -> None:
    devices = {"content_types": ["dcim.device"]}
    api.post("extras/roles/", {"name": "router", **devices}, {"name": "switch", **devices})
    api.post("extras/tags/", {"name": "managed", **devices}, {"name": "core", **devices})
    api.post("tenancy/tenants/", {"name": "Research"})
    api.post(
        "extras/custom-fields/",
        {"label": "Priority", "key": "priority", "type": "integer", **devices},
        {"label": "Maintenance", "key": "maintenance", "type": "boolean", **devices},
    )
    role = api.get("extras/roles/", name="router")[0]["id"]
    api.post(
        "extras/config-contexts/",
        {"name": "all", "weight": 1000, "data": {"ntp_servers": ["10.0.0.9"], "ansible_user": "nobody"}},
        {"name": "routers", "weight": 2000, "roles": [role], "data": {"ntp_servers": ["10.0.0.1"]}},
    )


def _addresses(api: Api, ids: dict[str, str], primary: dict[str, tuple[str | None, str | None]]) -> None:
    wide = {"namespace": GLOBAL, "status": ACTIVE}
    api.post("ipam/prefixes/", *({"prefix": one, **wide} for one in ("10.0.0.0/8", "127.0.0.0/8", "2001:db8::/32")))
    for name, addresses in primary.items():
        port = {"device": ids[name], "name": "Management1", "type": "other", "status": ACTIVE}
        interface = api.post("dcim/interfaces/", port)[0]["id"]
        chosen: dict[str, str] = {}
        for field, address, length in zip(("primary_ip4", "primary_ip6"), addresses, (24, 64), strict=True):
            if address:
                key = api.post("ipam/ip-addresses/", {"address": f"{address}/{length}", **wide})[0]["id"]
                api.post("ipam/ip-address-to-interface/", {"ip_address": key, "interface": interface})
                chosen[field] = key
        api.patch("dcim/devices/", {"id": ids[name], **chosen})


def _stack(api: Api, ids: dict[str, str]) -> None:
    chassis = api.post("dcim/virtual-chassis/", {"name": "stack"})[0]["id"]
    api.patch(
        "dcim/devices/",
        {"id": ids["stack-1"], "virtual_chassis": chassis, "vc_position": 1},
        {"id": ids["stack-2"], "virtual_chassis": chassis, "vc_position": 2},
    )
    api.patch("dcim/virtual-chassis/", {"id": chassis, "master": ids["stack-1"]})
