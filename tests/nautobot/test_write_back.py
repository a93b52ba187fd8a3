# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What discovery found, written into a real Nautobot."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import BadInput, SourceDenied
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.store import DiscoveryStore
from ansible_collections.holdfast.network.plugins.plugin_utils.sources.apply import backend
from ansible_collections.holdfast.network.plugins.plugin_utils.sources.operations import CREATES, Rules
from ansible_collections.holdfast.network.plugins.plugin_utils.sources.rest import Rest
from ansible_collections.holdfast.network.plugins.plugin_utils.sources.sync import synchronise

from tests.integration.conftest import LOCAL, Controller
from tests.lab.triangle import CABLES, described, keep, triangle
from tests.nautobot.conftest import Api


class Sync:
    """Write-back of one store: called, as the module does it; ``play``, the module itself in a playbook."""

    def __init__(self, controller: Controller, source: dict[str, Any], store: Path) -> None:
        self.controller = controller
        self.source = source
        self.store = store
        self.rules: dict[str, Any] = {"location": "Ulm", "role": "router", "create": list(CREATES)}

    def __call__(self, token: str = "", **rules: Any) -> dict[str, Any]:
        chosen = Rules(**{**self.rules, **rules})
        rest = Rest(self.source["url"], token or self.source["token"], source="nautobot")
        done = synchronise(DiscoveryStore(self.store).load(), backend("nautobot", rest, chosen), chosen)
        assert done.applied.error is None, done.applied.error
        return {
            "changed": bool(done.plan.operations),
            "operations": [one.as_dict() for one in done.applied.written],
            "left_out": done.plan.skipped,
        }

    def play(self, *arguments: str, **options: Any) -> dict[str, Any]:
        module = {**self.source, "store": str(self.store), **self.rules, **options}
        task = {"name": "write", "holdfast.network.inventory_sync": module, "ignore_errors": True}
        run = self.controller.playbook("localhost,", [task], "localhost", *arguments, vars=LOCAL)
        return run.result("localhost", "write")


@pytest.fixture
def sync(controller: Controller, source: dict[str, Any], tmp_path: Path) -> Sync:
    return Sync(controller, source, keep(tmp_path / "store", triangle()))


def cables(nautobot: Api) -> set[frozenset[str]]:
    names = {row["id"]: f"{row['device']['name']} {row['name']}" for row in nautobot.get("dcim/interfaces/")}
    return {
        frozenset(names[row[f"termination_{end}_id"]] for end in "ab") for row in nautobot.get("dcim/cables/", depth=0)
    }


def test_an_empty_nautobot_is_filled_and_a_second_run_writes_nothing(sync: Sync, nautobot: Api) -> None:
    planned = sync.play("--check", "--diff")
    assert planned["changed"] and planned["summary"]["create"]["device"] == 3 and not planned["left_out"]
    assert "device r1\n  name: r1\n" in planned["diff"]["after"] and planned["diff"]["before"] == ""
    assert nautobot.get("dcim/devices/") == []

    first = sync.play()
    assert first["changed"] and first["operations"] == planned["operations"], first
    second = sync.play()
    assert not second["changed"] and second["operations"] == [] and second["left_out"] == []

    r1, *_others = devices = nautobot.get("dcim/devices/", sort="name")
    assert [row["name"] for row in devices] == ["r1", "r2", "r3"]
    assert r1["serial"] == "FDO0001" and r1["software_version"]["version"] == "17.9.4"
    assert r1["platform"]["network_driver"] == "cisco_ios" and r1["role"]["name"] == "router"
    assert r1["device_type"]["model"] == "ISR4331" and r1["location"]["name"] == "Ulm"
    assert r1["status"]["name"] == "Active" and r1["primary_ip4"]["address"] == "10.255.0.1/32"
    for path in ("dcim/devices/", "dcim/interfaces/", "dcim/cables/", "ipam/ip-addresses/"):
        assert all([tag["name"] for tag in row["tags"]] == ["holdfast"] for row in nautobot.get(path)), path
    port = nautobot.get("dcim/interfaces/", device="r1", name="GigabitEthernet0/1")[0]
    assert (port["description"], port["mtu"], port["mac_address"]) == ("to r2", 1500, "02:00:00:00:01:01")
    assert port["ip_address_count"] == 1 and port["enabled"]
    assert cables(nautobot) == {
        frozenset(f"{name} GigabitEthernet0/{port}" for name, port, _address in ends) for ends in CABLES
    }


def test_what_changed_is_updated_and_nothing_else(sync: Sync, nautobot: Api) -> None:
    sync()
    r1, r2, r3 = triangle()
    changed = replace(described(r1, "GigabitEthernet0/1", "core link"), serial="FDO9999", version="17.12.1")
    quiet = replace(described(r2, "GigabitEthernet0/1", ""), serial="")  # this time it told less
    keep(sync.store, [changed, quiet, r3])
    found = sync.play("--diff")
    assert [(one["action"], one["kind"], one["name"]) for one in found["operations"]] == [
        ("create", "software_version", "cisco_ios 17.12.1"),
        ("update", "device", "r1"),
        ("update", "interface", "r1 GigabitEthernet0/1"),
    ]
    assert found["operations"][1]["before"] == {"serial": "FDO0001", "version": "17.9.4"}
    assert "  serial: FDO0001\n" in found["diff"]["before"] and "  serial: FDO9999\n" in found["diff"]["after"]
    assert not sync()["changed"]
    row = nautobot.get("dcim/devices/", name="r1")[0]
    assert row["serial"] == "FDO9999" and row["software_version"]["version"] == "17.12.1"
    assert nautobot.get("dcim/devices/", name="r2")[0]["serial"] == "FDO0002"


def test_a_cable_that_leads_elsewhere_is_moved_and_an_address_too(sync: Sync, nautobot: Api) -> None:
    sync()
    # r1's port 1 now leads to r3's port 2, with r2's end of that link unplugged; the address stays with its port
    keep(sync.store, triangle(((("r1", 1, "10.0.1.1/30"), ("r3", 2, "10.0.2.2/30")), CABLES[2])))
    kept = sync(update=["devices", "interfaces", "addresses"])
    assert not any(one["kind"] == "cable" for one in kept["operations"])
    assert "leads elsewhere in the source: update does not include cables" in " ".join(kept["left_out"])
    moved = sync()
    assert [(one["action"], one["name"]) for one in moved["operations"] if one["kind"] == "cable"] == [
        ("delete", "r1 GigabitEthernet0/1 r2 GigabitEthernet0/1"),
        ("delete", "r2 GigabitEthernet0/2 r3 GigabitEthernet0/2"),
        ("create", "r1 GigabitEthernet0/1 r3 GigabitEthernet0/2"),
    ]
    assert frozenset(("r1 GigabitEthernet0/1", "r3 GigabitEthernet0/2")) in cables(nautobot)
    assert not sync()["changed"]
    # the addresses of r3's two ports change places
    keep(
        sync.store,
        triangle(((("r1", 1, "10.0.1.1/30"), ("r3", 2, "10.0.3.1/30")), (("r3", 1, "10.0.2.2/30"), CABLES[2][1]))),
    )
    swapped = sync()
    assert [one["name"] for one in swapped["operations"]] == ["10.0.2.2/30", "10.0.3.1/30"]
    assert not sync()["changed"]


def test_only_what_is_allowed_is_made(sync: Sync, nautobot: Api) -> None:
    allowed = [one for one in CREATES if one not in ("roles", "locations")]
    for rules, words in (
        ({"create": allowed}, "location: the source has no 'Ulm'"),
        ({"create": [*allowed, "locations"]}, "role: the source has no role 'router'"),
        ({"location": ""}, "location: is needed to create r1"),
        ({"status": "busy"}, "status: 'busy' is no status of devices in Nautobot; there are: "),
        ({"namespace": "lab"}, "namespace: Nautobot has no namespace 'lab'"),
    ):
        with pytest.raises(BadInput, match=re.escape(words)):
            sync(**rules)
    assert nautobot.get("dcim/locations/") == []
    found = sync(create=["locations", "roles", "manufacturers", "device_types", "devices"])
    assert {one["kind"] for one in found["operations"]} == {
        "location_type", "location", "manufacturer", "device_type", "role", "device", "tag",
    }  # fmt: skip
    assert any("has no platform cisco_ios, and create does not include platforms" in one for one in found["left_out"])
    assert "r1 has interfaces that the source lacks: create does not include interfaces" in found["left_out"]
    assert not sync(create=[])["changed"]


def test_a_token_without_the_permission_writes_nothing(sync: Sync, nautobot: Api) -> None:
    reader, nobody = nautobot.lab.tokens["reader"], nautobot.lab.tokens["nobody"]
    assert sync.play("--check", token=reader)["changed"]  # to look is enough for a plan
    found = sync.play(token=reader)
    assert not found["changed"] and found["code"] == "source_denied"
    assert found["detail"]["permission"].partition(".")[2].startswith("add_") and reader not in str(found["msg"])
    for token in (nobody, "0" * 40):
        with pytest.raises(SourceDenied, match="check the option token") as caught:
            sync(token)
        assert token not in caught.value.message
    assert nautobot.get("dcim/devices/") == [] and nautobot.get("extras/tags/") == []
    assert nautobot.get("dcim/manufacturers/") == []


def test_a_refusal_half_way_tells_what_was_written_and_the_next_run_goes_on(sync: Sync, nautobot: Api) -> None:
    r1, r2, r3 = triangle()
    bad = replace(r2, interfaces=(replace(r2.interfaces[0], name="x" * 300), *r2.interfaces[1:]))
    keep(sync.store, [r1, bad, r3])
    found = sync.play()
    assert found["changed"] and found["code"] == "source_error"
    assert "cannot create interface r2 " + "x" * 300 + ": name: " in found["msg"]
    assert {one["kind"] for one in found["not_written"]} >= {"interface", "address", "cable"}
    assert "device" in {one["kind"] for one in found["operations"]}
    assert nautobot.get("dcim/interfaces/") == []  # a list of rows is taken whole or not at all
    keep(sync.store, [r1, r2, r3])
    rest = sync()
    assert "device" not in {one["kind"] for one in rest["operations"]} and not sync()["changed"]


def test_only_what_was_made_here_is_pruned_and_only_when_asked(sync: Sync, nautobot: Api) -> None:
    sync()
    place = {name: nautobot.get("dcim/devices/", name="r1")[0][name]["id"] for name in ("location", "role", "status")}
    kind = nautobot.get("dcim/device-types/")[0]["id"]
    nautobot.post("dcim/devices/", {"name": "by-hand", "device_type": kind, **place})
    r1, r2, _r3 = triangle((CABLES[0],))
    fewer = replace(r2, interfaces=tuple(one for one in r2.interfaces if one.name != "Loopback0"))
    keep(sync.store, [r1, fewer])
    assert not any(one["action"] == "delete" for one in sync()["operations"])
    found = sync(prune=["devices", "interfaces", "addresses", "cables"])
    gone = {(one["kind"], one["name"]) for one in found["operations"] if one["action"] == "delete"}
    assert ("cable", "r2 GigabitEthernet0/2 r3 GigabitEthernet0/2") not in gone  # r3 was not visited, it goes with it
    assert ("device", "r3") in gone and ("interface", "r2 Loopback0") in gone and ("address", "10.255.0.2/32") in gone
    assert [row["name"] for row in nautobot.get("dcim/devices/", sort="name")] == ["by-hand", "r1", "r2"]
    assert not sync(prune=["devices", "interfaces", "addresses", "cables"])["changed"]


def test_names_that_are_not_sure_are_left_out(sync: Sync, nautobot: Api) -> None:
    r1, r2, r3 = triangle()
    keep(sync.store, [r1, r2, replace(r3, id="other", name="R2"), replace(r3, id="nameless", name="")])
    found = sync()
    assert [row["name"] for row in nautobot.get("dcim/devices/")] == ["r1"]
    assert "several devices are called r2 (at 10.255.0.2, 10.255.0.3): they are left out" in " ".join(found["left_out"])
    assert "the device at 10.255.0.3 has no name: it is left out" in found["left_out"]


def test_an_address_that_two_devices_have_belongs_to_both(sync: Sync, nautobot: Api) -> None:
    anycast = "10.99.0.1/32"
    shared = []
    for one in triangle():
        loopback = replace(one.interfaces[0], addresses=(*one.interfaces[0].addresses, anycast))
        shared.append(replace(one, interfaces=(loopback, *one.interfaces[1:])))
    keep(sync.store, shared)
    sync()
    assert len(nautobot.get("ipam/ip-addresses/", address="10.99.0.1")) == 1
    assert {row["device"]["name"] for row in nautobot.get("dcim/interfaces/", ip_addresses="10.99.0.1")} == {
        "r1",
        "r2",
        "r3",
    }
    assert not sync()["changed"]
