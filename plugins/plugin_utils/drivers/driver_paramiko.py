# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The shell driver: Linux and whatever else runs a command for each SSH channel, on one login.

A command has its own channel, so it has an exit status, input and an error stream of its own, and leaves nothing
behind for the next one: no directory, no variables, no prompt.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ..broker.errors import CommandFailed, CommandTimeout, HoldfastError, Unsupported
from . import shell_words
from .base import Command, ConfigSession, QueueStrategy, Reply, Target, Watch
from .exec_channel import ExecChannel
from .files import Files
from .login import Login
from .phases import Phase
from .vtysh import ExecResult

PROBE = 5.0  # seconds that a host has to open a channel
TAIL = 4096  # a question is looked for in so many last characters


class ParamikoDriver:
    """One SSH login; a channel for each command. ``phases`` tells how the login went, step by step."""

    name: ClassVar[str] = "paramiko"
    default_queue: ClassVar[QueueStrategy] = "pinned"
    ways: ClassVar[tuple[str, ...]] = ("jump_hosts", "proxy")

    def __init__(self, target: Target) -> None:
        self.target = target
        self.login = Login(target)
        self.watch: Watch | None = None
        self._open = False
        self._running: ExecChannel | None = None
        self._files: Files | None = None

    @property
    def phases(self) -> list[Phase]:
        return self.login.phases

    # -- the contract --------------------------------------------------------------------------

    @classmethod
    def default_port(cls, platform: str, options: Mapping[str, Any]) -> int:
        return 22

    def open(self) -> None:
        self.login.connect()
        self._open = True

    def close(self) -> None:
        self._open = False
        self.login.close()

    def interrupt(self) -> None:
        running = self._running
        if self._files is not None and self._files.abort():
            return
        if running is not None:
            running.stop()
        elif not self._open:
            self.login.abandon()

    def is_alive(self) -> bool:
        """A channel is opened and closed again: the host itself has to answer that."""
        import paramiko

        try:
            self.login.transport.open_session(timeout=PROBE).close()
        except (HoldfastError, paramiko.SSHException, OSError, EOFError):
            return False
        return True

    def run(self, commands: Sequence[Command], timeout: float) -> list[Reply]:
        replies: list[Reply] = []
        for command in commands:
            start = time.monotonic()
            done = self._run(command, timeout)
            if done is None:  # interrupted: whoever asked has gone
                break
            if command.check and done.status:
                raise self._failed(command, done)
            seconds = round(time.monotonic() - start, 4)
            output = done.stdout.rstrip("\n")
            replies.append(Reply(command.text, output, seconds, None, done.status, done.stderr.rstrip("\n")))
        return replies

    def get(self, getters: Sequence[str]) -> dict[str, Any]:
        raise Unsupported(f"{getters[0]}: the driver paramiko reads no state; run commands, and parse what they print")

    def config(self) -> ConfigSession:
        raise Unsupported("holdfast_driver: paramiko has no guarded changes; use netmiko where the platform has them")

    # -- what others build on ------------------------------------------------------------------

    def files(self) -> Files:
        """Of a host with coreutils."""
        if self._files is None:
            from .files_shell import ShellFiles

            self._files = ShellFiles(self)
        return self._files

    def exec(self, command: str, stdin: str | None = None, timeout: float = 60.0) -> ExecResult:
        """One shell command. Raises SessionLost, CommandTimeout."""
        return self.login.exec(command, stdin, timeout)

    # -- inside --------------------------------------------------------------------------------

    def _run(self, command: Command, timeout: float) -> ExecResult | None:
        script = shell_words.script(command.text, command.environment)
        sudo = shell_words.Sudo(command.become, script) if command.become else None
        channel = self._running = ExecChannel(
            self.login.transport, sudo.line if sudo else script, timeout, command.text
        )
        try:
            words = _Conversation(self, command, sudo, channel)
            while (piece := channel.move()) is not None:
                words.heard(*piece)
            if channel.stopped:
                return None
            if sudo and not sudo.started:
                raise self._not_become(command, sudo.said or f"sudo ended with status {channel.status}")
            return ExecResult("".join(words.stdout), "".join(words.stderr), channel.status)
        except (CommandTimeout, CommandFailed):
            channel.stop()
            raise
        finally:
            self._running = None
            channel.close()

    def _failed(self, command: Command, done: ExecResult) -> CommandFailed:
        lines = (done.stderr.strip() or done.stdout.strip()).splitlines()
        words = f": {lines[-1].strip()}" if lines else ""
        return CommandFailed(
            f"{self.target.label}: '{command.text}' ended with status {done.status}{words}",
            command=command.text,
            output=done.stdout.rstrip("\n"),
            status=done.status,
            stdout=done.stdout.rstrip("\n"),
            stderr=done.stderr.rstrip("\n"),
        )

    def _not_become(self, command: Command, words: str) -> CommandFailed:
        return CommandFailed(
            f"{self.target.label}: '{command.text}' was not run as {command.become}: {words}",
            command=command.text,
            output=words,
        )


class _Conversation:
    """What is said while a command runs: to sudo, to the command's questions, to whoever looks on."""

    def __init__(self, driver: ParamikoDriver, command: Command, sudo: shell_words.Sudo | None, channel: Any) -> None:
        self.stdout: list[str] = []
        self.stderr: list[str] = []
        self._driver = driver
        self._command = command
        self._sudo = sudo
        self._channel = channel
        self._question = re.compile(command.prompt) if command.prompt else None
        self._tail = ""
        if sudo is None:
            self._begin()

    def heard(self, out: str, err: str) -> None:
        if self._sudo is not None and not self._sudo.started:
            err = self._become(self._sudo, err)
        self.stdout.append(out)
        self.stderr.append(err)
        if out and self._driver.watch is not None:
            self._driver.watch.output(out)
        if self._question is not None:
            self._tail = (self._tail + out + err)[-TAIL:]
            if self._question.search(self._tail):
                self._question = None
                self._channel.feed(f"{self._command.answer or ''}\n")
                self._channel.end_input()

    def _become(self, sudo: shell_words.Sudo, err: str) -> str:
        """Let sudo have the password, and the command its input only once it is the command that reads."""
        rest = sudo.heard(err)
        if sudo.asks:
            password = self._driver.target.secrets.enable
            if password is None:
                raise self._driver._not_become(
                    self._command, "sudo asks for a password; set ansible_become_password (or holdfast_enable_secret)"
                )
            if sudo.answered:
                raise self._driver._not_become(
                    self._command, f"sudo refused the password of user '{self._driver.target.user}'"
                )
            sudo.answered, sudo.asks = True, False
            self._channel.feed(f"{password}\n")
        if sudo.started:
            self._begin()
        return rest

    def _begin(self) -> None:
        self._channel.feed(self._command.stdin or "")
        if self._question is None:
            self._channel.end_input()
