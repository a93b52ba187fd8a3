# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the job templates for AWX run really runs, started as AWX starts it, over one broker of the node.

AWX itself is not there: ``tests/lab/awx/launch.py`` makes the command line, the files and the environment of each job.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.conftest import REPO, Controller, Run
from tests.integration.test_roles import phases, report
from tests.integration.test_service import Service
from tests.lab.awx.data import HERE, assets
from tests.lab.awx.launch import Job, injected, sliced
from tests.lab.emulated import EmulatedLab, own_addresses
from tests.lab.emulated.topology import ring
from tests.lab.netbox import NetBoxLab, Plan, Tables
from tests.lab.netbox.server import TOKEN

NETWORK = f"127.{60 + os.getpid() % 50}"
ON_IOS = "interface GigabitEthernet0/1\n description changed by AWX\n"  # EOS has no such interface
QUICK = {"ask_converge": 2, "change_confirm_within": 30, "ask_catalogue": "quick.yml"}


class Node:
    """An execution node: a broker as a service, a copy of the project, a directory for what jobs leave."""

    def __init__(self, controller: Controller, lab: EmulatedLab, netbox: NetBoxLab) -> None:
        self.controller, self.lab = controller, lab
        self.project, self.data = controller.directory / "project", controller.directory / "srv"
        shutil.copytree(REPO / "playbooks", self.project / "playbooks")
        shutil.copytree(HERE, self.project / "execution-environment/awx")
        (self.project / "quick.yml").write_text(yaml.safe_dump({"checks": [{"check": "interfaces"}]}))
        settings = controller.directory / "settings.yml"
        own = {"data_dir": str(self.data), "socket": str(controller.runtime / "broker.sock")}
        own |= {"known_hosts": str(lab.known_hosts), "seeds": lab.devices["r1"].host}
        own |= {"source_url": netbox.url}
        settings.write_text(yaml.safe_dump({f"holdfast_awx_{name}": value for name, value in own.items()}))
        names = assets.read(settings)
        self.templates = {row["name"].removeprefix("Holdfast "): row for row in names["controller_templates"]}
        self.types = {row["name"]: row for row in names["controller_credential_types"]}
        device = lab.devices["r1"]
        login = {"username": device.user, "password": device.password, "enable_secret": device.enable}
        self.credentials = {
            "Network devices": ("Holdfast device login", login),
            "NetBox": ("Holdfast NetBox", {"url": netbox.url, "token": TOKEN}),
        }
        self.number = 100

    def inventory(self) -> dict[str, Any]:
        """What an update of the inventory source reads from the discovery store."""
        source = self.project / "execution-environment/awx/inventory/discovered.yml"
        source.write_text(source.read_text().replace("/srv/holdfast", str(self.data)))
        done = self.controller.run("ansible-inventory", "-i", str(source), "--list")
        assert done.rc == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def start(self, name: str, hosts: Mapping[str, Any], workflow: int = 0, **job: Any) -> subprocess.Popen[str]:
        """Start a job of a template; ``workflow`` is the number of the one that it is a part of."""
        self.number += 1
        meta = {"awx_workflow_job_id": workflow, "awx_workflow_job_name": "Guarded"} if workflow else {}
        private = self.controller.directory / f"private-{self.number}"
        private.mkdir()
        (private / "hosts.json").write_text(json.dumps(hosts))
        credentials: dict[Path, dict[str, Any]] = {}
        env: dict[str, str] = {}
        for credential in self.templates[name].get("credentials", []):
            kind, values = self.credentials[credential]
            variables, env = injected(self.types[kind], values, private)
            credentials[private / f"{kind}.yml"] = variables
        made = Job(self.templates[name], self.number, meta=meta, **job)
        command = made.command(private, private / "hosts.json", credentials)
        return self.controller.spawn("env", "-C", str(self.project), *command, json_output=True, **env)

    def run(self, name: str, hosts: Mapping[str, Any], workflow: int = 0, **job: Any) -> Run:
        return self.controller.finish(self.start(name, hosts, workflow, **job))

    def reports(self, workflow: int) -> list[dict[str, Any]]:
        """Hosts of each report of a workflow, by the number of the job."""
        found = self.data.glob(f"reports/{workflow}/*/report.json")
        return [report(self.controller, str(path.parent)) for path in sorted(found, key=lambda p: p.stat().st_mtime)]

    def logins(self) -> dict[str, int]:
        return {name: row["logins"] for name, row in self.lab.all_counters().items()}

    def configs(self) -> dict[str, str]:
        return {name: self.lab.running_config(name) for name in self.lab.devices}


@pytest.fixture
def node(controller: Controller, tmp_path: Path) -> Iterator[Node]:
    topology = own_addresses(ring(4, ["ios", "eos"]), NETWORK)
    with EmulatedLab(topology, tmp_path / "lab") as lab, NetBoxLab(Tables(Plan(devices=2, machines=0))) as netbox:
        service = Service(controller)
        try:
            assert service.hears("READY=1")
            yield Node(controller, lab, netbox)
        finally:
            service.close()


def lab_hosts(node: Node) -> dict[str, Any]:
    """An inventory as a source of truth would give it: how to reach the devices, and no login."""
    plain = {"ansible_connection": "holdfast.network.pinned", "ansible_port": 2222}
    rows = {n: {**plain, "ansible_host": d.host, "holdfast_platform": d.platform} for n, d in node.lab.devices.items()}
    return {"all": {"hosts": rows}}


def test_the_workflow_changes_all_devices_or_none(node: Node) -> None:
    """Discover, refresh, validate, predict, change, validate, roll back, report: one login for each device."""
    start = {"all": {"hosts": {"localhost": {"ansible_connection": "local", "ansible_port": 2222}}}}
    found = node.run("discover", start, 7, answers={"ask_deny": ""})
    assert found.rc == 0, found.stdout
    differs = node.run("drift", start, 6)
    assert differs.rc == 2 and TOKEN not in differs.stdout, differs.stdout
    drift = json.loads((node.data / "drift/drift.json").read_text())
    assert drift["summary"]["devices"] == {"truth": 2, "found": 4}
    hosts = sliced(node.inventory(), 1, 1)
    assert set(hosts["all"]["hosts"]) == set(node.lab.devices)
    before, answers = node.configs(), {**QUICK, "change_comment": "NET-1 text", "ask_lines": ON_IOS}
    checked = node.run("validate", hosts, 7, answers={"ask_catalogue": "quick.yml", "ask_tags": "", "ask_snapshot": ""})
    assert checked.rc == 0, checked.stdout
    predicted = node.run("change", hosts, 7, answers={**answers, "ask_src": ""}, check=True, limit="r1,r3")
    assert predicted.rc == 0 and node.configs() == before, predicted.stdout
    changed = node.run("change", hosts, 7, answers=answers)
    touched = {name for name, text in node.configs().items() if text != before[name]}
    assert changed.rc == 2 and touched == {"r1", "r3"}, changed.stdout
    back = node.run("rollback", hosts, 7, answers={"ask_rollback_to": "", "rollback_converge": 5})
    assert back.rc == 0 and node.configs() == before, back.stdout
    summary = node.run("report", hosts, 7)
    made = report(node.controller, str(node.data / "summaries/7"))
    assert summary.rc == 2 and made["summary"]["failed"], summary.stdout  # so that the workflow is red
    validated, first, last = node.reports(7)
    assert phases(validated["r2"]) == {"validate": "ok"} and first["r1"]["change"]["state"] == "confirmed"
    assert last["r1"]["rollback"]["verified"] and first["r2"]["change"]["state"] == "rejected"
    assert node.logins() == dict.fromkeys(node.lab.devices, 1)


def test_slices_of_a_job_share_the_sessions(node: Node) -> None:
    """Two slices at the same time, a second round of them, and a job on all: still one login for each device."""
    listing = {"_meta": {"hostvars": lab_hosts(node)["all"]["hosts"]}}
    slices = [sliced(listing, number, 2) for number in (1, 2)]
    assert [sorted(part["all"]["hosts"]) for part in slices] == [["r1", "r3"], ["r2", "r4"]]
    for workflow in (8, 9):
        jobs = [node.start("validate", part, workflow, answers=QUICK | {"ask_snapshot": "s"}) for part in slices]
        runs = [node.controller.finish(job) for job in jobs]
        assert [run.rc for run in runs] == [0, 0], runs[0].stdout + runs[1].stdout
    parts = sorted(sorted(set(found) - {"summary"}) for found in node.reports(9))
    assert parts == [["r1", "r3"], ["r2", "r4"]]
    assert len(list((node.data / "snapshots/s").glob("*.json"))) == 4
    assert node.logins() == dict.fromkeys(node.lab.devices, 1)
    seen = node.run("sessions", lab_hosts(node), answers={"ask_state": "show", "ask_hosts": ""})
    assert seen.rc == 0 and len(seen.tasks["localhost"]["Show its sessions"]["msg"]) == 5, seen.stdout
    closed = node.run("sessions", lab_hosts(node), answers={"ask_state": "closed", "ask_hosts": "r1"})
    assert closed.rc == 0 and len(closed.tasks["localhost"]["Show its sessions"]["msg"]) == 4, closed.stdout


def test_a_login_by_key_and_an_answer_that_looks_like_a_template(node: Node) -> None:
    """What a credential leaves empty is not given to the device, and what people type is not evaluated."""
    key = node.lab.client_key.read_text()
    kind, login = node.credentials["Network devices"]
    own = {"username": login["username"], "private_key": key, "enable_secret": login["enable_secret"]}
    node.credentials["Network devices"] = (kind, own)
    answers = QUICK | {"change_comment": "{{ 6 * 7 }}", "ask_lines": "ntp server 192.0.2.7"}
    run = node.run("change", lab_hosts(node), answers=answers)
    assert run.rc == 0, run.stdout
    assert all("ntp server 192.0.2.7" in text for text in node.configs().values())
    (made,) = node.reports(node.number)
    assert made["r1"]["change"]["comment"] == "{{ 6 * 7 }}"
    assert not re.search("BEGIN [A-Z ]*PRIVATE", run.stdout + run.stderr)
    alone = node.run("rollback", lab_hosts(node), answers={"ask_rollback_to": f"awx-{node.number}"})
    assert alone.rc == 0 and not any("192.0.2.7" in text for text in node.configs().values()), alone.stdout
