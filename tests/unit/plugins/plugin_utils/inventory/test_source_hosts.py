# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Devices as hosts: address choice, virtual chassis, what has no name or address, config contexts, platforms."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.inventory.hosts import Host
from ansible_collections.holdfast.network.plugins.plugin_utils.inventory.source_hosts import (
    ADDRESSES,
    FACTS,
    GROUPS,
    Choice,
    Hosts,
)
from ansible_collections.holdfast.network.plugins.plugin_utils.sources.model import SourceDevice


def device(key: str = "1", name: str = "sw1", **values: Any) -> SourceDevice:
    return SourceDevice(key, name, **{"primary_ip4": "10.0.0.1", "platform": "cisco-ios", **values})


def made(*devices: SourceDevice, **choice: Any) -> tuple[list[Host], list[str]]:
    hosts = Hosts(Choice(**choice))
    return list(hosts.made(devices)), hosts.warnings


@pytest.mark.parametrize(
    ("order", "address"),
    [
        (["primary4", "oob"], "10.0.0.1"),
        (["primary6", "primary4"], "2001:db8::1"),
        (["oob", "primary4"], "172.16.0.1"),
        (["dns_name"], "sw1.example.net"),
    ],
)
def test_the_first_address_in_the_order_counts(order: list[str], address: str) -> None:
    given = device(primary_ip6="2001:db8::1", oob_ip="172.16.0.1", extra={"dns_name": "sw1.example.net"})
    (host,), warnings = made(given, addresses=order)
    assert host.variables["ansible_host"] == address and not warnings
    assert host.variables["ansible_connection"] == "holdfast.network.pinned"


def test_a_device_without_an_address_is_kept_or_left_out_and_said() -> None:
    bare = device(primary_ip4=None)
    (host,), warnings = made(bare)
    assert "ansible_host" not in host.variables and "kept, and reached by their names (sw1)" in warnings[0]
    hosts, warnings = made(bare, unaddressed="skip")
    assert not hosts and "no address of primary4, primary6, oob: left out (sw1)" in warnings[0]


def test_a_device_without_a_name_is_left_out_and_said_or_kept() -> None:
    hosts, warnings = made(device("77", ""))
    assert not hosts and "1 devices without a name were left out (ids 77)" in warnings
    (host,), warnings = made(device("77", "", site="ulm"), unnamed="keep")
    assert host.name == "" and host.distinct[0] == "ulm" and not warnings


@pytest.mark.parametrize(
    ("slug", "extra", "platform"),
    [
        ("cisco-ios", {}, "cisco_ios"),
        ("ios", {}, "cisco_ios"),
        ("arista_eos", {}, "arista_eos"),
        ("cisco-ios-ios", {}, "cisco_ios"),
        ("x-17", {"platform_name": "frr"}, "frr"),
        ("magic-os", {}, "magic-os"),
    ],
)
def test_platforms_are_known_by_their_usual_spellings(slug: str, extra: dict[str, str], platform: str) -> None:
    (host,), _warnings = made(device(platform=slug, extra=extra))
    assert host.variables["holdfast_platform"] == platform


def test_a_platform_can_be_named() -> None:
    (host,), _warnings = made(device(platform="ios-xe-17"), platforms={"ios-xe-17": "cisco_xe"})
    assert host.variables["holdfast_platform"] == "cisco_xe"


def test_facts_and_groups_are_those_asked_for() -> None:
    given = device(
        site="ulm", role="core", tags=["a", "b"], custom_fields={"x": 1, "y": None}, extra={"regions": ["de", "eu"]}
    )
    (host,), _warnings = made(
        given, facts=["site", "tags", "custom_fields", "serial"], groups=["site", "region", "tag"]
    )
    facts = {name: value for name, value in host.variables.items() if name not in ("holdfast_platform",)}
    assert {name: value for name, value in facts.items() if name.startswith("holdfast_")} == {
        "holdfast_site": "ulm",
        "holdfast_tags": ["a", "b"],
        "holdfast_custom_fields": {"x": 1},
    }
    assert host.groups == ["site_ulm", "region_de", "region_eu", "tag_a", "tag_b"]


def stack(**master: Any) -> list[SourceDevice]:
    extra = {"virtual_chassis_id": "5"}
    return [
        device("1", "sw1:1", primary_ip4=None, virtual_chassis="stack", extra={**extra, "vc_position": 1}),
        device("2", "sw1:2", virtual_chassis="stack", extra={**extra, "vc_position": 2}, **master),
        device("3", "sw1:3", virtual_chassis="stack", extra={**extra, "vc_position": 3}),
        device("9", "alone"),
    ]


def test_a_virtual_chassis_is_one_host_its_master() -> None:
    hosts, warnings = made(*stack(vc_master=True))
    assert [host.name for host in hosts] == ["sw1:2", "alone"] and not warnings
    hosts, _warnings = made(*stack(vc_master=True), virtual_chassis="chassis")
    assert [host.name for host in hosts] == ["stack", "alone"]
    hosts, _warnings = made(*stack(vc_master=True), virtual_chassis="members")
    assert len(hosts) == 4


def test_a_virtual_chassis_without_a_master_is_not_lost() -> None:
    hosts, warnings = made(*stack())
    assert [host.name for host in hosts] == ["sw1:2", "alone"]
    assert "virtual chassis stack has no master among these devices; sw1:2 stands for it" in warnings[0]


def test_a_config_context_cannot_steer_ansible() -> None:
    context = {"ntp": ["192.0.2.1"], "ansible_connection": "local", "holdfast_platform": "x", "no-name": 1}
    (host,), warnings = made(device(config_context=context), config_context="flatten")
    assert host.variables["ntp"] == ["192.0.2.1"] and host.variables["holdfast_platform"] == "cisco_ios"
    assert host.variables["ansible_connection"] == "holdfast.network.pinned" and "no-name" not in host.variables
    assert "ansible_connection, holdfast_platform, no-name" in warnings[0]
    (host,), warnings = made(device(config_context=context), config_context="variable")
    assert host.variables["holdfast_config_context"] == context and not warnings
    (host,), _warnings = made(device(config_context=context))
    assert "ntp" not in host.variables


def test_the_documentation_has_the_same_choices() -> None:
    import yaml
    from ansible_collections.holdfast.network.plugins.doc_fragments.source_inventory import ModuleDocFragment

    options = yaml.safe_load(ModuleDocFragment.DOCUMENTATION)["options"]
    assert tuple(options["facts"]["choices"]) == FACTS and tuple(options["group_by"]["choices"]) == GROUPS
    assert tuple(options["address"]["choices"]) == ADDRESSES
