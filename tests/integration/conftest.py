# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Playbooks as a user runs them: a broker of their own for each test, parsed results."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.callers import Callers
from tests.lab import openssh
from tests.lab.emulated import EmulatedLab

PORT = {"ios": "GigabitEthernet0/1", "eos": "Ethernet1"}
LOCAL = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
REPO = Path(__file__).resolve().parents[2]


@dataclass
class Run:
    """How an ansible-playbook run ended. ``tasks``: {host: {task name: result}}."""

    rc: int
    stdout: str
    stderr: str
    tasks: dict[str, dict[str, Any]] = field(default_factory=dict)

    def result(self, host: str, task: str) -> dict[str, Any]:
        assert task in self.tasks.get(host, {}), f"{task!r} did not run on {host}:\n{self.stdout}\n{self.stderr}"
        found: dict[str, Any] = self.tasks[host][task]
        return found


class Controller:
    """A user's machine: its own runtime and state directories, so its own broker."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.runtime = Path(tempfile.mkdtemp(prefix="hf-"))
        self.state = directory / "state"
        self.env = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("ANSIBLE_", "HOLDFAST_"))},
            "HOLDFAST_RUNTIME_DIR": str(self.runtime),
            "HOLDFAST_STATE_DIR": str(self.state),
            "ANSIBLE_LOCALHOST_WARNING": "0",
            "ANSIBLE_HOME": str(directory / "ansible"),
            "ANSIBLE_NOCOLOR": "1",
        }

    def playbook(
        self, inventory: str | Path, tasks: list[dict[str, Any]], hosts: str = "all", *arguments: str, **play: Any
    ) -> Run:
        """Run these tasks; every task needs a name."""
        return self.finish(self.start(inventory, tasks, hosts, *arguments, **play))

    def start(
        self, inventory: str | Path, tasks: list[dict[str, Any]], hosts: str = "all", *arguments: str, **play: Any
    ) -> subprocess.Popen[str]:
        return self.begin(inventory, [{"hosts": hosts, "gather_facts": False, **play, "tasks": tasks}], *arguments)

    def begin(
        self, inventory: str | Path, plays: list[dict[str, Any]], *arguments: str, **env: str
    ) -> subprocess.Popen[str]:
        """Start a playbook of whole plays, with further variables of the environment."""
        handle, path = tempfile.mkstemp(suffix=".yml", dir=self.directory)
        with os.fdopen(handle, "w") as book:
            yaml.safe_dump(plays, book)
        return self.spawn("ansible-playbook", "-i", str(inventory), path, *arguments, json_output=True, **env)

    def spawn(self, *command: str, json_output: bool = False, **env: str) -> subprocess.Popen[str]:
        extra: dict[str, str] = {}
        if json_output:
            extra = {
                "ANSIBLE_CALLBACK_PLUGINS": str(REPO / "tests/integration/callbacks"),
                "ANSIBLE_STDOUT_CALLBACK": "jsonlines",
            }
        return subprocess.Popen(
            command, cwd=self.directory, env={**self.env, **extra, **env}, text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip

    def finish(self, process: subprocess.Popen[str], timeout: float = 120) -> Run:
        try:
            stdout, stderr = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # or what hangs takes the time of all tests that follow
            raise
        run = Run(process.returncode, stdout, stderr)
        for line in stdout.splitlines():
            if line.startswith('{"task": '):
                row = json.loads(line)
                run.tasks.setdefault(row["host"], {})[row["task"]] = row["result"]
        return run

    def run(self, *command: str, **env: str) -> Run:
        """Any other command."""
        return self.finish(self.spawn(*command, **env))

    def broker_pids(self) -> list[int]:
        """The process ids of this controller's brokers."""
        found = subprocess.run(
            ["pgrep", "-f", "--", f"bootstrap.py .*--runtime-dir {self.runtime} "],
            capture_output=True,
            text=True,
            check=False,
        )
        return [int(pid) for pid in found.stdout.split()]

    def broker_pid(self) -> int:
        """The process id of its only broker."""
        (pid,) = self.broker_pids()
        return pid

    def kill_broker(self) -> None:
        self.end_brokers(signal.SIGKILL)

    def end_brokers(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Signal every broker and wait until it is gone."""
        for pid in self.broker_pids():
            with suppress(ProcessLookupError):
                os.kill(pid, how)
            deadline = time.monotonic() + 10
            while _runs(pid) and time.monotonic() < deadline:
                time.sleep(0.01)
            assert not _runs(pid), f"broker {pid} did not end"

    def close(self) -> None:
        try:
            self.end_brokers()
        except AssertionError:
            self.end_brokers(signal.SIGKILL)
            raise
        finally:
            shutil.rmtree(self.runtime, ignore_errors=True)


def _runs(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False


@pytest.fixture
def controller(tmp_path: Path) -> Iterator[Controller]:
    made = Controller(tmp_path)
    yield made
    made.close()


@pytest.fixture
def callers(controller: Controller, calm: LabInventory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callers]:
    """The ring's devices (r1 and r3 are IOS, r2 and r4 EOS), asked through a broker that this test starts."""
    for name in ("HOLDFAST_RUNTIME_DIR", "HOLDFAST_STATE_DIR"):
        monkeypatch.setenv(name, controller.env[name])
    made = Callers(controller, calm.lab)
    yield made
    made.threads.shutdown(wait=True, cancel_futures=True)


@pytest.fixture(scope="module")
def server() -> Iterator[openssh.OpenSsh]:
    """A real OpenSSH server."""
    if openssh.obstacle():
        pytest.skip(str(openssh.obstacle()))
    made = openssh.OpenSsh()
    try:
        yield made.start()
    finally:
        made.stop()


@dataclass
class LabInventory:
    """An embedded lab and its inventory file."""

    lab: EmulatedLab
    path: Path

    def host_vars(self, name: str) -> dict[str, Any]:
        device = self.lab.devices[name]
        return {
            "ansible_connection": "holdfast.network.pinned",
            "ansible_host": device.host,
            "ansible_port": device.port,
            "ansible_user": device.user,
            "ansible_password": device.password,
            "ansible_network_os": device.platform,
            "holdfast_enable_secret": device.enable,
            "holdfast_known_hosts": str(self.lab.known_hosts),
        }

    def single(self, path: Path, name: str, **changes: Any) -> Path:
        """An inventory of one device with other variables."""
        book = path / f"{name}-{abs(hash(str(changes)))}.yml"
        book.write_text(yaml.safe_dump({"all": {"hosts": {name: {**self.host_vars(name), **changes}}}}))
        return book


def lab_inventory(topology: Any, directory: Path) -> Iterator[LabInventory]:
    with EmulatedLab(topology, directory=directory) as lab:
        path = directory / "inventory.yml"
        lab.write_inventory(path)
        yield LabInventory(lab, path)


@pytest.fixture(scope="session")
def ring(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabInventory]:
    """r1 and r3 speak IOS, r2 and r4 EOS; eBGP around the ring."""
    from tests.lab.emulated.topology import ring

    yield from lab_inventory(ring(4, ["ios", "eos"]), tmp_path_factory.mktemp("ring"))


@pytest.fixture
def calm(ring: LabInventory) -> Iterator[LabInventory]:
    """The ring with counters at zero; its configurations are as before afterwards."""
    kept = {name: ring.lab.running_config(name) for name in ring.lab.devices}
    ring.lab.reset_counters()
    yield ring
    ring.lab.clear()
    for name, text in kept.items():
        if ring.lab.running_config(name) != text:
            ring.lab.configure(name, text, replace=True)


@pytest.fixture(params=["ios", "eos", "eapi"])
def device(request: pytest.FixtureRequest, calm: LabInventory, tmp_path: Path) -> dict[str, Any]:
    """One device of each platform and transport: its inventory, name, and a port of it."""
    name = "r1" if request.param == "ios" else "r2"
    changes: dict[str, Any] = {}
    if request.param == "eapi":
        found = calm.lab.devices[name]
        changes = {
            "holdfast_driver": "pyeapi",
            "ansible_port": found.eapi_port,
            "holdfast_ca_file": str(calm.lab.directory / "eapi.pem"),
        }
    platform = calm.lab.devices[name].platform
    return {
        "inventory": calm.single(tmp_path, name, **changes),
        "name": name,
        "kind": request.param,
        "port": PORT["ios" if "ios" in platform else "eos"],
        "lab": calm.lab,
    }


def describe(device: dict[str, Any], text: str, name: str = "change", **options: Any) -> dict[str, Any]:
    module = {"lines": [f"description {text}"], "parents": [f"interface {device['port']}"]}
    task = {key: options.pop(key) for key in ("check_mode", "register", "ignore_errors") if key in options}
    return {"name": name, "holdfast.network.config": {**module, **options}, **task}
