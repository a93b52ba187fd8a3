# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the server has: rows of REST, made from the recorded shapes, the same for each start."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SHAPES = Path(__file__).parent / "shapes"
DEVICES, MACHINES = "dcim/devices", "virtualization/virtual-machines"
ADDRESSES = ("primary_ip4", "primary_ip6", "oob_ip")
SITES = 50
#: Slug, name, manufacturer's slug, model.
PLATFORMS = (
    ("cisco-ios", "Cisco IOS", "cisco", "C9300-48P"),
    ("arista-eos", "Arista EOS", "arista", "DCS-7050SX3"),
    ("frr", "FRRouting", "frrouting", "Whitebox"),
    ("juniper-junos", "Junos", "juniper", "MX204"),
)
ROLES = ("access", "distribution", "core", "edge", "firewall")
TENANTS = ("lab", "campus", "dc")
REGIONS = {"emea": None, "germany": "emea", "france": "emea", "americas": None}

Row = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """What to make. ``version`` is the NetBox version whose shapes are used.

    ``nested_names``: addresses nested in devices have their DNS names, as they have since 2026.
    """

    devices: int = 20
    machines: int = 4
    version: str = "4.4"
    contexts: bool = True
    nested_names: bool = False


def choice(value: str) -> Row:
    return {"value": value, "label": value.title()}


#: What a site has besides names and region.
SITE: Row = {
    "status": choice("active"), "group": None, "tenant": None, "facility": "", "time_zone": None, "asns": [],
    "physical_address": "", "shipping_address": "", "latitude": None, "longitude": None, "comments": "",
    "circuit_count": 0, "device_count": 0, "prefix_count": 0, "rack_count": 0, "virtualmachine_count": 0,
    "vlan_count": 0,
}  # fmt: skip


class Tables:
    """``rows["dcim/devices"][12]`` is a row as the REST API gives it whole."""

    def __init__(self, plan: Plan | None = None) -> None:
        self.plan = plan or Plan()
        self.rows: dict[str, dict[int, Row]] = {}
        self._shapes = {name: shape(f"netbox-{self.plan.version}-{name}") for name in ("device", "virtual-machine")}
        self._lists()
        for number in range(1, self.plan.devices + 1):
            self.add(DEVICES, self._device(number))
        for number in range(1, self.plan.machines + 1):
            self.add(MACHINES, self._machine(number))

    def add(self, table: str, row: Mapping[str, Any]) -> Row:
        """A further row, with the next id unless it has one."""
        rows = self.rows.setdefault(table, {})
        made = {"id": max(rows, default=0) + 1, **row} if "id" not in row else dict(row)
        rows[int(made["id"])] = made
        return made

    def change(self, name: str, /, **fields: Any) -> Row:
        """A device of this name gets other values, nested as REST gives them."""
        row = next(row for row in self.rows[DEVICES].values() if row["name"] == name)
        row.update(fields)
        return row

    def named_addresses(self) -> list[Row]:
        """The addresses of devices that have a DNS name, as the list of addresses has them."""
        nested = [row[name] for row in self.rows[DEVICES].values() for name in ADDRESSES if row.get(name)]
        return [one for one in nested if one["dns_name"]]

    # -- what devices refer to -------------------------------------------------------------------

    def _lists(self) -> None:
        for slug, parent in REGIONS.items():
            self._named("dcim/regions", slug, parent=self.brief("dcim/regions", parent) if parent else None)
        leaves = ("germany", "france", "americas")
        for number in range(SITES):
            region = self.brief("dcim/regions", leaves[number % len(leaves)])
            self._named("dcim/sites", f"site-{number + 1:02d}", region=region, **SITE)
        for slug in ROLES:
            self._named("dcim/device-roles", slug)
        for slug in TENANTS:
            self._named("tenancy/tenants", slug)
        for slug, name, vendor, model in PLATFORMS:
            self._named("dcim/manufacturers", vendor)
            maker = self.brief("dcim/manufacturers", vendor)
            self._named("dcim/platforms", slug, name, manufacturer=maker)
            self._named("dcim/device-types", model.lower(), model, model=model, manufacturer=maker)
        for slug in ("pinned", "production"):
            self._named("extras/tags", slug, color="9e9e9e")
        kind = {"id": 1, "name": "KVM", "slug": "kvm", "display": "KVM", "description": ""}
        self._named("virtualization/clusters", "cluster-1", type=kind, group=None, scope=None, status=choice("active"))
        empty = (
            "dcim/site-groups",
            "dcim/locations",
            "dcim/racks",
            "dcim/interfaces",
            "dcim/cables",
            "ipam/ip-addresses",
        )
        for table in empty:
            self.rows.setdefault(table, {})

    def _named(self, table: str, slug: str, name: str | None = None, **fields: Any) -> None:
        name = name or slug.replace("-", " ").title()
        row = {"name": name, "slug": slug, "display": name, "description": "", "tags": [], "custom_fields": {}}
        made = self.add(table, {**row, **fields})
        made["url"] = f"http://netbox/api/{table}/{made['id']}/"

    def brief(self, table: str, slug: str) -> Row:
        """The nested form of a row."""
        row = next(row for row in self.rows[table].values() if row["slug"] == slug)
        names = ("id", "url", "display", "name", "slug", "description", "manufacturer", "model")
        return {name: row[name] for name in names if name in row}

    # -- devices -----------------------------------------------------------------------------------

    def _device(self, number: int) -> Row:
        row = copy.deepcopy(self._shapes["device"])
        platform, _name, vendor, model = PLATFORMS[number % len(PLATFORMS)]
        role = self.brief("dcim/device-roles", ROLES[number % len(ROLES)])
        name = f"dev{number:05d}"
        row.update(
            id=number,
            url=f"http://netbox/api/dcim/devices/{number}/",
            name=name,
            display=name,
            device_type=self.brief("dcim/device-types", model.lower()),
            role=role,
            tenant=self.brief("tenancy/tenants", TENANTS[number % len(TENANTS)]),
            platform=self.brief("dcim/platforms", platform),
            serial=f"SN{number:08d}",
            site=self.brief("dcim/sites", f"site-{number % SITES + 1:02d}"),
            primary_ip4=ip(number, f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}/24", f"{name}.example.net"),
            primary_ip6=ip(100000 + number, f"2001:db8::{number:x}/64") if number % 3 == 0 else None,
            oob_ip=ip(200000 + number, f"172.16.{number >> 8 & 255}.{number & 255}/16") if number % 2 else None,
            tags=[self.brief("extras/tags", "pinned")],
            custom_fields={"priority": number % 3 + 1, "maintenance": number % 10 == 0, "owner": None},
            config_context={"ntp_servers": ["192.0.2.1", "192.0.2.2"], "vendor": vendor} if self.plan.contexts else {},
        )
        row["primary_ip"] = row["primary_ip4"]
        if "device_role" in row:  # until 3.6 its only name, until 4.0 still there
            row["device_role"] = role
        return row

    def _machine(self, number: int) -> Row:
        row = copy.deepcopy(self._shapes["virtual-machine"])
        name = f"vm{number:03d}"
        row.update(
            id=number,
            name=name,
            display=name,
            site=self.brief("dcim/sites", "site-01"),
            cluster={
                "id": 1,
                "url": "http://netbox/api/virtualization/clusters/1/",
                "display": "c",
                "name": "cluster-1",
            },
            platform=self.brief("dcim/platforms", "frr"),
            primary_ip4=ip(300000 + number, f"10.255.0.{number}/24"),
            tags=[],
        )
        row["primary_ip"] = row["primary_ip4"]
        return row


def shape(name: str) -> Row:
    """A recorded shape, without the words about where it is from."""
    found: Row = json.loads((SHAPES / f"{name}.json").read_text())
    found.pop("_from", None)
    return found


def ip(number: int, address: str, dns_name: str = "") -> Row:
    """An address as it is nested in a device."""
    version = 6 if ":" in address else 4
    return {
        "id": number,
        "url": f"http://netbox/api/ipam/ip-addresses/{number}/",
        "display": address,
        "family": {"value": version, "label": f"IPv{version}"},
        "address": address,
        "dns_name": dns_name,
        "nat_inside": None,
        "nat_outside": [],
        "description": "",
    }


def chassis(number: int, name: str, master: Mapping[str, Any] | None, members: int) -> Row:
    """A virtual chassis as it is nested in its members."""
    nested = master and {key: master[key] for key in ("id", "url", "display", "name", "description")}
    return {
        "id": number,
        "url": f"http://netbox/api/dcim/virtual-chassis/{number}/",
        "display": name,
        "name": name,
        "master": nested,
        "description": "",
        "member_count": members,
    }
