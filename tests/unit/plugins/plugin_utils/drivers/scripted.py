# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A command line that answers by rule: what the configuration sessions are tested on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import CommandFailed
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers import platforms
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.base import Command, Reply, Secrets, Target


class Scripted:
    """``answers``: pattern of a command -> its output, or a function of the command; ``sent`` is all that came."""

    def __init__(self, platform: str, answers: dict[str, str | Callable[[str], str]]) -> None:
        self.target = Target("netmiko", platform, "r1", 22, "u", Secrets())
        self.answers = answers
        self.sent: list[str] = []
        self.refused: tuple[str, str] | None = None
        self.cli = self

    def set_base_prompt(self) -> None:
        self.sent.append("(base prompt)")

    @contextmanager
    def _translated(self, what: str) -> Iterator[None]:
        yield

    def send(self, line: str, timeout: float | None = None) -> str:
        self.sent.append(line)
        for pattern, answer in self.answers.items():
            if re.search(pattern, line):
                return answer(line) if callable(answer) else answer
        return ""

    def run(self, commands: Sequence[Command], timeout: float) -> list[Reply]:
        replies = []
        for command in commands:
            output = self.send(command.text)
            words = platforms.refusal(output) if command.check else None
            if words:
                raise CommandFailed(f"r1 refused: {words}", command=command.text, output=output)
            replies.append(Reply(command.text, output, 0.0))
        return replies

    def configure(self, lines: Sequence[str], enter: str = "configure terminal", leave: str = "end") -> str | None:
        self.refused = None
        self.send(enter)
        for line in lines:
            words = platforms.refusal(self.send(line))
            if words:
                self.refused = (line.strip(), words)
                break
        self.send(leave)
        return self.refused[1] if self.refused else None
