# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Callers as the plugins are, without Ansible around them: a broker of a test's own, asked by threads and processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ansible_collections.holdfast.network.plugins.plugin_utils.broker.client import Client
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import HoldfastError
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.paths import default_paths
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.version import COLLECTION_VERSION
from ansible_collections.holdfast.network.plugins.plugin_utils.requester import Requester

from tests.lab.emulated import EmulatedLab, LabDevice

if TYPE_CHECKING:
    from .conftest import Controller

REPO = Path(__file__).resolve().parents[2]
QUICK = {"connect_timeout": 5.0, "command_timeout": 5.0}


@dataclass
class Answer:
    """What a caller got, and after how many seconds: ``result``, or ``error``."""

    result: Any
    error: HoldfastError | None
    seconds: float

    @property
    def text(self) -> str:
        """The first command's output."""
        if self.error is not None:
            raise AssertionError(f"{self.error.code}: {self.error.message}") from self.error
        return str(self.result["replies"][0]["output"])

    @property
    def code(self) -> str:
        return self.error.code if self.error is not None else "ok"


class Callers:
    """Requests to one broker about the devices of one lab."""

    def __init__(self, controller: Controller, lab: EmulatedLab) -> None:
        self.controller = controller
        self.lab = lab
        self.threads = ThreadPoolExecutor(256)

    def options(self, name: str, **changes: Any) -> dict[str, Any]:
        device: LabDevice = self.lab.devices[name]
        return {
            "host": device.host, "port": device.port, "user": device.user, "password": device.password,
            "platform": device.platform, "driver": "netmiko", "enable_secret": device.enable,
            "host_key_checking": True, "known_hosts": str(self.lab.known_hosts), **QUICK, **changes,
        }  # fmt: skip

    def ask(
        self, name: str, command: str, params: dict[str, Any] | None = None, queue: float = 30.0, **changes: Any
    ) -> Answer:
        """One request, as a task makes it, on a connection of its own."""
        requester = Requester(self.options(name, **changes), queue)
        start = time.monotonic()
        try:
            return Answer(requester.call(command, params), None, time.monotonic() - start)
        except HoldfastError as exc:
            return Answer(None, exc, time.monotonic() - start)
        finally:
            requester.close()

    def run(self, name: str, *commands: str, **changes: Any) -> Answer:
        return self.ask(name, "run", {"commands": list(commands or ["show clock"])}, **changes)

    def later(self, work: Callable[..., Answer], *arguments: Any, **changes: Any) -> Future[Answer]:
        """The same in a thread."""
        return self.threads.submit(work, *arguments, **changes)

    def process(self, name: str, *commands: str, **changes: Any) -> subprocess.Popen[str]:
        """A caller in a process of its own, to be killed; prints the first output, or the error's code."""
        path = os.pathsep.join(filter(None, [str(REPO), os.environ.get("PYTHONPATH")]))
        return subprocess.Popen(
            [sys.executable, "-m", "tests.integration.callers", json.dumps(self.options(name, **changes)), *commands],
            cwd=REPO, env={**self.controller.env, "PYTHONPATH": path}, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        )  # fmt: skip

    # -- looking at the broker ---------------------------------------------------------------------

    def client(self) -> Client:
        return Client(default_paths(COLLECTION_VERSION).socket)

    def status(self) -> dict[str, Any]:
        with self.client() as client:
            found: dict[str, Any] = client.call("session.list", timeout=10)
            return found

    def waiting(self, name: str) -> int:
        """How many requests wait for the device."""
        rows = [row for row in self.status()["sessions"] if row["port"] == self.lab.devices[name].port]
        return sum(int(row["waiting"]) for row in rows)

    def until_waiting(self, name: str, count: int, seconds: float = 15.0) -> None:
        assert self.lab.wait(lambda: self.waiting(name) == count, seconds), f"{self.waiting(name)} wait, not {count}"

    # -- looking at the device ---------------------------------------------------------------------

    def received(self, name: str, line: str) -> int:
        """How often the device was sent this line."""
        return [row[1] for row in self.lab.counters(name)["log"]].count(line)

    def logins(self, name: str) -> int:
        return int(self.lab.counters(name)["logins"])

    @contextmanager
    def unharmed(self, *names: str) -> Iterator[None]:
        """These devices' sessions answer meanwhile, at once and without a new login."""
        harmed: list[tuple[str, Answer]] = []
        stop = threading.Event()
        assert {self.run(name).code for name in names} == {"ok"}

        def watch(name: str) -> None:
            while not stop.wait(0.1):
                answer = self.run(name)
                if answer.code != "ok" or answer.seconds > 2 or answer.result["login"]:
                    harmed.append((name, answer))

        watching = [self.threads.submit(watch, name) for name in names]
        try:
            yield
        finally:
            stop.set()
            for one in watching:
                one.result(30)
        assert harmed == []


def resources(pid: int) -> dict[str, int]:
    """Resident memory in KiB, threads and open file descriptors of a process."""
    words = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return {
        "rss": int(words["VmRSS"].split()[0]),
        "threads": int(words["Threads"]),
        "descriptors": len(os.listdir(f"/proc/{pid}/fd")),
    }


def main() -> None:
    """One request in this process."""
    options, *commands = sys.argv[1:]
    requester = Requester(json.loads(options), 60.0)
    try:
        print(requester.call("run", {"commands": commands})["replies"][0]["output"])
    except HoldfastError as exc:
        print(exc.code)


if __name__ == "__main__":
    main()
