# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Cables out of what neighbours say."""

from __future__ import annotations

import random
from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.links import links
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.ports import canonical_port
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.records import Device, Interface, Neighbor


def device(name: str, *neighbors: Neighbor, ports: tuple[Any, ...] = (), **more: Any) -> Device:
    interfaces = tuple(one if isinstance(one, Interface) else Interface(one) for one in ports)
    given = {"id": name, "address": f"192.0.2.{sum(name.encode()) % 250}", **more}
    return Device(name=name, neighbors=neighbors, interfaces=interfaces, **given)


def words(*devices: Device) -> list[str]:
    """Each link as ``r1:Port - r2:Port``; a ``?`` marks an end that was not visited."""
    return [
        " - ".join(f"{end.name}{'' if end.device else '?'}:{end.interface}" for end in (link.a, link.b))
        for link in links(devices)
    ]


def test_a_cable_that_both_ends_tell_of_is_one_link() -> None:
    one = device("r1", Neighbor("Ethernet1", "r2", "Et2", protocol="cdp"))
    two = device("r2", Neighbor("Ethernet2", "r1.example.net", "Ethernet1"))
    (link,) = links([two, one])
    assert (link.a.device, link.a.interface, link.b.device, link.b.interface) == ("r1", "Ethernet1", "r2", "Ethernet2")
    assert link.seen_by == ("cdp", "lldp")


def test_one_end_is_enough() -> None:
    one = device("r1", Neighbor("Ethernet1", "r2", "Ethernet2"))
    assert words(one, device("r2")) == ["r1:Ethernet1 - r2:Ethernet2"]


def test_a_neighbor_that_was_not_visited_keeps_its_name_or_what_there_is() -> None:
    told = [
        Neighbor("Ethernet1", "Server 9", "eth0"),
        Neighbor("Ethernet2", "", "1", address="203.0.113.9"),
        Neighbor("Ethernet3", "", "2", chassis_id="0011.2233.4455"),
        Neighbor("Ethernet4"),
    ]
    assert words(device("r1", *told)) == [
        "?: - r1:Ethernet4",
        "0011.2233.4455?:2 - r1:Ethernet3",
        "203.0.113.9?:1 - r1:Ethernet2",
        "r1:Ethernet1 - Server 9?:eth0",
    ]


def test_parallel_cables_stay_apart_and_come_in_the_order_people_expect() -> None:
    one = device("r1", *(Neighbor(f"Gi0/{n}", "r2", f"Gi0/{n}") for n in (10, 9)))
    two = device("r2", *(Neighbor(f"GigabitEthernet0/{n}", "r1", f"GigabitEthernet0/{n}") for n in (9, 10)))
    assert words(one, two) == [
        "r1:GigabitEthernet0/9 - r2:GigabitEthernet0/9",
        "r1:GigabitEthernet0/10 - r2:GigabitEthernet0/10",
    ]


@pytest.mark.parametrize("name", ["eth0", "lo", "ens3", "r1-eth0", "swp1", "mgmt0", "xe-0/0/0", "1/1/c1", "Port 3", ""])
def test_names_of_linux_and_those_nobody_knows_stay(name: str) -> None:
    assert canonical_port(name) == name


@pytest.mark.parametrize(
    ("short", "long"), [("Gi0/1", "GigabitEthernet0/1"), ("gi0/1", "GigabitEthernet0/1"), ("Eth1/2", "Ethernet1/2")]
)
def test_short_names_become_long(short: str, long: str) -> None:
    assert canonical_port(short) == long


def test_the_chassis_id_counts_more_than_the_name() -> None:
    renamed = device("new-name", chassis_id="00:11:22:33:44:55")
    other = device("old-name", chassis_id="00:11:22:33:44:66")
    told = Neighbor("Ethernet1", "old-name", "Ethernet7", chassis_id="0011.2233.4455")
    assert words(device("r1", told), renamed, other) == ["new-name:Ethernet7 - r1:Ethernet1"]


def test_of_two_devices_with_one_name_the_one_with_the_address_is_meant() -> None:
    twins = [device("sw", id="A", address="192.0.2.1"), device("sw", id="B", address="192.0.2.2")]
    (link,) = links([device("r1", Neighbor("Ethernet1", "sw", "Ethernet1", address="192.0.2.2")), *twins])
    assert link.b.device == "B"


def test_of_two_devices_with_one_name_the_one_that_tells_of_us_is_meant() -> None:
    twins = [device("sw", id="A"), device("sw", Neighbor("Ethernet1", "r1", "Ethernet1"), id="B")]
    (link,) = links([device("r1", Neighbor("Ethernet1", "sw", "Ethernet1")), *twins])
    assert link.b.device == "B"


def test_two_devices_with_one_name_and_nothing_to_tell_them_apart_are_not_guessed() -> None:
    twins = [device("sw", id="A"), device("sw", id="B")]
    (link,) = links([device("r1", Neighbor("Ethernet1", "sw", "Ethernet1")), *twins])
    assert link.b.device is None and link.b.name == "sw"


def test_another_device_with_a_known_name_is_another_device() -> None:
    known = device("sw", chassis_id="00:11:22:33:44:55")
    stranger = Neighbor("Ethernet1", "sw", "Ethernet1", chassis_id="66:77:88:99:aa:bb")
    (link,) = links([device("r1", stranger), known])
    assert link.b.device is None


def test_a_chassis_id_that_is_a_port_of_the_device_does_not_speak_against_it() -> None:
    known = device("sw", ports=(Interface("eth1", mac="66:77:88:99:AA:BB"),), chassis_id="00:11:22:33:44:55")
    told = Neighbor("Ethernet1", "sw", "eth0", chassis_id="6677.8899.aabb")
    assert words(device("r1", told), known) == ["r1:Ethernet1 - sw:eth0"]


def test_the_address_finds_a_device_by_any_other_name() -> None:
    known = device("core", ports=(Interface("Ethernet1", addresses=("198.51.100.1/31",)),))
    told = Neighbor("Ethernet1", "SEP0123", "Ethernet1", address="198.51.100.1")
    assert words(device("r1", told), known) == ["core:Ethernet1 - r1:Ethernet1"]


def test_a_mac_address_as_port_gets_the_ports_name_not_that_of_its_subinterface() -> None:
    mac = "02:00:00:00:00:09"
    far = device("r2", ports=(Interface("eth1.10", mac=mac), Interface("eth1", mac=mac), Interface("eth2")))
    assert words(device("r1", Neighbor("eth0", "r2", "0200.0000.0009")), far) == ["r1:eth0 - r2:eth1"]


def test_a_description_as_port_gets_the_ports_name() -> None:
    far = device("r2", ports=(Interface("Ethernet3", description="Uplink to r1"),))
    assert words(device("r1", Neighbor("Ethernet1", "r2", "uplink to r1")), far) == ["r1:Ethernet1 - r2:Ethernet3"]


def test_a_port_number_is_found_by_what_the_other_end_says() -> None:
    one = device("r1", Neighbor("Ethernet1", "r2", "507"), ports=("Ethernet1",))
    two = device("r2", Neighbor("Ethernet3", "r1", "Ethernet1"), ports=("Ethernet3",))
    assert words(one, two) == ["r1:Ethernet1 - r2:Ethernet3"]


def test_what_one_protocol_tells_by_mac_and_another_by_name_is_one_cable() -> None:
    told = [
        Neighbor("Ethernet1", "phone", "02:00:00:00:00:01"),
        Neighbor("Ethernet1", "phone.example.net", "Port 1", protocol="cdp"),
    ]
    (link,) = links([device("r1", *told)])
    assert link.a.interface == "Port 1" and link.seen_by == ("cdp", "lldp")


def test_a_device_may_have_a_cable_to_itself_but_no_port_has() -> None:
    told = [Neighbor("Ethernet1", "r1", "Ethernet2"), Neighbor("Ethernet3", "r1", "Ethernet3")]
    assert words(device("r1", *told)) == ["r1:Ethernet1 - r1:Ethernet2"]


def test_the_order_of_devices_does_not_matter() -> None:
    ring = [
        device(f"r{n}", Neighbor("Et1", f"r{(n + 1) % 9}", "Et2"), Neighbor("Et2", f"r{(n - 1) % 9}", "Et1"))
        for n in range(9)
    ]
    shuffled = ring[:]
    random.Random(1).shuffle(shuffled)
    assert links(ring) == links(shuffled) and len(links(ring)) == 9
