# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Devices of a testbed as hosts."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import BadInput
from ansible_collections.holdfast.network.plugins.plugin_utils.inventory.hosts import Host
from ansible_collections.holdfast.network.plugins.plugin_utils.testbed.document import Document
from ansible_collections.holdfast.network.plugins.plugin_utils.testbed.hosts import read_hosts


def host(device: Any, via: str | None = None, credentials: bool = True, **sections: Any) -> tuple[Host, list[str]]:
    """The one device r1 (others may follow it)."""
    bed = {**sections, "devices": {"r1": device, **sections.pop("others", {})}}
    found, warnings = read_hosts(Document("bed", yaml.safe_dump(bed, sort_keys=False)), via, credentials)
    return found[0], warnings


def at(ip: str = "192.0.2.1", **more: Any) -> dict[str, Any]:
    return {"os": "ios", "connections": {"cli": {"protocol": "ssh", "ip": ip, **more}}}


def test_address_port_platform_and_facts() -> None:
    found, warnings = host({**at(port=2222), "type": "router", "role": "edge", "model": "C8000", "custom": {"rack": 7}})
    assert warnings == []
    assert found.variables == {
        "ansible_connection": "holdfast.network.pinned", "ansible_host": "192.0.2.1", "ansible_port": 2222,
        "holdfast_platform": "cisco_ios", "holdfast_model": "C8000", "holdfast_role": "edge",
        "holdfast_testbed": {"via": "cli", "protocol": "ssh", "type": "router", "os": "ios", "custom": {"rack": 7}},
    }  # fmt: skip
    assert found.groups == ["platform_cisco_ios", "type_router", "role_edge"]


@pytest.mark.parametrize(
    ("via", "default", "used"),
    [(None, None, "cli"), (None, "mgmt", "mgmt"), ("mgmt", None, "mgmt"), ("con", None, "con"), (None, "con", "cli"),
     ("bare", None, "bare")],
)  # fmt: skip
def test_which_connection_is_used(via: str | None, default: str | None, used: str) -> None:
    blocks = {
        "con": {"protocol": "telnet", "ip": "192.0.2.9", "port": 2001},
        "bare": {"protocol": "ssh"},
        "cli": {"protocol": "ssh", "ip": "192.0.2.1"},
        "mgmt": {"protocol": "ssh", "ip": "192.0.2.2/24"},
    }
    if default:
        blocks["defaults"] = {"class": "unicon.Unicon", "via": default}
    found, warnings = host({"os": "ios", "connections": blocks}, via)
    assert found.variables["holdfast_testbed"]["via"] == used
    assert found.variables.get("ansible_host") == {"cli": "192.0.2.1", "mgmt": "192.0.2.2", "con": "192.0.2.9"}.get(
        used
    )
    expected = {"con": "the connection con is telnet, but the pinned", "bare": "no connection with an address"}
    assert [text.startswith(expected.get(used, "?")) for text in warnings] == ([True] if used in expected else [])


def test_each_credential_is_the_nearest_one() -> None:
    bed = {"credentials": {"default": {"username": "top", "password": "%ENV{TOP}"}, "enable": {"password": "%ASK{}"}}}
    device = {**at(credentials={"default": {"password": "near"}}), "credentials": {"default": {"username": "mine"}}}
    found, warnings = host(device, testbed=bed)
    assert found.variables["ansible_user"] == "mine"
    assert found.secrets == {"ansible_password": "near"} and found.environment == {}
    assert warnings == ["%ASK{} is for pyATS only; set holdfast_enable_secret for: r1"]
    assert "near" not in str(found.variables)

    found, warnings = host(at(), testbed=bed)
    assert found.environment == {"ansible_password": "TOP"} and found.variables["ansible_user"] == "top"
    found, warnings = host(at(), testbed=bed, credentials=False)
    assert not found.environment and not found.secrets and "ansible_user" not in found.variables and not warnings


def test_a_proxy_is_a_jump_host_with_its_own_credentials() -> None:
    login = {"default": {"username": "ann", "password": "%ENV{JUMP}"}}
    jump = {"os": "linux", "credentials": login, "connections": {"cli": {"protocol": "ssh", "ip": "192.0.2.7"}}}
    server = {"address": "192.0.2.8", "credentials": {"default": {"password": "plain"}}}
    found, _warnings = host(
        at(proxy=[{"device": "jump"}, "server"]), others={"jump": jump}, testbed={"servers": {"server": server}}
    )
    assert found.variables["holdfast_jump_hosts"] == [
        {"host": "192.0.2.7", "user": "ann", "password": ""}, {"host": "192.0.2.8", "password": ""},
    ]  # fmt: skip
    assert found.environment == {"holdfast_jump_hosts.0.password": "JUMP"}
    assert found.secrets == {"holdfast_jump_hosts.1.password": "plain"}


def test_links_are_told_at_both_ends() -> None:
    topology = {
        "links": {"l1": {"alias": "x"}},
        "r1": {"interfaces": {"Gi0/1": {"link": "l1", "type": "ethernet"}, "Lo0": {"type": "loopback"}}},
        "r2": {"interfaces": {"Et1": {"link": "l1"}}},
    }
    found, _warnings = host(at(), others={"r2": at("192.0.2.2")}, topology=topology)
    assert found.variables["holdfast_links"] == [
        {"interface": "Gi0/1", "neighbor": "r2", "neighbor_interface": "Et1", "link": "l1"}
    ]


def test_what_an_export_keeps_under_custom_goes_first() -> None:
    custom = {"holdfast_platform": "frr", "holdfast_driver": "pyeapi", "holdfast_port": 8443}
    found, _warnings = host({**at(), "os": "generic", "custom": custom})
    assert [found.variables[name] for name in ("holdfast_platform", "holdfast_driver", "ansible_port")] == [
        "frr", "pyeapi", 8443,
    ]  # fmt: skip
    assert host({**at(), "os": "linux"})[0].variables["holdfast_driver"] == "paramiko"


def test_values_refer_to_each_other_and_to_the_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOLDFAST_PORT_TEST", "2201")
    device = at("%{self}.%{testbed.custom.domain}", port="%ENV{HOLDFAST_PORT_TEST}")
    found, _warnings = host(device, testbed={"custom": {"domain": "example.net"}})
    assert (found.variables["ansible_host"], found.variables["ansible_port"]) == ("r1.example.net", 2201)


@pytest.mark.parametrize(
    ("device", "words"),
    [
        ("ios", "bed, line 2, column 3: devices.r1: a mapping is expected, this is a text"),
        ({"os": ["ios"]}, "bed, line 3, column 5: devices.r1.os: a text is expected, this is a list"),
        (at(port="ssh"), "devices.r1.connections.cli.port: 'ssh' is no port; use a number from 1 to 65535"),
        (at(port=70000), "'70000' is no port"),
        (at(proxy="nobody"), "devices.r1.connections.cli.proxy: 'nobody' is no device of this testbed"),
        ({"os": "ios", "connections": {"cli": "ssh"}}, "devices.r1.connections.cli: a mapping is expected"),
        ({**at(), "credentials": {"default": "x"}}, "devices.r1.credentials.default: a mapping is expected"),
    ],
)
def test_wrong_shapes_are_pointed_at(device: Any, words: str) -> None:
    with pytest.raises(BadInput, match=re.escape(words)):
        host(device)


def test_what_names_nothing_is_said() -> None:
    with pytest.raises(BadInput, match="via: no device of bed has a connection 'oob'"):
        host(at(), via="oob")
