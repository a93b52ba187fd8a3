# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An inventory exported for pyATS and Nornir: both load it and connect by it, and there is no password in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.conftest import REPO, Controller, LabInventory, Run
from tests.lab.openssh import OpenSsh, obstacle

PYATS = """
import json, sys
from pyats.topology import loader
bed = loader.load(sys.argv[1])
found = {}
for name in sys.argv[2:]:
    device = bed.devices[name]
    settings = {"POST_DISCONNECT_WAIT_SEC": 0, "GRACEFUL_DISCONNECT_WAIT_SEC": 0}
    device.connect(log_stdout=False, logfile="/dev/null", settings=settings)
    found[name] = device.execute("show version")
    device.disconnect()
links = sorted(link.name for link in bed.links)
print("\\n" + json.dumps({"bed": bed.name, "devices": sorted(bed.devices), "links": links, "output": found}))
"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Controller]:
    """Nothing here asks a device through the broker."""
    made = Controller(tmp_path_factory.mktemp("desk"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def inventory(ring: LabInventory, desk: Controller) -> Path:
    """The ring's, with a link, passwords that cannot be evaluated here, an address that is a name, and no device."""
    hosts = {name: ring.host_vars(name) for name in ring.lab.devices}
    hosts["r3"].update(ansible_host="localhost", holdfast_host_key_checking=False)
    hosts["r1"]["holdfast_links"] = [{"interface": "Gi0/1", "neighbor": "r2", "neighbor_interface": "Ethernet1"}]
    hosts["r2"]["holdfast_links"] = [{"interface": "Ethernet1", "neighbor": "r1", "neighbor_interface": "Gi0/1"}]
    for variables in hosts.values():
        variables["ansible_password"] = "{{ vault_that_is_not_here }}"
    hosts["web"] = {"ansible_host": "192.0.2.80"}
    children = {"core": {"hosts": {"r1": {}, "r2": {}}}}
    path = desk.directory / "inventory.yml"
    path.write_text(yaml.safe_dump({"all": {"hosts": hosts, "children": children}}))
    return path


def export(controller: Controller, inventory: Path, *arguments: str) -> Run:
    run = controller.run("ansible-playbook", "-i", str(inventory), "holdfast.network.export", *arguments)
    assert run.rc == 0, run.stdout + run.stderr
    return run


@pytest.fixture(scope="module")
def exported(desk: Controller, inventory: Path) -> Path:
    """The directory of an export, after which a second one has changed nothing."""
    told = export(desk, inventory, "--check", "--diff")
    assert "+  r1:" in told.stdout and not (desk.directory / "export").exists()
    run = export(desk, inventory, "-e", "holdfast_export_name=ring")
    assert "left out, because they are local or have no platform: web" in " ".join(run.stderr.split())
    assert "changed=3" in run.stdout
    assert "changed=0" in export(desk, inventory, "-e", "holdfast_export_name=ring").stdout
    return desk.directory / "export"


def python(script: str, *arguments: str, **env: str) -> Any:
    """The last line that the script prints, in a process of its own, as JSON."""
    command = [sys.executable, "-c", script, *arguments]
    done = subprocess.run(command, env={**os.environ, **env}, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_pyats_loads_the_testbed_and_connects(exported: Path, calm: LabInventory) -> None:
    device = calm.lab.devices["r1"]
    env = {"PYATS_USERNAME": device.user, "PYATS_PASSWORD": device.password, "PYATS_ENABLE": device.enable}
    before = calm.lab.running_config("r1")
    found = python(PYATS, str(exported / "testbed.yaml"), "r1", "r2", "r3", **env)
    assert found["bed"] == "ring" and found["devices"] == ["r1", "r2", "r3", "r4"]
    assert found["links"] == ["r1:Gi0/1--r2:Ethernet1"]
    assert "Cisco IOS" in found["output"]["r1"] and "Arista" in found["output"]["r2"]
    assert "Cisco IOS" in found["output"]["r3"]
    assert calm.lab.running_config("r1") == before
    for file in exported.rglob("*.yaml"):
        text = file.read_text()
        assert device.password not in text and device.enable not in text and "vault_that" not in text
        assert device.user not in text.split()


@pytest.mark.skipif(obstacle() is not None, reason=str(obstacle()))
def test_pyats_goes_through_a_jump_host_with_its_own_login(
    desk: Controller, calm: LabInventory, tmp_path: Path
) -> None:
    server = OpenSsh().start()
    try:
        jump = {"host": server.host, "port": server.port, "user": server.user, "private_key_file": str(server.key)}
        # the jump host does not know the device's host key
        book = calm.single(tmp_path, "r1", holdfast_jump_hosts=[jump], holdfast_host_key_checking=False)
        choices = {"holdfast_export_dir": str(tmp_path), "holdfast_export_usernames": True}
        export(desk, book, "-e", json.dumps(choices))
        device = calm.lab.devices["r1"]
        env = {"PYATS_PASSWORD": device.password, "PYATS_ENABLE": device.enable}
        found = python(PYATS, str(tmp_path / "testbed.yaml"), "r1", **env)
        assert found["devices"] == [f"jump-{server.host}-{server.port}", "r1"]
        assert "Cisco IOS" in found["output"]["r1"] and server.logins == 1
        (tmp_path / "testbed.yml").write_text("plugin: holdfast.network.testbed\ntestbed: testbed.yaml\n")
        again = json.loads(desk.run("ansible-inventory", "-i", str(tmp_path / "testbed.yml"), "--list").stdout)
        (name, variables), *others = again["_meta"]["hostvars"].items()
        assert name == "r1" and not others
        (hop,) = variables["holdfast_jump_hosts"]
        assert (hop["host"], hop["port"], hop["user"]) == (server.host, server.port, server.user)
    finally:
        server.stop()


def test_nornir_loads_the_inventory_and_connects(exported: Path, calm: LabInventory) -> None:
    """By the lines that docs/inventory.md has."""
    page = (REPO / "docs/inventory.md").read_text()
    script = page.partition("```python\n")[2].partition("```")[0]
    assert "TransformFunctionRegister" in script
    report = "\nimport json\nprint(json.dumps({name: str(rows[0].result) for name, rows in result.items()}))\n"
    device = calm.lab.devices["r1"]
    env = {"NET_USERNAME": device.user, "NET_PASSWORD": device.password, "NET_ENABLE": device.enable}
    done = python(f"import os\nos.chdir({str(exported)!r})\n{script}{report}", **env)
    assert sorted(done) == ["r1", "r2", "r3", "r4"]
    assert "Cisco IOS" in done["r1"] and "Arista" in done["r2"]
    hosts = yaml.safe_load((exported / "nornir/hosts.yaml").read_text())
    assert hosts["r1"]["groups"] == ["core"] and hosts["r2"]["connection_options"]["napalm"]["platform"] == "eos"


def test_an_exported_testbed_is_the_same_inventory_again(
    desk: Controller, exported: Path, calm: LabInventory, tmp_path: Path
) -> None:
    config = tmp_path / "testbed.yml"
    config.write_text(f"plugin: holdfast.network.testbed\ntestbed: {exported}/testbed.yaml\n")
    listed = desk.run("ansible-inventory", "-i", str(config), "--list")
    again = json.loads(listed.stdout)["_meta"]["hostvars"]
    names = {"ios": "cisco_ios", "eos": "arista_eos"}
    assert sorted(again) == ["r1", "r2", "r3", "r4"]
    for name, device in calm.lab.devices.items():
        assert again[name]["ansible_host"] == ("localhost" if name == "r3" else device.host)
        assert again[name]["ansible_port"] == device.port
        assert again[name]["holdfast_platform"] == names[device.platform]
        assert "'PYATS_USERNAME'" in again[name]["ansible_user"]
        assert "'PYATS_PASSWORD'" in again[name]["ansible_password"]
    (link,) = again["r1"]["holdfast_links"]
    assert (link["interface"], link["neighbor"], link["neighbor_interface"]) == ("Gi0/1", "r2", "Ethernet1")


def test_what_is_exported_can_be_chosen(desk: Controller, inventory: Path) -> None:
    choices = {"holdfast_hosts": "core", "holdfast_export_credentials": "ask", "holdfast_export_dir": "made/here"}
    export(desk, inventory, "-e", json.dumps(choices))
    found = yaml.safe_load((desk.directory / "made/here/testbed.yaml").read_text())
    assert sorted(found["devices"]) == ["r1", "r2"]
    assert found["testbed"]["credentials"]["default"]["password"] == "%ASK{password: }"
    wrong = desk.run(
        "ansible-playbook", "-i", str(inventory), "holdfast.network.export", "-e", "holdfast_export_credentials=plain"
    )
    assert wrong.rc != 0 and "credentials: 'plain' is none of env, ask" in " ".join(
        (wrong.stdout + wrong.stderr).split()
    )
