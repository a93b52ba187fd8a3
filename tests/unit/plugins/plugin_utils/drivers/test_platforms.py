# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Platform names, and what counts as a device's refusal."""

from __future__ import annotations

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import UnknownDriver, UnknownPlatform
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers import platforms, registry


@pytest.mark.parametrize(
    ("name", "device_type"),
    [
        *((n, "cisco_ios") for n in ("ios", "cisco.ios.ios", "cisco_ios", " IOS ")),
        *((n, "arista_eos") for n in ("eos", "arista.eos.eos", "arista_eos", "EOS")),
        *((n, "frr") for n in ("frr", "FRRouting", "vtysh", "frr.frr.frr")),
        *((n, "cisco_nxos") for n in ("nxos", "cisco.nxos.nxos", "cisco_nxos")),
        *((n, "cisco_xr") for n in ("iosxr", "cisco.iosxr.iosxr", "cisco_xr")),
        *((n, "juniper_junos") for n in ("junipernetworks.junos.junos", "junos", "juniper_junos")),
        *((n, "cisco_xe") for n in ("iosxe", "cisco_xe")),
    ],
)
def test_any_common_name_is_understood(name: str, device_type: str) -> None:
    assert platforms.device_type(name) == device_type


@pytest.mark.parametrize(
    ("name", "hint"), [("cisco_oss", "did you mean .*cisco_ios"), ("zzz", "examples: ios"), ("", "examples")]
)
def test_an_unknown_one_is_named_with_a_hint(name: str, hint: str) -> None:
    with pytest.raises(UnknownPlatform, match=f"'{name}' is no platform that netmiko knows; {hint}"):
        platforms.device_type(name)


def test_an_unknown_driver_is_named_with_those_there_are() -> None:
    with pytest.raises(UnknownDriver, match="there is no driver 'telnet'; choose one of: .*netmiko, paramiko, pyeapi"):
        registry.driver_class("telnet")
    assert registry.driver_class("netmiko").name == "netmiko" and registry.driver_class("pyeapi").name == "pyeapi"


REFUSALS = [
    "% Invalid input detected at '^' marker.",
    "         ^\n% Invalid input detected at '^' marker.\n",
    "% Incomplete command.",
    '% Ambiguous command:  "sh"',
    "% Unknown command or computer name, or unable to find computer address",
    "% Bad IP address or host name",
    "% Bad mask /33 for address 10.0.0.1",
    "%Error opening flash:nothing (No such file or directory)",
    "% Unrecognized host or address, or protocol not running.",
    "% 10.0.0.0 overlaps with GigabitEthernet0/1",
    "% Cannot configure this on a subinterface",
    "% Authorization failed.",
    "% Invalid input (at token 2: 'foo')",
    "% Unavailable command (not supported on this hardware platform)",
    "% Invalid port range 70000",
    "% Incomplete command (at token 1: 'ip')",
    "% Unknown command: nonsense",
    "% Command incomplete: show ip",
    "% There is no matched command.",
    "% Specify remote-as or peer-group commands first",
    "% Create the peer-group or interface first",
    "% Configure the peer-group first",
    "% Can't find route-map",
    "Command rejected: GigabitEthernet0/1 not a switching port.",
    "Command authorization failed.",
    "ERROR: Invalid VLAN range",
    "Error: something",
    "line 2: % Unknown command: nonsense",
    "some output\n% Invalid input detected at '^' marker.\n",
]
ANSWERS = [
    "",
    "r1#",
    "CPU utilization for five seconds: 5%/0%; one minute: 6%; five minutes: 5%",
    "% of CPU used by processes\n 5% interrupt",
    "Rxload 1/255, 100% of packets",
    " 5 minute input rate 0 bits/sec (0% with framing), 0 packets/sec",
    "%LINK-3-UPDOWN: Interface GigabitEthernet0/1, changed state to down",
    "*Nov 21 05:15:41.000: %LINEPROTO-5-UPDOWN: Line protocol on Interface Gi0/1, changed state to up",
    "%SYS-5-CONFIG_I: Configured from console by admin on vty0 (10.0.0.1)",
    "%BGP-3-NOTIFICATION: received from neighbor 10.0.0.1 2/2 (peer in wrong AS) peer does not exist",
    "%PARSER-4-BADCFG: Unexpected end of configuration file, alias not found",
    "%SYS-2-NOTFOUND: Invalid thing not found",
    "% Generating 2048 bit RSA keys, keys will be non-exportable...[OK]",
    "% Network not in table",
    "% Subnet not in table",
    "% Interface Loopback0 IPv4 disabled and address(es) removed due to enabling VRF red",
    "     0 input errors, 0 CRC, 0 frame, 0 overrun, 0 ignored",
    "description % Invalid but only a description",
    "! Error: only a comment",
    "Load for five secs: 1%/0%; one minute: 0%; five minutes: 0%\n100% |*****|",
]


@pytest.mark.parametrize("words", REFUSALS)
def test_a_refusal_is_seen(words: str) -> None:
    found = platforms.refusal(f"\n{words}\n")
    assert found and found.strip("^ ") and found in words


@pytest.mark.parametrize("words", ANSWERS)
def test_an_answer_is_no_refusal(words: str) -> None:
    assert platforms.refusal(words) is None


@pytest.mark.parametrize(
    "line", ["show version", " SHOW run", "ping 10.0.0.1", "traceroute x", "dir flash:", "do show ip route"]
)
def test_what_only_reads(line: str) -> None:
    assert platforms.only_reads(line, "netmiko", "ios")


@pytest.mark.parametrize(
    "line", ["reload", "configure terminal", "showx", "no show", "clear counters", "write", "copy a b", "pinger"]
)
def test_what_may_write(line: str) -> None:
    assert not platforms.only_reads(line, "netmiko", "ios")


@pytest.mark.parametrize(
    "line",
    [
        "show running-config | redirect flash:x",
        "show tech | append flash:x",
        "show run > flash:x",
        "show run | tee flash:x",
        "more x | redirect y",
    ],
)
def test_a_show_that_writes_a_file_is_a_write(line: str) -> None:
    assert not platforms.only_reads(line, "netmiko", "ios")


@pytest.mark.parametrize("where", [("paramiko", "eos"), ("netmiko", "linux"), ("netmiko", " Linux")])
def test_a_shell_may_start_anything(where: tuple[str, str]) -> None:
    for line in ("cat /etc/hosts", "ls -l /tmp", "uptime", "ping -c 1 x", "df"):
        assert platforms.only_reads(line, *where)
    harmful = (
        "show x",
        "cat x > y",
        "ping x; reboot",
        "ls && rm x",
        "cat $(x)",
        "cat `x`",
        "dir | sh",
        "ls\\\nrm",
        "lsx",
    )
    for line in harmful:
        assert not platforms.only_reads(line, *where), line


def test_a_refusal_is_found_at_both_ends_of_a_long_output() -> None:
    long = "!" * platforms.REFUSAL_WITHIN * 3
    assert platforms.refusal(f"% Invalid input\n{long}") == "% Invalid input"
    assert platforms.refusal(f"{long}\n%Error opening flash:x") == "%Error opening flash:x"
    assert platforms.refusal(f"{long}\n% Invalid input\n{long}") is None
