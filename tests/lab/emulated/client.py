# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An emulated lab from a test or a script: start it, ask it, break it, end it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from .inventory import inventory_text, known_hosts_text
from .topology import Topology

ROOT = Path(__file__).resolve().parents[3]


class LabError(Exception):
    """The lab did not start, or refused a request."""


@dataclass(frozen=True)
class LabDevice:
    """How to reach one device. ``eapi_port`` is None where there is no eAPI."""

    name: str
    platform: str
    port: int
    eapi_port: int | None
    user: str
    password: str
    enable: str
    host: str = "127.0.0.1"


class ControlClient:
    """A connection to a lab's control socket."""

    def __init__(self, path: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(path)
        self._file = self._socket.makefile("rwb")

    def ask(self, do: str, **args: Any) -> Any:
        """One request. Raises LabError with the lab's words."""
        self._file.write(json.dumps({"do": do, **args}).encode() + b"\n")
        self._file.flush()
        line = self._file.readline()
        if not line:
            raise LabError("the lab has ended")
        answer = json.loads(line)
        if not answer["ok"]:
            raise LabError(answer["error"])
        return answer["result"]

    def close(self) -> None:
        """Hang up."""
        self._file.close()
        self._socket.close()


class EmulatedLab:
    """A lab in a process of its own, for as long as the ``with`` block (or from start to stop).

    ``directory`` gets the keys, known_hosts, inventory and log; a temporary one when omitted. ``minute`` is
    the length in seconds of a minute of the devices' own timers.
    """

    def __init__(
        self,
        topology: Topology,
        directory: str | os.PathLike[str] | None = None,
        base_port: int = 0,
        minute: float = 60.0,
        background: bool = False,
    ) -> None:
        self.topology = topology
        self._temporary = tempfile.TemporaryDirectory(prefix="lab-") if directory is None else None
        self.directory = Path(directory or self._temporary.name)  # type: ignore[union-attr]
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._base_port = base_port
        self._minute = minute
        self._background = background
        self._process: subprocess.Popen[bytes] | None = None
        self._control: ControlClient | None = None
        self.devices: dict[str, LabDevice] = {}
        self.pid = 0

    def start(self) -> EmulatedLab:
        """Start and wait until all ports listen. Raises LabError."""
        plan = {
            **asdict(self.topology), "base_port": self._base_port, "minute": self._minute,
            "with_parent": not self._background,
        }  # fmt: skip
        plan_file = self.directory / "topology.json"
        plan_file.touch(mode=0o600)
        plan_file.write_text(json.dumps(plan))
        with open(self.directory / "lab.log", "ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.lab.emulated.process", str(self.directory)],
                cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, start_new_session=True,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )  # fmt: skip
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        self._process.stdout.close()
        if not line:
            self._process.wait()
            raise LabError(f"the lab did not start:\n{(self.directory / 'lab.log').read_text()[-2000:]}")
        ready = json.loads(line)
        self.pid = ready["pid"]
        self._control = ControlClient(ready["socket"])
        for spec in self.topology.devices:
            self.devices[spec.name] = LabDevice(
                spec.name, spec.platform, **ready["devices"][spec.name],
                user=spec.user, password=spec.password, enable=spec.enable, host=spec.host,
            )  # fmt: skip
        self.known_hosts.write_text(known_hosts_text(self.devices.values(), ready["host_key"]))
        return self

    def stop(self) -> None:
        """End the lab and wait for its process."""
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            assert self._process.stdin is not None
            self._process.terminate()
            self._process.wait(10)
            self._process.stdin.close()
            self._process = None
        if self._temporary is not None:
            self._temporary.cleanup()

    def __enter__(self) -> EmulatedLab:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def known_hosts(self) -> Path:
        """A known_hosts file that names every device's port."""
        return self.directory / "known_hosts"

    @property
    def client_key(self) -> Path:
        """A private key that every device accepts for its user."""
        return self.directory / "id_ed25519"

    def ask(self, do: str, **args: Any) -> Any:
        """Any request of the control socket. Raises LabError."""
        if self._control is None:
            raise LabError("the lab is not running")
        return self._control.ask(do, **args)

    def fault(self, device: str | None, kind: str, **args: Any) -> None:
        """Start a fault (``faults.KINDS``) on one device or, with None, on all.

        ``count`` limits it to so many commands or logins, ``command`` is a regular expression.
        """
        self.ask("fault", device=device, kind=kind, **args)

    def clear(self, device: str | None = None, kind: str | None = None) -> None:
        """End faults; what hangs goes on."""
        self.ask("clear", device=device, kind=kind)

    def counters(self, device: str) -> dict[str, Any]:
        """logins, failed_logins, connections, refused, commands, config_lines, api_requests, open_sessions, log."""
        found: dict[str, Any] = self.ask("counters", device=device)[device]
        return found

    def all_counters(self) -> dict[str, dict[str, Any]]:
        """Counters of every device."""
        found: dict[str, dict[str, Any]] = self.ask("counters")
        return found

    def reset_counters(self, device: str | None = None) -> None:
        """To zero."""
        self.ask("reset_counters", device=device)

    def running_config(self, device: str) -> str:
        """The running configuration, read past the CLI."""
        return str(self.ask("running", device=device))

    def startup_config(self, device: str) -> str:
        """The startup configuration, read past the CLI."""
        return str(self.ask("startup", device=device))

    def bgp(self, device: str) -> dict[str, str]:
        """State of each BGP session by the neighbor's address, read past the CLI."""
        found: dict[str, str] = self.ask("bgp", device=device)
        return found

    def files(self, device: str) -> dict[str, str]:
        """Names and contents (as latin-1) of the files in flash."""
        found: dict[str, str] = self.ask("files", device=device)
        return found

    def write_file(self, device: str, name: str, text: str) -> None:
        """A file into flash."""
        self.ask("write_file", device=device, name=name, text=text)

    def advertise(self, device: str, **told: str) -> None:
        """What a device tells its neighbours: ``name``, ``address`` (empty for none), ``description``."""
        self.ask("advertise", device=device, **told)

    def configure(self, device: str, text: str, replace: bool = False) -> None:
        """Change the running configuration past the CLI."""
        self.ask("configure", device=device, text=text, replace=replace)

    def reset(self, device: str | None = None) -> None:
        """Back to how the lab started; sessions are dropped."""
        self.ask("reset", device=device)

    def wait(self, condition: Any, seconds: float = 5.0) -> bool:
        """Poll until a callable is true, at most so long. Returns whether it was."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if condition():
                return True
            time.sleep(0.01)
        return bool(condition())

    def write_inventory(self, path: str | os.PathLike[str] | None = None) -> Path:
        """An Ansible inventory of the devices, with the secrets of the lab. Returns its path."""
        target = Path(path) if path else self.directory / "inventory.yml"
        target.touch(mode=0o600)
        target.write_text(inventory_text(self.devices.values(), self.known_hosts, self.directory / "eapi.pem"))
        return target
