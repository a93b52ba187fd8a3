# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Configuration of Arista EOS by configuration sessions, over the CLI and over eAPI alike.

A session is a candidate on the switch: it compares, commits whole or not at all, and its commit timer undoes
an unconfirmed commit without anybody's help.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Literal, Protocol

from ..broker.errors import ChangeExpired, CommandFailed, ConfigRejected, RollbackFailed
from . import config_text, platforms
from .base import Candidate, Target


class EosCli(Protocol):
    """What the netmiko and pyeapi drivers both offer."""

    target: Target
    refused: tuple[str, str] | None

    def send(self, line: str, timeout: float | None = None) -> str: ...

    def configure(self, lines: Sequence[str], enter: str = ..., leave: str = ...) -> str | None: ...


class EosConfig:
    """See ``base.ConfigSession``."""

    native_timer = True
    native_diff = True

    def __init__(self, cli: EosCli) -> None:
        self._cli = cli

    def read(self, source: Literal["running", "startup"] = "running") -> str:
        return config_text.clean(self._send(f"show {source}-config"))

    def checkpoint(self, token: str) -> None:
        """Nothing to keep: the text goes back by a session with ``rollback clean-config``."""

    def stage(self, token: str, candidate: Candidate) -> str:
        name = _name(token)
        self._load(name, candidate)
        return _as_diff(self._send(f"show session-config named {name} diffs"))

    def commit(self, token: str, revert_after: float | None) -> None:
        timer = "" if revert_after is None else f" timer {_clock(revert_after)}"
        output = self._cli.send(f"configure session {_name(token)} commit{timer}")
        words = platforms.refusal(output)
        if words:
            self.discard(token)
            raise ConfigRejected(
                f"{self._cli.target.label} refused the commit: {words}; nothing of the change stays",
                line="commit",
                output=output,
            )

    def confirm(self, token: str) -> None:
        state = self._pending(token)
        if state == "pendingCommitTimer":
            self._send(f"configure session {_name(token)} commit")
        elif state is None:
            raise ChangeExpired(f"the commit timer of {self._cli.target.label} had already undone the change")

    def discard(self, token: str) -> None:
        self._cli.send(f"configure session {_name(token)} abort")

    def restore(self, token: str, text: str) -> None:
        if self._pending(token) == "pendingCommitTimer":
            self._send(f"configure session {_name(token)} abort")
        if self.read() == text:
            return
        name = f"{_name(token)}-undo"
        try:
            self._load(name, Candidate(text, replace=True))
            self._send(f"configure session {name} commit")
        except (ConfigRejected, CommandFailed) as exc:
            raise RollbackFailed(f"going back failed: {exc.message}", **exc.detail) from exc

    def save(self) -> None:
        self._send("copy running-config startup-config")

    # -- inside --------------------------------------------------------------------------------

    def _load(self, name: str, candidate: Candidate) -> None:
        lines = config_text.sections(candidate.text)
        if candidate.replace:
            lines.insert(0, "rollback clean-config")
        self._cli.configure(lines, enter=f"configure session {name}", leave="end")
        if self._cli.refused:
            line, words = self._cli.refused
            self._cli.send(f"configure session {name} abort")
            raise ConfigRejected(
                f"{self._cli.target.label} refused '{line}': {words}; nothing of the change was committed",
                line=line,
                output=words,
            )

    def _pending(self, token: str) -> str | None:
        """The session's state in EOS's words (``pending``, ``pendingCommitTimer``, ``completed`` ...), or None."""
        listing = self._send("show configuration sessions")
        found = re.search(rf"^\s*\*?\s*{re.escape(_name(token))}\s+(\S+)", listing, re.MULTILINE)
        return found.group(1) if found else None

    def _send(self, line: str) -> str:
        output = self._cli.send(line)
        words = platforms.refusal(output)
        if words:
            raise CommandFailed(f"{self._cli.target.label} refused '{line}': {words}", command=line, output=output)
        return output


def _as_diff(output: str) -> str:
    """EOS prints a unified diff between two file headers: only what changes, and its sections, is kept."""
    lines = [line.rstrip() for line in output.splitlines() if not re.match(r"(---|\+\+\+|@@) ", line)]
    return "\n".join(lines).strip("\n") + "\n" if any(re.match(r"[-+]", line) for line in lines) else ""


def _clock(seconds: float) -> str:
    whole = max(1, math.ceil(seconds))
    return f"{whole // 3600:02d}:{whole % 3600 // 60:02d}:{whole % 60:02d}"


def _name(token: str) -> str:
    return f"holdfast-{token}"
