# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which records are one device, and what it is called."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.identity import (
    Register,
    cleaned,
    file_id,
    same_device,
    was,
)
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.records import Device
from ansible_collections.holdfast.network.plugins.plugin_utils.state.files import safe_name
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.plugins.plugin_utils.discovery.networks import mac, port


def made(**more: Any) -> Device:
    return Device(**{"id": "", "name": "r1", "address": "10.0.0.1", **more})


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"serial": "ABC1"}, {"serial": "abc1"}, True),
        ({"serial": "ABC1"}, {"serial": "ABC2"}, False),
        ({"serial": "ABC1", "name": "vdc1"}, {"serial": "ABC1", "name": "vdc2"}, False),
        ({"serial": "ABC1", "chassis_id": mac(1)}, {"serial": "ABC1", "chassis_id": mac(2)}, False),
        ({"serial": "ABC1", "chassis_id": mac(1)}, {"serial": "ABC2", "chassis_id": mac(1)}, False),
        ({"chassis_id": "0200.0000.0001"}, {"chassis_id": "02:00:00:00:00:01"}, True),
        ({"chassis_id": mac(1)}, {"chassis_id": mac(2)}, False),
        ({"serial": "N/A"}, {"serial": "N/A"}, False),
        ({"serial": "0"}, {"serial": "0"}, False),
        ({"serial": "0000-0000"}, {"serial": "0000-0000"}, False),
        ({"serial": "To be filled by O.E.M."}, {"serial": "To be filled by O.E.M."}, False),
        ({}, {"interfaces": (port("eth0", "10.0.0.1/24"),)}, True),
        ({"interfaces": (port("lo", "127.0.0.1/8"),)}, {"interfaces": (port("lo", "127.0.0.1/8"),)}, False),
        ({"chassis_id": mac(1), "interfaces": (port("a", "10.0.0.2/24"),)}, {"chassis_id": mac(2)}, True),
        ({"serial": "ABC1"}, {"chassis_id": mac(1)}, False),
        ({"serial": "ABC1"}, {"serial": "ABC1", "name": "R1.example.com"}, True),
        ({"serial": "ABC1", "name": "r1.a.com"}, {"serial": "ABC1", "name": "r1.b.com"}, False),
    ],
)
def test_what_makes_two_records_one_device(one: dict[str, Any], other: dict[str, Any], same: bool) -> None:
    first, second = made(**one), made(address="10.0.0.2", **other)
    assert same_device(first, second) is same and same_device(second, first) is same
    register = Register()
    register.add(first)
    assert register.add(second).new is not same and len(register.devices) == (1 if same else 2)


def test_a_device_known_from_two_addresses_has_both() -> None:
    register = Register()
    register.add(made(serial="ABC1", interfaces=(port("lo", "127.0.0.1/8", "192.0.2.1/32", "fe80::1/64"),)))
    added = register.add(made(serial="ABC1", address="10.9.9.9"))
    assert added.device.address == "10.0.0.1" and added.device.addresses == ("10.9.9.9", "192.0.2.1")


def test_ids_of_one_name_do_not_depend_on_who_came_first() -> None:
    devices = [made(serial=f"SER{one}", address=f"10.0.0.{one}") for one in (1, 2, 3)]
    for order in permutations(devices):
        register = Register()
        for device in order:
            register.add(device)
        assert sorted(register.devices) == ["r1-SER1", "r1-SER2", "r1-SER3"]
        assert all(one == device.id for one, device in register.devices.items())
        assert register.current("r1") == f"r1-{order[0].serial}"
    assert register.shared_names() == [
        "3 devices are called r1: r1-SER1 (10.0.0.1), r1-SER2 (10.0.0.2), r1-SER3 (10.0.0.3); all of them are kept"
    ]


def test_a_device_of_the_store_keeps_its_id() -> None:
    known = made(id="r1", serial="SER1")
    register = Register([known])
    other = register.add(made(serial="SER2", address="10.0.0.2"))
    assert other.device.id == "r1-SER2" and other.gave_up is None
    assert register.add(made(serial="SER1", address="10.0.0.7")).device.id == "r1"


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"name": "new"}, True),
        ({"serial": "SER9"}, True),
        ({"address": "10.0.0.9"}, True),
        ({"name": "new", "address": "10.0.0.9"}, False),
        ({"serial": "SER9", "address": "10.0.0.9"}, False),
        ({"name": "new", "serial": "SER9"}, False),
    ],
)
def test_a_device_is_recalled_when_one_thing_changed(change: dict[str, str], same: bool) -> None:
    known = made(id="r1", serial="SER1")
    assert was(known, replace(known, **change)) is same
    assert (Register([known]).add(replace(known, id="", **change)).device.id == "r1") is same


def test_the_address_of_the_store_stays_while_it_is_the_device_s() -> None:
    known = made(id="r1", serial="SER1", address="10.0.0.1")
    now = made(serial="SER1", address="10.0.0.9", interfaces=(port("eth0", "10.0.0.1/24"),))
    assert Register([known]).add(now).device.address == "10.0.0.1"
    assert Register([known]).add(now, failed=["10.0.0.1"]).device.address == "10.0.0.9"


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("core1.example.com", "core1.example.com"),
        ("IP phone  7\x07\x1b[2J", "IP-phone-7-2J"),
        ("../../etc/passwd", "etc-passwd"),
        ("-rf ~", "rf"),
        ("\x00\n", "10.0.0.1"),
        ("", "10.0.0.1"),
        ("Büro/1", "Büro-1"),
    ],
)
def test_names_become_files(name: str, wanted: str) -> None:
    device = Register().add(made(name=name)).device
    assert device.id == wanted and device.name == cleaned(name)


def test_an_ipv6_address_is_a_file_s_name_too() -> None:
    assert Register().add(made(name="", address="2001:db8::1")).device.id == "2001-db8-1"


@given(st.text(max_size=300))
def test_any_name_is_fit_for_a_file(name: str) -> None:
    made_of = file_id(name)
    assert made_of == "" or safe_name("id", made_of) == made_of
    assert cleaned(name).isprintable() and cleaned(cleaned(name)) == cleaned(name)


def test_names_that_only_differ_in_what_a_file_cannot_have() -> None:
    register = Register()
    for at, name in enumerate(("a b", "a/b", "A-B"), 1):
        register.add(made(name=name, address=f"10.0.0.{at}"))
    assert sorted(register.devices) == ["A-B-10.0.0.3", "a-b-10.0.0.1", "a-b-10.0.0.2"]
    assert register.shared_names() == []
