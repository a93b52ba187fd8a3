# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One playbook run, measured: wall, CPU, and what the devices saw of it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.bench import processes, timeline
from tests.lab.emulated import EmulatedLab

TASKS = 5
FORKS = 20
COMMAND = "show version"
NOOP = {"ansible.builtin.debug": {"msg": "nothing"}}
OURS = {"holdfast.network.command": {"commands": [COMMAND]}}
FLEET = {"holdfast.network.fleet_command": {"commands": [COMMAND]}}
PEER = {"ansible.netcommon.cli_command": {"command": COMMAND}}


class BenchError(Exception):
    """A run failed, or did not do what it is measured for."""


class NotMeasured(Exception):
    """The section cannot be measured here, for a reason that is no fault."""


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

    def seen(self, commands: int | None = None, logins: int | None = None) -> Run:
        """This run, once the devices saw what they should. Raises BenchError."""
        if (commands is not None and self.commands != commands) or (logins is not None and self.logins != logins):
            raise BenchError(f"{self.name}: the devices saw {self.commands} commands and {self.logins} logins")
        return self


class Bench:
    """Playbooks on one lab. ``broker`` tells the broker's process id, 0 when none runs."""

    def __init__(self, lab: EmulatedLab, directory: Path, env: Mapping[str, str], broker: Callable[[], int]) -> None:
        self.lab, self.directory, self.env, self.broker = lab, directory, dict(env), broker
        self.inventory = lab.write_inventory()

    def playbook(self, name: str, task: dict[str, Any], tasks: int = TASKS, **play: Any) -> Path:
        """A play of so many tasks of one kind."""
        return self.book(name, [{"name": f"{name} {number}", **task} for number in range(1, tasks + 1)], **play)

    def book(self, name: str, tasks: list[dict[str, Any]], **play: Any) -> Path:
        path = self.directory / f"{name}.yml"
        path.write_text(yaml.safe_dump([{"hosts": "all", "gather_facts": False, **play, "tasks": tasks}]))
        return path

    def run(self, name: str, book: Path, binary: Path | None = None, inventory: Path | None = None, **env: str) -> Run:
        """Raises BenchError when the playbook failed, with the end of its log."""
        binary = binary or Path(sys.executable).parent / "ansible-playbook"
        command = [str(binary), "-i", str(inventory or self.inventory), "-f", str(FORKS), str(book)]
        log = self.directory / f"{name}.log"
        load, before, known = os.getloadavg()[0], self._used(), processes.children()
        start = time.monotonic()
        with open(log, "w") as out:
            code = subprocess.run(
                command, env={**self.env, **env}, cwd=self.directory, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                check=False,
            ).returncode  # fmt: skip
        wall = time.monotonic() - start
        if code:
            raise BenchError(f"{log.read_text()[-3000:]}\n{name} ended with {code}: {_cause(log.read_text())}")
        processes.reap(known, 60)
        used = {key: value - before[key] for key, value in self._used().items()}
        others = max(0.0, used["machine"] - used["controller"] - used["broker"] - used["lab"])
        cpu = (used["controller"], used["broker"], used["lab"], others)
        run = Run(name, wall, *cpu, int(used["logins"]), int(used["commands"]), load)
        print(f"  {name:<18} {wall:7.2f} s wall, {run.controller:7.2f} s CPU, {run.logins} logins", file=sys.stderr)
        return run

    def timed(
        self, name: str, book: Path, binary: Path | None = None, inventory: Path | None = None, **env: str
    ) -> Any:
        """A run with the times of its tasks: (Run, Timeline)."""
        run = self.run(name, book, binary, inventory, **timeline.ENVIRONMENT, **env)
        return run, timeline.read(self.directory / f"{name}.log")

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


def _cause(log: str) -> str:
    """The first line that tells of a failure."""
    words = ("fatal:", "[ERROR]", "ERROR!", '"msg"')
    return next((line for line in log.splitlines() if any(word in line for word in words)), "without a word")
