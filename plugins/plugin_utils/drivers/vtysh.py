# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What FRRouting code needs of a session: vtysh commands, and shell commands on the same login."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class ExecResult:
    """One shell command's end."""

    stdout: str
    stderr: str
    status: int


class VtyshSession(Protocol):
    def send(self, command: str, timeout: float | None = None) -> str: ...

    def exec(self, command: str, stdin: str | None = None, timeout: float = 60.0) -> ExecResult: ...
