# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Mistakes: each message names the option, its value and the fix; the device hears nothing of most of them."""

from __future__ import annotations

import base64
import hashlib
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh
import pytest
import yaml
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.client import Client

from tests.integration.conftest import Controller, LabInventory, Run
from tests.integration.direct import paths_of

EXPRESSION = {"check": "expression", "expression": "facts"}
LOOK = {"holdfast.network.command": {"commands": ["show version"]}}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Controller]:
    """One controller for mistakes that leave it as it is."""
    made = Controller(tmp_path_factory.mktemp("desk"))
    yield made
    made.close()


@pytest.fixture(autouse=True)
def forgiven(desk: Controller) -> Iterator[None]:
    """Failed logins of one test do not block those of the next."""
    yield
    if desk.broker_pids():
        with Client(paths_of(desk).socket) as client:
            client.call("login.reset", {"all": True}, 10)


def attempt(controller: Controller, inventory: Path, task: dict[str, Any], **env: str) -> dict[str, Any]:
    """The result of one failing task on r1."""
    play = {"hosts": "r1", "gather_facts": False, "tasks": [{"name": "try", **task}]}
    run = controller.finish(controller.begin(inventory, [play], **env))
    assert run.rc in (2, 4), run.stdout + run.stderr
    return run.result("r1", "try")


def silence(lab: LabInventory) -> bool:
    """Nothing was entered on r1, by anybody."""
    counters = lab.lab.counters("r1")
    return counters["commands"] == counters["config_lines"] == counters["connections"] == 0


# -- options and files ------------------------------------------------------------------------------------


@dataclass
class Mistake:
    """``files`` lie beside the playbook; ``words`` are all in the message."""

    name: str
    module: str
    options: dict[str, Any]
    words: list[str]
    code: str = "bad_input"
    files: dict[str, str] = field(default_factory=dict)
    hostvars: dict[str, Any] = field(default_factory=dict)

    @property
    def host(self) -> str:
        return self.name.replace(" ", "_")


LINES = {"lines": ["ntp server 192.0.2.1"]}
SHOW = {"commands": ["show version"]}
MISTAKES = [
    Mistake("unknown platform", "command", SHOW, ["holdfast_platform", "'cisco_iso'", "did you mean cisco_ios"],
            "unknown_platform", hostvars={"ansible_network_os": "cisco_iso"}),
    Mistake("no platform", "command", SHOW, ["holdfast_platform", "ansible_network_os", "for example"],
            hostvars={"ansible_network_os": None}),
    Mistake("unknown driver", "command", SHOW, ["holdfast_driver", "'telnet'", "netmiko, paramiko"], "unknown_driver",
            hostvars={"holdfast_driver": "telnet"}),
    Mistake("unknown queue", "command", SHOW, ["'queue'", "'lifo'"], "", hostvars={"holdfast_queue": "lifo"}),
    Mistake("wrong connection", "command", SHOW, ["connection", "local", "ansible_connection: holdfast.network.pinned"],
            hostvars={"ansible_connection": "local"}),
    Mistake("unknown option", "command", {"comands": ["show version"]}, ["comands", "did you mean commands?"]),
    Mistake("missing option", "snapshot", {}, ["label", "required"]),
    Mistake("unknown choice", "command", {**SHOW, "parser": "genius"},
            ["parser", "'genius'", "textfsm, ttp, genie, json"]),
    Mistake("empty command", "command", {"commands": [""]}, ["commands", "number 1"]),
    Mistake("save and confirm_within", "config", {**LINES, "save": True, "confirm_within": 60},
            ["save", "confirm_within", "holdfast.network.confirm"]),
    Mistake("no configuration", "config", {"replace": False}, ["lines, src, template"]),
    Mistake("two configurations", "config", {**LINES, "src": "a.cfg"}, ["lines and src", "only one"]),
    Mistake("parents alone", "config", {"src": "a.cfg", "parents": ["line con 0"]}, ["parents", "lines"]),
    Mistake("confirm_within is no number", "config", {**LINES, "confirm_within": "soon"}, ["confirm_within", "'soon'"]),
    Mistake("confirm_within is 0", "config", {**LINES, "confirm_within": 0}, ["confirm_within", "0 is outside 1 to"]),
    Mistake("missing source", "config", {"src": "missing.cfg"}, ["src", "missing.cfg"]),
    Mistake("missing template", "config", {"template": "missing.j2"}, ["template", "missing.j2"]),
    Mistake("undefined variable", "config", {"template": "ntp.j2"}, ["template", "ntp.j2", "'ntp_servr' is undefined"],
            "template", {"templates/ntp.j2": "ntp server {{ ntp_servr }}\n"}),
    Mistake("template syntax", "config", {"template": "bad.j2"}, ["template", "bad.j2"], "template",
            {"templates/bad.j2": "{% if %}\n"}),
    Mistake("missing catalogue", "validate", {"catalogue": "/nowhere/c.yml"}, ["catalogue", "/nowhere/c.yml"]),
    Mistake("relative catalogue", "validate", {"catalogue": "missing.yml"}, ["catalogue", "missing.yml"]),
    Mistake("catalogue is no YAML", "validate", {"catalogue": "bad.yml"}, ["catalogue", "bad.yml", "line 3"],
            files={"files/bad.yml": "checks:\n  - check: bgp\n   title: [\n"}),
    Mistake("catalogue is no list", "validate", {"catalogue": "text.yml"}, ["text.yml", "list"],
            files={"files/text.yml": "checks: bgp\n"}),
    Mistake("catalogue is empty", "validate", {"catalogue": "empty.yml"}, ["empty.yml", "no checks"],
            files={"files/empty.yml": "checks: []\n"}),
    Mistake("no checks", "validate", {}, ["checks or catalogue"]),
    Mistake("unknown check", "validate", {"checks": [{"check": "bgpp", "title": "peers"}]},
            ["check 1 (peers)", "'bgpp'", "did you mean 'bgp'"], "unknown_check"),
    Mistake("unknown option of a check", "validate", {"checks": [{"check": "bgp", "neighbours": []}]},
            ["check 1", "'neighbours'", "did you mean 'neighbors'"]),
    Mistake("JMESPath of a check", "validate", {"checks": [{"check": "expression", "expression": "facts.[x"}]},
            ["check 1", "facts.[x", "position"], "bad_expression"),
    Mistake("JMESPath of wait_for", "command", {**SHOW, "wait_for": ["stdout[0"]}, ["wait_for", "stdout[0"],
            "bad_expression"),
    Mistake("no snapshot", "compare", {"before": "never"}, ["'never'", "no snapshot of this host"]),
    Mistake("label leaves the directory", "snapshot", {"label": "../x"}, ["label", "../x"]),
    Mistake("unknown feature", "snapshot", {"label": "x", "features": ["bpg"]}, ["features", "bpg", "'bgp'"]),
    Mistake("unknown subset", "facts", {"gather_subset": ["rotes"]}, ["gather_subset", "rotes", "'routes'"]),
    Mistake("nothing to roll back to", "rollback", {}, ["to, change"]),
    Mistake("no key file", "command", SHOW, ["ansible_private_key_file", "/nowhere/key"],
            hostvars={"ansible_private_key_file": "/nowhere/key"}),
    Mistake("no known_hosts", "command", SHOW, ["holdfast_known_hosts", "/nowhere/known"],
            hostvars={"holdfast_known_hosts": "/nowhere/known"}),
]  # fmt: skip


@pytest.fixture(scope="module")
def made(desk: Controller, ring: LabInventory) -> tuple[Run, dict[str, Any]]:
    """All mistakes in one run, each a host and play of its own on r1, and what r1 counted meanwhile."""
    ring.lab.reset_counters()
    hosts = {mistake.host: {**ring.host_vars("r1"), **mistake.hostvars} for mistake in MISTAKES}
    inventory = desk.directory / "mistakes" / "inventory.yml"
    inventory.parent.mkdir()
    inventory.write_text(yaml.safe_dump({"all": {"hosts": hosts}}))
    plays = []
    for mistake in MISTAKES:
        for name, text in mistake.files.items():
            path = desk.directory / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        task = {"name": "try", f"holdfast.network.{mistake.module}": mistake.options}
        plays.append({"hosts": mistake.host, "gather_facts": False, "ignore_errors": True, "tasks": [task]})
    return desk.finish(desk.begin(inventory, plays)), ring.lab.counters("r1")


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.host)
def test_a_mistake_is_named_before_the_device_hears_of_it(made: tuple[Run, dict[str, Any]], mistake: Mistake) -> None:
    run, counters = made
    result = run.result(mistake.host, "try")
    assert result["outcome"] == "failed" and result.get("code", "") == mistake.code, result
    assert not result["changed"]
    for word in mistake.words:
        assert word in result["msg"], result["msg"]
    assert counters["commands"] == counters["config_lines"] == counters["logins"] == 0


@pytest.mark.parametrize(
    ("parser", "command", "words"),
    [
        ("textfsm", "show running-config", ["parser textfsm", "'show running-config'", "cisco_ios", "did you mean"]),
        ("json", "show version", ["parser json", "'show version'", "| json"]),
    ],
)
def test_a_command_that_has_no_parser(
    desk: Controller, calm: LabInventory, parser: str, command: str, words: list[str]
) -> None:
    task = {"holdfast.network.command": {"commands": [command], "parser": parser}}
    result = attempt(desk, calm.path, task)
    assert result["outcome"] == "failed" and result["code"] == "no_parser"
    assert all(word in result["msg"] for word in words), result["msg"]


# -- libraries ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("package", "pip", "task"),
    [
        ("netmiko", "netmiko", LOOK),
        ("ntc_templates", "ntc-templates", {"holdfast.network.command": {**SHOW, "parser": "textfsm"}}),
        ("jmespath", "jmespath", {"holdfast.network.command": {**SHOW, "wait_for": ["stdout"]}}),
        ("jmespath", "jmespath", {"holdfast.network.validate": {"checks": [EXPRESSION]}}),
    ],
)  # fmt: skip
def test_a_missing_library(
    controller: Controller, calm: LabInventory, tmp_path: Path, package: str, pip: str, task: dict[str, Any]
) -> None:
    shim = tmp_path / "shim" / package
    shim.mkdir(parents=True)
    (shim / "__init__.py").write_text(f"raise ImportError('no {package} here')\n")
    result = attempt(controller, calm.path, task, PYTHONPATH=str(shim.parent))
    assert result["outcome"] == "failed" and result["code"] == "missing_library", result
    assert f"pip install {pip}" in result["msg"]
    assert calm.lab.counters("r1")["commands"] == 0 or package == "ntc_templates"


# -- reaching the device --------------------------------------------------------------------------------------


def test_a_wrong_password(desk: Controller, calm: LabInventory, tmp_path: Path) -> None:
    result = attempt(desk, calm.single(tmp_path, "r1", ansible_password="wrong-Pa55"), LOOK)
    assert result["outcome"] == "unreachable" and result["code"] == "authentication" and not result["retryable"]
    assert "'admin'" in result["msg"] and "ansible_password" in result["msg"] and "wrong-Pa55" not in str(result)
    counters = calm.lab.counters("r1")
    assert (counters["failed_logins"], counters["logins"], counters["commands"]) == (1, 0, 0)


def test_a_wrong_enable_secret(desk: Controller, calm: LabInventory, tmp_path: Path) -> None:
    result = attempt(desk, calm.single(tmp_path, "r1", holdfast_enable_secret="wrong-3nable"), LOOK)
    assert result["outcome"] == "unreachable" and result["code"] == "authentication"
    assert "holdfast_enable_secret" in result["msg"] and "wrong-3nable" not in str(result)
    assert not [row for row in calm.lab.counters("r1")["log"] if "show version" in row[1]]


@pytest.mark.parametrize("passphrase", [None, "wrong-Phra5e"])
def test_a_wrong_passphrase(desk: Controller, calm: LabInventory, tmp_path: Path, passphrase: str | None) -> None:
    locked = tmp_path / "locked"
    key = asyncssh.read_private_key(str(calm.lab.client_key))
    key.write_private_key(str(locked), passphrase="right-Phra5e", rounds=50)
    changes = {"ansible_password": None, "ansible_private_key_file": str(locked), "holdfast_passphrase": passphrase}
    result = attempt(desk, calm.single(tmp_path, "r1", **changes), LOOK)
    assert result["outcome"] == "unreachable" and result["code"] == "authentication"
    assert all(word in result["msg"] for word in ("ansible_private_key_file", str(locked), "holdfast_passphrase"))
    assert "Phra5e" not in str(result) and calm.lab.counters("r1")["logins"] == 0


def test_a_port_where_nobody_listens(desk: Controller, calm: LabInventory, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        result = attempt(desk, calm.single(tmp_path, "r1", ansible_port=port), LOOK)
    assert result["outcome"] == "unreachable" and result["code"] == "unreachable" and result["retryable"]
    assert f"127.0.0.1:{port}" in result["msg"] and "refused" in result["msg"]


def test_a_name_that_does_not_resolve(desk: Controller, calm: LabInventory, tmp_path: Path) -> None:
    result = attempt(desk, calm.single(tmp_path, "r1", ansible_host="no-such-host.invalid"), LOOK)
    assert result["outcome"] == "unreachable" and result["code"] == "dns"
    assert "ansible_host" in result["msg"] and "'no-such-host.invalid'" in result["msg"]


def fingerprint(public_key: str) -> str:
    digest = hashlib.sha256(base64.b64decode(public_key)).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def test_an_unknown_host_key(desk: Controller, calm: LabInventory, tmp_path: Path) -> None:
    empty = tmp_path / "known_hosts"
    empty.touch()
    result = attempt(desk, calm.single(tmp_path, "r1", holdfast_known_hosts=str(empty)), LOOK)
    key = calm.lab.known_hosts.read_text().split()[2]
    assert result["outcome"] == "unreachable" and result["code"] == "host_key_unknown"
    assert fingerprint(key) in result["msg"] and str(empty) in result["msg"] and "ssh-keyscan -p" in result["msg"]
    assert empty.read_text() == ""
    counters = calm.lab.counters("r1")
    assert (counters["logins"], counters["failed_logins"]) == (0, 0), "credentials were sent to an unknown host"


def test_a_changed_host_key(desk: Controller, calm: LabInventory, tmp_path: Path) -> None:
    device, other = calm.lab.devices["r1"], asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    known = tmp_path / "known_hosts"
    known.write_text(f"[{device.host}]:{device.port} {' '.join(other.split()[:2])}\n")
    result = attempt(desk, calm.single(tmp_path, "r1", holdfast_known_hosts=str(known)), LOOK)
    key = calm.lab.known_hosts.read_text().split()[2]
    assert result["outcome"] == "unreachable" and result["code"] == "host_key_changed" and not result["retryable"]
    assert fingerprint(key) in result["msg"] and fingerprint(other.split()[1]) in result["msg"]
    assert f"ssh-keygen -R '[{device.host}]:{device.port}' -f {known}" in result["msg"]
    counters = calm.lab.counters("r1")
    assert (counters["logins"], counters["failed_logins"]) == (0, 0), "credentials were sent to a changed host"


def test_host_key_checking_can_be_turned_off(desk: Controller, calm: LabInventory, tmp_path: Path) -> None:
    empty = tmp_path / "known_hosts"
    empty.touch()
    inventory = calm.single(tmp_path, "r1", holdfast_known_hosts=str(empty), ansible_host_key_checking=False)
    run = desk.playbook(inventory, [{"name": "look", **LOOK}])
    assert run.rc == 0 and empty.read_text() == ""


# -- the controller's directories -------------------------------------------------------------------------------


def test_a_state_directory_that_cannot_be_made(controller: Controller, calm: LabInventory, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    bad = str(tmp_path / "file" / "state")
    result = attempt(controller, calm.path, LOOK, HOLDFAST_STATE_DIR=bad)
    assert result["outcome"] == "failed" and result["code"] == "state_dir"
    assert "HOLDFAST_STATE_DIR" in result["msg"] and bad in result["msg"] and "choose another" in result["msg"]
    assert silence(calm) and controller.broker_pids() == []


def test_a_state_directory_that_is_somebody_elses(controller: Controller, calm: LabInventory) -> None:
    result = attempt(controller, calm.path, LOOK, HOLDFAST_STATE_DIR="/proc/1")
    assert result["outcome"] == "failed" and result["code"] == "state_dir"
    assert "HOLDFAST_STATE_DIR" in result["msg"] and "/proc/1" in result["msg"]
    assert silence(calm) and controller.broker_pids() == []


def test_a_very_long_home_works(controller: Controller, calm: LabInventory, tmp_path: Path) -> None:
    home = tmp_path / ("h" * 120) / ("o" * 120)
    home.mkdir(parents=True)
    for name in ("HOLDFAST_RUNTIME_DIR", "HOLDFAST_STATE_DIR", "XDG_STATE_HOME"):
        controller.env.pop(name, None)
    controller.env |= {"HOME": str(home), "XDG_RUNTIME_DIR": str(controller.runtime)}
    controller.runtime = controller.runtime / "holdfast"
    run = controller.playbook(calm.path, [{"name": "look", **LOOK}], "r1")
    assert run.rc == 0 and len(list(controller.runtime.glob("*.sock"))) == 1
    assert (home / ".local/state/holdfast/broker.log").exists()


def test_a_runtime_directory_that_is_too_long_for_a_socket(controller: Controller, calm: LabInventory) -> None:
    long = f"/tmp/{'r' * 100}"
    result = attempt(controller, calm.path, LOOK, HOLDFAST_RUNTIME_DIR=long)
    assert result["outcome"] == "failed" and result["code"] == "state_dir"
    assert "HOLDFAST_RUNTIME_DIR" in result["msg"] and "107" in result["msg"] and "shorter" in result["msg"]
    assert silence(calm) and not Path(long).exists()
