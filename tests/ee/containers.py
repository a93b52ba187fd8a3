# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Containers of the execution environment as little trusted as they can be, and the broker in one of them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.ee.account import Account

USER = 1000
#: an unprivileged user, a root file system that nobody writes, no capability, and no way to get one
CONFINED = (f"--user={USER}", "--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges")
STARTS = 90.0  # seconds, for a machine that has much else to do
RUNTIME, STATE, SETTINGS = "/run/holdfast", "/var/lib/holdfast", "/etc/holdfast"


def podman(*words: str, check: bool = True, timeout: float = 300, **more: Any) -> subprocess.CompletedProcess[str]:
    """One command of podman's."""
    return subprocess.run(["podman", *words], check=check, timeout=timeout, capture_output=True, text=True, **more)


def give(path: Path, mode: int = 0o700) -> Path:
    """A directory or file that belongs to the containers' user, with all that is in it."""
    if not path.exists():
        path.mkdir(parents=True)
    for one in (path, *path.rglob("*")):
        os.chown(one, USER, 0)
    path.chmod(mode)
    return path


@dataclass
class Broker:
    """The broker in a container. ``place`` has its directories ``run`` and ``state``, which outlive it.

    With an ``account`` it is that user's container, and ``options`` are all that it has.
    """

    image: str
    place: Path
    network: str
    options: tuple[str, ...] = ()
    account: Account | None = None
    name: str = ""

    @property
    def mount(self) -> str:
        """What a job's container has of it: the directory of the socket."""
        return f"{self.place}/run:{RUNTIME}"

    def podman(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        if self.account:
            return self.account.run("podman", *words, check=check)
        return podman(*words, check=check)

    def start(self) -> None:
        """Returns when it takes work."""
        self.name = f"hf-broker-{uuid.uuid4().hex[:8]}"
        own = (
            *CONFINED, "--stop-timeout=20", f"--volume={self.mount}", f"--volume={self.place}/state:{STATE}",
            f"--volume={self.place}/settings:{SETTINGS}:ro", f"--env=HOLDFAST_RUNTIME_DIR={RUNTIME}",
            f"--env=HOLDFAST_STATE_DIR={STATE}",
        )  # fmt: skip
        options = (*(() if self.account else own), *self.options, self.network)
        self.podman("run", "--detach", f"--name={self.name}", *options, self.image, "holdfast-broker", "serve")
        deadline = time.monotonic() + STARTS
        while not self._takes_work():
            if time.monotonic() > deadline:
                raise AssertionError(f"the broker does not come up:\n{self.log()}")
            time.sleep(0.2)

    def _takes_work(self) -> bool:
        if not (self.place / "run/broker.sock").exists():  # to ask costs more than to look
            return False
        return self.podman("exec", self.name, "holdfast-broker", "status", check=False).returncode == 0

    def status(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.podman("exec", self.name, "holdfast-broker", "status").stdout)
        return found

    def log(self) -> str:
        done = self.podman("logs", self.name, check=False)
        return done.stdout + done.stderr

    def stop(self) -> None:
        """SIGTERM: it drains."""
        self.podman("stop", self.name)
        self.remove()

    def remove(self) -> None:
        """At once, as a node that loses power."""
        if self.name:
            self.podman("rm", "--force", "--time=0", "--ignore", self.name)
        self.name = ""


@contextmanager
def broker(image: str, network: str, known_hosts: str, settings: str = "", *options: str) -> Iterator[Broker]:
    """A broker's container that runs, with directories of its own in a short path."""
    place = Path(tempfile.mkdtemp(prefix="hf-ee-"))
    place.chmod(0o755)
    made = Broker(image, place, network, options)
    (place / "settings").mkdir()
    (place / "settings/known_hosts").write_text(known_hosts)
    (place / "settings/broker.toml").write_text(f'[log]\nto = "stderr"\n{settings}')
    for name in ("run", "state", "settings"):
        give(place / name)
    try:
        made.start()
        yield made
    finally:
        made.remove()
        shutil.rmtree(place, ignore_errors=True)
