# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every kind of difference, and what is none."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import BadInput
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.records import (
    Device,
    Failure,
    Found,
    Interface,
    Neighbor,
)
from ansible_collections.holdfast.network.plugins.plugin_utils.drift.compare import compare
from ansible_collections.holdfast.network.plugins.plugin_utils.drift.model import KINDS, Options
from ansible_collections.holdfast.network.plugins.plugin_utils.sources.model import (
    SourceCable,
    SourceDevice,
    SourceInterface,
    Truth,
)


def test_the_same_is_no_drift(both: Any) -> None:
    assert both.differences(unset=True) == []


def test_nothing_on_both_sides_is_no_drift() -> None:
    assert compare(Truth(), Found()) == []


# -- devices on one side only --------------------------------------------------------------------


def test_missing(both: Any) -> None:
    both.gone("r3")
    (one,) = both.differences(kinds=["missing", "unreached", "extra"])
    assert (one.kind, one.device, one.severity, one.key) == ("missing", "r3", "high", "key-r3")
    assert "10.0.0.3" in one.message


@pytest.mark.parametrize(
    "failure",
    [
        Failure("10.0.0.3", "authentication", "the device refused user 'net'"),
        Failure("192.0.2.99", "authentication", "the device refused user 'net'", name="R3.example.net"),
    ],
)
def test_what_could_not_be_read_is_not_missing(both: Any, failure: Failure) -> None:
    both.gone("r3", failure)
    (one,) = both.differences(kinds=["missing", "unreached"])
    assert (one.kind, one.device) == ("unreached", "r3")
    assert "authentication" in one.message and "refused user" in one.found


def test_what_was_only_heard_of_is_not_missing(both: Any) -> None:
    both.found.devices = [one for one in both.found.devices if one.id != "r3"]
    (one,) = both.differences(kinds=["missing", "unreached"])
    assert one.kind == "unreached" and "seen by r" in one.message


def test_extra(both: Any) -> None:
    both.found.devices.append(Device("x", "lab-1", "192.0.2.1", vendor="Cisco", serial="SX"))
    (one,) = both.differences()
    assert (one.kind, one.device, one.id, one.truth) == ("extra", "lab-1", "x", None) and "SX" in one.found


@pytest.mark.parametrize("status", ["planned", "decommissioned"])
def test_devices_of_an_ignored_status_are_neither_missed_nor_extra(both: Any, status: str) -> None:
    both.told("r3", status=status, serial="other")
    assert both.kinds() == []
    both.gone("r3")
    assert both.kinds() == [] and both.kinds(ignore_statuses=[])[-1] == ("missing", "r3")


# -- which is which ------------------------------------------------------------------------------


def test_the_serial_number_counts_more_than_the_name(both: Any) -> None:
    both.seen("r1", name="r2.example.net")
    both.seen("r2", name="r1.example.net")
    assert both.kinds(kinds=["name", "replaced", "serial"]) == [("name", "r1"), ("name", "r2")]


def test_other_hardware_under_the_same_name(both: Any) -> None:
    both.seen("r1", serial="NEW")
    (one,) = both.differences()
    assert (one.kind, one.truth, one.found) == ("replaced", "SN1", "NEW")


def test_case_of_serials_and_names_and_domains_do_not_matter(both: Any) -> None:
    both.seen("r1", serial="sn1")
    both.told("r2", name="R2.EXAMPLE.NET", serial="")
    both.truth.cables.clear()
    assert both.kinds(kinds=["name", "serial", "replaced", "missing", "extra"]) == []


def test_the_address_is_the_last_resort(both: Any) -> None:
    both.seen("r1", name="other", serial="NEW")
    assert both.kinds(kinds=["name", "serial", "replaced", "missing", "extra"]) == [("name", "r1"), ("serial", "r1")]


def test_two_devices_with_one_name_are_told_apart_by_address(both: Any) -> None:
    for name in ("r1", "r2"):
        both.seen(name, name="sw", serial="")
        both.told(name, name="sw")
    pairs = {(one.key, one.id) for one in both.differences(kinds=["serial", "missing", "extra", "name"])}
    assert pairs == set()


def test_two_devices_with_one_name_and_nothing_else_are_not_guessed(both: Any) -> None:
    for name in ("r1", "r2"):
        both.seen(name, name="sw", serial="", address=f"192.0.2.{name[1]}", interfaces=())
        both.told(name, name="sw")
    assert sorted(kind for kind, _device in both.kinds(kinds=["missing", "unreached", "extra"])) == [
        "extra", "extra", "missing", "missing"
    ]  # fmt: skip


def test_a_virtual_chassis_is_one_device(both: Any) -> None:
    for name in ("r1", "r2"):
        both.told(name, virtual_chassis="stack", vc_master=name == "r2")
    both.gone("r2")
    ports = [Interface("GigabitEthernet0/1", addresses=("10.0.0.1/24", "10.0.0.2/24")), Interface("Gi0/2")]
    both.seen("r1", name="r2", interfaces=tuple(ports))
    assert both.kinds(kinds=["missing", "extra", "serial", "replaced", "name", "interface_missing"]) == []


# -- what a device is ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "value"),
    [("model", "C9500-24Y4C"), ("platform", "arista_eos"), ("version", "17.12.1"), ("name", "core-1")],
)
def test_a_fact_that_differs(both: Any, kind: str, value: str) -> None:
    both.seen("r1", **{kind: value})
    (one,) = both.differences(kinds=["model", "platform", "version", "name"])
    assert (one.kind, one.device, one.found) == (kind, "r1", value)


@pytest.mark.parametrize(
    ("attribute", "told", "seen"),
    [
        ("platform", "cisco-ios", "cisco_xe"),
        ("platform", "ios", "cisco_ios"),
        ("platform", "Cisco IOS", "cisco_ios"),
        ("platform", "cisco-ios", "unknown"),
        ("model", "C9300 48p", "Cisco C9300-48P"),
        ("version", "15.2(4)M11", "Cisco IOS Software, Version 15.2(4)M11, RELEASE"),
        ("version", "17.9.4", ""),
        ("model", "", "C9300-48P"),
        ("serial", "", "SN1"),
    ],
)
def test_other_words_for_the_same_are_no_difference(both: Any, attribute: str, told: str, seen: str) -> None:
    both.told("r1", **{attribute: told})
    both.seen("r1", **{attribute: seen})
    assert both.kinds() == []


def test_a_version_that_begins_like_another_is_another(both: Any) -> None:
    both.told("r1", version="17.9.4")
    both.seen("r1", version="17.9.45")
    assert both.kinds() == [("version", "r1")]


def test_what_the_source_leaves_empty_is_compared_on_request(both: Any) -> None:
    both.told("r1", model="", serial="", version="")
    assert both.kinds() == []
    assert both.kinds(unset=True) == [("serial", "r1"), ("model", "r1"), ("version", "r1")]


def test_the_version_may_be_in_a_custom_field(both: Any) -> None:
    both.told("r1", version="", custom_fields={"os_version": "16.1"})
    (one,) = both.differences(version_field="os_version")
    assert (one.kind, one.device, one.truth) == ("version", "r1", "16.1")


def test_a_primary_address_that_the_device_does_not_have(both: Any) -> None:
    both.told("r1", primary_ip4="10.9.9.9", primary_ip6="2001:db8::1")
    (one,) = both.differences()
    assert (one.kind, one.truth, one.found) == ("address", "10.9.9.9", "10.0.0.1")


# -- interfaces ----------------------------------------------------------------------------------


def port(both: Any, name: str, **changes: Any) -> None:
    """Change the first interface of a device of the network."""
    first, *others = next(one for one in both.found.devices if one.id == name).interfaces
    both.seen(name, interfaces=(replace(first, **changes), *others))


@pytest.mark.parametrize(
    ("field", "told", "seen"),
    [
        ("enabled", True, False),
        ("description", "to r2", "to r3"),
        ("mtu", 9000, 1500),
        ("mac", "00:11:22:33:44:55", "0011.2233.4466"),
    ],
)
def test_a_setting_of_an_interface(both: Any, field: str, told: Any, seen: Any) -> None:
    setattr(both.truth.interfaces[0], field, told)
    port(both, "r1", **{field: seen})
    (one,) = both.differences()
    assert (one.kind, one.interface, one.field) == ("interface", "GigabitEthernet0/1", field)
    assert (one.truth, one.found) == (told, seen)


def test_interfaces_that_one_side_lacks(both: Any) -> None:
    both.truth.interfaces.append(SourceInterface("x", "key-r1", "Te1/1"))
    device = both.found.devices[1]
    more = (Interface("Loopback7", addresses=("192.0.2.7/32",)), Interface("Null0"))
    both.seen("r2", interfaces=(*device.interfaces, *more))
    missing, extra = both.differences()
    assert (missing.kind, missing.interface) == ("interface_missing", "TenGigabitEthernet1/1")
    assert (extra.kind, extra.interface, extra.found) == (
        "interface_extra", "Loopback7", "Loopback7 with 192.0.2.7/32"
    )  # fmt: skip


def test_addresses_of_an_interface(both: Any) -> None:
    port(both, "r1", addresses=("10.0.0.1/25", "fe80::1/64"))
    (one,) = both.differences()
    assert (one.kind, one.truth, one.found) == ("interface_address", ["10.0.0.1/24"], ["10.0.0.1/25"])


def test_the_same_address_in_another_notation_is_the_same(both: Any) -> None:
    both.truth.interfaces[0].addresses.append("2001:DB8:0::1/64")
    port(both, "r1", addresses=("10.0.0.1/24", "2001:db8::1/64"))
    assert both.kinds() == []


def test_what_one_side_does_not_know_of_a_device_is_not_compared(both: Any) -> None:
    both.truth.interfaces = [one for one in both.truth.interfaces if one.device != "key-r1"]
    both.seen("r2", interfaces=())
    assert both.kinds() == []


# -- cables --------------------------------------------------------------------------------------


def test_a_cable_that_no_device_tells_of(both: Any) -> None:
    both.seen("r1", neighbors=both.found.devices[0].neighbors[1:])
    both.seen("r2", neighbors=both.found.devices[1].neighbors[:1])
    (one,) = both.differences()
    assert (one.kind, one.device, one.interface) == ("cable_missing", "r1", "GigabitEthernet0/1")
    assert (one.truth, one.found) == ("r2 GigabitEthernet0/2", None)


def test_what_is_there_instead_of_a_cable_is_said(both: Any) -> None:
    both.seen("r1", neighbors=(Neighbor("Gi0/1", "unknown-switch", "7"), both.found.devices[0].neighbors[1]))
    both.seen("r2", neighbors=both.found.devices[1].neighbors[:1])
    (one,) = both.differences(kinds=["cable_missing"])
    assert one.found == "unknown-switch 7"


def test_a_cable_that_the_source_does_not_have(both: Any) -> None:
    del both.truth.cables[0]
    (one,) = both.differences()
    assert (one.kind, one.device, one.truth, one.found) == ("cable_extra", "r1", None, "r2 GigabitEthernet0/2")


def test_a_cable_whose_other_end_differs_is_one_difference(both: Any) -> None:
    both.truth.cables[0] = SourceCable("c", ("r1", "Gi0/1"), ("r2", "Gi0/9"))
    (one,) = both.differences()
    assert (one.kind, one.device, one.interface) == ("cable", "r1", "GigabitEthernet0/1")
    assert (one.truth, one.found) == ("r2 GigabitEthernet0/9", "r2 GigabitEthernet0/2")


def test_cables_are_compared_between_devices_both_know(both: Any) -> None:
    both.truth.cables.append(SourceCable("c", ("r1", "Gi0/8"), ("patch-panel", "1")))
    both.seen("r1", neighbors=(*both.found.devices[0].neighbors, Neighbor("Gi0/7", "phone", "1")))
    assert both.kinds() == []


def test_devices_that_tell_of_no_neighbors_say_nothing_of_cables(both: Any) -> None:
    for name in ("r1", "r2", "r3"):
        both.seen(name, neighbors=())
    assert both.kinds() == []


# -- options -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rule",
    [
        {"kind": "version"},
        {"kind": "ver*", "device": "R*"},
        {"device": "r1", "site": "ams", "role": "core"},
    ],
)
def test_rules_to_ignore(both: Any, rule: dict[str, str]) -> None:
    both.seen("r1", version="1")
    assert both.kinds(ignore=[rule]) == []
    assert both.kinds(ignore=[{**rule, "device": "r2"}]) == [("version", "r1")]


def test_severities_can_be_set(both: Any) -> None:
    both.seen("r1", version="1")
    (one,) = both.differences(severities={"version": "critical"})
    assert one.severity == "critical"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"kinds": ["serail"]}, "kinds: 'serail' is none; did you mean 'serial'"),
        ({"ignore": [{"devise": "r1"}]}, "ignore: 'devise' is none; did you mean 'device'"),
        ({"ignore": [{}]}, "ignore: rule 1 is {}"),
        ({"ignore": ["r1"]}, "ignore: rule 1 is 'r1'; give a mapping"),
        ({"ignore": [{"kind": "sirial"}]}, "ignore: rule 1: kind 'sirial' fits no kind"),
        ({"severities": {"serial": "bad"}}, "severities: 'bad' is none"),
        ({"severities": {"port": "low"}}, "severities: 'port' is none"),
    ],
)
def test_options_that_mean_nothing(options: dict[str, Any], words: str) -> None:
    with pytest.raises(BadInput) as caught:
        Options(**options)
    assert str(caught.value).startswith(words)


def test_the_order_of_both_sides_does_not_matter(both: Any) -> None:
    both.seen("r1", version="1", name="x", serial="NEW")
    both.gone("r3")
    del both.truth.cables[0]
    before = both.differences()
    for rows in (both.truth.devices, both.truth.interfaces, both.truth.cables, both.found.devices):
        random.Random(5).shuffle(rows)
    assert before == both.differences() and len(before) > 3


def test_thousands_of_devices() -> None:
    truth = Truth([SourceDevice(str(n), f"sw{n}", primary_ip4=f"10.0.{n >> 8}.{n & 255}") for n in range(5000)])
    found = Found([Device(str(n), f"sw{n}", f"10.0.{n >> 8}.{n & 255}") for n in range(2500, 7500)])
    kinds = [one.kind for one in compare(truth, found)]
    assert kinds.count("missing") == kinds.count("extra") == 2500 and set(kinds) <= set(KINDS)
