# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Devices read through answers that a test gives: what is taken, what is noted, what ends it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import (
    CommandFailed,
    HoldfastError,
    ParseFailed,
    SessionLost,
)
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.cli_device import Read, read_device
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.cli_facts import interfaces, told, version
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.cli_linux import interfaces as linux_interfaces
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.records import Interface

FACTS = {
    "hostname": "r1", "vendor": "Cisco", "model": "IOSv", "serial_number": "Unknown",
    "os_version": "IOSv Software (VIOS), Version 15.9(3)M6, RELEASE SOFTWARE (fc1)",
}  # fmt: skip
PORTS = {
    "mgmt0": {"is_up": True, "is_enabled": True, "mac_address": "00:50:56:00:01:0A", "mtu": 1500, "speed": 1000.0},
    "Loopback0": {
        "is_up": True,
        "is_enabled": True,
        "mac_address": "",
        "mtu": -1,
        "speed": -1.0,
        "description": "a\nb",
    },
}
Answer = dict[str, Any] | HoldfastError


def read(platform: str, answers: Callable[[str, str], Answer]) -> Read:
    """``answers`` get the command and its getters or lines."""

    async def ask(command: str, params: dict[str, Any]) -> Any:
        given = params.get("getters") or params["commands"]
        lines = [one["command"] if isinstance(one, dict) else one for one in given]
        answer = answers(command, " ".join(lines))
        if isinstance(answer, HoldfastError):
            raise answer
        return answer

    return asyncio.run(read_device(ask, platform))


def got(**data: Any) -> dict[str, Any]:
    return {"data": data, "unsupported": {}}


def test_interfaces_of_two_getters_are_one_list() -> None:
    addresses = {
        "mgmt0": {"ipv4": {"192.0.2.1": {"prefix_length": 24}}},
        "Vlan7": {"ipv6": {"fe80::1": {"prefix_length": 64}, "2001:db8::1": {"prefix_length": "64"}}},
        "Gi0/1": {"ipv4": {"10.0.0.1": {"prefix_length": "N/A"}}},
    }
    found = interfaces({"Management0": PORTS["mgmt0"], "Loopback0": PORTS["Loopback0"]}, addresses)
    assert found == (
        Interface("GigabitEthernet0/1"),
        Interface("Loopback0", True, True, "a b"),
        Interface("Vlan7", addresses=("2001:db8::1/64",)),
        Interface("mgmt0", True, True, "", "00:50:56:00:01:0a", 1500, 1000.0, ("192.0.2.1/24",)),
    )


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("IOSv Software (VIOS), Version 15.9(3)M6, RELEASE SOFTWARE (fc1)", "15.9(3)M6"),
        ("4.33.1F-39879738.4331F", "4.33.1F"), ("10.4(3)", "10.4(3)"), ("8.4.4", "8.4.4"), ("Unknown", ""), ("", ""),
    ],
)  # fmt: skip
def test_versions_are_short(text: str, short: str) -> None:
    assert version(text) == short


def test_napalms_words_for_not_known_are_none() -> None:
    assert [told(one) for one in ("Unknown", "N/A", None, " FDO\x001 ")] == ["", "", "", "FDO 1"]


def test_a_getter_that_fails_takes_nothing_else_with_it() -> None:
    def answers(command: str, what: str) -> Answer:
        if command == "run":
            return {"replies": [{"output": "% LLDP is not enabled"}]}
        if "get_interfaces " in f"{what} ":
            return ParseFailed("get_interfaces does not take it")
        return got(**{name: {"get_facts": FACTS}.get(name, {}) for name in what.split()})

    found = read("cisco_ios", answers)
    assert (found.name, found.serial, found.version, found.interfaces) == ("r1", "", "15.9(3)M6", ())
    assert found.notes == ["get_interfaces does not take it"]


def test_a_refused_command_is_noted_and_a_lost_session_is_not_a_device() -> None:
    def refuses(command: str, what: str) -> Answer:
        if command == "run":
            return CommandFailed(f"refused '{what}'") if "lldp" in what else {"replies": [{"output": ""}]}
        return got(get_facts=FACTS, get_interfaces=PORTS, get_interfaces_ip={})

    assert read("cisco_ios", refuses).notes == ["refused 'show lldp neighbors detail'"]
    with pytest.raises(SessionLost):
        read("cisco_ios", lambda command, what: SessionLost("gone"))


def test_platforms_without_getters_are_read_by_templates() -> None:
    def answers(command: str, what: str) -> Answer:
        if command == "get":
            return {
                "data": {},
                "unsupported": dict.fromkeys(what.split(), "state of platform 'juniper_junos' cannot be read"),
            }
        rows = {
            "show version": [{"HOSTNAME": "mx1", "MODEL": "mx204", "JUNOS_VERSION": "21.4R3", "SERIAL_NUMBER": ["X1"]}],
            "show lldp neighbors": [
                {"LOCAL_INTERFACE": "ge-0/0/0", "NEIGHBOR_NAME": "r1", "CHASSIS_ID": "0050.5600.0100"}
            ],
        }
        return {"replies": [{"parsed": rows[what]}]}

    found = read("juniper_junos", answers)
    assert (found.name, found.vendor, found.model, found.serial) == ("mx1", "Juniper", "mx204", "X1")
    assert [one.name for one in found.neighbors] == ["r1"]
    assert found.notes == ["state of platform 'juniper_junos' cannot be read"]


def test_a_platform_that_nothing_is_known_of_says_so() -> None:
    found = read("moxa_nos", lambda command, what: got() if command == "get" else {"replies": [{"parsed": []}]})
    assert "neighbors of platform moxa_nos cannot be read over its CLI" in found.notes[-1]


def test_linux() -> None:
    addresses = [
        {"ifname": "lo", "flags": ["LOOPBACK", "UP"], "operstate": "UNKNOWN", "mtu": 9, "address": "00:00:00:00:00:00",
         "addr_info": [{"local": "127.0.0.1", "prefixlen": 8, "scope": "host"}]},
        {"ifname": "eth0", "flags": ["UP"], "operstate": "UP", "mtu": 1500, "address": "02:fc:00:00:00:01",
         "addr_info": [{"local": "fe80::1", "prefixlen": 64, "scope": "link"},
                       {"local": "192.0.2.2", "prefixlen": 24, "scope": "global"}]},
    ]  # fmt: skip
    outputs = [
        "box1",
        "6.1.0-9-amd64",
        'NAME="Debian GNU/Linux"\nVERSION_ID="12"',
        json.dumps(addresses),
        "sh: not found",
        "",
    ]
    found = read("linux", lambda command, what: {"replies": [{"output": one} for one in outputs]})
    assert (found.name, found.vendor, found.version, found.model) == (
        "box1", "Debian GNU/Linux", "12", "Linux 6.1.0-9-amd64",
    )  # fmt: skip
    assert found.interfaces == linux_interfaces(addresses)
    assert found.interfaces[0] == Interface("eth0", True, True, "", "02:fc:00:00:00:01", 1500, None, ("192.0.2.2/24",))
    assert found.interfaces[1].mac is None
    assert "lldpctl" in found.notes[0]
