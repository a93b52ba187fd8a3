# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Other drivers than the CLI's: playbooks against OpenSSH, HAProxy and emulated devices."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.conftest import REPO, Controller, LabInventory
from tests.lab import openssh
from tests.lab.frr import packages


def command(name: str, *commands: Any, **task: Any) -> dict[str, Any]:
    options = {key: task.pop(key) for key in ("parser", "timeout") if key in task}
    return {"name": name, "holdfast.network.command": {"commands": list(commands), **options}, **task}


def inventory(path: Path, **variables: Any) -> Path:
    book = path / f"host-{variables['ansible_port']}.yml"
    given = {"ansible_connection": "holdfast.network.pinned", "ansible_host": "127.0.0.1", **variables}
    book.write_text(yaml.safe_dump({"all": {"hosts": {"box": given}}}))
    return book


# -- paramiko -------------------------------------------------------------------------------------


@pytest.fixture
def box(server: openssh.OpenSsh, tmp_path: Path) -> Path:
    return inventory(
        tmp_path,
        ansible_port=server.port,
        ansible_user=server.user,
        ansible_private_key_file=str(server.key),
        holdfast_platform="linux",
        holdfast_driver="paramiko",
        holdfast_known_hosts=str(server.known_hosts),
    )


def test_a_shell(controller: Controller, server: openssh.OpenSsh, box: Path) -> None:
    before = server.logins
    failing = command("failing", "ls /no-such-place", "echo never", ignore_errors=True)
    tasks = [
        command("plain", "uname -s", {"command": "cat", "stdin": "given"}, {"command": "exit 3", "check": False}),
        failing,
        command("checked", "uname -s", check_mode=True),
        command("not checked", "uname -s; rm -f /tmp/x", check_mode=True),
        command("data", "echo '{\"a\": [1]}'", parser="json"),
        {"name": "ping", "holdfast.network.ping": {}},
        {"name": "info", "holdfast.network.session_info": {}},
    ]
    run = controller.playbook(box, tasks)
    assert run.rc == 0, run.stdout
    plain = run.result("box", "plain")
    assert plain["stdout"] == ["Linux", "given", ""] and plain["status"] == [0, 0, 3] and plain["stderr"] == [""] * 3
    failed = run.result("box", "failing")
    assert failed["code"] == "command_failed" and failed["detail"]["status"] == 2
    assert "No such file" in failed["detail"]["stderr"] and "No such file" in failed["msg"]
    assert run.result("box", "checked")["stdout"] == ["Linux"]
    assert run.result("box", "not checked")["outcome"] == "skipped"
    assert run.result("box", "data")["parsed"] == [{"a": [1]}]
    assert run.result("box", "ping")["reachable"] and run.result("box", "ping")["pinned"]
    (row,) = run.result("box", "info")["sessions"]
    assert (row["driver"], row["platform"], row["queue"]) == ("paramiko", "linux", "pinned")
    assert server.logins == before + 1


def test_become_is_sudo(controller: Controller, server: openssh.OpenSsh, box: Path) -> None:
    if openssh.sudo_obstacle():
        pytest.skip(str(openssh.sudo_obstacle()))
    before = server.logins
    tasks = [
        command("me", "id -un"),
        command("root", "id -un", become=True),
        command("bob", "id -un", become=True, become_user="bob"),
        command("one", {"command": "id -un", "become": "root"}),
    ]
    run = controller.playbook(box, tasks, "all", "-e", f"ansible_become_password={openssh.PASSWORD}")
    assert run.rc == 0, run.stdout
    assert [run.result("box", name)["stdout"] for name in ("me", "root", "bob", "one")] == [
        ["ann"], ["root"], ["bob"], ["root"],
    ]  # fmt: skip
    assert server.logins == before + 1


# -- a driver of a package ------------------------------------------------------------------------

HAPROXY = """\
global
  stats socket ipv4@127.0.0.1:{port} level admin
  stats timeout 1h
defaults
  mode tcp
  timeout connect 1s
  timeout client 1s
  timeout server 1s
backend web
  server web1 127.0.0.1:1
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The example package as pip installs it, in a directory of its own."""
    target = tmp_path_factory.mktemp("site")
    source = tmp_path_factory.mktemp("source") / "example"  # a build leaves files behind
    shutil.copytree(REPO / "examples/holdfast-driver-example", source)
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--no-build-isolation", "--no-deps", "--no-index")
    subprocess.run([*pip, "--target", str(target), str(source)], check=True, capture_output=True)
    return str(target)


@pytest.fixture
def haproxy(tmp_path: Path) -> Iterator[int]:
    """A real HAProxy; the port of its runtime API."""
    if shutil.which("haproxy") is None:
        if os.geteuid() != 0 or not shutil.which("apt-get"):
            pytest.skip("there is no haproxy, and only root can install it")
        packages.install(["haproxy"])
    port = openssh.free_port()
    (tmp_path / "haproxy.cfg").write_text(HAPROXY.format(port=port))
    process = subprocess.Popen(["haproxy", "-db", "-q", "-f", str(tmp_path / "haproxy.cfg")])
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and not openssh.listens("127.0.0.1", port):
        time.sleep(0.02)
    yield port
    process.terminate()
    process.wait(10)


def test_a_driver_of_an_installed_package(controller: Controller, haproxy: int, installed: str, tmp_path: Path) -> None:
    book = inventory(tmp_path, ansible_port=haproxy, holdfast_platform="haproxy", holdfast_driver="haproxy")
    tasks = [
        command("state", "show servers state web"),
        command("drain", "disable server web/web1", "show servers state web"),
        command("refused", "disable server web/none", ignore_errors=True),
        {"name": "ping", "holdfast.network.ping": {}},
        {"name": "info", "holdfast.network.session_info": {}},
    ]
    controller.env["PYTHONPATH"] = installed
    run = controller.playbook(book, tasks)
    assert run.rc == 0, run.stdout
    assert " web1 " in run.result("box", "state")["stdout"][0]
    refused = run.result("box", "refused")
    assert refused["code"] == "command_failed" and "No such server" in refused["msg"]
    assert run.result("box", "ping")["reachable"]
    (row,) = run.result("box", "info")["sessions"]
    assert (row["driver"], row["platform"]) == ("haproxy", "haproxy")


def test_the_example_keeps_the_rules_for_drivers(controller: Controller, haproxy: int, installed: str) -> None:
    module = "ansible_collections.holdfast.network.plugins.plugin_utils.drivers.conformance"
    where = ("--host", "127.0.0.1", "--port", str(haproxy), "--command", "show info", "--refused", "nonsense")
    run = controller.run(sys.executable, "-m", module, "haproxy", *where, PYTHONPATH=installed)
    assert run.rc == 0, run.stdout + run.stderr
    left_out = [line.split()[2].rstrip(":") for line in run.stdout.splitlines() if line.startswith("not tried")]
    assert left_out == ["wrong_password", "interrupted", "no_secrets"]  # there is no login, and nothing takes long


def test_a_driver_that_is_not_installed(controller: Controller, tmp_path: Path) -> None:
    book = inventory(tmp_path, ansible_port=1, holdfast_platform="ios", holdfast_driver="haproxy")
    refused = controller.playbook(book, [command("look", "show x")]).result("box", "look")
    assert refused["code"] == "unknown_driver" and "choose one of: " in refused["msg"] and "paramiko" in refused["msg"]


def test_a_broken_driver_names_its_package(controller: Controller, tmp_path: Path) -> None:
    site = tmp_path / "site"
    info = site / "bad_driver-0.3.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: bad-driver\nVersion: 0.3\n")
    (info / "entry_points.txt").write_text("[holdfast.drivers]\nbad = bad_driver:Bad\nnetmiko = bad_driver:Bad\n")
    (site / "bad_driver.py").write_text("class Bad:\n    name = 'bad'\n    default_queue = 'pinned'\n")
    controller.env["PYTHONPATH"] = str(site)
    book = inventory(tmp_path, ansible_port=1, holdfast_platform="ios", holdfast_driver="bad")
    refused = controller.playbook(book, [command("look", "show x")]).result("box", "look")
    assert refused["code"] == "broken_driver" and refused["outcome"] == "failed"
    assert "'bad' of bad-driver 0.3 (bad_driver:Bad) has no method open()" in refused["msg"]
    shadow = inventory(tmp_path, ansible_port=1, holdfast_platform="ios", holdfast_driver="netmiko")
    assert controller.playbook(shadow, [command("look", "show x")]).result("box", "look")["code"] == "unreachable"
    words, log = "'netmiko' of bad-driver 0.3 (bad_driver:Bad) is not used", controller.state / "broker.log"
    deadline = time.monotonic() + 5
    while words not in log.read_text() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert words in log.read_text()


# -- Genie ----------------------------------------------------------------------------------------


def genie(name: str, **task: Any) -> dict[str, Any]:
    options = {key: task.pop(key) for key in ("learn", "parse", "api", "changes") if key in task}
    return {"name": name, "holdfast.network.genie": options, **task}


def test_genie_on_the_pinned_session(controller: Controller, calm: LabInventory) -> None:
    port = "GigabitEthernet0/1"
    api = [{"name": "get_interface_admin_status", "arguments": {"interface": port}}, "get_interface_names"]
    shut = [{"name": "shut_interface", "arguments": {"interface": port}}]
    wrong = [{"name": "get_interface_admin_status", "arguments": {"port": 1}}]
    tasks = [
        command("login", "show clock"),
        genie("all", learn=["interface", "ospf"], parse=["show version", "show interfaces", "show vrf"], api=api),
        genie("refused", api=shut, ignore_errors=True),
        genie("predicted", api=shut, changes=True, check_mode=True),
        genie("changed", api=shut, changes=True),
        genie("after", api=[api[0]]),
        genie("no parser", parse=["show nothing"], ignore_errors=True),
        genie("no feature", learn=["interfase"], ignore_errors=True),
        genie("not for it", learn=["lag", "pbr"], ignore_errors=True),
        genie("no api", api=["get_interface_admin_statos"], ignore_errors=True),
        genie("arguments", api=wrong, ignore_errors=True),
        genie("nothing asked", ignore_errors=True),
        command("then", "show clock"),
    ]
    run = controller.playbook(calm.path, tasks, "r1")
    assert run.rc == 0, run.stdout
    found = run.result("r1", "all")
    assert found["learned"]["interface"]["info"][port]["oper_status"] == "up" and not found["changed"]
    version, interfaces, _vrf = found["parsed"]
    assert version["version"]["platform"] == "IOSv" and interfaces[port]["enabled"]
    assert found["api"][0].lower() == "up" and port in found["api"][1]
    assert found["nothing"] == ["ospf", "show vrf"]
    assert (
        run.result("r1", "refused")["code"] == "unsupported" and "changes: true" in run.result("r1", "refused")["msg"]
    )
    assert run.result("r1", "predicted")["outcome"] == "skipped" and run.result("r1", "changed")["changed"]
    assert "down" in run.result("r1", "after")["api"][0].lower()
    codes = {name: run.result("r1", name)["code"] for name in ("no parser", "no feature", "no api", "arguments")}
    assert codes == {
        "no parser": "no_parser", "no feature": "bad_input", "no api": "bad_input", "arguments": "bad_input",
    }  # fmt: skip
    assert "did you mean get_interface_admin_status" in run.result("r1", "no api")["msg"]
    assert "try interface" in run.result("r1", "no feature")["msg"]
    assert "give at least one" in run.result("r1", "nothing asked")["msg"]
    assert run.result("r1", "then")["stdout"]
    assert calm.lab.counters("r1")["logins"] == 1
    eos = controller.playbook(calm.path, [genie("learn", learn=["interface"])], "r2").result("r2", "learn")
    assert eos["code"] == "unsupported" and "for eos" in eos["msg"]


def test_genie_does_not_hide_a_lost_session(controller: Controller, calm: LabInventory) -> None:
    calm.lab.fault("r1", "drop", command="show interfaces accounting", count=2)
    run = controller.playbook(calm.path, [genie("learn", learn=["interface"]), genie("again", learn=["arp"])], "r1")
    lost = run.result("r1", "learn")
    assert lost["code"] == "session_lost", "learned half, and did not say so"
    calm.lab.clear()
    calm.lab.fault("r1", "drop", command="show interfaces accounting", count=1)
    assert controller.playbook(calm.path, [genie("learn", learn=["interface"])], "r1").rc == 0


# -- napalm and unicon ----------------------------------------------------------------------------


def test_napalm_shares_the_session_where_it_can(controller: Controller, calm: LabInventory, tmp_path: Path) -> None:
    facts = {"name": "facts", "holdfast.network.facts": {"gather_subset": ["facts", "interfaces", "bgp"]}}
    line = {"lines": ["description by napalm"], "parents": ["interface Loopback1"]}
    tasks = [
        command("login", "show version", "show clock", "show version"),
        facts,
        {"name": "change", "holdfast.network.config": {**line, "confirm_within": 30}},
        {"name": "confirm", "holdfast.network.confirm": {}},
        genie("learn", learn=["arp"], ignore_errors=True),
        {"name": "info", "holdfast.network.session_info": {}},
    ]
    ios = controller.playbook(calm.single(tmp_path, "r1", holdfast_driver="napalm"), tasks)
    assert ios.rc == 0 and ios.result("r1", "facts")["ansible_facts"]["net_hostname"] == "r1", ios.stdout
    assert ios.result("r1", "learn")["learned"]["arp"]["info"]["interfaces"]
    assert [row["driver"] for row in ios.result("r1", "info")["sessions"]] == ["napalm"]
    assert calm.lab.counters("r1")["logins"] == 1
    over_eapi = {"ansible_port": calm.lab.devices["r2"].eapi_port, "holdfast_queue": "pinned"}
    over_eapi["holdfast_ca_file"] = str(calm.lab.directory / "eapi.pem")
    eos = controller.playbook(calm.single(tmp_path, "r2", holdfast_driver="napalm", **over_eapi), tasks)
    assert eos.rc == 0 and eos.result("r2", "facts")["ansible_facts"]["net_hostname"] == "r2", eos.stdout
    assert eos.result("r2", "change")["changed"] and "by napalm" in calm.lab.running_config("r2")
    assert calm.lab.counters("r2")["connections"] == 1


def test_unicon(controller: Controller, calm: LabInventory, tmp_path: Path) -> None:
    if shutil.which("ssh") is None:
        pytest.skip("there is no ssh program (openssh-client)")
    tasks = [
        command("version", "show version", "show clock"),
        command("refused", "show nonsense", ignore_errors=True),
        genie("parse", parse=["show interfaces"]),
        {"name": "ping", "holdfast.network.ping": {}},
        {"name": "close", "holdfast.network.session": {"state": "closed"}},
    ]
    run = controller.playbook(calm.single(tmp_path, "r1", holdfast_driver="unicon"), tasks)
    assert run.rc == 0 and "IOSv" in run.result("r1", "version")["stdout"][0], run.stdout
    assert run.result("r1", "refused")["code"] == "command_failed"
    assert run.result("r1", "parse")["parsed"][0]["GigabitEthernet0/1"]["oper_status"] == "up"
    assert run.result("r1", "ping")["reachable"]
    assert calm.lab.counters("r1")["logins"] == 1
    assert calm.lab.wait(lambda: calm.lab.counters("r1")["open_sessions"] == 0)
    children = f"/proc/{controller.broker_pid()}/task/{controller.broker_pid()}/children"
    assert "ssh" not in [name(pid) for pid in Path(children).read_text().split()]


def name(pid: str) -> str:
    return Path(f"/proc/{pid}/comm").read_text().strip()


def test_a_tasks_commands_are_one_request_to_eapi(controller: Controller, calm: LabInventory, tmp_path: Path) -> None:
    device = calm.lab.devices["r2"]
    book = calm.single(
        tmp_path, "r2", holdfast_driver="pyeapi", ansible_port=device.eapi_port, holdfast_queue="pinned",
        holdfast_ca_file=str(calm.lab.directory / "eapi.pem"),
    )  # fmt: skip
    assert controller.playbook(book, [command("login", "show hostname")]).rc == 0
    before = calm.lab.counters("r2")["api_requests"]
    run = controller.playbook(book, [command("ten", *["show clock"] * 9, "show version")])
    assert "Arista" in run.result("r2", "ten")["stdout"][9]
    assert calm.lab.counters("r2")["api_requests"] == before + 1


def test_a_detached_shell_command_is_watched_and_cancelled(
    controller: Controller, server: openssh.OpenSsh, box: Path
) -> None:
    before, mark = server.logins, f"{time.time_ns() % 1000}.5"
    job = "{{ started.job.id }}"
    tasks = [
        command("login", "true"),
        {"name": "start", "holdfast.network.command": {"commands": [f"echo begun; exec sleep 9{mark}"], "detach": True},
         "register": "started"},
        {"name": "seen", "holdfast.network.job_info": {"id": job, "wait": 0.2}, "register": "seen",
         "until": "'begun' in seen.output", "retries": 50, "delay": 0},
        {"name": "cancel", "holdfast.network.job_cancel": {"id": job}},
        {"name": "end", "holdfast.network.job_info": {"id": job, "wait": 10}},
        command("left", {"command": f"ps ax -o args | grep -c '^sleep 9{mark}'", "check": False}),
    ]  # fmt: skip
    run = controller.playbook(box, tasks)
    assert run.rc == 0, run.stdout
    assert run.result("box", "end")["job"]["state"] == "cancelled"
    assert run.result("box", "left")["stdout"] == ["0"], "the command still runs"
    assert server.logins == before + 1, "the session was not kept"
