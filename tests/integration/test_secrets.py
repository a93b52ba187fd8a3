# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Secrets: looked for in everything the product writes, prints or shows to other processes."""

from __future__ import annotations

import base64
import json
import os
import threading
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncssh
import pytest
import yaml

from tests.integration.conftest import Controller, LabInventory, lab_inventory
from tests.lab.waypoints import JumpHost, Proxy, waypoints

PASSWORD = 'Zq7#pw"Login\\x91 ü'
ENABLE = "Vt4#en'Able%s{}73"
PASSPHRASE = "Kp8#pass phrase-$HOME-55"
HOP = 'Jh5#hop"Word\\x92 \xfc'
PROXY = "Px6#proxy'Word/94"
WRONG = {
    "password": "Wr0ng#Login-311", "enable": "Wr0ng#Enable-312", "passphrase": "Wr0ng#Phrase-313",
    "hop": "Wr0ng#Hop-314", "proxy": "Wr0ng#Proxy-315",
}  # fmt: skip
SECRETS = [PASSWORD, ENABLE, PASSPHRASE, HOP, PROXY, *WRONG.values()]


def forms(secret: str) -> set[bytes]:
    """As it is, and as JSON, YAML, repr, URLs and HTTP's basic authentication would carry it."""
    plain = {secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1]}
    plain |= {secret.replace("'", "''"), urllib.parse.quote(secret), urllib.parse.quote_plus(secret)}
    coded = {base64.b64encode(text.encode()).decode().rstrip("=") for text in (secret, f"admin:{secret}")}
    return {text.encode() for text in plain | coded}


NEEDLES = {needle: secret for secret in SECRETS for needle in forms(secret)}


def found_in(data: bytes) -> list[str]:
    return sorted({NEEDLES[needle] for needle in NEEDLES if needle in data})


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabInventory]:
    """Two devices with unusual secrets, and a key with a passphrase."""
    from tests.lab.emulated.topology import ring

    topology = ring(2, ["ios", "eos"])
    for spec in topology.devices:
        spec.password, spec.enable = PASSWORD, ENABLE
    for made in lab_inventory(topology, tmp_path_factory.mktemp("vault")):
        key = asyncssh.read_private_key(str(made.lab.client_key))
        key.write_private_key(str(made.lab.directory / "locked"), passphrase=PASSPHRASE, rounds=50)
        (made.lab.directory / "locked").chmod(0o600)
        yield made


@dataclass
class Between:
    """What stands before the devices."""

    jump: JumpHost
    proxy: Proxy


@pytest.fixture(scope="module")
def between(vault: LabInventory) -> Iterator[Between]:
    with waypoints() as points:
        jump = points.jump_host(vault.lab.directory, "jump", password=HOP)
        with vault.lab.known_hosts.open("a") as known:
            known.write(jump.known_host)
        yield Between(jump, points.proxy("http", user="pat", password=PROXY))


class Watch(threading.Thread):
    """Reads the command line and environment of every process, over and over."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.done = threading.Event()
        self.seen: set[int] = set()
        self.found: list[tuple[str, str]] = []

    def run(self) -> None:
        while not self.done.wait(0.1):
            for pid in (int(name) for name in os.listdir("/proc") if name.isdigit()):
                self.look(pid)

    def look(self, pid: int) -> None:
        for part in ("cmdline", "environ"):
            try:
                data = Path(f"/proc/{pid}/{part}").read_bytes()
            except OSError:
                continue
            self.seen.add(pid)
            self.found += [(f"{part} of {data[:80]!r}", secret) for secret in found_in(data)]


@pytest.fixture
def watch() -> Iterator[Watch]:
    thread = Watch()
    thread.start()
    yield thread
    thread.done.set()
    thread.join()


def inventory_of(vault: LabInventory, between: Between, directory: Path) -> Path:
    """Each device by password, the switch by eAPI, the router by key, and all of them with something wrong."""
    router, switch = vault.host_vars("r1"), vault.host_vars("r2")
    api: dict[str, Any] = {**switch, "holdfast_driver": "pyeapi", "ansible_port": vault.lab.devices["r2"].eapi_port}
    api["holdfast_ca_file"] = str(vault.lab.directory / "eapi.pem")
    key = {**router, "ansible_private_key_file": str(vault.lab.directory / "locked"), "holdfast_passphrase": PASSPHRASE}
    del key["ansible_password"]
    jump, proxy = between.jump, f"http://pat:{urllib.parse.quote(PROXY, safe='')}@127.0.0.1:{between.proxy.port}"
    hop = {"host": jump.host, "port": jump.port, "user": jump.user, "password": HOP}
    behind = {**router, "holdfast_jump_hosts": [hop], "holdfast_proxy": proxy}
    good = {"router": router, "switch": switch, "api": api, "key": key, "behind": behind}
    bad = {
        "bad_login": {**router, "ansible_password": WRONG["password"]},
        "bad_enable": {**router, "holdfast_enable_secret": WRONG["enable"]},
        "bad_phrase": {**key, "holdfast_passphrase": WRONG["passphrase"]},
        "bad_api": {**api, "ansible_password": WRONG["password"]},
        "bad_hop": {**behind, "holdfast_jump_hosts": [{**hop, "password": WRONG["hop"]}]},
        "bad_proxy": {**switch, "holdfast_proxy": f"http://pat:{WRONG['proxy'].replace('#', '%23')}@127.0.0.1:1"},
    }
    path = directory / "inventory.yml"
    groups = {"good": {"hosts": good}, "bad": {"hosts": bad}}
    path.write_text(yaml.safe_dump({"all": {"children": groups}}))
    return path


def module(task: str, *, name: str = "", **options: Any) -> dict[str, Any]:
    return {"name": name or task, f"holdfast.network.{task}": options}


SECRET_LINE = (
    "username operator privilege 1 {{ 'role network-operator ' if 'eos' in ansible_network_os else '' }}secret "
)
SECRET_LINE += "{{ 'sha512 $6$lab$operator' if 'eos' in ansible_network_os else '9 $9$lab$operator' }}"
CHECKS = [
    {"check": "interfaces"},
    {"check": "expression", "expression": "vars", "severity": "low", "title": "all variables"},
]
GOOD: list[dict[str, Any]] = [
    module("command", commands=["show version", "show running-config"]),
    module("facts"),
    module("fleet_command", commands=["show clock"]),
    module("fleet_snapshot", label="fleet", features=["facts", "config"], return_data=True),
    module("checkpoint", label="start"),
    module("config", lines=[SECRET_LINE], backup=True, confirm_within=60, comment="a user"),
    module("confirm", save=True),
    module("snapshot", label="after", features=["facts", "interfaces", "config"]),
    {**module("validate", checks=CHECKS, report_dir="./reports"), "register": "validated", "ignore_errors": True},
    module("rollback", to="start"),
    module("ping"),
    module("session_info"),
    module("report", records=[{"host": "{{ inventory_hostname }}", "validation": "{{ validated }}"}], dir="./reports"),
    {"name": "raw", "ansible.builtin.raw": "show clock"},
    {**module("config", name="refused", lines=["this is no command"]), "ignore_errors": True},
]  # fmt: skip
BAD: list[dict[str, Any]] = [
    {**module("ping"), "ignore_errors": True},
    module("fleet_command", commands=["show version"], fail_on="never"),
    {"name": "raw", "ansible.builtin.raw": "show clock", "ignore_unreachable": True},
    {**module("command", commands=["show version"]), "ignore_unreachable": True},
    module("config", lines=["ntp server 192.0.2.1"], confirm_within=60),
]


def written_by(controller: Controller) -> Iterator[Path]:
    for top in (controller.directory, controller.runtime):
        yield from (path for path in top.rglob("*") if path.is_file())


def test_no_secret_is_ever_shown(
    controller: Controller,
    vault: LabInventory,
    between: Between,
    watch: Watch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    inventory = inventory_of(vault, between, tmp_path_factory.mktemp("inventory"))
    facts = {"hosts": "good", "gather_facts": True, "vars": {"ansible_facts_modules": "holdfast.network.facts"}}
    # the same devices under several names: one after the other, each undone before the next
    plays = [
        {"hosts": host, "gather_facts": False, "tasks": GOOD} for host in ("router", "switch", "api", "key", "behind")
    ]
    runs = [controller.finish(controller.begin(inventory, [{**facts, "tasks": []}, *plays], "-vvvv", "--diff"))]
    for play in plays:
        results = {name: runs[0].result(play["hosts"], name) for name in ("rollback", "validate", "report", "refused")}
        assert results["rollback"]["verified"] and results["report"]["changed"], runs[0].stdout[-3000:]
        assert results["validate"]["summary"]["passed"] and results["refused"]["code"] == "config_rejected"
    bad = [{"hosts": "bad", "gather_facts": False, "tasks": BAD}]
    runs.append(controller.finish(controller.begin(inventory, bad, "-vvvv")))
    codes = {host: tasks["ping"].get("code") for host, tasks in runs[-1].tasks.items()}
    refused = ("bad_login", "bad_enable", "bad_phrase", "bad_api", "bad_hop")
    assert codes == {**dict.fromkeys(refused, "authentication"), "bad_proxy": "unreachable"}
    default = controller.run(
        "ansible-playbook", "-i", str(inventory), "-vvvv", str(sorted(controller.directory.glob("*.yml"))[0])
    )
    module_run = controller.run("ansible", "-i", str(inventory), "all", "-vvvv", "-m", "holdfast.network.ping")
    assert module_run.rc != 0 and "fails at login_blocked" in module_run.stdout  # by now
    runs += [default, module_run]
    for number, run in enumerate(runs):
        assert found_in((run.stdout + run.stderr).encode()) == [], f"in the output of run {number}"
    paths = list(written_by(controller))
    names = {path.relative_to(controller.directory).parts[0] for path in paths if controller.directory in path.parents}
    assert {"state", "snapshots", "backups", "reports"} <= names
    assert (controller.state / "broker.log").stat().st_size > 0
    leaks = {str(path): found for path in paths if (found := found_in(path.read_bytes()))}
    assert leaks == {}
    assert watch.found == [] and controller.broker_pid() in watch.seen and len(watch.seen) > 10


def test_what_the_broker_keeps_is_for_its_user_only(controller: Controller, vault: LabInventory) -> None:
    look = module("command", commands=["show version"])
    inventory = vault.path
    run = controller.playbook(inventory, [look, module("checkpoint", label="x"), module("snapshot", label="x")])
    assert run.rc == 0, run.stdout
    for top in (controller.runtime, controller.state, controller.directory / "snapshots"):
        for path in top.rglob("*"):
            assert path.is_dir() or path.stat().st_size == 0 or path.stat().st_mode & 0o077 == 0, path
    assert controller.runtime.stat().st_mode & 0o777 == controller.state.stat().st_mode & 0o777 == 0o700


def test_the_search_would_find_them() -> None:
    for secret in SECRETS:
        assert found_in(json.dumps({"msg": f"<{secret}>"}).encode()) == [secret]
        assert found_in(f"x {secret} y".encode()) == [secret]
        assert found_in(b"Authorization: Basic " + base64.b64encode(f"admin:{secret}".encode())) == [secret]
