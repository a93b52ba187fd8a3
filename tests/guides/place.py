# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The reader's place: a home directory, a shell in it, and devices that answer at the addresses of the guide."""

from __future__ import annotations

import os
import re
import secrets
import select
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import yaml

from tests.integration.conftest import REPO, Controller
from tests.lab.emulated import EmulatedLab, LabError, own_addresses, ring

from .document import Command, Deed, File, Guide, GuideError
from .output import missing

FIRST = 11  # the first device is 192.0.2.11
NOBODY = 99  # nothing answers at 192.0.2.99
HOME = "/home/ann"
TIMEOUT = 240.0  # for one command: a whole Molecule run on a busy machine


def _free_port(taken: int = 0) -> int:
    """One with four digits: a column of ports stays as wide as its heading."""
    while True:
        port = 7000 + secrets.randbelow(2900)
        with socket.socket() as one, suppress(OSError):
            one.bind(("127.0.0.1", port))
            if port != taken:
                return port


class Translation:
    """Between the guide's words and this machine's: addresses, the ports 22 and 443, the home directory."""

    def __init__(self, count: int, home: Path) -> None:
        self.network = f"127.{secrets.randbelow(80) + 20}"  # as wide as what is shown, so that columns stay in line
        self.ssh = _free_port()
        self.eapi = _free_port(self.ssh)
        self._home = str(home)
        self._addresses = {f"192.0.2.{FIRST + i}": f"{self.network}.0.{1 + i}" for i in range(count)}
        self._addresses[f"192.0.2.{NOBODY}"] = f"{self.network}.0.{NOBODY}"

    def forth(self, text: str) -> str:
        """A command or a file."""
        for shown, real in self._addresses.items():
            text = re.sub(rf"(?<![\d.]){re.escape(shown)}(?!\.?\d)", real, text)
        for shown_port, port in ((22, self.ssh), (443, self.eapi)):
            text = re.sub(rf"(port['\"]?[ :=]+| -p ){shown_port}\b", rf"\g<1>{port}", text)
        text = re.sub(r"(discovery_seeds=\S+)", rf"\1 -e discovery_port={self.ssh}", text)
        return text.replace(HOME, self._home)

    def back(self, text: str) -> str:
        """What a command printed."""
        text = text.replace(self._home, HOME)
        for shown, real in self._addresses.items():
            text = text.replace(f"[{real}]:{self.ssh}", shown)
            text = re.sub(rf"(?<![\d.]){re.escape(real)}(?!\.?\d)", shown, text)
        for port, shown in ((self.ssh, "22"), (self.eapi, "443")):
            text = text.replace(f"_{port}/", f"_{shown}/")  # in a path
            text = re.sub(rf"(?<=  ){port}\b", f"{shown:>4}", text)  # in a table
            text = re.sub(rf"\b{port}\b", shown, text)
        return text


class Shell:
    """One bash for a whole guide, so that cd and export carry through."""

    def __init__(self, directory: Path, cwd: Path, env: dict[str, str]) -> None:
        self._step = directory / "step.sh"
        self._process = subprocess.Popen(
            ["bash", "--noprofile", "--norc"], cwd=cwd, env=env, start_new_session=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def run(self, text: str, timeout: float) -> tuple[int, str]:
        """Exit status and output. Raises TimeoutError, and EOFError when the shell has ended, with what it printed."""
        assert self._process.stdin is not None
        mark = secrets.token_hex(8)
        self._step.write_text(f"{text}\n")
        self._process.stdin.write(f". {self._step} < /dev/null; printf '\\n%s %d\\n' {mark} $?\n".encode())
        self._process.stdin.flush()
        told, _sep, rest = self._read(mark, timeout).rpartition(f"\n{mark} ")
        status, late = rest.split("\n", 1)  # bash tells of a job that was killed whenever it likes
        return int(status), told + late

    def _read(self, mark: str, timeout: float) -> str:
        assert self._process.stdout is not None
        pipe, end = self._process.stdout.fileno(), time.monotonic() + timeout
        read = b""
        while not re.search(rb"\n" + mark.encode() + rb" \d+\n", read):
            if not select.select([pipe], [], [], max(0, end - time.monotonic()))[0]:
                raise TimeoutError(read.decode(errors="replace"))
            new = os.read(pipe, 65536)
            if not new:
                raise EOFError(read.decode(errors="replace"))
            read += new
        return read.decode(errors="replace")

    def close(self) -> None:
        """End it, and what it has left running."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(10)
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            with suppress(BrokenPipeError):
                pipe.close()


class Reader:
    """Somebody who does what a guide says. A context manager."""

    def __init__(self, guide: Guide, directory: Path) -> None:
        self._guide = guide
        self._directory = directory
        self._home = directory / "home"
        self._work = self._home / "network"
        self._stack = ExitStack()
        self._lab: EmulatedLab | None = None

    def __enter__(self) -> Reader:
        (self._home / ".ssh").mkdir(parents=True, mode=0o700)
        self._work.mkdir()
        (self._home / "holdfast.network").symlink_to(REPO)
        with ExitStack() as stack:  # what has begun is ended when something later does not begin
            self._begin(stack)
            self._stack = stack.pop_all()
        return self

    def _begin(self, stack: ExitStack) -> None:
        self._controller = Controller(self._directory)
        stack.callback(self._controller.close)
        self._words = Translation(len(self._guide.devices), self._home)
        if self._guide.devices:
            self._lab = stack.enter_context(self._devices())
            if not self._guide.strangers:
                (self._home / ".ssh/known_hosts").write_text(self._lab.known_hosts.read_text())
            (self._work / "group_vars/all").mkdir(parents=True)
            (self._work / "group_vars/all/lab.yml").write_text(yaml.safe_dump({"ansible_port": self._words.ssh}))
        self._shell = Shell(self._directory, self._work, self._environment())
        stack.callback(self._shell.close)

    def __exit__(self, *error: object) -> None:
        for left in self._home.glob("*/lab.pid"):  # a lab that the reader started and, because of an error, did not end
            with suppress(ProcessLookupError):
                os.kill(int(left.read_text()), signal.SIGTERM)
        self._stack.close()

    def _devices(self) -> EmulatedLab:
        names, platforms = list(self._guide.devices), list(self._guide.devices.values())
        plan = own_addresses(ring(len(names), platforms, names), self._words.network, self._words.ssh, self._words.eapi)
        return EmulatedLab(plan, self._directory / "lab")

    def _environment(self) -> dict[str, str]:
        kept = {
            k: v for k, v in self._controller.env.items() if not k.startswith(("XDG_", "SSH_")) and k != "ANSIBLE_HOME"
        }
        return {
            **kept,
            "HOLDFAST_STATE_DIR": str(self._home / ".local/state/holdfast"),
            "HOME": str(self._home),
            "PATH": f"{Path(sys.executable).parent}:{kept['PATH']}",
            "COLUMNS": "80",
            "LANG": "C.UTF-8",
        }

    def follow(self) -> None:
        """Do all steps. Raises GuideError for the first that is not as the guide says."""
        for step in self._guide.steps:
            if isinstance(step, File):
                path = self._work / step.name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(self._words.forth(step.text))
            elif isinstance(step, Deed):
                self._happen(step)
            else:
                self._run(step)

    def _happen(self, deed: Deed) -> None:
        try:
            if self._lab is None:
                raise LabError("the guide has no lab")
            self._lab.ask(deed.do, **deed.values)
        except LabError as error:
            raise GuideError(self._guide.name, deed.line, f"lab does {deed.do}: {error}") from error

    def _run(self, command: Command) -> None:
        try:
            status, output = self._shell.run(self._words.forth(command.text), TIMEOUT)
        except TimeoutError as error:
            raise self._wrong(command, f"did not end in {TIMEOUT:.0f} seconds", str(error)) from error
        except EOFError as error:
            raise self._wrong(command, "ended the shell", str(error)) from error
        if status != command.status:
            raise self._wrong(command, f"ended with status {status} instead of {command.status}", output)
        if command.expected and (line := missing(command.expected, self._words.back(output))):
            raise self._wrong(command, f"did not print as shown, see the line {line!r}", output)

    def _wrong(self, command: Command, words: str, output: str) -> GuideError:
        shown = "\n".join(command.expected)
        told = self._words.back(output)
        return GuideError(
            self._guide.name, command.line, f"{command.text!r} {words}\n--- shown\n{shown}\n--- printed\n{told}\n---"
        )
