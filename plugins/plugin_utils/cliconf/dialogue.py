# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Talking on a session's CLI channel as ansible.netcommon's plugins expect it: a line, questions, the whole answer.

The prompt is recognised by the session's own knowledge of it, at once. The platform's terminal patterns are looked
at only for what that does not know (a shell, another device), and then a moment of silence is waited for.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ..broker.errors import CommandFailed, CommandTimeout
from ..drivers.exchange import LISTEN, NEW_PROMPT, STRAY, TAIL, Exchange

SETTLED = 0.1  # seconds of silence after a prompt when more may be under way
STRANGE = 0.4  # the same after what only looks like a prompt
#: Lines after which a device may have another name, beside those that Exchange knows.
COMMITS = re.compile(r"\s*(?:commit|abort|rollback|load|end|exit)\b")


def crlf(text: str) -> bytes:
    """As it came over the line: terminal plugins match bytes, and messages show them."""
    return text.replace("\n", "\r\n").encode("utf-8", "surrogateescape")


def typed(cli: Any, text: str, newline: bool = True) -> str:
    """Modules append a carriage return to answer a question blindly. All line ends must be of the session's one kind:
    a device takes the two kinds in a row for one end."""
    return str((text + "\r" * newline).replace("\r\n", "\n").replace("\r", cli.RETURN))


@dataclass
class Question:
    """What the device may ask and what it is told. ``every``: all patterns are expected, in their order."""

    patterns: Sequence[re.Pattern[bytes]]
    answers: Sequence[str]
    newline: bool = True
    every: bool = False
    once: bool = False  # the same question again means that the answer was wrong
    asked: re.Pattern[bytes] | None = None
    _next: int = 0
    _done: bool = field(default=False)

    def reply(self, heard: bytes) -> str | None:
        """The answer when ``heard`` holds a question that is still open. Raises CommandFailed, see ``once``."""
        if self._done:
            again = self.asked.search(heard) if self.once and self.asked is not None else None
            if again is not None:
                raise CommandFailed(f"For matched prompt '{again.group()!r}', answer is not valid")
            return None
        candidates = range(self._next, self._next + 1) if self.every else range(len(self.patterns))
        for index in candidates:
            if self.patterns[index].search(heard):
                self._next = index + 1
                self._done = not self.every or self._next >= len(self.patterns)
                self.asked = self.patterns[index]
                return self.answers[index] if index < len(self.answers) else self.answers[0]
        return None


class Dialogue:
    """For one call; ``driver`` is a netmiko driver whose turn it is. ``sent`` keeps the lines that went out."""

    def __init__(self, driver: Any) -> None:
        self._driver = driver
        self._cli = driver.cli
        self.at_prompt = True
        self.unread = False  # lines were sent whose output nobody has read
        self.sent: list[str] = []

    def say(self, line: str) -> None:
        """Send without reading."""
        with self._driver._translated(line):
            self._write(line)
        self.unread = True

    def ask(self, line: str, question: Question | None, ends: Sequence[re.Pattern[bytes]], timeout: float) -> str:
        """Send, answer, and return all that came, echo and prompt included.

        Raises CommandTimeout, SessionLost, and CommandFailed for an answer that the device does not take.
        """
        with self._driver._translated(line):
            talk = Talk(self._cli, line, question, ends, settle=self.unread or not self.at_prompt)
            if not self.unread:
                self._cli.clear_buffer()
            self.unread = self.at_prompt = False
            self._write(line)
            heard = talk.read(timeout)
            self.at_prompt = talk.at_prompt
            return heard

    def _write(self, line: str) -> None:
        self.sent.append(line)
        self._cli.write_channel(typed(self._cli, line))


class Talk(Exchange):
    """An exchange with questions in it, that may also end at a prompt which is not the device's."""

    def __init__(
        self, cli: Any, line: str, question: Question | None, ends: Sequence[re.Pattern[bytes]], settle: bool
    ) -> None:
        super().__init__(cli, line, None, echo=not settle)
        self.at_prompt = False
        self._question = question
        self._ends = ends
        self._settle = settle

    def read(self, timeout: float) -> str:
        """See ``Dialogue.ask``; without the translation of netmiko's errors."""
        deadline = time.monotonic() + timeout
        while True:
            self.at_prompt = self._ended()
            if self.at_prompt and not self._settle:
                break
            stray = not self.at_prompt and self._stray()
            strange = not self.at_prompt and not stray and self._strange()
            quiet = SETTLED if self.at_prompt else STRAY if stray else STRANGE if strange else LISTEN
            left = deadline - time.monotonic()
            if left <= 0:
                raise CommandTimeout(f"no prompt within {timeout:g} s", command=self._line)
            piece = self._cli.pump(min(quiet, left))
            if piece:
                self._take(piece)
            elif self.at_prompt or strange:
                break
            elif stray:
                self._asked = len(self._output)
                self._cli.write_channel(self._cli.RETURN)
        if not self.at_prompt:
            self._leave()
        self._done.write(self._without_strays())
        return self._done.getvalue()

    def _take(self, piece: str) -> None:
        super()._take(piece)
        if self._question is None or not self._echoed:
            return
        answer = self._question.reply(crlf(self._output[-TAIL:]))
        if answer is not None:
            self._settle = self._settle or self._ended()  # the answer comes after the fact: what does it do?
            self._done.write(self._output)
            self._output = ""
            self._cli.write_channel(typed(self._cli, answer, self._question.newline))

    def _strange(self) -> bool:
        return self._echoed and any(end.search(crlf(self._output[-TAIL:])) for end in self._ends)

    def _leave(self) -> None:
        """Silence at a prompt that is not the known one: another name, or another system."""
        tail = self._output[-TAIL:]
        self._cli.last_prompt = tail.rpartition("\n")[2]
        renamed = NEW_PROMPT.search(tail) if COMMITS.match(self._line) else None
        if renamed is not None:
            self._cli.named(renamed.group(1)[:16])
            self.at_prompt = True
