# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module inventory_sync in playbooks, against a server that answers as NetBox documents it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import LOCAL, Controller, Run
from tests.lab.netbox import NetBoxLab, Plan, Tables
from tests.lab.netbox.server import TOKEN
from tests.lab.netbox.writing import Writing
from tests.lab.triangle import keep, triangle


@pytest.fixture
def netbox() -> Iterator[NetBoxLab]:
    with NetBoxLab(Tables(Plan(devices=3, machines=0)), writer=Writing()) as lab:
        yield lab


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return keep(tmp_path / "store", triangle())


def sync(lab: NetBoxLab, directory: Path, name: str = "write", **options: Any) -> dict[str, Any]:
    task = {key: options.pop(key) for key in ("check_mode", "diff") if key in options}
    given = {"source": "netbox", "url": lab.url, "token": TOKEN, "store": str(directory), "location": "site-01"}
    module = {"role": "core", "version_field": "os_version", **given, **options}
    wanted = {key: value for key, value in module.items() if value is not None}
    return {"name": name, "holdfast.network.inventory_sync": wanted, "ignore_errors": True, **task}


def run(controller: Controller, *tasks: dict[str, Any], hosts: str = "localhost,") -> Run:
    return controller.playbook(hosts, list(tasks), "all", vars=LOCAL)


def writes(lab: NetBoxLab) -> list[str]:
    return [one for one in lab.requests if not one.startswith(("GET", "OPTIONS"))]


def test_check_writes_nothing_then_all_of_it_then_nothing_again(
    controller: Controller, netbox: NetBoxLab, store: Path
) -> None:
    planned = run(controller, sync(netbox, store, check_mode=True, diff=True)).result("localhost", "write")
    assert planned["changed"] and planned["summary"]["create"]["device"] == 3 and writes(netbox) == []
    assert "cable r1 GigabitEthernet0/1 r2 GigabitEthernet0/1" in planned["diff"]["after"]

    # three hosts in the play, and it runs once
    done = run(controller, sync(netbox, store), sync(netbox, store, "again"), hosts="a,b,c,")
    assert done.tasks["a"]["write"]["operations"] == planned["operations"] and list(done.tasks) == ["a"]
    assert not done.tasks["a"]["again"]["changed"] and done.tasks["a"]["again"]["operations"] == []
    assert TOKEN not in done.stdout + done.stderr


def test_each_failure_says_what_to_do_and_what_was_written(
    controller: Controller, netbox: NetBoxLab, store: Path
) -> None:
    writing = netbox.writer
    assert isinstance(writing, Writing)
    writing.denied.add("dcim.interface")
    found = run(
        controller,
        sync(netbox, store, "denied"),
        sync(netbox, store, "token", token="0" * 40),
        sync(netbox, store, "place", location="Nowhere"),
        sync(netbox, store, "place not given", location=None),
        sync(netbox, store, "role", role="Boss"),
        sync(netbox, store, "store", store="/nonexistent"),
        sync(netbox, store, "word", update=["device"]),
        sync(netbox, store, "url", url="http://127.0.0.1:9"),
    ).tasks["localhost"]
    assert found["denied"]["code"] == "source_denied"
    assert found["denied"]["detail"] == {
        "object": "interface r1 GigabitEthernet0/1", "permission": "dcim.add_interface",
    }  # fmt: skip
    assert found["token"]["code"] == "source_denied" and "0" * 40 not in str(found["token"]["msg"])
    assert "location: the source has no 'Nowhere'; make it, or add locations" in found["place"]["msg"]
    assert "location: is needed to create r1" in found["place not given"]["msg"]
    assert "role: the source has no role 'Boss'" in found["role"]["msg"]
    assert "store: /nonexistent is no discovery store" in found["store"]["msg"]
    assert "update: 'device' is none of: devices, interfaces, addresses, cables" in found["word"]["msg"]
    assert found["url"]["code"] == "source_unreachable" and found["url"]["retryable"]
    assert writes(netbox) == [] and not any(row["changed"] for row in found.values())

    # and a refusal that nobody could have known before
    writing.denied.clear()
    r1, r2, r3 = triangle()
    keep(store, [r1, replace(r2, interfaces=(replace(r2.interfaces[0], name="x" * 70), *r2.interfaces[1:])), r3])
    half = run(controller, sync(netbox, store)).result("localhost", "write")
    assert half["outcome"] == "failed" and half["changed"] and "no more than 64 characters" in half["msg"]
    assert {row["kind"] for row in half["operations"]} == {"device_type", "tag", "device"}
    assert half["not_written"][0]["kind"] == "interface"
    keep(store, [r1, r2, r3])
    rest = run(controller, sync(netbox, store)).result("localhost", "write")
    assert {row["kind"] for row in rest["operations"]} == {"interface", "address", "cable", "primary_address"}
