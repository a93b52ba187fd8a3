# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hosts' variables as a pyATS testbed and as a Nornir inventory."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import BadInput
from ansible_collections.holdfast.network.plugins.plugin_utils.exports.devices import environment_name
from ansible_collections.holdfast.network.plugins.plugin_utils.exports.nornir import nornir_inventory
from ansible_collections.holdfast.network.plugins.plugin_utils.exports.testbed import PyatsTerms, pyats_testbed


class Guarded(Mapping[str, Any]):
    """Variables of which some must not be read."""

    def __init__(self, **values: Any) -> None:
        self._values = values

    def __getitem__(self, name: str) -> Any:
        if "pass" in name or "secret" in name:
            raise AssertionError(f"{name} was read")
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, name: object) -> bool:
        return name in self._values


def host(**variables: Any) -> Guarded:
    return Guarded(
        **{"ansible_network_os": "ios", "ansible_password": "s3cret", "holdfast_enable_secret": "3nable", **variables}
    )


def one(terms: PyatsTerms | None = None, **variables: Any) -> dict[str, Any]:
    made, _others = pyats_testbed({"r1": host(**variables)}, terms or PyatsTerms())
    return made["devices"]["r1"]


def test_a_device_of_a_testbed() -> None:
    assert one(ansible_host="192.0.2.1", ansible_port="2222", holdfast_role="edge") == {
        "os": "iosxe",
        "type": "edge",
        "role": "edge",
        "connections": {
            "defaults": {"class": "unicon.Unicon", "via": "cli"},
            "cli": {
                "protocol": "ssh",
                "ip": "192.0.2.1",
                "port": 2222,
                "ssh_options": "-o StrictHostKeyChecking=yes",
                "arguments": {"learn_hostname": True, "init_config_commands": []},
            },
        },
        "credentials": {"enable": {"password": "%ENV{PYATS_ENABLE}"}},
        "custom": {"holdfast_platform": "cisco_ios"},
    }


@pytest.mark.parametrize(
    ("platform", "system", "custom"),
    [
        ("eos", "eos", None), ("cisco_xe", "iosxe", None), ("junos", "junos", None),
        ("frr", "generic", {"holdfast_platform": "frr"}), ("weird_os", "generic", {"holdfast_platform": "weird_os"}),
    ],
)  # fmt: skip
def test_systems_that_pyats_knows_and_others(platform: str, system: str, custom: Any) -> None:
    found = one(ansible_network_os=platform)
    assert (found["os"], found.get("custom")) == (system, custom)


def test_ssh_options_keep_host_keys_and_the_key_file() -> None:
    cli = one(holdfast_known_hosts="/home/a b/known", ansible_private_key_file="~/.ssh/id")["connections"]["cli"]
    assert cli["ssh_options"].split(" ", 2)[:2] == ["-o", "StrictHostKeyChecking=yes"]
    assert cli["ssh_options"].endswith(" -o 'UserKnownHostsFile=/home/a b/known' -i '~/.ssh/id'")
    cli = one(ansible_host_key_checking=False, holdfast_known_hosts="/k")["connections"]["cli"]
    assert cli["ssh_options"] == "-o StrictHostKeyChecking=no"


def test_a_port_that_is_not_of_ssh_is_kept_aside() -> None:
    found = one(ansible_network_os="eos", holdfast_driver="pyeapi", ansible_port=8443)
    assert "port" not in found["connections"]["cli"]
    assert found["custom"] == {"holdfast_driver": "pyeapi", "holdfast_port": 8443}


def test_jump_hosts_are_devices() -> None:
    made, _others = pyats_testbed(
        {"r1": host(holdfast_jump_hosts="ann@bastion, 192.0.2.7:2222"), "r2": host(holdfast_jump_hosts="bastion")},
        PyatsTerms(usernames=True),
    )
    assert made["devices"]["r1"]["connections"]["cli"]["proxy"] == [
        {"device": "jump-bastion"}, {"device": "jump-192.0.2.7-2222"},
    ]  # fmt: skip
    assert made["devices"]["r2"]["connections"]["cli"]["proxy"] == "jump-bastion"
    assert made["devices"]["jump-bastion"]["connections"]["cli"] == {
        "protocol": "ssh", "host": "bastion", "ssh_options": "-o StrictHostKeyChecking=yes",
    }  # fmt: skip
    assert made["devices"]["jump-bastion"]["credentials"]["default"] == {
        "username": "ann", "password": "%ENV{PYATS_JUMP_PASSWORD}",
    }  # fmt: skip


def test_files_of_this_machine_are_for_the_first_connection_only() -> None:
    hops = [{"host": "a", "private_key_file": "/a"}, {"host": "b", "private_key_file": "/b"}]
    variables = host(holdfast_jump_hosts=hops, holdfast_known_hosts="/k", ansible_private_key_file="/d")
    made, _others = pyats_testbed({"r1": variables}, PyatsTerms())
    options = {name: row["connections"]["cli"]["ssh_options"] for name, row in made["devices"].items()}
    checked = "-o StrictHostKeyChecking=yes"
    assert options == {"jump-a": f"{checked} -o UserKnownHostsFile=/k -i /a", "jump-b": checked, "r1": checked}


def test_links_have_one_name_at_both_ends_and_lead_to_devices_only() -> None:
    def end(port: str, neighbor: str, far: str, **more: Any) -> dict[str, Any]:
        return {"interface": port, "neighbor": neighbor, "neighbor_interface": far, **more}

    core = host(
        holdfast_discovered={"id": "S1"},
        holdfast_links=[end("Gi1", "edge", "Gi2"), end("Gi3", "phone", "eth0")],
    )
    edge = host(holdfast_links=[end("Gi2", "core", "Gi1", neighbor_id="S1")])
    made, _others = pyats_testbed({"core-1": core, "edge": edge}, PyatsTerms())
    link = {"type": "ethernet", "link": "core-1:Gi1--edge:Gi2"}
    assert made["topology"] == {"core-1": {"interfaces": {"Gi1": link}}, "edge": {"interfaces": {"Gi2": link}}}


def test_credentials_are_named_as_asked_for() -> None:
    made, _others = pyats_testbed(
        {"r1": host(ansible_user="ann"), "r2": host(ansible_user="bob")}, PyatsTerms(usernames=True)
    )
    assert made["testbed"]["credentials"]["default"] == {
        "username": "%ENV{PYATS_USERNAME}", "password": "%ENV{PYATS_PASSWORD}",
    }  # fmt: skip
    assert made["devices"]["r1"]["credentials"]["default"]["username"] == "ann"
    sets = one(PyatsTerms(prefix="NET", per_credential=True), holdfast_discovered={"credential": "lab admins"})
    assert sets["credentials"]["default"]["password"] == "%ENV{NET_LAB_ADMINS_PASSWORD}"
    assert sets["credentials"]["enable"]["password"] == "%ENV{NET_LAB_ADMINS_ENABLE}"
    asked, _others = pyats_testbed({"r1": host()}, PyatsTerms(credentials="ask"))
    assert asked["testbed"]["credentials"]["default"]["password"] == "%ASK{password: }"
    assert environment_name("net", "a b-c!", "password") == "NET_A_B_C_PASSWORD"


def test_a_host_of_nornir() -> None:
    made, others = nornir_inventory(
        {
            "r1": host(
                ansible_host="192.0.2.1", ansible_port=2222, ansible_user="ann", group_names=["core", "ungrouped"],
                holdfast_known_hosts="/k", holdfast_site="ulm", holdfast_jump_hosts=["bastion"],
            ),
            "web": Guarded(ansible_host="192.0.2.80"),
            "here": host(ansible_connection="local"),
        },
        usernames=True,
    )  # fmt: skip
    assert others == ["here", "web"]
    assert made == {
        "hosts": {
            "r1": {
                "hostname": "192.0.2.1",
                "port": 2222,
                "username": "ann",
                "platform": "cisco_ios",
                "groups": ["core"],
                "data": {"site": "ulm", "jump_hosts": ["bastion:22"]},
                "connection_options": {
                    "netmiko": {
                        "platform": "cisco_ios",
                        "extras": {
                            "ssh_strict": True,
                            "system_host_keys": True,
                            "alt_host_keys": True,
                            "alt_key_file": "/k",
                        },
                    },
                    "napalm": {"platform": "ios", "extras": {"optional_args": {}}},
                },
            }
        },
        "groups": {"core": {}},
        "defaults": {},
    }
    plain, _others = nornir_inventory({"r1": host(ansible_user="ann")})
    assert "username" not in plain["hosts"]["r1"]


@pytest.mark.parametrize(
    ("work", "words"),
    [
        (lambda: pyats_testbed([], PyatsTerms()), "a mapping of hosts to their variables is needed"),
        (lambda: pyats_testbed({"r1": "x"}, PyatsTerms()), "r1: a mapping of variables is needed"),
        (lambda: pyats_testbed({}, PyatsTerms(), ["r9"]), "hosts: there is no host r9"),
        (lambda: pyats_testbed({}, PyatsTerms(credentials="plain")), "credentials: 'plain' is none of env, ask"),
        (lambda: nornir_inventory({"r1": host(ansible_port="ssh")}), "ansible_port of r1: 'ssh' is no port"),
    ],
)
def test_what_is_wrong_is_named(work: Any, words: str) -> None:
    with pytest.raises(BadInput, match=re.escape(words)):
        work()
