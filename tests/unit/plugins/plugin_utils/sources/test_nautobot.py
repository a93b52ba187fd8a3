# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Devices of Nautobot from the recorded shapes; tests/nautobot has the real server."""

from __future__ import annotations

from ansible_collections.holdfast.network.plugins.plugin_utils.sources.nautobot import device

from tests.lab.netbox.data import shape

GERMANY, ULM, BUILDING = (f"20000000-0000-4000-8000-00000000000{number}" for number in (1, 2, 3))
KNOWN = {
    GERMANY: {"id": GERMANY, "name": "Germany", "parent": None},
    ULM: {"id": ULM, "name": "Ulm", "parent": {"id": GERMANY}},
    BUILDING: {"id": BUILDING, "name": "Building 1", "parent": {"id": ULM}},
    "c0000000-0000-4000-8000-000000000001": {"id": "c0000000-0000-4000-8000-000000000001", "name": "Cisco"},
}


def test_a_device_by_rest() -> None:
    found = device(shape("nautobot-3.2-device"), KNOWN)
    assert (found.name, found.status, found.role, found.tenant) == ("ulm-sw-01", "active", "access", "Campus")
    assert (found.vendor, found.model, found.serial, found.version) == ("Cisco", "C9300-48P", "FOC2204X1AB", "17.9.4")
    assert (found.platform, found.extra["platform_name"]) == ("cisco_xe", "Cisco IOS XE")
    assert (found.site, found.extra["regions"]) == ("Building 1", ["Ulm", "Germany"])
    assert (found.primary_ip4, found.primary_ip6, found.oob_ip) == ("10.1.2.3", None, None)
    assert found.virtual_chassis == "ulm-stack" and found.vc_master
    assert found.tags == ["pinned"] and found.custom_fields == {"priority": 1, "owner": None}
    assert found.config_context == {"ntp_servers": ["192.0.2.1"]}


def test_graphql_gives_the_same() -> None:
    assert device(shape("nautobot-3.2-device-graphql"), KNOWN) == device(shape("nautobot-3.2-device"), KNOWN)


def test_a_platform_without_a_driver_is_told_by_its_name() -> None:
    row = shape("nautobot-3.2-device")
    row["platform"]["network_driver"] = ""
    assert device(row, KNOWN).platform == "Cisco IOS XE"


def test_what_the_token_may_not_see_is_shown_as_far_as_it_is_told() -> None:
    row = shape("nautobot-3.2-device")
    row["role"] = {"id": "x", "object_type": "extras.role", "display": "access"}
    assert device(row, {}).role == "access" and device(row, {}).extra["regions"] == []


def test_a_machine_is_where_its_cluster_is() -> None:
    row = {"id": "1", "name": "vm1", "status": {"name": "Active"}, "cluster": {"id": "k", "name": "c1"}}
    known = {**KNOWN, "k": {"id": "k", "name": "c1", "location": {"id": ULM}}}
    found = device(row, known)
    assert (found.site, found.extra["cluster"], found.extra["type"]) == ("Ulm", "c1", "virtual_machine")
