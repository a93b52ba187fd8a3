# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Writing to a server that answers as NetBox documents it, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import BadInput, SourceDenied, SourceError
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.records import Device, Found
from ansible_collections.holdfast.network.plugins.plugin_utils.sources.apply import backend
from ansible_collections.holdfast.network.plugins.plugin_utils.sources.operations import CREATES, Rules
from ansible_collections.holdfast.network.plugins.plugin_utils.sources.rest import Rest
from ansible_collections.holdfast.network.plugins.plugin_utils.sources.sync import Synced, synchronise
from ansible_collections.holdfast.network.plugins.plugin_utils.sources.truth import read_truth

from tests.lab.netbox import NetBoxLab, Plan, Tables
from tests.lab.netbox.server import TOKEN
from tests.lab.netbox.writing import Writing
from tests.lab.triangle import CABLES, described, triangle


class NetBox:
    """The server, and write-back to it."""

    def __init__(self, version: str) -> None:
        self.tables = Tables(Plan(devices=2, machines=1, version=version))
        self.tables.add("dcim/sites", {"name": "Ulm", "slug": "ulm", "region": None, "display": "Ulm"})
        self.writing = Writing()
        self.lab = NetBoxLab(self.tables, writer=self.writing)

    @property
    def rest(self) -> Rest:
        return Rest(self.lab.url, TOKEN, source="netbox")

    def sync(self, devices: list[Device], **rules: Any) -> Synced:
        given = {"create": list(CREATES), "location": "Ulm", "role": "Core", "version_field": "os_version", **rules}
        chosen = Rules(**given)
        return synchronise(Found(devices), backend("netbox", self.rest, chosen), chosen)

    def written(self, devices: list[Device], **rules: Any) -> list[tuple[str, str, str]]:
        done = self.sync(devices, **rules)
        assert done.applied.error is None and not done.applied.left
        return [(one.action, one.kind, " ".join(one.ref)) for one in done.applied.written]

    def writes(self) -> list[str]:
        return [one for one in self.lab.requests if not one.startswith(("GET", "OPTIONS"))]

    def row(self, table: str, name: str, device: str = "") -> dict[str, Any]:
        rows = [row for row in self.tables.rows[table].values() if row["name"] == name]
        return next(row for row in rows if not device or row["device"]["name"] == device)


@pytest.fixture(params=["3.7", "4.4"])
def netbox(request: pytest.FixtureRequest) -> Iterator[NetBox]:
    made = NetBox(request.param)
    with made.lab:
        yield made


def test_devices_are_made_with_all_that_is_known_and_once(netbox: NetBox) -> None:
    first = netbox.sync(triangle())
    assert first.applied.error is None and first.plan.skipped == []
    assert first.plan.summary()["create"] == {
        "tag": 1, "device_type": 1, "device": 3, "interface": 9, "address": 9, "cable": 3,
    }  # fmt: skip
    # lists: no request for each row
    assert len(netbox.writes()) == 7 + (2 if netbox.tables.plan.version == "4.4" else 0)
    r1 = netbox.row("dcim/devices", "r1")
    assert r1["primary_ip4"]["address"] == "10.255.0.1/32" and r1["site"]["slug"] == "ulm"
    assert r1["platform"]["slug"] == "cisco-ios", "there already, under another spelling"
    assert r1["role"]["slug"] == "core" and r1["device_type"]["manufacturer"]["slug"] == "cisco"
    assert r1["custom_fields"] == {"os_version": "17.9.4"} and [tag["slug"] for tag in r1["tags"]] == ["holdfast"]
    port = netbox.row("dcim/interfaces", "GigabitEthernet0/1", "r1")
    assert port["mac_address"] == "02:00:00:00:01:01" and port["mtu"] == 1500 and port["type"]["value"] == "other"
    assert port["connected_endpoints"][0]["device"]["name"] == "r2"
    assert netbox.written(triangle()) == []


def test_the_truth_is_read_in_a_few_lists_with_both_ends_of_each_cable(netbox: NetBox) -> None:
    netbox.sync(triangle())
    netbox.lab.requests.clear()
    truth = read_truth("netbox", netbox.rest)
    assert len(netbox.lab.requests) <= 5
    assert {(one.a, one.b) for one in truth.cables} == {
        tuple(sorted((name, f"GigabitEthernet0/{port}") for name, port, _address in ends)) for ends in CABLES
    }
    port = next(one for one in truth.interfaces if one.name == "GigabitEthernet0/1")
    assert port.addresses and port.cable and port.description.startswith("to r")
    some = read_truth("netbox", netbox.rest, {"name": "r1"})
    assert [one.name for one in some.devices] == ["r1"] and len(some.interfaces) == 3
    assert {name for one in some.cables for name, _port in (one.a, one.b)} == {"r1", "r2", "r3"}


def test_what_changed_is_updated_and_what_is_not_known_is_kept(netbox: NetBox) -> None:
    netbox.sync(triangle())
    r1, r2, r3 = triangle()
    changed = replace(described(r1, "GigabitEthernet0/1", "core link"), serial="FDO9999", version="17.12.1")
    quiet = replace(described(r2, "GigabitEthernet0/1", ""), serial="", version="", model="")
    assert netbox.written([changed, quiet, r3]) == [
        ("update", "device", "r1"),
        ("update", "interface", "r1 GigabitEthernet0/1"),
    ]
    assert netbox.row("dcim/devices", "r1")["custom_fields"] == {"os_version": "17.12.1"}
    assert netbox.row("dcim/devices", "r2")["serial"] == "FDO0002"
    assert netbox.written([replace(changed, name="core-r1"), quiet, r3]) == [("update", "device", "core-r1")]


def test_a_cable_and_an_address_move(netbox: NetBox) -> None:
    netbox.sync(triangle())
    moved = triangle(((("r1", 1, "10.0.1.1/30"), ("r3", 2, "10.0.2.2/30")), CABLES[2]))
    cables = [one for one in netbox.written(moved) if one[1] == "cable"]
    assert [one[0] for one in cables] == ["delete", "delete", "create"]
    assert netbox.written(moved) == []
    assert netbox.row("dcim/interfaces", "GigabitEthernet0/1", "r1")["connected_endpoints"][0]["device"]["name"] == "r3"
    swapped = triangle(((("r1", 1, "10.0.1.1/30"), ("r3", 2, "10.0.3.1/30")), (("r3", 1, "10.0.2.2/30"), CABLES[2][1])))
    assert [one[:2] for one in netbox.written(swapped)] == [("update", "address")] * 2
    assert netbox.written(swapped) == []


def test_an_address_that_another_device_is_known_by_is_not_taken_from_it(netbox: NetBox) -> None:
    netbox.sync(triangle())
    r1, r2, r3 = triangle()
    r1 = replace(r1, address="10.0.1.1", interfaces=r1.interfaces[1:])
    loopback = replace(r2.interfaces[0], addresses=("10.255.0.1/32", "10.255.0.2/32"))
    done = netbox.sync([r1, replace(r2, interfaces=(loopback, *r2.interfaces[1:])), r3])
    assert done.applied.error is None and done.applied.written == []
    assert "10.255.0.1/32 is on r2 now, and another device's primary address" in done.plan.skipped[0]


def test_an_address_of_several_devices_goes_to_the_first(netbox: NetBox) -> None:
    shared = [replace(one, interfaces=(replace(one.interfaces[0], addresses=("10.99.0.1/32",)),)) for one in triangle()]
    done = netbox.sync(shared)
    assert done.applied.error is None
    assert [one.ref for one in done.applied.written if one.kind == "address"] == [("10.99.0.1/32",)]
    assert "10.99.0.1 is on r1 Loopback0 and r2 Loopback0, r3 Loopback0" in " ".join(done.plan.skipped)
    assert netbox.written(shared) == []


def test_only_what_carries_the_tag_is_pruned(netbox: NetBox) -> None:
    netbox.sync(triangle())
    r1, r2, _r3 = triangle((CABLES[0],))
    found = [r1, replace(r2, interfaces=r2.interfaces[1:])]
    assert not any(one[0] == "delete" for one in netbox.written(found))
    gone = netbox.written(found, prune=["devices", "interfaces", "addresses", "cables"])
    assert gone == [
        ("delete", "address", "10.0.2.1/30"),
        ("delete", "address", "10.0.3.2/30"),
        ("delete", "address", "10.255.0.2/32"),
        ("delete", "interface", "r1 GigabitEthernet0/2"),
        ("delete", "interface", "r2 GigabitEthernet0/2"),
        ("delete", "interface", "r2 Loopback0"),
        ("delete", "device", "r3"),
    ]
    assert {row["name"] for row in netbox.tables.rows["dcim/devices"].values()} == {"dev00001", "dev00002", "r1", "r2"}


def test_nothing_is_pruned_without_a_tag(netbox: NetBox) -> None:
    netbox.sync(triangle(), tag="")
    assert all(row["tags"] == [] for row in netbox.tables.rows["dcim/interfaces"].values())
    assert netbox.written(triangle(), tag="") == []
    with pytest.raises(BadInput, match="prune: only what carries the tag is deleted"):
        netbox.sync([], tag="", prune=["devices"])
    assert netbox.written([], prune=["devices", "interfaces", "addresses", "cables"]) == []  # made without the tag


def test_a_missing_permission_is_told_before_anything_is_written(netbox: NetBox) -> None:
    netbox.writing.denied.add("dcim.cable")
    with pytest.raises(SourceDenied, match="may not create cable r1 .* needs the permission dcim.add_cable"):
        netbox.sync(triangle())
    assert netbox.writes() == []
    netbox.writing.denied.clear()
    netbox.writing.writable = False
    with pytest.raises(SourceDenied, match="may not create"):
        netbox.sync(triangle())
    assert netbox.writes() == []


def test_a_refusal_names_object_and_field_and_tells_what_was_written(netbox: NetBox) -> None:
    r1, r2, r3 = triangle()
    long = replace(r2, interfaces=(replace(r2.interfaces[0], name="x" * 70), *r2.interfaces[1:]))
    done = netbox.sync([r1, long, r3])
    assert isinstance(done.applied.error, SourceError)
    assert "interface r2 xxx" in done.applied.error.message and "no more than 64" in done.applied.error.message
    assert {one.kind for one in done.applied.written} == {"tag", "device_type", "device"}
    assert done.applied.left[0].kind == "interface" and netbox.tables.rows["dcim/interfaces"] == {}
    kinds = {kind for _action, kind, _name in netbox.written([r1, r2, r3])}
    assert kinds == {"interface", "address", "cable", "primary_address"}


def test_of_lists_that_are_sent_together_those_that_were_taken_are_told(netbox: NetBox) -> None:
    r1, r2, r3 = triangle()
    many = tuple(replace(r1.interfaces[0], name=f"Loopback{number}", addresses=()) for number in range(200))
    wrong = replace(many[-1], name="x" * 70)
    done = netbox.sync([replace(r1, interfaces=(*many, wrong)), r2, r3])
    assert done.applied.error is not None and "interface r1 xxx" in done.applied.error.message
    there = {row["name"] for row in netbox.tables.rows["dcim/interfaces"].values()}
    assert there == {one.ref[1] for one in done.applied.written if one.kind == "interface"}
    assert "x" * 70 in {one.ref[-1] for one in done.applied.left[:50]}, "the list that was refused comes first"
    assert len(done.applied.written) + len(done.applied.left) == len(done.plan.operations)
    rest = netbox.sync([replace(r1, interfaces=many), r2, r3])
    assert rest.applied.error is None and netbox.written([replace(r1, interfaces=many), r2, r3]) == []
