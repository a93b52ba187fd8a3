# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What descriptions and models tell."""

from __future__ import annotations

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.detection import (
    name_in_prompt,
    platform_of_description,
    role,
)


@pytest.mark.parametrize(
    ("text", "platform"),
    [
        ("Cisco IOS Software, IOSv Software (VIOS-ADVENTERPRISEK9-M), Version 15.9(3)M6", "cisco_ios"),
        ("Cisco IOS Software [Cupertino], Catalyst L3 Switch Software (CAT9K_IOSXE), Version 17.9.4", "cisco_xe"),
        ("Cisco IOS XR Software, Version 7.5.2", "cisco_xr"),
        ("N9K-C9300v, Cisco Nexus Operating System (NX-OS) Software", "cisco_nxos"),
        ("Arista Networks EOS version 4.33.1F running on an Arista vEOS-lab", "arista_eos"),
        ("Juniper Networks, Inc. mx204 internet router, kernel JUNOS 21.4R3", "juniper_junos"),
        ("FRRouting 8.4.4 on Linux", "frr"),
        ("Debian GNU/Linux 12 (bookworm) Linux 6.1.0", "linux"),
        ("HP LaserJet", None),
        ("", None),
    ],
)
def test_a_description_is_a_hint(text: str, platform: str | None) -> None:
    assert platform_of_description(text) == platform


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("r1", "r1"), ("admin@mx1", "mx1"), ("RP/0/RP0/CPU0:xr1", "xr1"), ("ann@box:~", "box"), ("<HUAWEI", "HUAWEI"),
        ("[admin@MikroTik] ", "MikroTik"), ("core-1.lab", "core-1.lab"), ("$", ""), ("", ""),
    ],
)  # fmt: skip
def test_a_name_in_a_prompt(prompt: str, name: str) -> None:
    assert name_in_prompt(prompt) == name


@pytest.mark.parametrize(
    ("platform", "model", "capabilities", "expected"),
    [
        ("fortinet", "FortiGate-60F", ("bridge", "router"), "firewall"),
        ("frr", "Linux", (), "router"),
        ("cisco_ios", "IOSv", (), "router"),
        ("cisco_ios", "WS-C2960X-24TS-L", (), "switch"),
        ("cisco_xe", "C9300-24T", (), "switch"),
        ("cisco_xe", "C8300-1N1S-6T", (), "router"),
        ("arista_eos", "DCS-7050SX3-48YC8", (), "switch"),
        ("linux", "Linux 6.1", ("router",), "router"),
        ("linux", "Linux 6.1", ("bridge", "router"), "switch"),
        ("linux", "Linux 6.1", (), "unknown"),
    ],
)
def test_roles(platform: str, model: str, capabilities: tuple[str, ...], expected: str) -> None:
    assert role(platform, model, capabilities) == expected
