# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Nautobot for the length of a ``with`` block."""

from __future__ import annotations

import shutil
import socket
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Self

from . import services, template
from .services import VENV, LabError, Process

START_SECONDS = 120.0


class NautobotLab:
    """One empty Nautobot: ``url``, and ``tokens`` of admin (all), reader (may look) and nobody (may nothing).

    ``seconds`` tells what the start took: ``template`` (0 when it was there), ``services``, ``web``.
    """

    def __init__(self) -> None:
        self.directory = Path()
        self.url = ""
        self.tokens: dict[str, str] = {}
        self.seconds: dict[str, float] = {}
        self._environment: dict[str, str] = {}
        self._running: list[Process] = []
        self._web: Process | None = None

    def __enter__(self) -> Self:
        return self.up()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.down()

    def up(self) -> Self:
        """Install and migrate what is missing, start everything. Raises LabError, with nothing left."""
        clock = time.monotonic()
        archive, record = template.ensure()
        self.seconds["template"] = time.monotonic() - clock
        self.tokens = dict(record["tokens"])
        self.directory = services.private_directory()
        try:
            clock = time.monotonic()
            data = template.unpack(archive, self.directory)
            self._running.append(services.start_postgres(data, self.directory))
            self._running.append(services.start_redis(self.directory))
            self._environment = dict(services.settings(self.directory, record["secret"], template.DATABASE))
            self._fresh_database()
            self.seconds["services"] = time.monotonic() - clock
            self.start_web()
        except BaseException:
            self.down()
            raise
        return self

    def down(self) -> None:
        self.stop_web()
        while self._running:
            self._running.pop().stop()
        if self.directory != Path():
            shutil.rmtree(self.directory, ignore_errors=True)
            self.directory = Path()

    # -- the web server ---------------------------------------------------------------------------

    def start_web(self) -> None:
        """Nautobot's own uWSGI, two processes of two threads; on the same port when it was stopped before."""
        clock = time.monotonic()
        port = int(self.url.rpartition(":")[2]) if self.url else _free_port()
        self.url = f"http://127.0.0.1:{port}"
        command = [str(VENV / "bin/nautobot-server"), "start", "--http-socket", f"127.0.0.1:{port}"]
        # it ends each connection without saying so, which a web server in front of it would not
        options = ["--add-header", "Connection: close", "--buffer-size", "32768", "--die-on-term"]
        workers = ["--master", "--processes", "2", "--threads", "2"]
        log = self.directory / "nautobot.log"
        self._web = Process([*command, *workers, *options], log, **self._environment)
        self._await_web()
        self.seconds["web"] = time.monotonic() - clock

    def stop_web(self, kill: bool = False) -> None:
        """End it as an outage does: the port refuses connections."""
        if self._web is not None:
            self._web.kill() if kill else self._web.stop()
            self._web = None

    def _await_web(self) -> None:
        assert self._web is not None
        deadline = time.monotonic() + START_SECONDS
        request = urllib.request.Request(f"{self.url}/api/status/", headers=self.headers())
        while True:
            self._web.check()
            try:
                with urllib.request.urlopen(request, timeout=START_SECONDS):
                    return
            except (urllib.error.URLError, ConnectionError) as exc:
                if time.monotonic() > deadline:
                    raise LabError(f"Nautobot does not answer ({exc}): see {self._web.log}") from exc
                time.sleep(0.1)

    # -- for tests --------------------------------------------------------------------------------

    def headers(self, user: str = "admin") -> dict[str, str]:
        return {"Authorization": f"Token {self.tokens[user]}", "Content-Type": "application/json"}

    def reset(self) -> None:
        """An empty Nautobot again, in a second: its web server stays."""
        self._fresh_database()

    def _fresh_database(self) -> None:
        drop = f"DROP DATABASE IF EXISTS {template.DATABASE} WITH (FORCE)"
        services.sql(self.directory, drop, f"CREATE DATABASE {template.DATABASE} TEMPLATE {template.TEMPLATE}")

    def memory(self) -> dict[str, int]:
        """Resident bytes of each part, with its children."""
        parts = {one.log.stem: one.pid for one in [*self._running, *([self._web] if self._web else [])]}
        return {name: sum(_resident(pid) for pid in _family(pid)) for name, pid in parts.items()}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in children for one in _family(int(child)))]


def _resident(pid: int) -> int:
    """Shared pages count in part only (Pss), so that the sum is what the machine gives."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0
