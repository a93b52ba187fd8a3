# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Drift and maps as a user makes them: real ansible-playbook, a server that answers as NetBox does, a store on disk."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.records import (
    Device,
    Failure,
    Interface,
    Neighbor,
)
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.store import DiscoveryStore

from tests.integration.conftest import Controller, Run
from tests.lab.netbox import NetBoxLab, Plan, Tables
from tests.lab.netbox.server import TOKEN

COUNT = 6
PORTS = ("GigabitEthernet0/1", "GigabitEthernet0/2")
MODELS = {"cisco-ios": "cisco_ios", "arista-eos": "arista_eos", "frr": "frr", "juniper-junos": "juniper_junos"}


def ring(tables: Tables) -> None:
    """Each device has two interfaces, the primary address on the first, and a cable to the next device."""
    rows = tables.rows["dcim/devices"]
    numbers = sorted(rows)
    for place, number in enumerate(numbers):
        brief = {"id": number, "name": rows[number]["name"]}
        for side, port in enumerate(PORTS):
            far = rows[numbers[(place + (1 if side == 0 else -1)) % len(numbers)]]
            end = {"id": far["id"] * 10 + 1 - side, "name": PORTS[1 - side], "device": {"name": far["name"]}}
            cable = number if side == 0 else numbers[place - 1]
            tables.add(
                "dcim/interfaces",
                {
                    "id": number * 10 + side, "device": brief, "name": port, "enabled": True, "description": "",
                    "mac_address": None, "mtu": None, "cable": {"id": cable}, "link_peers": [end],
                    "connected_endpoints": [end], "connected_endpoints_type": "dcim.interface",
                },
            )  # fmt: skip
        address = rows[number]["primary_ip4"]["address"]
        assigned = {"assigned_object_type": "dcim.interface", "assigned_object_id": number * 10}
        tables.add("ipam/ip-addresses", {"address": address, **assigned})


def network(tables: Tables) -> dict[str, Device]:
    """The same devices as discovery finds them."""
    rows = [tables.rows["dcim/devices"][number] for number in sorted(tables.rows["dcim/devices"])]
    found = {}
    for place, row in enumerate(rows):
        after, before = rows[(place + 1) % len(rows)]["name"], rows[place - 1]["name"]
        address = row["primary_ip4"]["address"]
        found[row["name"]] = Device(
            id=row["serial"], name=f"{row['name']}.example.net", address=address.partition("/")[0],
            platform=MODELS[row["platform"]["slug"]], vendor="any", model=row["device_type"]["model"],
            serial=row["serial"], role=row["role"]["slug"], site=row["site"]["slug"],
            interfaces=(Interface("Gi0/1", True, True, addresses=(address,)), Interface("Gi0/2", True, True)),
            neighbors=(Neighbor("Gi0/1", after, "Gi0/2"), Neighbor("Gi0/2", before, "Gi0/1")),
        )  # fmt: skip
    return found


@dataclass
class Desk:
    """Both sides, and a user's machine between them."""

    controller: Controller
    netbox: NetBoxLab
    devices: dict[str, Device]

    @property
    def store(self) -> DiscoveryStore:
        return DiscoveryStore(self.controller.directory / "discovery")

    def save(self, *failures: Failure) -> None:
        for device in self.devices.values():
            self.store.save(device)
        self.store.save_failures(list(failures))

    def drift(self, *arguments: str, token: str = TOKEN, **variables: Any) -> Run:
        """The playbook as in the guide."""
        given = {"holdfast_source": "netbox", "holdfast_source_url": self.netbox.url, **variables}
        command = ("ansible-playbook", "holdfast.network.drift", "-e", json.dumps(given), *arguments)
        return self.controller.finish(self.controller.spawn(*command, json_output=True, NETBOX_TOKEN=token))

    def result(self, run: Run) -> dict[str, Any]:
        return run.result("localhost", "Compare the source of truth with what was discovered")

    def report(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.controller.directory / "reports/drift.json").read_text())
        return found


@pytest.fixture
def desk(controller: Controller) -> Iterator[Desk]:
    tables = Tables(Plan(devices=COUNT, machines=0))
    ring(tables)
    with NetBoxLab(tables) as netbox:
        yield Desk(controller, netbox, network(tables))


def test_no_drift_is_success_in_a_few_requests_and_changes_nothing(desk: Desk) -> None:
    desk.save()
    run = desk.drift()
    result = desk.result(run)
    assert run.rc == 0, run.stdout
    assert not result["changed"] and not result["drift"] and result["differences"] == []
    assert result["summary"]["devices"] == {"truth": COUNT, "found": COUNT}
    assert desk.report()["summary"]["words"].endswith("no difference.")
    assert 0 < len(desk.netbox.requests) < COUNT
    assert {line.split()[0] for line in desk.netbox.requests} <= {"GET", "POST"}  # GraphQL asks by POST


def test_drift_of_every_sort_fails_the_pipeline_and_is_reported(desk: Desk) -> None:
    name = {number: f"dev{number:05d}" for number in range(1, COUNT + 1)}
    devices = desk.devices
    del devices[name[6]]
    devices[name[1]] = replace(devices[name[1]], neighbors=(Neighbor("Gi0/1", name[2], "Gi0/2"),))
    devices[name[2]] = replace(devices[name[2]], serial="REPLACED", id="REPLACED", model="other<script>")
    devices[name[3]] = replace(devices[name[3]], address="192.0.2.3", interfaces=())
    far = devices[name[4]].neighbors
    devices[name[4]] = replace(devices[name[4]], neighbors=(far[0], Neighbor("Gi0/2", name[3], "Gi0/3")))
    devices[name[3]] = replace(devices[name[3]], neighbors=(devices[name[3]].neighbors[1],))
    devices[name[5]] = replace(devices[name[5]], neighbors=(devices[name[5]].neighbors[1],))
    devices["lab"] = Device("LAB", "lab-1", "192.0.2.200")
    desk.save(Failure("10.0.0.6", "authentication", "the device refused the user", name=name[6]))
    run = desk.drift()
    result = desk.result(run)
    rows = {(row["kind"], row["device"]) for row in result["differences"]}
    assert run.rc == 2 and result["drift"] and not result["changed"]
    assert rows == {
        ("unreached", name[6]), ("extra", "lab-1"), ("replaced", name[2]), ("model", name[2]), ("address", name[3]),
        ("cable", name[4]),
    }  # fmt: skip
    assert "dev00002: other hardware under the same name" in result["msg"]
    report = desk.report()
    assert report["summary"]["failed"] and report["differences"] == result["differences"]
    page = (desk.controller.directory / "reports/drift.html").read_text()
    assert "other&lt;script&gt;" in page and "<script" not in page
    assert r"other\<script\>" in (desk.controller.directory / "reports/drift.md").read_text()


def test_only_severe_drift_fails_and_rules_are_kept(desk: Desk) -> None:
    desk.devices["dev00001"] = replace(desk.devices["dev00001"], model="other")
    desk.save()
    assert desk.drift(holdfast_drift_fail_on="high").rc == 0
    assert desk.report()["summary"]["kinds"] == {"model": 1}
    assert desk.drift(holdfast_drift_fail_on="medium").rc == 2
    run = desk.drift(holdfast_drift_ignore=[{"kind": "model", "device": "DEV*1"}])
    assert run.rc == 0 and desk.result(run)["differences"] == []


@pytest.mark.parametrize(
    ("variables", "token", "words"),
    [
        ({}, "0" * 40, "source_denied"),
        ({"holdfast_drift_ignore": [{"devise": "x"}]}, TOKEN, "ignore: 'devise' is none; did you mean 'device'"),
        ({"discovery_dir": "nowhere"}, TOKEN, "store: nowhere is no discovery store"),
    ],
)
def test_what_cannot_be_compared_is_an_error_and_no_drift(
    desk: Desk, variables: dict[str, Any], token: str, words: str
) -> None:
    desk.save()
    run = desk.drift(token=token, **variables)
    result = desk.result(run)
    assert run.rc == 2 and words in f"{result['code']}: {result['msg']}"
    assert "drift" not in result and not (desk.controller.directory / "reports").exists()


def test_a_map_of_the_store(desk: Desk) -> None:
    desk.save(Failure("192.0.2.9", "unreachable", "no answer"))
    task = {"name": "map", "holdfast.network.topology": {"dir": "public", "title": "Ring <1>"}}

    def run(*arguments: str) -> dict[str, Any]:
        ran = desk.controller.playbook("localhost,", [task], "all", *arguments, connection="local")
        assert ran.rc == 0, ran.stdout
        return ran.result("localhost", "map")

    assert run("--check")["changed"] and not (desk.controller.directory / "public").exists()
    first, second = run(), run()
    assert first["changed"] and len(first["written"]) == 4 and (first["nodes"], first["links"]) == (COUNT + 1, COUNT)
    assert not second["changed"] and second["written"] == []
    page = (desk.controller.directory / "public/topology.html").read_text()
    assert re.search(r"<h1>Ring &lt;1&gt;</h1>", page) and "192.0.2.9" in page
    desk.devices["dev00001"] = replace(desk.devices["dev00001"], version="2")
    desk.save(Failure("192.0.2.9", "unreachable", "no answer"))
    assert run("--check")["changed"]
