# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lines for a POSIX shell: variables for a command, and a command under sudo."""

from __future__ import annotations

import secrets
import shlex
from collections.abc import Mapping


def script(text: str, environment: Mapping[str, str]) -> str:
    """The command, with variables set for it and whatever it starts."""
    assigned = " ".join(f"{name}={shlex.quote(value)}" for name, value in environment.items())
    return f"export {assigned}\n{text}" if assigned else text


class Sudo:
    """A command as another user, and what sudo says before it is started.

    Random words mark sudo's question and the command's start: the password is sent only when sudo asks for it (with
    NOPASSWD it would become the command's input), and nothing that the command prints can be taken for either.
    """

    def __init__(self, user: str, inner: str) -> None:
        self._question = f"[{secrets.token_hex(8)}]"
        self._start = f"[{secrets.token_hex(8)}]"
        self._seen = ""
        self.asks = False
        self.answered = False
        self.started = False
        inner = f"printf '%s\\n' '{self._start}' >&2\n{inner}"
        words = ("sudo", "-S", "-p", self._question, "-u", user, "--", "sh", "-c", inner)
        self.line = " ".join(shlex.quote(word) for word in words)

    def heard(self, text: str) -> str:
        """Pieces of its error stream; returns what is the command's already."""
        self._seen += text
        before, mark, rest = self._seen.partition(self._start + "\n")
        if mark:
            self.started = True
            return rest
        _before, mark, rest = before.partition(self._question)
        if mark:
            self.asks = True
            self._seen = rest
        return ""

    @property
    def said(self) -> str:
        """Sudo's own words when it did not start the command."""
        lines = [line.strip() for line in self._seen.splitlines() if line.strip()]
        return lines[-1] if lines else ""
