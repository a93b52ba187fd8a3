# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""EOS configuration sessions: candidates, their diffs, commits with a timer."""

from __future__ import annotations

import asyncio
import difflib
import time
from dataclasses import dataclass, field
from typing import Any

from .device import Device
from .eos_data import VERSION
from .tree import Config

MAX_PENDING = 5


@dataclass
class Session:
    """One named session. ``config`` is None once it is completed or aborted."""

    name: str
    user: str
    number: int
    config: Config | None
    state: str = "pending"


@dataclass
class Sessions:
    """All sessions of a device, and the commit that waits for its confirmation."""

    device: Device
    named: dict[str, Session] = field(default_factory=dict)
    timed: Session | None = None
    original: Config | None = None
    expires: float = 0.0
    timer: asyncio.TimerHandle | None = None

    def open(self, name: str, user: str, number: int) -> Session | str:
        """Create or enter. Returns what is wrong as text."""
        session = self.named.get(name)
        if session is not None and session.state == "pendingCommitTimer":
            return "Cannot enter session: it has a pending commit timer"
        if session is not None and session.config is not None:
            return session
        pending = [s for s in self.named.values() if s.config is not None]
        if len(pending) >= MAX_PENDING:
            return (
                "Maximum number of pending sessions has been reached. Please commit or abort previous sessions "
                "before creating a new one."
            )
        self.named[name] = Session(name, user, number, self.device.running.copy())
        return self.named[name]

    def commit(self, session: Session, user: str, seconds: float | None) -> str:
        """Make the candidate run. Returns what is wrong as text."""
        if session is self.timed and seconds is None:
            self._settle("completed")
            return ""
        if session.config is None:
            return f"Cannot commit session {session.name}: it is {session.state}"
        if self.timed is not None and self.timed is not session:
            return f"Cannot commit: session {self.timed.name} has a pending commit timer"
        if session is not self.timed:
            original = self.device.running
            self.device.replace(session.config, user)
            session.config = None
            if seconds is None:
                self._finish(session, "completed")
                return ""
            self.timed, self.original = session, original
            session.state = "pendingCommitTimer"
        if seconds is not None:
            if self.timer is not None:
                self.timer.cancel()
            self.expires = time.time() + seconds
            self.timer = asyncio.get_running_loop().call_later(seconds, self.revert)
        return ""

    def abort(self, session: Session) -> None:
        """Drop the candidate, or undo a commit that waits."""
        if session is self.timed:
            self.revert()
        else:
            session.config = None
            self.named.pop(session.name, None)

    def revert(self) -> None:
        """The timer ran out, or the user gave up."""
        original = self.original
        self._settle("aborted")
        if original is not None:
            self.device.replace(original, "ConfigAgent")

    def _settle(self, state: str) -> None:
        if self.timer is not None:
            self.timer.cancel()
        if self.timed is not None:
            self._finish(self.timed, state)
        self.timed, self.original, self.timer = None, None, None

    def _finish(self, session: Session, state: str) -> None:
        """One finished session is remembered, as ``service configuration session max completed`` defaults to."""
        session.state, session.config = state, None
        for name in [n for n, s in self.named.items() if s.config is None and s not in (session, self.timed)]:
            del self.named[name]

    def data(self, detail: bool) -> dict[str, Any]:
        """show configuration sessions [detail]"""
        found: dict[str, Any] = {}
        for session in self.named.values():
            found[session.name] = {"state": session.state, "commitUser": "", "description": "", "instances": {}}
            if session.config is not None:
                found[session.name]["instances"] = {
                    str(1000 + session.number): {
                        "user": session.user, "terminal": f"vty{session.number}", "currentTerminal": False,
                    }
                }  # fmt: skip
            if session is self.timed:
                found[session.name]["commitBy"] = self.expires - self.device.booted
        answer = {
            "maxSavedSessions": 1, "maxOpenSessions": MAX_PENDING, "mergeOnCommit": False,
            "saveToStartupConfigOnCommit": False, "sessions": found,
        }  # fmt: skip
        if detail and self.timed is not None:
            answer["commitTimerSessionName"] = self.timed.name
            answer["commitTimerExpireTime"] = self.expires - self.device.booted
        return answer

    def text(self, detail: bool) -> str:
        """show configuration sessions [detail] as a table"""
        head = ["Name", "State", "User", "Terminal", "PID"]
        if detail:
            head.append("Commit Time Left")
        rows = [head]
        for session in self.named.values():
            live = session.config is not None
            row = [session.name, session.state, session.user if live else "", f"vty{session.number}" if live else "",
                   str(1000 + session.number) if live else ""]  # fmt: skip
            if detail:
                left = max(0, int(self.expires - time.time()))
                row.append(time.strftime("%H:%M:%S", time.gmtime(left)) if session is self.timed else "")
            rows.append(row)
        widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
        rows.insert(1, ["-" * width for width in widths])
        table = ["  " + "  ".join(c.ljust(w) for c, w in zip(r, widths, strict=True)).rstrip() for r in rows]
        intro = ["Maximum number of completed sessions: 1", f"Maximum number of pending sessions: {MAX_PENDING}", ""]
        return "\n".join([*intro, *table])


def sessions(device: Device) -> Sessions:
    """A device's sessions."""
    if device.transactions is None:
        device.transactions = Sessions(device)
    found: Sessions = device.transactions
    return found


def body(config: Config) -> str:
    """A configuration as it is kept in files."""
    return f"{config.text()}\nend\n"


def header(device: Device, command: str) -> str:
    """The comment lines above every shown configuration."""
    return f"! Command: {command}\n! device: {device.hostname} (vEOS-lab, EOS-{VERSION})\n"


def diff(device: Device, session: Session) -> str:
    """show session-config named NAME diffs"""
    candidate = session.config or device.running
    return unified(device.running, candidate, "system:/running-config", f"session:/{session.name}-session-config")


def unified(old: Config, new: Config, old_name: str, new_name: str) -> str:
    """A unified diff as EOS prints it; empty when there is nothing to tell."""
    return "\n".join(
        difflib.unified_diff(old.text().split("\n"), new.text().split("\n"), old_name, new_name, lineterm="")
    )
