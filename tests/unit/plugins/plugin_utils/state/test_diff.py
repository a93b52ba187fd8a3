# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Differences: by example, and by properties that any data must have."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import BadInput
from ansible_collections.holdfast.network.plugins.plugin_utils.state.diff import (
    compare_snapshots,
    diff_features,
    render,
)
from hypothesis import given, settings
from hypothesis import strategies as st

KEYS = st.text("abc10/: -", min_size=1, max_size=6)
SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.text("xy.", max_size=3)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=12
)
NAMES = st.sampled_from(["facts", "interfaces", "bgp", "ospf", "lldp", "routes", "arp", "vlans"])
STATES = st.dictionaries(NAMES, VALUES, max_size=3)


@given(STATES)
def test_nothing_differs_from_itself(state: dict[str, Any]) -> None:
    assert diff_features(state, copy.deepcopy(state)) == []


@given(STATES, STATES)
@settings(max_examples=200)
def test_deterministic_and_mirrored(before: dict[str, Any], after: dict[str, Any]) -> None:
    found = diff_features(before, after)
    reordered = json.loads(json.dumps(before, sort_keys=True))
    assert diff_features(reordered, after) == found
    mirror = {"added": "removed", "removed": "added", "changed": "changed"}
    back = [(d["path"], mirror[d["kind"]], d["after"], d["before"]) for d in diff_features(after, before)]
    assert back == [(d["path"], d["kind"], d["before"], d["after"]) for d in found]


@given(STATES, STATES)
@settings(max_examples=200)
def test_excluding_every_path_found_leaves_nothing(before: dict[str, Any], after: dict[str, Any]) -> None:
    paths = [difference["path"] for difference in diff_features(before, after)]
    assert diff_features(before, after, exclude=paths) == []


@given(STATES, STATES)
def test_difference_is_plain_json_and_renders(before: dict[str, Any], after: dict[str, Any]) -> None:
    found = diff_features(before, after)
    json.dumps(found)
    assert bool(render(found)) == bool(found)


def _peer(**changes: Any) -> dict[str, Any]:
    peer = {"is_up": True, "uptime": 5, "remote_as": 1} | changes
    return {"bgp": {"global": {"peers": {"10.0.0.1": peer}}}}


def test_counters_and_uptimes_do_not_count() -> None:
    before = {
        "facts": {"uptime": 1.0},
        "interfaces": {"e1": {"last_flapped": 1.0}},
        "counters": {"e1": {"rx_octets": 1}},
        "arp": [{"interface": "e1", "ip": "10.0.0.1", "mac": "aa", "age": 1.0}],
        **_peer(uptime=1),
    }
    after = {
        "facts": {"uptime": 2.0},
        "interfaces": {"e1": {"last_flapped": 2.0}},
        "counters": {"e1": {"rx_octets": 2}},
        "arp": [{"interface": "e1", "ip": "10.0.0.1", "mac": "aa", "age": 9.0}],
        **_peer(uptime=2),
    }
    assert diff_features(before, after) == []


def test_changed_value_has_a_path_that_excludes_it() -> None:
    (found,) = diff_features(_peer(), _peer(is_up=False))
    assert found == {"path": "bgp.global.peers.10.0.0.1.is_up", "kind": "changed", "before": True, "after": False}
    assert diff_features(_peer(), _peer(is_up=False), exclude=["bgp.*.peers.*.is_up"]) == []


def test_added_whole_without_its_volatile_parts() -> None:
    (found,) = diff_features({"interfaces": {}}, {"interfaces": {"e1": {"is_up": True, "last_flapped": 3.0}}})
    assert found == {"path": "interfaces.e1", "kind": "added", "before": None, "after": {"is_up": True}}


def test_lists_have_no_order_and_entries_have_names() -> None:
    one = {"interface": "e1", "ip": "10.0.0.1", "mac": "aa", "age": 1}
    two = {"interface": "e1", "ip": "10.0.0.2", "mac": "bb", "age": 1}
    assert diff_features({"arp": [one, two]}, {"arp": [two, one]}) == []
    (found,) = diff_features({"arp": [one, two]}, {"arp": [two, {**one, "mac": "cc"}]})
    assert found["path"] == "arp.e1 10.0.0.1.mac"


def test_order_of_features_and_ports() -> None:
    before: dict[str, Any] = {"bgp": {"x": 1}, "interfaces": {"e2": {"mtu": 1}, "e10": {"mtu": 1}}}
    after: dict[str, Any] = {"interfaces": {"e10": {"mtu": 2}, "e2": {"mtu": 2}}, "bgp": {"x": 2}}
    paths = [difference["path"] for difference in diff_features(before, after)]
    assert paths == ["interfaces.e2.mtu", "interfaces.e10.mtu", "bgp.x"]


CONFIG = "! Last configuration change at {0}\nhostname r1\ninterface e1\n description {1}\n mtu 1500\nrouter bgp 1\n"


def test_configuration_as_unified_diff() -> None:
    (found,) = diff_features({"config": CONFIG.format(1, "a")}, {"config": CONFIG.format(2, "b")})
    assert (found["path"], found["before"], found["after"]) == ("config", [" description a"], [" description b"])
    assert "- description a\n+ description b" in found["diff"]
    assert "- description a" in render([found])


def test_configuration_lines_are_excluded_by_their_place() -> None:
    before, after = {"config": CONFIG.format(1, "a")}, {"config": CONFIG.format(1, "b")}
    assert diff_features(before, after, exclude=["config.interface e1.description *"]) == []
    assert diff_features(before, after, exclude=["config.interface e2"]) != []
    assert diff_features(before, after, exclude="config") == []


def _snapshot(label: str, features: dict[str, Any], skipped: dict[str, str] | None = None) -> dict[str, Any]:
    metadata = {"host": "r1", "label": label, "features": sorted(features), "skipped": skipped or {}}
    return {"metadata": metadata, "features": features}


def test_compare_says_what_it_did_not_compare() -> None:
    found = compare_snapshots(_snapshot("a", {"facts": {"x": 1}, "lldp": {}}), _snapshot("b", {"facts": {"x": 2}}))
    assert (found.differs, found.features, found.not_compared) == (True, ["facts"], ["lldp"])
    assert found.text == "facts\n  ~ x: 1 -> 2"


def test_compare_of_a_feature_that_one_lacks() -> None:
    with pytest.raises(BadInput, match=r"'ospf' is not in snapshot 'b' of r1 \(no ospfd\); it has: facts"):
        compare_snapshots(_snapshot("a", {"ospf": {}}), _snapshot("b", {"facts": {}}, {"ospf": "no ospfd"}), ["ospf"])
