# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Faults on demand, and the counters that tests rely on."""

from __future__ import annotations

import re
import time
from collections import deque
from dataclasses import asdict, dataclass, field
from typing import Any

#: kind -> what it does, and the arguments it takes
KINDS: dict[str, str] = {
    "slow_login": "authentication answers after `seconds`",
    "refuse_login": "authentication fails whatever the password",
    "password": "the password is `new` from now on; what worked before fails",
    "vty_exhausted": "new connections are closed at once",
    "delay": "matching commands answer after `seconds`",
    "hang": "matching commands never finish, or after `seconds`; `when` before | half, followed by `text`",
    "drop": "matching commands lose the connection; `how` close | reset; `when` before | half",
    "black_hole": "nothing is read or written any more; TCP stays open",
    "reboot": "sessions drop, logins are refused for `seconds`, then the startup configuration runs",
    "stranger": "a box that nobody knows: every command gets `text`",
    "garbage": "`text` appears before the prompt",
    "fail_line": "configuration lines that match `pattern` get an error (`message`)",
    "log_line": "an unsolicited log line (`text`, without time when `bare`) appears; `where` inside | after the prompt",
    "more": "matching commands show `lines` lines at a time and ask for more, whatever the terminal's length",
    "big_output": "`show tech-support` is `megabytes` long",
    "flash_full": "flash has `free` bytes left, whatever `dir` says when `hidden`",
    "slow_copy": "files are copied at `rate` bytes a second",
    "copy_fails": "copying a file to the device ends after `after` bytes with `message`; what has come stays",
    "corrupt_copy": "the last byte of a file copied to the device is another one",
}


@dataclass
class Fault:
    """One fault on one device. ``count`` commands or logins are left; None is until cleared."""

    kind: str
    count: int | None = None
    command: str | None = None
    args: dict[str, Any] = field(default_factory=dict)


class Faults:
    """The faults of one device."""

    def __init__(self) -> None:
        self.active: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Raises ValueError for an unknown kind or a bad pattern."""
        if fault.kind not in KINDS:
            raise ValueError(f"unknown fault {fault.kind!r}: one of {', '.join(sorted(KINDS))}")
        try:
            re.compile(fault.command or "")
            re.compile(fault.args.get("pattern", ""))
        except re.error as error:
            raise ValueError(f"bad pattern in fault {fault.kind}: {error}") from error
        self.active.append(fault)

    def clear(self, kind: str | None = None) -> None:
        """End the faults of a kind, or all."""
        self.active = [fault for fault in self.active if kind is not None and fault.kind != kind]

    def find(self, kind: str, command: str = "") -> Fault | None:
        """The fault that applies, without using it up."""
        for fault in self.active:
            if fault.kind == kind and (fault.command is None or re.search(fault.command, command)):
                return fault
        return None

    def take(self, kind: str, command: str = "") -> Fault | None:
        """The fault that applies, one use less."""
        fault = self.find(kind, command) if self.active else None
        if fault is not None and fault.count is not None:
            fault.count -= 1
            if fault.count <= 0:
                self.active.remove(fault)
        return fault


@dataclass
class Counters:
    """What happened on one device since the start or the last reset."""

    connections: int = 0
    logins: int = 0
    failed_logins: int = 0
    refused: int = 0
    api_requests: int = 0
    commands: int = 0
    config_lines: int = 0
    log: deque[tuple[int, str, float]] = field(default_factory=lambda: deque(maxlen=2000))

    def command(self, session: int, line: str, configuration: bool) -> None:
        """One line entered."""
        if configuration:
            self.config_lines += 1
        else:
            self.commands += 1
        self.log.append((session, line, time.time()))

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values; ``log`` is a list of [session, line, epoch seconds]."""
        values = asdict(self)
        values["log"] = [list(row) for row in self.log]
        return values
