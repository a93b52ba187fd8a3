# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Jobs as ansible-runner, ansible-navigator and AWX start them: a directory with project, inventory and variables."""

from __future__ import annotations

import json
import shutil
import subprocess
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.ee.account import Account
from tests.ee.conftest import REPO
from tests.ee.containers import CONFINED, give
from tests.ee.rings import Ring

DEMO = REPO / "tests/demo"
ROOT = "/runner"
#: what each job says of the container it is in, before it does its work
WHERE = {
    "name": "Say where this runs", "hosts": "localhost", "connection": "local", "gather_facts": False,
    "tasks": [{
        "name": "Look around",
        "ansible.builtin.command": {"argv": [
            "{{ ansible_playbook_python }}", "{{ playbook_dir }}/where.py", "{{ change_report_dir }}/where.json",
            "{{ beyond }}",
        ]},
        "changed_when": False,
    }],
}  # fmt: skip
CHANGE = {"name": "Change", "import_playbook": "holdfast.network.change"}


def good() -> dict[str, Any]:
    """The good change of the demo, with the job's own word at the end of the line."""
    words = {"change_comment": "EE-1 describe the core links", "change_converge": 15}
    return {"change_template": "describe.j2", **words}


def bad(ring: Ring) -> dict[str, Any]:
    """The bad change of the demo: a typing error that takes r1's session down."""
    peer = ring.lab.peers["r1"]
    lines = {"change_parents": ["router bgp 65001"], "change_lines": [f"neighbor {peer} remote-as 65999"]}
    return {**lines, "holdfast_hosts": "r1", "change_comment": "EE-2 wrong AS number", "change_converge": 2}


@dataclass
class Job:
    """``directory`` is what ansible-runner calls the private data directory; it is ``root`` in the container.

    ``options`` are podman's. With an ``account`` all of it is that user's, and the container is rootless.
    """

    directory: Path
    image: str
    options: Sequence[str]
    ident: str
    account: Account | None = None

    @property
    def isolation(self) -> list[str]:
        """ansible-runner's options for a container of its own."""
        words = ["--process-isolation", "--process-isolation-executable=podman", f"--container-image={self.image}"]
        return [*words, *(f"--container-option={option}" for option in self.options)]

    def start(self, **environment: str) -> subprocess.Popen[str]:
        """``ansible-runner run`` with process isolation."""
        words = ["ansible-runner", "run", str(self.directory), "--playbook=job.yml", f"--ident={self.ident}"]
        return self.begin([*words, *self.isolation])

    def begin(self, words: Sequence[str], **more: Any) -> subprocess.Popen[str]:
        """A program on this machine, as whoever the job belongs to."""
        return begin(self.account.words(*words) if self.account else words, **more)

    def run(self) -> subprocess.CompletedProcess[str]:
        return finish(self.start())

    def found(self, name: str) -> dict[str, Any]:
        """``report``, or ``where``: what the job wrote."""
        read: dict[str, Any] = json.loads((self.directory / "artifacts" / self.ident / f"{name}.json").read_text())
        return read


def make(
    place: Path, ring: Ring, image: str, variables: Mapping[str, Any], *options: str, root: str | None = ROOT,
    known_hosts: str = "", book: Sequence[Mapping[str, Any]] = (WHERE, CHANGE), account: Account | None = None,
) -> Job:  # fmt: skip
    """The change playbook with these variables, or a playbook of one's own. All belongs to the containers' user.

    ``root`` None has the directory at the same path as outside. ``known_hosts`` is a path of the broker's machine.
    """
    ident, directory = uuid.uuid4().hex[:8], place / f"job-{uuid.uuid4().hex[:8]}"
    root = root or str(directory)
    project, artifacts = directory / "project", directory / "artifacts" / ident
    # ansible-runner would make the last two for its own user alone, who is not the one in the container
    for path in (
        project,
        directory / "inventory",
        directory / "env",
        artifacts / "job_events",
        artifacts / "fact_cache",
    ):
        path.mkdir(parents=True)
    (project / "job.yml").write_text(yaml.safe_dump(list(book)))
    shutil.copy(ring.known_hosts, project / "known_hosts")
    for path in (DEMO / "checks.yml", REPO / "tests/ee/where.py"):
        shutil.copy(path, project)
    (project / "describe.j2").write_text(f"{(DEMO / 'describe.j2').read_text().rstrip()} {ident}\n")
    (directory / "inventory/hosts.yml").write_text(ring.inventory(known_hosts or f"{root}/project/known_hosts"))
    report = f"{root}/artifacts/{ident}"
    settings = {
        "change_catalogue": [f"{root}/project/checks.yml"], "change_confirm_within": 60, "change_report_dir": report,
        "change_snapshot_dir": f"{report}/snapshots", "demo_peers": ring.lab.peers, **variables,
    }  # fmt: skip
    if "change_template" in settings:
        settings["change_template"] = f"{root}/project/{settings['change_template']}"
    (directory / "env/extravars").write_text(json.dumps(settings))
    if account is None:
        give(directory)
    else:  # whose containers' root it is, and who is nobody on the machine
        account.give(directory)
        options = (*options, "--user=root", "--tmpfs=/root:mode=0700")
    return Job(directory, image, [*CONFINED, *options], ident, account)


def begin(words: Sequence[str], **more: Any) -> subprocess.Popen[str]:
    given = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    return subprocess.Popen(words, **{**given, **more})


def finish(process: subprocess.Popen[str], timeout: float = 300) -> subprocess.CompletedProcess[str]:
    output, _none = process.communicate(timeout=timeout)
    return subprocess.CompletedProcess(process.args, process.returncode, output)
