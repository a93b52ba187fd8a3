# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Inventories of what discovery found and of pyATS testbeds, by the real ansible-inventory and ansible-playbook."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.records import Device, Failure, Neighbor
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.store import DiscoveryStore

from tests.integration.conftest import PORT, REPO, Controller, LabInventory, Run
from tests.lab.emulated import EmulatedLab, own_addresses
from tests.lab.emulated.topology import ring
from tests.lab.netbox import NetBoxLab, Plan, Tables
from tests.lab.netbox.data import choice
from tests.lab.netbox.server import TOKEN
from tests.lab.waypoints import waypoints

LOOK = [{"name": "look", "holdfast.network.command": {"commands": ["show version"]}}]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Controller]:
    """For what asks no device."""
    made = Controller(tmp_path_factory.mktemp("desk"))
    yield made
    made.close()


def write(path: Path, content: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else yaml.safe_dump(content, sort_keys=False))
    return path


def discovered(directory: Path, **options: Any) -> Path:
    config = {"plugin": "holdfast.network.discovered", "store": "../store", **options}
    return write(directory / "inventory/discovered.yml", config)


def with_bed(directory: Path, bed: Any, **options: Any) -> Path:
    write(directory / "bed.yaml", bed)
    config = {"plugin": "holdfast.network.testbed", "testbed": "../bed.yaml", **options}
    return write(directory / "inventory/testbed.yml", config)


def listed(controller: Controller, inventory: Path, *arguments: str, **env: str) -> tuple[dict[str, Any], Run]:
    """What ansible-inventory --list says, with the run for its warnings."""
    run = controller.run("ansible-inventory", "-i", str(inventory), "--list", *arguments, **env)
    assert run.rc == 0, run.stderr
    return json.loads(run.stdout), run


def refused(controller: Controller, inventory: Path) -> str:
    """The words of an inventory that is an error, on one line."""
    run = controller.run("ansible-inventory", "-i", str(inventory), "--list")
    assert run.rc != 0, run.stdout
    return " ".join(run.stderr.split())


def hosts(found: dict[str, Any], group: str) -> list[str]:
    return sorted(found.get(group, {}).get("hosts", []))


def ring_store(lab: LabInventory, directory: Path) -> DiscoveryStore:
    """The ring as discovery would have found it."""
    store = DiscoveryStore(directory / "store")
    for name, device in lab.lab.devices.items():
        left, right = lab_neighbors(name)
        kind = device.platform
        store.save(
            Device(
                id=f"SN-{name}",
                name=name,
                address=device.host,
                port=device.port,
                credential="lab admins",
                platform="cisco_ios" if kind == "ios" else "arista_eos",
                vendor="Cisco" if kind == "ios" else "Arista",
                role="router",
                serial=f"SN-{name}",
                neighbors=(Neighbor(PORT[kind], right), Neighbor(PORT[kind], left)),
            )
        )
    return store


def lab_neighbors(name: str) -> tuple[str, str]:
    number = int(name[1:])
    return f"r{(number - 2) % 4 + 1}", f"r{number % 4 + 1}"


def logins(lab: LabInventory, directory: Path) -> None:
    """Beside the inventory, as a user has them."""
    device = lab.lab.devices["r1"]
    secrets = {"ansible_user": device.user, "ansible_password": device.password}
    write(directory / "inventory/group_vars/credential_lab_admins.yml", secrets)
    write(
        directory / "inventory/group_vars/all.yml",
        {"holdfast_known_hosts": str(lab.lab.known_hosts), "holdfast_enable_secret": device.enable},
    )


# -- discovered --------------------------------------------------------------------------------------------


def test_a_playbook_reaches_what_discovery_found_with_the_credentials_of_the_groups(
    controller: Controller, calm: LabInventory, tmp_path: Path
) -> None:
    ring_store(calm, tmp_path)
    logins(calm, tmp_path)
    run = controller.playbook(discovered(tmp_path), LOOK)
    assert run.rc == 0, run.stdout + run.stderr
    assert "Cisco IOS" in run.result("r1", "look")["stdout"][0]
    assert "Arista" in run.result("r2", "look")["stdout"][0]
    assert sorted(run.tasks) == ["r1", "r2", "r3", "r4"]


def test_from_one_seed_to_a_playbook_over_all_without_a_second_login(controller: Controller, tmp_path: Path) -> None:
    topology = own_addresses(ring(4, ["ios", "eos"]), f"127.{150 + os.getpid() % 40}")
    with EmulatedLab(topology, tmp_path / "lab") as lab:
        device = lab.devices["r1"]
        login = {"name": "lab admins", "user": device.user, "password": device.password, "enable_secret": device.enable}
        options = {"seeds": [device.host], "port": device.port, "transports": ["ssh"], "credentials": [login]}
        task = {"name": "find", "holdfast.network.discover": {**options, "store": "store"}}
        known = {"holdfast_known_hosts": str(lab.known_hosts)}
        run = controller.playbook("localhost,", [task], "all", connection="local", vars=known)
        assert run.rc == 0, run.stdout + run.stderr
        logins(LabInventory(lab, tmp_path), tmp_path)
        run = controller.playbook(discovered(tmp_path), LOOK)
        assert run.rc == 0, run.stdout + run.stderr
        assert sorted(run.tasks) == ["r1", "r2", "r3", "r4"]
        assert {name: row["logins"] for name, row in lab.all_counters().items()} == dict.fromkeys(lab.devices, 1)
        found, _run = listed(controller, tmp_path / "inventory/discovered.yml")
        assert {one["neighbor"] for one in found["_meta"]["hostvars"]["r1"]["holdfast_links"]} == {"r2", "r4"}


def test_hosts_have_what_the_store_says_and_their_groups(desk: Controller, calm: LabInventory, tmp_path: Path) -> None:
    store = ring_store(calm, tmp_path)
    store.save_failures([Failure("192.0.2.99", "unreachable", "no answer", tried=("lab admins",))])
    found, run = listed(desk, discovered(tmp_path))
    assert "WARNING" not in run.stderr
    r1 = found["_meta"]["hostvars"]["r1"]
    assert r1["ansible_connection"] == "holdfast.network.pinned"
    assert (r1["ansible_host"], r1["ansible_port"]) == ("127.0.0.1", calm.lab.devices["r1"].port)
    assert (r1["holdfast_platform"], r1["holdfast_serial"]) == ("cisco_ios", "SN-r1")
    assert r1["holdfast_discovered"]["credential"] == {"__ansible_unsafe": "lab admins"}
    assert {one["neighbor"] for one in r1["holdfast_links"]} == {"r2", "r4"}
    assert hosts(found, "platform_arista_eos") == hosts(found, "vendor_Arista") == ["r2", "r4"]
    assert (
        hosts(found, "via_ssh")
        == hosts(found, "credential_lab_admins")
        == hosts(found, "role_router")
        == ["r1", "r2", "r3", "r4"]
    )
    assert "unreached" not in found

    found, _run = listed(desk, discovered(tmp_path, unreached=True, details=True))
    assert hosts(found, "unreached") == ["192.0.2.99"]
    assert found["_meta"]["hostvars"]["192.0.2.99"]["holdfast_unreached"]["code"] == "unreachable"
    assert found["_meta"]["hostvars"]["r1"]["holdfast_discovered"]["neighbors"][0]["protocol"] == "lldp"


def test_two_devices_of_one_name_an_odd_name_and_an_unknown_platform_are_all_kept(
    desk: Controller, tmp_path: Path
) -> None:
    store = DiscoveryStore(tmp_path / "store")
    store.save(Device(id="A1", name="core", address="192.0.2.1", serial="A1", platform="cisco_ios"))
    store.save(Device(id="A2", name="core", address="192.0.2.2", serial="A2", platform="weird_os"))
    store.save(Device(id="A3", name="sw 7,[a]\x07", address="192.0.2.3", platform="arista_eos"))
    store.save(Device(id="A4", name="localhost", address="192.0.2.4", platform="frr"))
    found, run = listed(desk, discovered(tmp_path))
    assert sorted(found["_meta"]["hostvars"]) == ["192.0.2.4", "core-192.0.2.1", "core-192.0.2.2", "sw-7-a"]
    assert hosts(found, "unknown_platform") == ["core-192.0.2.2"]
    assert found["_meta"]["hostvars"]["core-192.0.2.2"]["holdfast_platform"] == "weird_os"
    words = " ".join(run.stderr.split())
    assert "2 devices are named core; they are kept as core-192.0.2.1, core-192.0.2.2" in words
    assert "does not know the platform 'weird_os' of core-192.0.2.2" in words


def test_text_that_a_device_sends_is_never_a_template(desk: Controller, tmp_path: Path) -> None:
    store = DiscoveryStore(tmp_path / "store")
    evil = "{{ lookup('ansible.builtin.pipe', 'touch PWNED') }}"
    store.save(Device(id="A1", name="r1", address="192.0.2.1", platform="cisco_ios", model=evil, version="pipe('x')"))
    debug = [{"name": "show", "ansible.builtin.debug": {"msg": "{{ holdfast_model }} {{ holdfast_version }}"}}]
    run = desk.playbook(discovered(tmp_path), debug, "all", connection="local", vars={"ansible_connection": "local"})
    assert run.result("r1", "show")["msg"] == f"{evil} pipe('x')"
    assert not (desk.directory / "PWNED").exists()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda _store: None, "is no discovery store; run the playbook holdfast.network.discover"),
        (
            lambda store: store.save_failures([Failure("192.0.2.9", "unreachable", "no answer")]),
            "has no device, 1 were",
        ),
        (lambda store: write(store.devices / "A.json", "{"), "A.json is no JSON"),
        (lambda store: write(store.devices / "A.json", '{"format": 1, "device": {}}'), "A.json holds no device"),
    ],
)
def test_a_store_that_is_none_is_an_error_and_no_empty_inventory(
    desk: Controller, tmp_path: Path, make: Any, words: str
) -> None:
    make(DiscoveryStore(tmp_path / "store"))
    found = refused(desk, discovered(tmp_path))
    assert words in found and str(tmp_path / "store") in found


def test_an_inventory_that_is_not_mandatory_leaves_the_others(desk: Controller, tmp_path: Path) -> None:
    found, run = listed(desk, discovered(tmp_path, mandatory=False))
    assert found["_meta"]["hostvars"] == {} and "is no discovery store" in " ".join(run.stderr.split())


def test_a_misspelt_option_is_named(desk: Controller, tmp_path: Path) -> None:
    assert "unreach is no option of holdfast.network.discovered; did you mean unreached?" in refused(
        desk, discovered(tmp_path, unreach=True)
    )


def test_strict_makes_a_broken_expression_an_error(desk: Controller, calm: LabInventory, tmp_path: Path) -> None:
    ring_store(calm, tmp_path)
    for broken in ({"compose": {"x": "nothing.here"}}, {"groups": {"x": "nothing.here"}},
                   {"keyed_groups": [{"key": "nothing.here"}]}):  # fmt: skip
        found, _run = listed(desk, discovered(tmp_path, **broken))
        assert len(found["_meta"]["hostvars"]) == 4 and "x" not in found
        assert "nothing" in refused(desk, discovered(tmp_path, strict=True, **broken))


def test_extra_variables_take_part_where_that_is_asked_for(
    desk: Controller, calm: LabInventory, tmp_path: Path
) -> None:
    ring_store(calm, tmp_path)
    asked = discovered(
        tmp_path, use_extra_vars=True, compose={"site": "at"}, groups={"here": "at == 'ulm'"},
        keyed_groups=[{"key": "at", "prefix": "site"}],
    )  # fmt: skip
    found, _run = listed(desk, asked, "-e", "at=ulm")
    assert hosts(found, "here") == hosts(found, "site_ulm") == ["r1", "r2", "r3", "r4"]
    assert found["_meta"]["hostvars"]["r1"]["site"] == "ulm"


def test_the_cache_answers_until_it_expires_or_is_flushed(desk: Controller, calm: LabInventory, tmp_path: Path) -> None:
    store = ring_store(calm, tmp_path)
    store.save(Device(id="odd", name="odd", address="192.0.2.1", platform="weird_os"))
    kept = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(tmp_path / "cache")}
    inventory = discovered(tmp_path, cache_timeout=3600, **kept)
    first, _run = listed(desk, inventory)
    store.remove("SN-r4")
    again, run = listed(desk, inventory)
    assert again == first and "weird_os" in run.stderr
    grouped, _run = listed(desk, discovered(tmp_path, groups={"mine": "true"}, cache_timeout=3600, **kept))
    assert len(hosts(grouped, "mine")) == 5, "another group needs no new answer"
    flushed, _run = listed(desk, inventory, "--flush-cache")
    assert "r4" not in flushed["_meta"]["hostvars"]
    store.remove("SN-r3")
    time.sleep(1.1)
    expired, _run = listed(desk, discovered(tmp_path, cache_timeout=1, **kept))
    assert "r3" not in expired["_meta"]["hostvars"]


# -- testbed -------------------------------------------------------------------------------------------------


def bed(lab: LabInventory, **credentials: Any) -> dict[str, Any]:
    devices = {}
    for name, device in lab.lab.devices.items():
        cli = {"protocol": "ssh", "ip": device.host, "port": device.port}
        devices[name] = {"os": device.platform, "type": "router", "connections": {"cli": cli}}
    login = {"username": "%ENV{BED_USER}", "password": "%ENV{BED_PASSWORD}", **credentials}
    return {"testbed": {"name": "ring", "credentials": {"default": login}}, "devices": devices}


def test_a_playbook_reaches_a_testbed_with_credentials_from_the_environment(
    controller: Controller, calm: LabInventory, tmp_path: Path
) -> None:
    inventory = with_bed(tmp_path, bed(calm))
    write(tmp_path / "inventory/group_vars/all.yml", {"holdfast_known_hosts": str(calm.lab.known_hosts)})
    device = calm.lab.devices["r1"]
    play = [{"hosts": "r1,r2", "gather_facts": False, "tasks": LOOK}]
    run = controller.finish(controller.begin(inventory, play, BED_USER=device.user, BED_PASSWORD=device.password))
    assert run.rc == 0, run.stdout + run.stderr
    assert "Cisco IOS" in run.result("r1", "look")["stdout"][0]
    found, _run = listed(controller, inventory, BED_USER=device.user, BED_PASSWORD=device.password)
    assert device.password not in json.dumps(found)
    failed = controller.finish(controller.begin(inventory, play, BED_USER=device.user))
    assert "the environment variable BED_PASSWORD is not set" in failed.stdout + failed.stderr


def test_a_proxy_of_a_testbed_is_gone_through_with_its_own_login(
    controller: Controller, calm: LabInventory, tmp_path: Path
) -> None:
    device = calm.lab.devices["r1"]
    with waypoints() as points:
        jump = points.jump_host(tmp_path, "jump")
        made = bed(calm)
        made["devices"]["r1"]["connections"]["cli"]["proxy"] = "jump"
        made["devices"]["jump"] = {
            "os": "linux",
            "credentials": {"default": {"username": jump.user, "password": "%ENV{JUMP_PASSWORD}"}},
            "connections": {"cli": {"protocol": "ssh", "ip": jump.host, "port": jump.port}},
        }
        known = write(tmp_path / "known", calm.lab.known_hosts.read_text() + jump.known_host)
        inventory = with_bed(tmp_path, made)
        write(tmp_path / "inventory/group_vars/all.yml", {"holdfast_known_hosts": str(known)})
        play = [{"hosts": "r1", "gather_facts": False, "tasks": LOOK}]
        env = {"BED_USER": device.user, "BED_PASSWORD": device.password, "JUMP_PASSWORD": jump.password}
        run = controller.finish(controller.begin(inventory, play, **env))
        assert run.rc == 0, run.stdout + run.stderr
        assert jump.forwards == [(device.host, device.port)]


def test_an_inventory_with_a_password_in_it_is_not_cached(desk: Controller, calm: LabInventory, tmp_path: Path) -> None:
    cache = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(tmp_path / "cache")}
    found, run = listed(desk, with_bed(tmp_path, bed(calm, password="Plain-1"), **cache))
    assert found["_meta"]["hostvars"]["r1"]["ansible_password"] == {"__ansible_unsafe": "Plain-1"}
    assert "the answer is not cached" in " ".join(run.stderr.split())
    assert [path for path in (tmp_path / "cache").rglob("*") if path.is_file()] == []
    listed(desk, with_bed(tmp_path, bed(calm), **cache))
    (kept,) = (path for path in (tmp_path / "cache").rglob("*") if path.is_file())
    assert "BED_PASSWORD" in kept.read_text()
    again, _run = listed(desk, with_bed(tmp_path, bed(calm), **cache))
    assert "lookup('ansible.builtin.env', 'BED_PASSWORD'" in again["_meta"]["hostvars"]["r1"]["ansible_password"]


def test_a_testbed_may_be_encrypted_and_is_not_cached_then(
    desk: Controller, calm: LabInventory, tmp_path: Path
) -> None:
    cache = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(tmp_path / "cache")}
    inventory = with_bed(tmp_path, bed(calm), **cache)
    key = str(write(tmp_path / "key", "Vault-word-1"))
    vault = desk.run("ansible-vault", "encrypt", "--vault-password-file", key, str(tmp_path / "bed.yaml"))
    assert vault.rc == 0, vault.stderr
    found, run = listed(desk, inventory, "--vault-password-file", key)
    assert sorted(found["_meta"]["hostvars"]) == ["r1", "r2", "r3", "r4"]
    assert f"the answer is not cached, because {tmp_path}/bed.yaml is encrypted" in " ".join(run.stderr.split())
    assert f"testbed: cannot read {tmp_path}/bed.yaml" in refused(desk, inventory)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("devices:\n  r1:\n   os: ios\n  - r2\n", "bed.yaml, line 4, column 3: this is no YAML"),
        ("devices:\n  r1: {os: ios\n", "bed.yaml, line 3, column 1: this is no YAML"),
        ("devices:\n  r1:\n    os: ios\n  r1:\n    os: eos\n", "line 4, column 3: devices.r1 is there twice"),
        ("devices:\n  r1: ios\n", "line 2, column 3: devices.r1: a mapping is expected, this is a text"),
        ("devices:\n- r1\n", "line 1, column 1: devices: a mapping is expected, this is a list"),
        ("testbed: {name: x}\n", "the testbed has no devices"),
        ("", "a mapping is expected, with devices in it"),
    ],
)  # fmt: skip
def test_a_malformed_testbed_is_an_error_with_line_and_column(
    desk: Controller, tmp_path: Path, text: str, words: str
) -> None:
    assert words in refused(desk, with_bed(tmp_path, text))


def test_a_testbed_that_is_not_there_is_named(desk: Controller, tmp_path: Path) -> None:
    inventory = with_bed(tmp_path, {}, testbed="../other.yaml")
    assert f"testbed: there is no file {tmp_path}/other.yaml" in refused(desk, inventory)


# -- nornir --------------------------------------------------------------------------------------------------


def with_nornir(directory: Path, lab: LabInventory, **options: Any) -> Path:
    """As somebody has it who uses nornir-netmiko: groups by platform, a password in the defaults."""
    device, kinds = lab.lab.devices["r1"], {"ios": "cisco_ios", "eos": "arista_eos"}
    hosts = {
        name: {"hostname": one.host, "port": one.port, "groups": [one.platform], "data": {"rack": f"rack-{name}"}}
        for name, one in lab.lab.devices.items()
    }
    write(directory / "nornir/hosts.yaml", hosts)
    write(directory / "nornir/groups.yaml", {kind: {"platform": platform} for kind, platform in kinds.items()})
    extras = {"secret": device.enable, "alt_host_keys": True, "alt_key_file": str(lab.lab.known_hosts)}
    login = {"username": device.user, "password": device.password}
    write(directory / "nornir/defaults.yaml", {**login, "connection_options": {"netmiko": {"extras": extras}}})
    config = {"plugin": "holdfast.network.nornir", "host_file": "../nornir/hosts.yaml", **options}
    return write(directory / "inventory/nornir.yml", config)


def test_a_playbook_reaches_the_hosts_of_a_nornir_inventory(
    controller: Controller, calm: LabInventory, tmp_path: Path
) -> None:
    cache = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(tmp_path / "cache")}
    inventory = with_nornir(tmp_path, calm, **cache, keyed_groups=[{"key": "rack", "prefix": "", "separator": ""}])
    found, run = listed(controller, inventory)
    assert found["ios"]["hosts"] == found["platform_cisco_ios"]["hosts"] == ["r1", "r3"]
    assert found["rack_r2"]["hosts"] == ["r2"] and found["_meta"]["hostvars"]["r2"]["rack"] == "rack-r2"
    assert "the answer is not cached, because there are passwords in it, of r1" in " ".join(run.stderr.split())
    tasks = [*LOOK, {"name": "config", "holdfast.network.command": {"commands": ["show running-config"]}}]
    done = controller.playbook(inventory, tasks, "r1,r2")
    assert done.rc == 0, done.stdout + done.stderr
    assert "Cisco IOS" in done.result("r1", "look")["stdout"][0]


def test_what_was_exported_for_nornir_is_the_same_inventory_again(
    desk: Controller, calm: LabInventory, tmp_path: Path
) -> None:
    target = f"holdfast_export_dir={tmp_path}"
    run = desk.run("ansible-playbook", "-i", str(calm.path), "holdfast.network.export", "-e", target)
    assert run.rc == 0, run.stdout
    config = {"plugin": "holdfast.network.nornir", "host_file": "nornir/hosts.yaml"}
    found, _run = listed(desk, write(tmp_path / "nornir.yml", config))
    for name, device in calm.lab.devices.items():
        variables = found["_meta"]["hostvars"][name]
        assert (variables["ansible_host"], variables["ansible_port"]) == (device.host, device.port)
        assert variables["holdfast_platform"] == {"ios": "cisco_ios", "eos": "arista_eos"}[device.platform]
        assert variables["holdfast_known_hosts"] == str(calm.lab.known_hosts)


@pytest.mark.parametrize(
    ("files", "options", "words"),
    [
        ({"hosts": "# nobody\n"}, {}, "host_file: there are no hosts in"),
        ({"hosts": "r1: {groups: [core]}\n"}, {}, "line 1, column 15: r1.groups.0: there is no group 'core'"),
        ({"hosts": "r1: {}\n"}, {"group_file": "g.yaml"}, "group_file: there is no file"),
        ({"hosts": "r1: {}\nr1: {}\n"}, {}, "r1 is there twice, first on line 1"),
        ({}, {}, "host_file: there is no file"),
    ],
)
def test_a_wrong_nornir_inventory_is_an_error(
    desk: Controller, tmp_path: Path, files: dict[str, str], options: dict[str, str], words: str
) -> None:
    for name, text in files.items():
        write(tmp_path / f"{name}.yaml", text)
    config = {"plugin": "holdfast.network.nornir", "host_file": "hosts.yaml", **options}
    assert words in refused(desk, write(tmp_path / "nornir.yml", config))


# -- groups to work by -----------------------------------------------------------------------------------------


def test_the_example_of_a_testbed_groups_by_priority_environment_and_maintenance(desk: Controller) -> None:
    found, run = listed(desk, REPO / "inventory/examples/testbed.yml")
    assert "WARNING" not in run.stderr
    assert [hosts(found, f"priority_{number}") for number in (1, 2, 3)] == [["core1"], ["leaf1"], ["sw7"]]
    assert hosts(found, "environment_production") == ["core1", "leaf1"] and hosts(found, "environment_lab") == ["sw7"]
    assert hosts(found, "maintenance") == ["leaf1"]


def test_the_example_of_netbox_groups_by_custom_fields_and_tags(desk: Controller, tmp_path: Path) -> None:
    tables = Tables(Plan(devices=4, machines=0))
    tables.change("dev00001", tags=[tables.brief("extras/tags", "production")], status=choice("offline"))
    tables.change("dev00002", tags=[], custom_fields={"priority": None, "maintenance": True})
    text = (REPO / "inventory/examples/netbox.yml").read_text()
    with NetBoxLab(tables) as lab:
        text = text.replace("https://netbox.example.com", lab.url).replace("~/.ansible/cache", str(tmp_path))
        found, run = listed(desk, write(tmp_path / "netbox.yml", text), NETBOX_TOKEN=TOKEN)
    assert "WARNING" not in run.stderr
    assert hosts(found, "environment_production") == ["dev00001"]
    assert hosts(found, "environment_unknown") == ["dev00002", "dev00003", "dev00004"]
    assert hosts(found, "maintenance") == ["dev00001", "dev00002"]
    assert [hosts(found, f"priority_{number}") for number in (1, 2, 3)] == [
        ["dev00003"],
        ["dev00001", "dev00004"],
        ["dev00002"],
    ]


def test_the_example_of_discovery_and_a_play_that_goes_by_priority(
    controller: Controller, calm: LabInventory, tmp_path: Path
) -> None:
    """r4 is at work, r1 a router and so the most important, r2 and r3 are switches."""
    store = DiscoveryStore(tmp_path / "discovery")
    for name, title in {"r1": "prod-core1", "r2": "prod-sw6", "r3": "lab-sw2", "r4": "prod-sw7"}.items():
        device = calm.lab.devices[name]
        role, platform = ("router" if name == "r1" else "switch"), ("cisco_ios", "arista_eos")[device.platform == "eos"]
        store.save(
            Device(
                id=name,
                name=title,
                address=device.host,
                port=device.port,
                platform=platform,
                role=role,
                credential="lab admins",
            )
        )
    logins(calm, tmp_path)
    for name in ("discovered.yml", "maintenance.txt"):
        text = (REPO / "inventory/examples" / name).read_text()
        write(tmp_path / "inventory" / name, text.replace("../../discovery", "../discovery"))
    inventory = tmp_path / "inventory/discovered.yml"
    found, run = listed(controller, inventory)
    assert "WARNING" not in run.stderr
    assert hosts(found, "maintenance") == ["prod-sw7"] and hosts(found, "environment_lab") == ["lab-sw2"]
    run = controller.run("ansible-playbook", "-i", str(inventory), str(REPO / "inventory/examples/by-priority.yml"))
    assert run.rc == 0, run.stdout + run.stderr
    order = [line.split('"')[3].split(",")[0] for line in run.stdout.splitlines() if '"msg"' in line]
    assert sorted(order[:2]) == ["lab-sw2", "prod-sw6"] and order[2:] == ["prod-core1"]
