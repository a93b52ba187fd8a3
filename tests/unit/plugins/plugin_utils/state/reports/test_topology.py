# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Links from both ends are one link; the drawing holds every name."""

from __future__ import annotations

from itertools import combinations
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.state.reports.model import merge
from ansible_collections.holdfast.network.plugins.plugin_utils.state.reports.svg import draw
from ansible_collections.holdfast.network.plugins.plugin_utils.state.reports.topology import Topology, build_topology

SVG_TEXT = ".//text"


def device(name: str, lldp: dict[str, tuple[str, str]], **topology: Any) -> dict[str, Any]:
    seen = {port: [{"hostname": host, "port": far}] for port, (host, far) in lldp.items()}
    return {"host": name, "topology": {"lldp": seen, **topology}}


def topology_of(*records: dict[str, Any]) -> Topology:
    return build_topology(merge(records, "t")["hosts"])


def links(topology: Topology) -> list[tuple[str, str, str, str, str, str | None]]:
    return [(link.a, link.port_a, link.b, link.port_b, link.kind, link.bgp) for link in topology.links]


def ring(count: int) -> list[dict[str, Any]]:
    return [
        device(f"r{i}", {"eth1": (f"r{i % count + 1}", "eth2"), "eth2": (f"r{(i - 2) % count + 1}", "eth1")})
        for i in range(1, count + 1)
    ]


def test_both_ends_tell_of_one_link_whatever_they_call_it() -> None:
    topology = topology_of(
        device("R1", {"Ethernet1": ("r2.lab.example", "Gi0/1")}), device("r2", {"GigabitEthernet0/1": ("R1", "Et1")})
    )
    assert links(topology) == [("R1", "Ethernet1", "r2", "Gi0/1", "cable", None)]


def test_parallel_links_are_two() -> None:
    assert len(topology_of(device("a", {"e1": ("b", "e1"), "e2": ("b", "e2")})).links) == 2


def test_neighbor_outside_the_report() -> None:
    topology = topology_of(device("a", {"e1": ("sw9", "p1")}))
    assert topology.nodes["sw9"].colour == "unseen"


def _session(up: bool) -> dict[str, Any]:
    return {"global": {"peers": {"10.0.0.2": {"is_up": up, "is_enabled": True}}}}


@pytest.mark.parametrize(("up", "state"), [(True, "up"), (False, "down")])
def test_bgp_colours_its_cable(up: bool, state: str) -> None:
    one = device("r1", {"e1": ("r2", "e1")}, bgp=_session(up))
    two = device("r2", {}, interfaces={"e1": {"ipv4": {"10.0.0.2": {"prefix_length": 30}}}})
    assert links(topology_of(one, two)) == [("r1", "e1", "r2", "e1", "cable", state)]


@pytest.mark.parametrize(("near", "far"), [(True, False), (False, True)])
def test_bgp_without_a_cable_is_a_link_of_its_own_and_one_down_end_is_enough(near: bool, far: bool) -> None:
    lo1 = {"lo": {"ipv4": {"10.0.0.1": {}}}}
    lo2 = {"lo": {"ipv4": {"10.0.0.2": {}}}}
    back = {"global": {"peers": {"10.0.0.1": {"is_up": far, "is_enabled": True}, "192.0.2.1": {"is_up": True}}}}
    topology = topology_of(
        device("r1", {}, interfaces=lo1, bgp=_session(near)), device("r2", {}, interfaces=lo2, bgp=back)
    )
    assert links(topology) == [("r1", "", "r2", "", "session", "down")]


def test_damaged_data_gives_no_links() -> None:
    record = {"host": "r1", "topology": {"lldp": {"e1": "x", "e2": [3, {}]}, "bgp": {"g": 3, "h": {"peers": 1}}}}
    assert links(topology_of(record, {"host": "r2", "topology": {"interfaces": {"e1": None}}})) == []


@pytest.mark.parametrize("count", [1, 2, 3, 4, 9, 20])
def test_boxes_do_not_overlap_and_stay_in_the_picture(count: int) -> None:
    topology = topology_of(*ring(count))
    for node in topology.nodes.values():
        assert 66 <= node.x <= topology.width - 66
        assert 20 <= node.y <= topology.height - 20
    for one, other in combinations(topology.nodes.values(), 2):
        assert abs(one.x - other.x) >= 132 or abs(one.y - other.y) >= 40, (one, other)


def test_leaf_and_spine_stand_in_rows() -> None:
    spines = [device(f"spine{s}", {f"e{n}": (f"leaf{n}", f"e{s}") for n in (1, 2, 3)}) for s in (1, 2)]
    topology = topology_of(*spines, *[device(f"leaf{n}", {}) for n in (1, 2, 3)])
    rows = {name: node.y for name, node in topology.nodes.items()}
    assert rows["spine1"] == rows["spine2"] < rows["leaf1"] == rows["leaf3"]
    assert len(topology.links) == 6


def test_drawing_is_deterministic_and_whole() -> None:
    drawing = draw(topology_of(*ring(4)))
    assert drawing == draw(topology_of(*ring(4)))
    texts = [element.text for element in ET.fromstring(drawing).iterfind(SVG_TEXT)]
    assert {"r1", "r2", "r3", "r4", "eth1", "eth2"} <= set(texts)
    assert texts.count("eth1") == 4


def test_names_are_escaped() -> None:
    drawing = draw(topology_of(device("<b>", {"<i>": ("<script>", "\"'")})))
    assert "<b>" not in drawing
    assert "<script>" not in drawing
    ET.fromstring(drawing)
