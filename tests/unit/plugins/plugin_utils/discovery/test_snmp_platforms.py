# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Platforms by enterprise number and words: the descriptions have the form that each maker's systems send."""

from __future__ import annotations

import re

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.snmp_entity import chassis, hardware
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.snmp_platforms import (
    BY_WORDS,
    KINDS,
    enterprise,
    kind_of,
    model_in,
    version_in,
)
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.platforms import device_type

E = "1.3.6.1.4.1."


@pytest.mark.parametrize(
    ("oid", "description", "platform", "version", "model"),
    [
        (
            "9.1.1208",
            "Cisco IOS Software, C2960S Software (C2960S-UNIVERSALK9-M), Version 12.2(55)SE3, RELEASE SOFTWARE (fc1)",
            "cisco_ios",
            "12.2(55)SE3",
            "",
        ),
        (
            "9.1.2494",
            "Cisco IOS Software [Amsterdam], Catalyst L3 Switch Software (CAT9K_IOSXE), Version 17.3.4, RELEASE (fc3)",
            "cisco_xe",
            "17.3.4",
            "",
        ),
        (
            "9.12.3.1.3.1955",
            "Cisco NX-OS(tm) nxos.9.3.5.bin, Software (nxos), Version 9.3(5), RELEASE SOFTWARE Copyright (c) 2002",
            "cisco_nxos",
            "9.3(5)",
            "",
        ),
        ("9.1.639", "Cisco IOS XR Software (ASR9K), Version 6.1.4[Default]\r\nCopyright", "cisco_xr", "6.1.4", "ASR9K"),
        ("9.1.1902", "Cisco Adaptive Security Appliance Version 9.8(2)", "cisco_asa", "9.8(2)", ""),
        (
            "30065.1.3011.7050.3741.64",
            "Arista Networks EOS version 4.27.0F running on an Arista Networks DCS-7050SX-64",
            "arista_eos",
            "4.27.0F",
            "DCS-7050SX-64",
        ),
        (
            "2636.1.1.1.2.25",
            "Juniper Networks, Inc. mx480 internet router, kernel JUNOS 18.4R1.8, Build date: 2018-12-17",
            "juniper_junos",
            "18.4R1.8",
            "mx480",
        ),
        (
            "11.2.3.7.11.154",
            "HP J9773A 2530-24G-PoEP Switch, revision YA.16.04.0008, ROM YA.15.20",
            "hp_procurve",
            "YA.16.04.0008",
            "J9773A",
        ),
        (
            "25506.11.1.87",
            "HPE Comware Platform Software, Software Version 7.1.070, Release 2432P03\r\nHPE 5130",
            "hp_comware",
            "7.1.070",
            "",
        ),
        ("47196.4.1.1.1.100", "Aruba JL668A FL.10.06.0110", "aruba_aoscx", "FL.10.06.0110", "JL668A"),
        (
            "14823.1.1.36",
            "ArubaOS (MODEL: Aruba7005), Version 8.5.0.5 (73491)",
            "aruba_os",
            "8.5.0.5",
            "7005",
        ),
        (
            "2011.2.239.9",
            "Huawei Versatile Routing Platform Software VRP (R) software, Version 8.180 (CE6850EI V200R005C10SPC800)",
            "huawei_vrp",
            "8.180",
            "CE6850EI",
        ),
        (
            "6527.1.3.8",
            "TiMOS-C-16.0.R4 cpm/x86_64 Nokia 7750 SR Copyright (c) 2000-2018 Nokia.",
            "nokia_sros",
            "16.0.R4",
            "7750 SR",
        ),
        (
            "6527.1.20.26",
            "SRLinux-v21.6.1-235-gb08ed1 7220 IXR-D2 Copyright (c) 2000-2020 Nokia.",
            "nokia_srl",
            "21.6.1",
            "7220 IXR-D2",
        ),
        ("14988.1", "RouterOS CCR1009-7G-1C-1S+", "mikrotik_routeros", "", "CCR1009-7G-1C-1S+"),
        ("12356.101.1.1004", "FortiGate-100D", "fortinet", "", ""),
        ("25461.2.3.38", "Palo Alto Networks PA-220 series firewall", "paloalto_panos", "", "PA-220"),
        (
            "1916.2.238",
            "ExtremeXOS (X440G2-48t-10G4) version 22.4.1.4 by release-manager",
            "extreme_exos",
            "22.4.1.4",
            "X440G2-48t-10G4",
        ),
        ("8072.3.2.10", "Linux host 5.10.0-8-amd64 #1 SMP Debian", "linux", "5.10.0-8-amd64", ""),
        ("8072.3.2.10", "Linux host 5.10.0 FRRouting 8.4.4 (r1)", "frr", "8.4.4", ""),
        ("8072.3.2.8", "FreeBSD host", "enterprise_8072", "", ""),
        ("8072.3.2.10", "my router", "linux", "", ""),
        ("50145.1", "FRRouting lab router r1", "frr", "", ""),
        ("44641", "VyOS 1.3.0", "vyos", "", ""),
        ("99999.1", "Toaster", "enterprise_99999", "", ""),
        ("9.99", "something else", "enterprise_9", "", ""),
    ],
)
def test_platforms(oid: str, description: str, platform: str, version: str, model: str) -> None:
    kind = kind_of(E + oid, description)
    told = " ".join(description.split())
    assert (kind.platform, version_in(kind, told), model_in(kind, told)) == (platform, version, model)


def test_every_platform_is_one_that_netmiko_knows_and_every_pattern_compiles() -> None:
    kinds = [kind for found in KINDS.values() for kind in found] + [kind for _words, kind in BY_WORDS]
    for kind in kinds:
        assert device_type(kind.platform) == kind.platform
        for pattern in filter(None, (kind.version, kind.model)):
            assert re.compile(pattern).groups >= 1


def test_enterprise_numbers() -> None:
    assert [enterprise(oid) for oid in (E + "9.1", "." + E + "9.1", "1.3.6.1.2.1.1", "", E, E + "x")] == [
        9,
        9,
        None,
        None,
        None,
        None,
    ]
    assert kind_of("0.0", "").platform == "unknown"


def test_the_chassis_is_found_among_the_parts() -> None:
    assert chassis({(1,): 11, (2,): 9, (1001,): 3, (2001,): 3}) == 1001
    assert chassis({(1,): 11, (2,): 9}) == 1
    assert chassis({(5,): 9}) is None and chassis({}) is None


def test_the_makers_own_objects_come_before_the_chassis() -> None:
    kind = kind_of(E + "12356.101", "")
    found = hardware(
        kind, "", {"serial": b"WRONG", "own_serial": b"FGT1", "own_version": b"v7.0.1", "model": b"FGT_100D"}
    )
    assert (found.serial, found.version, found.model, found.vendor) == ("FGT1", "v7.0.1", "FGT_100D", "Fortinet")
    unknown = hardware(kind_of(E + "99999", ""), "Version 3", {"vendor": b"Acme", "version": b"4"})
    assert (unknown.vendor, unknown.version, unknown.serial) == ("Acme", "3", "")
