# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Neighbours from what devices print, with names that templates do not take."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.cli_neighbors import (
    base_mac,
    cdp_text,
    completed,
    first_address,
    lldp_eos,
    lldp_text,
    lldpd,
    neighbor,
    rows,
)
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.records import Neighbor

IOS_LLDP = """\
------------------------------------------------
Local Intf: Gi0/1
Chassis id: 0050.5600.0100
Port id: Et1
Port Description: to core: Local Intf: Gi9/9
System Name: core 2 \x1b[1m\x07(old)

System Description:
Arista Networks EOS version 4.33.1F
Local Intf: Gi0/9
Chassis id: 0000.0000.0001

Time remaining: 101 seconds
System Capabilities: B,R
Enabled Capabilities: R
Management Addresses:
    IP: 192.0.2.2
    IPV6: 2001:DB8::2
Auto Negotiation - not supported
Vlan ID: - not advertised

------------------------------------------------
Local Intf: Te1/0/2
Chassis id: printer-7
Port id: 0050.5600.0a01
System Name - not advertised

Time remaining: 90 seconds
Management Addresses - not advertised


Total entries displayed: 2
"""
XR_LLDP = """\
Sat Nov 21 10:00:00.000 UTC
Capability codes:
        (R) Router, (B) Bridge, (T) Telephone, (C) DOCSIS Cable Device

------------------------------------------------
Local Interface: GigabitEthernet0/0/0/0
Chassis id: 0050.5600.0100
Port id: Gi0/0/0/1
Port Description - not advertised
System Name: xr 2

System Description:
 Cisco IOS XR Software, Version 7.5.2

Time remaining: 101 seconds
Hold Time: 120 seconds
System Capabilities: R
Enabled Capabilities: R
Management Addresses:
  IPv4 address: 192.0.2.2

Peer MAC Address: 00:50:56:00:01:01

Total entries displayed: 1
"""
NXOS_LLDP = """\
Capability codes:
  (R) Router, (B) Bridge, (T) Telephone, (C) DOCSIS Cable Device
Device ID            Local Intf      Hold-time  Capability  Port ID

Chassis id: 0050.5600.0200
Port id: Ethernet1/3
Local Port id: Eth1/1
Port Description: null
System Name: leaf 1.lab.example
System Description: Cisco Nexus Operating System (NX-OS) Software 10.4(3)
TAC support: http://www.cisco.com/tac
Time remaining: 101 seconds
System Capabilities: B, R
Enabled Capabilities: B, R
Management Address: 192.0.2.9
Management Address IPV6: not advertised
Vlan ID: 1


Chassis id: 0050.5600.0300
Port id: 514
Local Port id: mgmt0
Port Description: ge-0/0/1
System Name: junos1
System Description: null
Time remaining: 101 seconds
Management Address: not advertised
Management Address IPV6: 2001:db8::7
Vlan ID: not advertised

Total entries displayed: 2
"""
IOS_CDP = """\
-------------------------
Device ID: dist one.lab.example
Entry address(es):
  IP address: 192.0.2.3
Platform: cisco WS-C3850-24T,  Capabilities: Router Switch IGMP
Interface: GigabitEthernet0/2,  Port ID (outgoing port): GigabitEthernet1/0/1
Holdtime : 140 sec

Version :
Cisco IOS Software [Everest], Version 16.6.6
Copyright (c) 1986-2018

advertisement version: 2
Management address(es):
  IP address: 198.51.100.3

-------------------------
Device ID: nx1(9LABN000003)
Platform: N9K-C9300v,  Capabilities: Router Switch
Interface: GigabitEthernet0/3,  Port ID (outgoing port): Ethernet1/1
Version :

Total cdp entries displayed : 2
"""
NXOS_CDP = """\
----------------------------------------
Device ID:core1.lab.example
System Name: core1

Interface address(es):
    IPv4 Address: 192.0.2.1
Platform: Cisco IOSv, Capabilities: Router Switch
Interface: Ethernet1/1, Port ID (outgoing port): GigabitEthernet0/2

Version:
Cisco IOS Software, Version 15.9(3)M6

Mgmt address(es):
    IPv4 Address: 198.51.100.1
"""


def test_ios_lldp_with_a_name_of_two_words_and_a_description_that_looks_like_more() -> None:
    first, second = lldp_text(IOS_LLDP)
    assert (first.interface, first.port, first.chassis_id) == ("GigabitEthernet0/1", "Ethernet1", "00:50:56:00:01:00")
    assert (first.name, first.address) == ("core 2 [1m (old)", "192.0.2.2")
    assert first.platform.startswith("Arista Networks EOS version 4.33.1F Local Intf")
    assert second == Neighbor("TenGigabitEthernet1/0/2", "", "00:50:56:00:0a:01", "printer-7")


def test_nxos_lldp() -> None:
    first, second = lldp_text(NXOS_LLDP)
    assert (first.interface, first.port, first.name) == ("Ethernet1/1", "Ethernet1/3", "leaf 1.lab.example")
    assert first.address == "192.0.2.9"
    assert (
        first.platform == "Cisco Nexus Operating System (NX-OS) Software 10.4(3) TAC support: http://www.cisco.com/tac"
    )
    assert (second.interface, second.port, second.address) == ("mgmt0", "ge-0/0/1", "2001:db8::7")


def test_xr_has_the_same_words() -> None:
    (found,) = lldp_text(XR_LLDP)
    assert (found.interface, found.port, found.name) == ("GigabitEthernet0/0/0/0", "GigabitEthernet0/0/0/1", "xr 2")
    assert (found.chassis_id, found.address) == ("00:50:56:00:01:00", "192.0.2.2")


def test_cdp_of_both() -> None:
    first, second = cdp_text(IOS_CDP)
    assert (first.name, first.interface, first.port) == (
        "dist one.lab.example", "GigabitEthernet0/2", "GigabitEthernet1/0/1",
    )  # fmt: skip
    assert (first.address, first.protocol) == ("198.51.100.3", "cdp")
    assert first.platform.startswith("cisco WS-C3850-24T, Cisco IOS Software [Everest], Version 16.6.6")
    assert (second.name, second.address) == ("nx1", None)
    (third,) = cdp_text(NXOS_CDP)
    assert (third.name, third.address, third.port) == ("core1", "198.51.100.1", "GigabitEthernet0/2")


@pytest.mark.parametrize("text", ["", "% LLDP is not enabled", "% CDP is not enabled", "\x00\xff", "Device ID"])
def test_nothing_is_no_neighbour(text: str) -> None:
    assert lldp_text(text) == []
    assert cdp_text(text) == []


@pytest.mark.parametrize(
    ("text", "mac"),
    [
        ("Base ethernet MAC Address          : 00:50:56:00:01:0A", "00:50:56:00:01:0a"),
        ("Base Ethernet MAC Address          : 0050.5600.010a", "00:50:56:00:01:0a"),
        ("", None), ("% Invalid input", None), ("MAC Address: none", None),
    ],
)  # fmt: skip
def test_the_base_address_of_a_switch(text: str, mac: str | None) -> None:
    assert base_mac(text) == mac


def test_eos_data() -> None:
    info = {
        "chassisId": "0050.5600.0100", "systemName": "r\u0007 1", "systemDescription": "Cisco IOS Software",
        "managementAddresses": [{"address": "fe80::1"}, {"address": "2001:db8::1"}, {"address": "192.0.2.1"}],
        "neighborInterfaceInfo": {"interfaceId": '"Gi0/1"', "interfaceDescription": "up"},
    }  # fmt: skip
    found = lldp_eos({"lldpNeighbors": {"Ethernet1": {"lldpNeighborInfo": [info, {}]}, "Management0": {}}})
    assert found[0] == Neighbor(
        "Ethernet1", "r 1", "GigabitEthernet0/1", "00:50:56:00:01:00", "192.0.2.1", "Cisco IOS Software"
    )
    assert found[1] == Neighbor("Ethernet1")
    assert lldp_eos({}) == []


JUNOS_LLDP = """\
Local Interface    Parent Interface    Chassis Id          Port info          System Name
ge-0/0/0           -                   00:50:56:00:01:00   ge-0/0/1           mx2
"""


def test_rows_as_the_templates_package_gives_them() -> None:
    from ntc_templates.parse import parse_output

    parsed = parse_output(platform="juniper_junos", command="show lldp neighbors", data=JUNOS_LLDP)
    assert rows(parsed, "lldp") == [Neighbor("ge-0/0/0", "mx2", "ge-0/0/1", "00:50:56:00:01:00")]


def test_rows_of_templates() -> None:
    parsed: list[dict[str, Any]] = [
        {"LOCAL_INTERFACE": "ge-0/0/0", "NEIGHBOR_NAME": "r1", "CHASSIS_ID": "00:50:56:00:01:00", "MGMT_ADDRESS": "x"},
        {"NEIGHBOR_NAME": "nowhere"},
    ]
    assert rows(parsed, "lldp") == [Neighbor("ge-0/0/0", "r1", chassis_id="00:50:56:00:01:00")]


def test_lldpd_hears_more_than_lldp() -> None:
    row = {
        "remote_system_name": "r2", "remote_port": "eth2", "remote_port_description": "eth2",
        "remote_chassis_id": "6a:9b:bb:67:4f:3a", "remote_system_description": "FRRouting",
        "holdfast_management_address": "10.99.0.2", "holdfast_protocol": "cdp",
    }  # fmt: skip
    assert lldpd({"eth1": [row]}) == [
        Neighbor("eth1", "r2", "eth2", "6a:9b:bb:67:4f:3a", "10.99.0.2", "FRRouting", "cdp")
    ]


def test_each_protocol_completes_the_other() -> None:
    by_lldp = neighbor("Gi0/1", "r2.lab.example", "Gi0/2", chassis_id="0050.5600.0100")
    by_cdp = neighbor("GigabitEthernet0/1", "r2", "Gi0/2", address="192.0.2.2", platform="IOSv", protocol="cdp")
    other = neighbor("Gi0/1", "r3", "Gi0/2")
    lldp, third, cdp = completed([by_lldp, other, by_cdp, by_lldp])
    assert (lldp.address, lldp.platform, lldp.protocol) == ("192.0.2.2", "IOSv", "lldp")
    assert (cdp.chassis_id, cdp.protocol) == ("00:50:56:00:01:00", "cdp")
    assert third == other


@pytest.mark.parametrize(
    ("told", "address"),
    [
        (["2001:db8::1", "192.0.2.1"], "192.0.2.1"), (["fe80::1"], ""), (["0.0.0.0"], ""), (["::"], ""),
        (["not advertised", ""], ""), ([], ""),
    ],
)  # fmt: skip
def test_the_address_that_can_be_reached(told: list[str], address: str) -> None:
    assert first_address(told) == address
