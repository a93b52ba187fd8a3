# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Spellings of ports and hosts, and natural order."""

from __future__ import annotations

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.state.names import (
    matching,
    natural,
    same_host,
    same_port,
    suggestion,
)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Gi0/1", "GigabitEthernet0/1", True),
        ("Et1", "Ethernet1", True),
        ("Gi0/1", "GigabitEthernet0/10", False),
        ("Et1", "eth1", True),
        ("Te0/1", "Gi0/1", False),
        ("swp1", "swp1", True),
        ("mgmt", "mgmt0", False),
    ],
)
def test_same_port(one: str, other: str, same: bool) -> None:
    assert [same_port(*pair) for pair in ((one, other), (other, one))] == [same, same]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [("R1", "r1.lab.example", True), ("r1.a", "r1.b", False), ("r1", "r10", False), ("r1.lab", "R1.LAB", True)],
)
def test_same_host(one: str, other: str, same: bool) -> None:
    assert same_host(one, other) is same


def test_natural_order() -> None:
    assert sorted(["Ethernet10", "Ethernet2", "10.0.0.10", "10.0.0.9"], key=natural) == [
        "10.0.0.9",
        "10.0.0.10",
        "Ethernet2",
        "Ethernet10",
    ]


def test_matching() -> None:
    ports = ["GigabitEthernet0/1", "GigabitEthernet0/2", "Loopback0"]
    assert matching("Gi0/1", ports) == ["GigabitEthernet0/1"]
    assert matching("Gi*", ports) == ports[:2]
    assert matching("Te1", ports) == []


def test_suggestion_names_the_close_one_first() -> None:
    assert suggestion("bpg", ["bgp", "ospf"]).startswith("did you mean 'bgp'? Known: bgp, ospf")
