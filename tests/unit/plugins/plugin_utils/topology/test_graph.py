# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Everything that was met is in the map once: read, refused, or known from hearsay."""

from __future__ import annotations

import random
from collections.abc import Callable

from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.records import (
    Device,
    Failure,
    Found,
    Neighbor,
)
from ansible_collections.holdfast.network.plugins.plugin_utils.topology.graph import build_map

Network = Callable[[int], Found]


def test_states_and_reasons(network: Network) -> None:
    nodes = {node.name: node for node in build_map(network(20)).nodes}
    assert sum(node.state == "found" for node in nodes.values()) == 20 and len(nodes) == 23
    refused, dead = nodes["wan-1"], nodes["203.0.113.7"]
    assert (refused.state, refused.address, refused.role) == ("unreached", "198.51.100.1", "edge")
    assert "refused" in refused.reason and dead.state == "unreached" and "no answer" in dead.reason
    assert next(node for name, node in nodes.items() if "<script>" in name).state == "unvisited"


def test_a_role_comes_from_the_device_or_from_its_name() -> None:
    told = [("core1", ""), ("core2", "firewall"), ("core3", "router"), ("r4", "router"), ("r5", "unknown")]
    devices = [Device(name, name, f"192.0.2.{name[-1]}", role=role) for name, role in told]
    assert [node.role for node in build_map(Found(devices)).nodes] == ["core", "firewall", "core", "router", ""]


def test_parallel_cables_are_links_of_their_own(network: Network) -> None:
    links = build_map(network(20)).links
    between = [link for link in links if {link.a.node, link.b.node} == {"ams-core-1", "ams-core-2"}]
    assert len(between) == 2 and len(links) == len({(link.a.node, link.a.interface) for link in links})


def test_one_neighbor_told_of_by_two_devices_is_one_node_and_nameless_ones_are_not() -> None:
    devices = [
        Device(n, n, f"192.0.2.{i}", neighbors=(Neighbor("e1", "Phone.example.net"), Neighbor("e2", "")))
        for i, n in enumerate(("r1", "r2"))
    ]
    assert [node.name for node in build_map(Found(devices)).nodes if node.state == "unvisited"] == [
        "Phone.example.net",
        "unknown",
        "unknown",
    ]


def test_a_failure_is_found_by_the_port_it_was_heard_of() -> None:
    device = Device("r1", "r1", "192.0.2.1", neighbors=(Neighbor("Gi0/1", "sw1", "1"),))
    failure = Failure("", "no_address", "tells no management address", found_by=("r1", "GigabitEthernet0/1"))
    node = next(node for node in build_map(Found([device], [failure])).nodes if node.name == "sw1")
    assert (node.state, node.reason) == ("unreached", "tells no management address")


def test_what_was_not_to_be_visited_is_not_called_unreached() -> None:
    device = Device("r1", "r1", "192.0.2.1", neighbors=(Neighbor("Gi0/1", "wan", "1", address="198.51.100.1"),))
    failure = Failure("198.51.100.1", "address_denied", "198.51.100.0/24 is denied", name="wan")
    node = next(node for node in build_map(Found([device], [failure])).nodes if node.name == "wan")
    assert (node.state, node.reason) == ("unvisited", "198.51.100.0/24 is denied")


def test_another_address_of_a_device_that_was_read_is_no_device() -> None:
    device = Device("r1", "r1", "192.0.2.1", addresses=("192.0.2.9",))
    assert len(build_map(Found([device], [Failure("192.0.2.9", "unreachable", "no answer")])).nodes) == 1


def test_order_does_not_matter(network: Network) -> None:
    found, other = network(20), network(20)
    random.Random(3).shuffle(other.devices)
    other.failures.reverse()
    assert build_map(found) == build_map(other)


def test_nothing_found_is_an_empty_map() -> None:
    assert build_map(Found()).as_dict("none") == {"format": 1, "title": "none", "nodes": [], "links": []}
