# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is read of a real Nautobot for drift and write-back."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import SourceDenied
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.records import Found
from ansible_collections.holdfast.network.plugins.plugin_utils.drift.compare import compare
from ansible_collections.holdfast.network.plugins.plugin_utils.sources.apply import backend
from ansible_collections.holdfast.network.plugins.plugin_utils.sources.operations import CREATES, Rules
from ansible_collections.holdfast.network.plugins.plugin_utils.sources.rest import Rest
from ansible_collections.holdfast.network.plugins.plugin_utils.sources.sync import Synced, synchronise
from ansible_collections.holdfast.network.plugins.plugin_utils.sources.truth import read_truth

from tests.lab.triangle import CABLES, triangle
from tests.nautobot.conftest import Api

EXPECTED = {tuple(sorted((name, f"GigabitEthernet0/{port}") for name, port, _address in ends)) for ends in CABLES}


def rest(nautobot: Api, user: str = "admin") -> Rest:
    return Rest(nautobot.lab.url, nautobot.lab.tokens[user], source="nautobot")


def write(nautobot: Api) -> Synced:
    rules = Rules(create=list(CREATES), location="Ulm", role="router")
    return synchronise(Found(triangle()), backend("nautobot", rest(nautobot), rules), rules)


def test_all_of_it_comes_in_few_lists_and_some_with_the_far_ends_of_their_cables(nautobot: Api) -> None:
    assert write(nautobot).applied.error is None
    client = rest(nautobot, "reader")
    truth = read_truth("nautobot", client)
    assert client.requests_made <= 7
    assert {(one.a, one.b) for one in truth.cables} == EXPECTED and all(one.key for one in truth.cables)
    assert len(truth.interfaces) == len(truth.addresses) == 9
    assert compare(truth, Found(triangle())) == []

    some = read_truth("nautobot", rest(nautobot), {"name": ["r1"]})
    assert [one.name for one in some.devices] == ["r1"] and len(some.interfaces) == len(some.addresses) == 3
    assert {(one.a, one.b) for one in some.cables} == {ends for ends in EXPECTED if "r1" in dict(ends)}
    with pytest.raises(SourceDenied, match="check the option token"):
        read_truth("nautobot", rest(nautobot, "nobody"))


def test_a_way_through_a_patch_panel_is_the_same_cable(nautobot: Api) -> None:
    write(nautobot)
    ends = [("r1", "GigabitEthernet0/1"), ("r2", "GigabitEthernet0/1")]
    ports = [nautobot.get("dcim/interfaces/", device=name, name=port)[0] for name, port in ends]
    nautobot.delete("dcim/cables/", {"id": ports[0]["cable"]["id"]})
    front, rear = panel(nautobot)
    connect(nautobot, ("dcim.interface", ports[0]["id"]), ("dcim.frontport", front))
    connect(nautobot, ("dcim.rearport", rear), ("dcim.interface", ports[1]["id"]))
    truth = read_truth("nautobot", rest(nautobot))
    assert {(one.a, one.b) for one in truth.cables} == EXPECTED
    assert [one.key for one in truth.cables if (one.a, one.b) == tuple(sorted(ends))] == [""]
    assert [one.kind for one in compare(truth, Found(triangle()))] == ["missing"]  # the panel, which nobody discovers
    again = write(nautobot)
    assert again.plan.operations == [] and again.plan.skipped == []


def panel(nautobot: Api) -> tuple[str, str]:
    """A front port and the rear port behind it."""
    place = nautobot.get("dcim/devices/", name="r1")[0]
    row = {name: place[name]["id"] for name in ("device_type", "role", "location", "status")}
    device = nautobot.post("dcim/devices/", {"name": "panel", **row})[0]["id"]
    plug: dict[str, Any] = {"device": device, "name": "1", "type": "8p8c"}
    rear = nautobot.post("dcim/rear-ports/", plug)[0]["id"]
    front = nautobot.post("dcim/front-ports/", {**plug, "rear_port": rear, "rear_port_position": 1})[0]["id"]
    return front, rear


def connect(nautobot: Api, a: tuple[str, str], b: tuple[str, str]) -> None:
    row = {"termination_a_type": a[0], "termination_a_id": a[1], "termination_b_type": b[0], "termination_b_id": b[1]}
    nautobot.post("dcim/cables/", {**row, "status": {"name": "Connected"}})
