# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One playbook run, measured: wall, CPU, and what the devices saw of it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.bench import processes
from tests.lab.emulated import EmulatedLab

TASKS = 5
FORKS = 20
COMMAND = "show version"
NOOP = {"ansible.builtin.debug": {"msg": "nothing"}}
OURS = {"holdfast.network.command": {"commands": [COMMAND]}}
PEER = {"ansible.netcommon.cli_command": {"command": COMMAND}}


class BenchError(Exception):
    """A run failed, or did not do what it is measured for."""


@dataclass
class Run:
    """Seconds of wall and CPU time; ``logins`` and ``commands`` are the devices' own counts during the run.

    ``controller`` is ansible-playbook with all its children, ``others`` is what else kept the machine busy.
    """

    name: str
    wall: float
    controller: float
    broker: float
    lab: float
    others: float
    logins: int
    commands: int
    load: float

    def as_dict(self) -> dict[str, Any]:
        return {key: round(value, 3) if isinstance(value, float) else value for key, value in asdict(self).items()}


class Bench:
    """Playbooks on one lab. ``broker`` tells the broker's process id, 0 when none runs."""

    def __init__(self, lab: EmulatedLab, directory: Path, env: dict[str, str], broker: Callable[[], int]) -> None:
        self.lab, self.directory, self.env, self.broker = lab, directory, env, broker
        self.inventory = lab.write_inventory()

    def playbook(self, name: str, task: dict[str, Any], **play: Any) -> Path:
        path = self.directory / f"{name}.yml"
        tasks = [{"name": f"{name} {number}", **task} for number in range(1, TASKS + 1)]
        path.write_text(yaml.safe_dump([{"hosts": "all", "gather_facts": False, **play, "tasks": tasks}]))
        return path

    def run(self, name: str, book: Path, binary: Path | None = None, inventory: Path | None = None) -> Run:
        """Raises BenchError when the playbook failed, with the end of its log."""
        binary = binary or Path(sys.executable).parent / "ansible-playbook"
        command = [str(binary), "-i", str(inventory or self.inventory), "-f", str(FORKS), str(book)]
        log = self.directory / f"{name}.log"
        load, before, known = os.getloadavg()[0], self._used(), processes.children()
        start = time.monotonic()
        with open(log, "w") as out:
            code = subprocess.run(
                command, env=self.env, cwd=self.directory, stdin=subprocess.DEVNULL, stdout=out, stderr=out, check=False
            ).returncode
        wall = time.monotonic() - start
        if code:
            raise BenchError(f"{name} ended with {code}:\n{log.read_text()[-3000:]}")
        processes.reap(known, 60)
        used = {key: value - before[key] for key, value in self._used().items()}
        others = max(0.0, used["machine"] - used["controller"] - used["broker"] - used["lab"])
        cpu = (used["controller"], used["broker"], used["lab"], others)
        return Run(name, wall, *cpu, int(used["logins"]), int(used["commands"]), load)

    def _used(self) -> dict[str, float]:
        counters = self.lab.all_counters().values()
        pid = self.broker()
        return {
            "controller": processes.children_cpu(),
            "broker": processes.cpu(pid) if pid else 0.0,
            "lab": processes.cpu(self.lab.pid),
            "machine": processes.machine_cpu(),
            "logins": sum(row["logins"] for row in counters),
            "commands": sum(row["commands"] for row in counters),
        }
