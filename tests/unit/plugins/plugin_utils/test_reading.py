# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""State through the broker: one trip, and honest about what a platform has not."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import BadInput, Unsupported
from ansible_collections.holdfast.network.plugins.plugin_utils.reading import (
    DeviceReader,
    SavedReader,
    as_ansible_facts,
    collected,
    needed,
)

FACTS = {
    "hostname": "r1",
    "fqdn": "r1.x",
    "vendor": "V",
    "model": "M",
    "serial_number": "S",
    "os_version": "1",
    "uptime": 5.0,
}
ANSWER: dict[str, Any] = {
    "data": {"get_facts": FACTS, "config": "hostname r1\n"},
    "unsupported": {"get_vlans": "no vlans here"},
}


class Broker:
    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.calls: list[tuple[Any, ...]] = []

    def call(self, *arguments: Any) -> Any:
        self.calls.append(arguments)
        return self.answer


def test_one_trip_for_many_features() -> None:
    broker = Broker(ANSWER)
    found = DeviceReader(broker.call, 5.0).collect(["facts", "config", "vlans"])
    assert [call[0] for call in broker.calls] == ["get"] and broker.calls[0][2] == 5.0
    assert set(broker.calls[0][1]["getters"]) >= {"get_facts", "get_vlans", "config"}
    assert found.features["facts"]["hostname"] == "r1" and found.features["config"]
    assert "no vlans here" in found.skipped["vlans"] and "vlans" not in found.features


def test_what_a_check_needs_and_is_not_there_is_an_error() -> None:
    with pytest.raises(Unsupported, match="no vlans here") as caught:
        DeviceReader(Broker(ANSWER).call).features(["facts", "vlans"])
    assert list(caught.value.detail["features"]) == ["vlans"] and "no vlans" in caught.value.detail["features"]["vlans"]
    assert DeviceReader(Broker(ANSWER).call).features(["facts"])["facts"]["vendor"] == "V"


def test_unknown_features_are_refused_before_the_trip() -> None:
    broker = Broker(ANSWER)
    with pytest.raises(BadInput, match="weather"):
        DeviceReader(broker.call).collect(["weather"])
    assert broker.calls == []


def test_config_that_cannot_be_read_is_skipped_with_the_reason() -> None:
    found = collected(["config"], {"data": {}, "unsupported": {"config": "not on this platform"}})
    assert "not on this platform" in found.skipped["config"] and needed(["config"]) == ["config"]


def test_ping_passes_its_options() -> None:
    broker = Broker({"success": {}})
    assert DeviceReader(broker.call, 3.0).ping("10.0.0.1", count=2) == {"success": {}}
    assert broker.calls == [("ping", {"destination": "10.0.0.1", "options": {"count": 2}}, 3.0)]


def test_a_saved_snapshot_stands_for_the_device() -> None:
    saved = SavedReader({"features": {"facts": FACTS}, "metadata": {"label": "after"}})
    assert saved.features(["facts"]) == {"facts": FACTS}
    with pytest.raises(Unsupported, match="the snapshot 'after' has no bgp") as caught:
        saved.features(["facts", "bgp"])
    assert set(caught.value.detail["features"]) == {"bgp"}
    with pytest.raises(Unsupported, match=r"reaches 10\.0\.0\.1"):
        saved.ping("10.0.0.1", count=2)


def test_ansible_facts() -> None:
    found = as_ansible_facts({"facts": FACTS, "interfaces": {"e1": {}}})
    assert found == {
        "net_vendor": "V", "net_model": "M", "net_serial": "S", "net_version": "1", "net_hostname": "r1",
        "net_fqdn": "r1.x", "net_uptime": 5.0, "net_interfaces": {"e1": {}},
        "holdfast": {"facts": FACTS, "interfaces": {"e1": {}}},
    }  # fmt: skip
    assert as_ansible_facts({}) == {"holdfast": {}}
