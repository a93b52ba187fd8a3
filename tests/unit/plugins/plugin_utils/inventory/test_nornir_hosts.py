# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hosts of a Nornir inventory: each gets what Nornir itself finds for it."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import BadInput
from ansible_collections.holdfast.network.plugins.plugin_utils.inventory.hosts import Host
from ansible_collections.holdfast.network.plugins.plugin_utils.inventory.nornir_hosts import NornirHosts
from ansible_collections.holdfast.network.plugins.plugin_utils.testbed.document import Document
from nornir.plugins.inventory import SimpleInventory

GROUPS = {
    "lab": {"username": "lab", "data": {"site": "Ulm", "vlans": [1, 2]}, "groups": ["world"]},
    "ios": {"platform": "cisco_ios", "connection_options": {"netmiko": {"extras": {"secret": "En-1"}}}},
    "odd": {"port": 2222, "connection_options": {"netmiko": {"platform": "arista_eos", "username": "odd"}}},
    "world": {"password": "World-1", "data": {"site": "Earth", "ntp": "192.0.2.9"}, "port": 22},
}
DEFAULTS = {
    "username": "all", "data": {"ntp": "192.0.2.1", "owner": "ann"},
    "connection_options": {"netmiko": {"port": 4022, "extras": {"secret": "En-0"}}},
}  # fmt: skip


def made(hosts: Any, groups: Any = None, defaults: Any = None, **terms: Any) -> tuple[list[Host], list[str]]:
    files = [
        None if data is None else Document(name, yaml.safe_dump(data, sort_keys=False))
        for name, data in (("hosts", hosts), ("groups", groups), ("defaults", defaults))
    ]
    assert files[0] is not None
    found = NornirHosts(files[0], files[1], files[2], **{"connection": "netmiko", "credentials": True, **terms})
    return found.hosts(), found.warnings


@pytest.mark.parametrize("defaults", [None, DEFAULTS], ids=["no defaults", "defaults"])
def test_it_is_what_nornir_finds(tmp_path: Path, defaults: Any) -> None:
    """Every choice of up to three groups, with and without values of the host's own."""
    hosts: dict[str, Any] = {}
    own = {"hostname": "192.0.2.7", "platform": "nxos", "data": {"site": "own"}, "port": 830}
    for number in range(4):
        for groups in itertools.permutations(GROUPS, number):
            name = "-".join(groups) or "none"
            hosts[name], hosts[f"own-{name}"] = {"groups": list(groups)}, {**own, "groups": list(groups)}
    for name, data in (("hosts", hosts), ("groups", GROUPS), ("defaults", defaults or {})):
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(data))
    theirs = SimpleInventory(*(str(tmp_path / f"{name}.yaml") for name in ("hosts", "groups", "defaults"))).load()
    ours, warnings = made(hosts, GROUPS, defaults)
    assert len(ours) == len(theirs.hosts) and not warnings
    for row in ours:
        host = theirs.hosts[row.name]
        wanted = host.get_connection_parameters("netmiko")
        assert row.variables.get("ansible_host") == wanted.hostname
        assert row.variables.get("ansible_port", 22) == (wanted.port or 22), row.name
        assert row.variables.get("ansible_user") == wanted.username
        assert row.secrets.get("ansible_password") == wanted.password
        assert row.secrets.get("holdfast_enable_secret") == (wanted.extras or {}).get("secret")
        platform = {"nxos": "cisco_nxos"}.get(str(wanted.platform), wanted.platform)
        assert row.variables.get("holdfast_platform") == platform
        assert row.variables["holdfast_nornir"] == host.extended_data()
        kinds = [f"platform_{platform}"] if platform else []
        assert row.groups == [group.name for group in host.extended_groups()] + kinds


def test_data_become_variables_and_never_say_how_to_connect() -> None:
    data = {"site": "Ulm", "snmp-location": "x", "ansible_host": "192.0.2.66", "ansible_connection": "local"}
    (row,), _warnings = made({"r1": {"hostname": "192.0.2.1", "platform": "ios", "data": data}})
    assert row.variables["site"] == "Ulm" and "snmp-location" not in row.variables
    assert row.variables["ansible_host"] == "192.0.2.1"
    assert row.variables["ansible_connection"] == "holdfast.network.pinned"
    assert row.variables["holdfast_nornir"]["snmp-location"] == "x"


def test_the_options_of_another_connection() -> None:
    napalm = {"platform": "eos", "port": 443, "extras": {"optional_args": {"secret": "S", "key_file": "k"}}}
    scrapli = {"extras": {"auth_secondary": "T", "auth_private_key": "p"}}
    hosts = {"s1": {"connection_options": {"napalm": napalm, "scrapli": scrapli}}}
    (row,), _warnings = made(hosts, connection="napalm")
    assert (row.variables["holdfast_platform"], row.variables["ansible_port"]) == ("arista_eos", 443)
    assert row.secrets == {"holdfast_enable_secret": "S"} and row.variables["ansible_private_key_file"] == "k"
    (row,), _warnings = made(hosts, connection="scrapli")
    assert row.secrets == {"holdfast_enable_secret": "T"} and row.variables["ansible_private_key_file"] == "p"


def test_without_credentials_there_are_none() -> None:
    (row,), _warnings = made({"r1": {"groups": ["ios", "lab"]}}, GROUPS, DEFAULTS, credentials=False)
    assert not row.secrets and "ansible_user" not in row.variables


def test_a_jump_host_is_not_forgotten_silently() -> None:
    extras = {"extras": {"ssh_config_file": "~/.ssh/config"}}
    _rows, warnings = made({"r1": {"platform": "ios", "connection_options": {"netmiko": extras}}})
    assert warnings == ["jump hosts are not taken over from Nornir; set holdfast_jump_hosts for: r1"]


@pytest.mark.parametrize(
    ("hosts", "groups", "words"),
    [
        ({"r1": {"groups": ["core"]}}, {"edge": {}}, "hosts, line 3, column 5: r1.groups.0: there is no group 'core'"),
        ({"r1": {"groups": ["core"]}}, None, "there is no group 'core' in the group file, which is not there"),
        ({"r1": {"groups": "core"}}, {}, "a list of groups is expected"),
        ({"r1": {"groups": ["a"]}}, {"a": {"groups": ["b"]}, "b": {"groups": ["a"]}}, "the group a is in itself"),
        ({"r1": {"port": 99999}}, None, "'99999' is no port"),
        ({"r1": "192.0.2.1"}, None, "r1: a mapping is expected, this is a text"),
        ({"r1": {"hostname": ["a"]}}, None, "r1.hostname: a text is expected, this is a list"),
        ({"r1": {"data": 1}}, None, "r1.data: a mapping is expected"),
        ({}, None, "hosts: there are no hosts in it"),
    ],
)
def test_what_is_wrong_is_named(hosts: Any, groups: Any, words: str) -> None:
    with pytest.raises(BadInput) as caught:
        made(hosts, groups)
    assert words in caught.value.message
