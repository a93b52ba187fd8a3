# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What SNMP packs into octets and indexes, and ports and neighbours from rows of tables."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery import snmp_interfaces, snmp_neighbors
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery import snmp_values as values
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.records import Interface, Neighbor
from hypothesis import given, strategies

MAC = b"\x00\x1b\x54\xaa\xbb\xcc"
PORTS = {
    1: Interface("GigabitEthernet0/1", mac="00:1b:54:00:00:01"),
    10: Interface("ge-0/0/10"),
    514: Interface("ge-0/0/1"),
}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"r1.lab", "r1.lab"),
        (b"  two  words\r\n", "two words"),
        (b"r1\x00\x00", "r1"),
        (b"\x1b[31mred\x07", "[31mred"),
        ("gr\u00fcn".encode(), "gr\u00fcn"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"x" * 300, "x" * 255),
        ("1.3.6", "1.3.6"),
        (7, "7"),
        (None, ""),
    ],
)
def test_text(value: values.Value, expected: str) -> None:
    assert values.text(value) == expected


@given(strategies.binary(max_size=400))
def test_any_octets_make_a_printable_line(octets: bytes) -> None:
    text = values.text(octets)
    assert text.isprintable() and len(text) <= 255 and text == text.strip()


@pytest.mark.parametrize(
    ("subtype", "value", "expected"),
    [
        (4, MAC, "00:1b:54:aa:bb:cc"),
        (4, b"001b.54aa.bbcc", "001b.54aa.bbcc"),  # some send the MAC address as text
        (5, b"\x01\x0a\x00\x00\x01", "10.0.0.1"),
        (5, b"\x02" + bytes(15) + b"\x01", "::1"),
        (5, b"\x01\x0a", None),
        (6, b"eth0", "eth0"),
        (7, b"core-1", "core-1"),
        (7, MAC, "00:1b:54:aa:bb:cc"),
        (7, b"switch", "switch"),
        (4, b"", None),
        (None, None, None),
    ],
)
def test_chassis_ids(subtype: Any, value: values.Value, expected: str | None) -> None:
    assert values.chassis_id(subtype, value) == expected


def test_capabilities() -> None:
    assert values.capabilities(b"\x28\x00") == ("bridge", "router")
    assert values.capabilities(b"") == values.capabilities(None) == ()


def test_addresses_in_an_index() -> None:
    assert values.index_address((1, 4, 10, 0, 0, 1), 0) == "10.0.0.1"
    assert values.index_address((900, 3, 1, 1, 4, 10, 0, 0, 1), 3) == "10.0.0.1"
    assert values.index_address((2, 16, 0x20, 1, 0xD, 0xB8, *[0] * 11, 1), 0) == "2001:db8::1"
    for bad in ((), (1,), (1, 4, 10, 0, 0), (1, 4, 10, 0, 0, 256), (2, 4, 1, 1, 1, 1), (6, 6, 1, 2, 3, 4, 5, 6)):
        assert values.index_address(bad, 0) is None
    assert values.index_address((1, 4, 0, 0, 0, 0), 0) is None


def test_ports_have_the_name_that_their_cli_has() -> None:
    names = [("Gi0/1", "GigabitEthernet0/1"), ("eth1", "Red Hat, Inc. Device 0001"), ("", "eth0"), ("mgmt0", "")]
    names += [("inside", "Adaptive Security Appliance 'inside' interface"), ("1/1/1", '1/1/1, 10 Gig, "to x"')]
    told = [snmp_interfaces.port_name(*pair) for pair in names]
    assert told == ["GigabitEthernet0/1", "eth1", "eth0", "mgmt0", "inside", "1/1/1"]


def test_one_port() -> None:
    row: dict[str, values.Value] = {"descr": b"GigabitEthernet0/1", "name": b"Gi0/1", "alias": b"to r2", "mac": MAC}
    row |= {"mtu": 1500, "speed": 4_294_967_295, "high_speed": 10_000, "admin": 1, "oper": 2}
    assert snmp_interfaces.interface(1, row, ["10.0.0.10/30", "10.0.0.9/30"]) == Interface(
        name="GigabitEthernet0/1",
        enabled=True,
        up=False,
        description="to r2",
        mac="00:1b:54:aa:bb:cc",
        mtu=1500,
        speed=10_000.0,
        addresses=("10.0.0.9/30", "10.0.0.10/30"),
    )
    assert snmp_interfaces.interface(7, {}, []) == Interface("7")


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"speed": 64_000, "high_speed": 0}, 0.064),
        ({"speed": 100_000_000}, 100.0),
        ({"speed": 4_294_967_295}, None),
        ({"speed": 0, "high_speed": 0}, None),
        ({}, None),
    ],
)
def test_speeds(row: dict[str, values.Value], expected: float | None) -> None:
    assert snmp_interfaces.speed(row) == expected


def test_addresses_of_both_tables_each_once_and_no_broadcasts() -> None:
    pointer = "1.3.6.1.2.1.4.32.1.5.2.1.4.10.0.0.0.31"
    new: Any = {
        (1, 4, 10, 0, 0, 1): {"port": 2, "type": 1, "prefix": pointer},
        (1, 4, 10, 0, 0, 255): {"port": 2, "type": 3, "prefix": pointer},
        (1, 4, 127, 0, 0, 1): {"port": 1, "type": 1},
        (2, 16, 254, 128, *[0] * 13, 1): {"port": 2, "type": 1},
        (2, 16, 32, 1, 13, 184, *[0] * 11, 1): {"port": 2, "type": 1, "prefix": "0.0"},
        (1, 4, 10, 9, 9, 9): {"type": 1},  # its port's column was not sent
    }
    old: Any = {
        (10, 0, 0, 1): {"port": 2, "mask": "255.255.255.0"},
        (10, 1, 0, 1): {"port": 3, "mask": "255.255.255.252"},
        (10, 2, 0, 1): {"port": 3, "mask": "255.0.255.0"},
    }
    assert snmp_interfaces.addresses(new, old) == {
        2: ["10.0.0.1/31", "2001:db8::1"],
        3: ["10.1.0.1/30", "10.2.0.1"],
    }


@pytest.mark.parametrize(
    ("number", "row", "expected"),
    [
        (3, {"subtype": 5, "id": b"Gi0/1"}, "GigabitEthernet0/1"),
        (3, {"subtype": 3, "id": b"\x00\x1b\x54\x00\x00\x01"}, "GigabitEthernet0/1"),
        (3, {"subtype": 7, "id": b"514", "description": b"uplink"}, "ge-0/0/1"),
        (9, {"subtype": 3, "id": MAC, "description": b"ge-0/0/10"}, "ge-0/0/10"),
        (10, {}, "ge-0/0/10"),
        (10, {"subtype": 5, "id": b"Port-Nine"}, "Port-Nine"),
        (99, {}, "99"),
    ],
)
def test_local_ports(number: int, row: Any, expected: str) -> None:
    assert snmp_neighbors.local_port(number, row, PORTS) == expected


@pytest.mark.parametrize(
    ("subtype", "value", "description", "expected"),
    [
        (5, b"Gi0/2", b"to r1", "Gi0/2"),
        (7, b"514", b"ge-0/0/1", "ge-0/0/1"),
        (7, b"514", b"", "514"),
        (3, MAC, b"eth0", "00:1b:54:aa:bb:cc"),
        (5, b"", b"eth0", "eth0"),
    ],
)
def test_remote_ports(subtype: int, value: bytes, description: bytes, expected: str) -> None:
    row: Any = {"port_subtype": subtype, "port_id": value, "port_description": description}
    assert snmp_neighbors.remote_port(row) == expected


def test_lldp_neighbors_with_and_without_a_management_address() -> None:
    heard: Any = {"chassis_subtype": 4, "chassis_id": MAC, "port_subtype": 5, "port_id": b"Et1"}
    remote: Any = {
        (0, 1, 5): {**heard, "system_name": b"sw 1\x07", "system_description": b"Arista\nEOS"},
        (0, 1, 6): heard,
        (0, 1): heard,  # no such index
    }
    management: Any = {
        (0, 1, 5, 2, 16, 32, 1, 13, 184, *[0] * 11, 1): 2,
        (0, 1, 5, 1, 4, 10, 0, 0, 7): 2,
        (0, 1, 6, 6, 6, *MAC): 2,
    }
    found = snmp_neighbors.lldp(remote, {}, management, PORTS)
    assert found == [
        Neighbor("GigabitEthernet0/1", "sw 1", "Et1", "00:1b:54:aa:bb:cc", "10.0.0.7", "Arista EOS"),
        Neighbor("GigabitEthernet0/1", "", "Et1", "00:1b:54:aa:bb:cc", None),
    ]


ANY_VALUE = strategies.one_of(
    strategies.none(),
    strategies.binary(max_size=20),
    strategies.text(max_size=20),
    strategies.integers(),
    strategies.floats(),
)
ANY_INDEX = strategies.lists(strategies.integers(0, 2**32 - 1) | strategies.integers(0, 20), max_size=24).map(tuple)


def any_rows(*columns: dict[int, str]) -> strategies.SearchStrategy[Any]:
    names = [name for one in columns for name in one.values()]
    return strategies.dictionaries(
        ANY_INDEX, strategies.dictionaries(strategies.sampled_from(names), ANY_VALUE), max_size=4
    )


@given(
    any_rows(snmp_neighbors.LLDP_REMOTE_COLUMNS),
    any_rows(snmp_neighbors.LLDP_PORT_COLUMNS),
    strategies.dictionaries(ANY_INDEX, ANY_VALUE, max_size=4),
    any_rows(snmp_neighbors.CDP_COLUMNS),
    any_rows(snmp_interfaces.IP_ADDRESS_COLUMNS, snmp_interfaces.OLD_ADDRESS_COLUMNS),
    any_rows(snmp_interfaces.IF_COLUMNS, snmp_interfaces.IF_X_COLUMNS),
)
def test_no_agent_can_break_the_reading(
    remote: Any, local: Any, management: Any, cdp: Any, ip: Any, ports: Any
) -> None:
    """Whatever types the values have, and however long the indexes are."""
    found = [*snmp_neighbors.lldp(remote, local, management, PORTS), *snmp_neighbors.cdp(cdp, PORTS)]
    assert all(one.interface and one.name.isprintable() and one.port.isprintable() for one in found)
    addresses = snmp_interfaces.addresses(ip, ip)
    for row in ports.values():
        made = snmp_interfaces.interface(1, row, addresses.get(1, []))
        assert made.name and made.name.isprintable() and made.description.isprintable()


def test_cdp_neighbors() -> None:
    row: Any = {"device_id": b"sw2(FOC1234X5YZ)", "port": b"Ethernet1/1", "address": b"\x0a\x00\x00\x02", "family": 1}
    row |= {"platform": b"N9K-C9300v", "version": b"NX-OS\n9.3(5)", "management_address": b"\x00\x00\x00\x00"}
    (found,) = snmp_neighbors.cdp({(1, 3): row, (2,): {}}, PORTS)
    assert found == Neighbor(
        "GigabitEthernet0/1", "sw2", "Ethernet1/1", None, "10.0.0.2", "N9K-C9300v, NX-OS 9.3(5)", "cdp"
    )
    (other,) = snmp_neighbors.cdp({(77, 1): {"device_id": b"phone", "system_name": b"SEP1"}}, PORTS)
    assert (other.interface, other.name, other.address) == ("77", "SEP1", None)
