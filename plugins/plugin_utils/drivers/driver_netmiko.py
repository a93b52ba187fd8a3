# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The CLI driver: netmiko over SSH, reading by events, with host keys verified.

``send`` and ``configure`` are what the configuration sessions and borrowed NAPALM drivers build on; ``exec``
opens a second channel on the same login, for systems with a shell beside their CLI.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any, ClassVar

from ..broker.errors import (
    AuthenticationFailed,
    CommandFailed,
    CommandTimeout,
    HoldfastError,
    PromptNotFound,
    SessionLost,
    Unsupported,
)
from . import borrow, platforms
from .base import Command, ConfigSession, QueueStrategy, Reply, Target, Watch
from .files import Files
from .login import Login
from .phases import Phase
from .vtysh import ExecResult

INTERRUPT = b"\x03"  # Ctrl-C ends a running command on every CLI that netmiko knows


class NetmikoDriver:
    """One SSH login with one CLI channel. ``phases`` tells how the login went, step by step."""

    name: ClassVar[str] = "netmiko"
    default_queue: ClassVar[QueueStrategy] = "pinned"
    ways: ClassVar[tuple[str, ...]] = ("jump_hosts", "proxy")

    def __init__(self, target: Target) -> None:
        self.target = target
        self.login = Login(target)
        self.cli: Any = None
        self.watch: Watch | None = None
        self.refused: tuple[str, str] | None = None
        self._config: ConfigSession | None = None
        self._files: Files | None = None

    @property
    def phases(self) -> list[Phase]:
        return self.login.phases

    @property
    def prompt_name(self) -> str:
        """What stands before the prompt's last character: mostly the device's name."""
        return str(self.cli.base_prompt) if self.cli is not None else ""

    # -- the contract --------------------------------------------------------------------------

    @classmethod
    def default_port(cls, platform: str, options: Mapping[str, Any]) -> int:
        return 22

    def open(self) -> None:
        self.cli = self.login.open()
        self.target = replace(self.target, platform=self.login.platform)

    def close(self) -> None:
        cli, self.cli = self.cli, None
        if cli is None:
            return
        try:
            cli.paramiko_cleanup()  # not disconnect(): it sends commands, to a device that may be gone
        except (EOFError, OSError):  # the device hung up in this very moment
            self.login.close()

    def interrupt(self) -> None:
        cli = self.cli
        if self._files is not None and self._files.abort():
            return
        if cli is None:
            self.login.abandon()
        else:
            with suppress(OSError, EOFError):  # it has gone: the thread that reads finds out by itself
                cli.remote_conn.sendall(INTERRUPT)

    def is_alive(self) -> bool:
        try:
            with self._translated("an empty line"):
                return not self._in_config_mode(self.cli.exchange("", 5.0, echo=False))
        except HoldfastError:
            return False

    def run(self, commands: Sequence[Command], timeout: float) -> list[Reply]:
        replies: list[Reply] = []
        if self.cli is not None:
            self.cli.on_output = self.watch.output if self.watch else None
        for command in commands:
            start = time.monotonic()
            prompt = command.prompt
            output = self._answering(command, prompt, timeout) if prompt else self.send(command.text, timeout)
            words = platforms.refusal(output) if command.check else None
            if words:
                self.leave_config_mode()
                raise CommandFailed(
                    f"{self.target.label} refused '{command.text}': {words}", command=command.text, output=output
                )
            replies.append(Reply(command.text, output, round(time.monotonic() - start, 4)))
        self.leave_config_mode()
        return replies

    def get(self, getters: Sequence[str]) -> dict[str, Any]:
        with self._translated("getters"):
            return borrow.get(self, getters)

    def config(self) -> ConfigSession:
        if self._config is None:
            self._config = _config_session(self)
        return self._config

    def files(self) -> Files:
        """The device's files. Raises Unsupported."""
        if self._files is None:
            self._files = _file_session(self)
        return self._files

    # -- what others build on ------------------------------------------------------------------

    def send(self, line: str, timeout: float | None = None) -> str:
        """One command, its output without echo and prompt. Raises SessionLost, CommandTimeout."""
        with self._translated(line):
            return str(self.cli.tidy(line, self.cli.exchange(line, timeout or self.target.command_timeout)))

    def exec(self, command: str, stdin: str | None = None, timeout: float = 60.0) -> ExecResult:
        """One shell command on a channel of its own, on the same login."""
        return self.login.exec(command, stdin, timeout)

    def configure(self, lines: Sequence[str], enter: str = "configure terminal", leave: str = "end") -> str | None:
        """Send lines in configuration mode; stop at the first refused one and return the device's words for it.

        ``refused`` keeps (line, words); both are None when all were taken.
        """
        timeout = self.target.command_timeout
        words = platforms.refusal(self.send(enter, timeout))
        self.refused = (enter, words) if words else None
        if words:
            return words
        for line in lines:
            words = platforms.refusal(self.send(line, timeout))
            if words:
                self.refused = (line.strip(), words)
                break
        self.send(leave, timeout)
        return self.refused[1] if self.refused else None

    def leave_config_mode(self) -> None:
        """Hygiene: whoever has the session next finds it outside configuration mode."""
        with self._translated("end"):
            if self._in_config_mode(self.cli.last_prompt):
                self.cli.exchange("end", self.target.command_timeout)

    # -- inside --------------------------------------------------------------------------------

    @staticmethod
    def _in_config_mode(prompt: str) -> bool:
        return bool(re.search(r"\((?:config|cfg)[^()\n]*\)\s?[#>]\s*\Z", prompt))

    def _answering(self, command: Command, prompt: str, timeout: float) -> str:
        """A command that asks: its question is answered, not echoed back to us when it is a password."""
        with self._translated(command.text):
            raw = self.cli.exchange(command.text, timeout, until=re.compile(prompt + r"[^\n]*\Z"))
            if not self.cli.prompt_re.search(raw[-512:]):
                raw += self.cli.exchange(command.answer or "", timeout, echo=False)
            return str(self.cli.tidy(command.text, raw))

    @contextmanager
    def _translated(self, what: str) -> Iterator[None]:
        """Netmiko's and paramiko's errors as ours."""
        import paramiko
        from netmiko.exceptions import NetmikoAuthenticationException, NetmikoBaseException, ReadTimeout

        label = self.target.label
        if self.cli is None:
            raise SessionLost(f"the session to {label} is closed")
        try:
            yield
        except ReadTimeout as exc:
            raise CommandTimeout(
                f"{label} did not finish '{what}' in time; raise holdfast_command_timeout if it needs longer",
                command=what,
            ) from exc
        except NetmikoAuthenticationException as exc:
            raise AuthenticationFailed(f"{label} refused the enable secret") from exc
        except (NetmikoBaseException, paramiko.SSHException, OSError, EOFError) as exc:
            raise SessionLost(f"{label} closed the session during '{what}'", command=what) from exc
        except ValueError as exc:
            raise PromptNotFound(f"{label} shows no prompt that {self.target.platform} has") from exc


def _file_session(driver: NetmikoDriver) -> Files:
    platform = driver.target.platform
    if platform in ("frr", "linux"):
        from .files_shell import ShellFiles

        return ShellFiles(driver)
    from .files_cli import EosFiles, IosFiles

    if platform in ("cisco_ios", "cisco_xe"):
        return IosFiles(driver)
    if platform == "arista_eos":
        return EosFiles(driver)
    raise Unsupported(
        f"copying files is not built for platform '{platform}'; it is for cisco_ios, cisco_xe, arista_eos, frr and "
        "linux"
    )


def _config_session(driver: NetmikoDriver) -> ConfigSession:
    platform = driver.target.platform
    if platform in ("cisco_ios", "cisco_xe"):
        from .config_ios import IosConfig

        return IosConfig(driver)
    if platform == "arista_eos":
        from .config_eos import EosConfig

        return EosConfig(driver)
    if platform == "frr":
        from .config_frr import FrrConfig

        frr: ConfigSession = FrrConfig(driver, driver.target.options)
        return frr
    raise Unsupported(
        f"guarded changes are not built for platform '{platform}'; they are for cisco_ios, cisco_xe, arista_eos and frr"
    )
