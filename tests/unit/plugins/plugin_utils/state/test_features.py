# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Features: names, getters, and platforms that lack some."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import BadInput, SessionLost, Unsupported
from ansible_collections.holdfast.network.plugins.plugin_utils.state.features import (
    FEATURES,
    collect,
    feature_names,
    getters_for,
)
from ansible_collections.holdfast.network.plugins.plugin_utils.state.paths import compile_patterns

OUTPUTS: dict[str, Any] = {
    "get_facts": {"hostname": "r1"},
    "get_interfaces": {"eth0": {"is_up": True}},
    "get_interfaces_ip": {"eth0": {"ipv4": {"10.0.0.1": {"prefix_length": 30}}}, "lo": {"ipv6": {}}},
}


class Device:
    """Gives OUTPUTS, and Unsupported for anything else, naming it or not."""

    def __init__(self, *, names_it: bool) -> None:
        self.names_it = names_it
        self.calls: list[list[str]] = []

    def get(self, getters: list[str]) -> Mapping[str, Any]:
        self.calls.append(getters)
        missing = [getter for getter in getters if getter not in OUTPUTS]
        if missing:
            detail = {"getters": missing} if self.names_it else {}
            raise Unsupported(f"no {missing[0]} here", **detail)
        return {getter: OUTPUTS[getter] for getter in getters}

    def config(self) -> str:
        return "hostname r1"


def test_unknown_name_suggests_close_ones() -> None:
    with pytest.raises(BadInput, match="features: 'interface' is no feature; did you mean 'interfaces'"):
        feature_names(["facts", "interface"])


def test_getters_are_asked_once() -> None:
    assert getters_for(["facts", "interfaces"]) == ["get_facts", "get_interfaces", "get_interfaces_ip"]


def test_every_volatile_pattern_is_a_valid_pattern_of_its_feature() -> None:
    for name, feature in FEATURES.items():
        compile_patterns(feature.volatile)
        assert all(pattern.split(".")[0] == name for pattern in feature.volatile)


def test_collect_reads_once_and_merges_addresses() -> None:
    device = Device(names_it=True)
    collected = collect(["config", "interfaces", "facts"], device.get, device.config)
    assert len(device.calls) == 1
    assert list(collected.features) == ["config", "interfaces", "facts"]
    assert collected.features["interfaces"] == {
        "eth0": {"is_up": True, "ipv4": {"10.0.0.1": {"prefix_length": 30}}},
        "lo": {"ipv6": {}},
    }
    assert collected.skipped == {}


@pytest.mark.parametrize("names_it", [True, False])
def test_what_the_platform_lacks_is_skipped_with_the_reason(names_it: bool) -> None:
    device = Device(names_it=names_it)
    collected = collect(["facts", "ospf", "config"], device.get, device.config)
    assert collected.features == {"facts": {"hostname": "r1"}, "config": "hostname r1"}
    assert collected.skipped == {"ospf": "no get_ospf_neighbors here"}


def test_other_errors_pass_through() -> None:
    def lost(getters: list[str]) -> Mapping[str, Any]:
        raise SessionLost("gone")

    with pytest.raises(SessionLost):
        collect(["facts"], lost, str)
