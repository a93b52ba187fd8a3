# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lines, questions and prompts, against a channel that gives what it is told to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import CommandFailed, CommandTimeout
from ansible_collections.holdfast.network.plugins.plugin_utils.cliconf import dialogue
from ansible_collections.holdfast.network.plugins.plugin_utils.cliconf.dialogue import Dialogue, Question, crlf

STDOUT = [re.compile(rb"[\r\n]?[\w.-]+(?:\([^)]+\))?[>#$] ?$")]


class Channel:
    """As much of a netmiko connection as a dialogue uses; ``script`` maps what is written to what comes back."""

    RETURN = "\n"
    on_output = None
    last_prompt = "r1#"

    def __init__(self, script: dict[str, list[str]]) -> None:
        self.script = script
        self.written: list[str] = []
        self.coming: list[str] = []
        self.named("r1")

    def named(self, base: str) -> None:
        self.base_prompt = base
        self.prompt_re = re.compile(rf"(?:^|\n){base}(?:\([^()\n]*\))*[>#]\s*\Z")

    def known_prompt(self) -> re.Pattern[str]:
        return self.prompt_re

    def overtaken_prompt(self) -> re.Pattern[str]:
        return re.compile(rf"(?:^|\n){self.base_prompt}[>#][ \t]*\n(?:[^\n]*\n)*\Z")

    def clear_buffer(self) -> None:
        self.coming.clear()

    def write_channel(self, text: str) -> None:
        self.written.append(text)
        self.coming += self.script.get(text, [])

    def pump(self, timeout: float) -> str:
        return self.coming.pop(0) if self.coming else ""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialogue, "LISTEN", 0.01)


def dialogue_with(script: dict[str, list[str]]) -> tuple[Dialogue, Channel]:
    channel = Channel(script)

    @contextmanager
    def translated(_what: str) -> Iterator[None]:
        yield

    return Dialogue(SimpleNamespace(cli=channel, _translated=translated)), channel


def question(*patterns: str, answers: list[str], **rest: Any) -> Question:
    return Question([re.compile(pattern.encode(), re.IGNORECASE) for pattern in patterns], answers, **rest)


def test_a_line_ends_at_the_prompt() -> None:
    made, channel = dialogue_with({"show clock\n": ["show clock\n", "12:00\nr1", "#"]})
    assert made.ask("show clock", None, STDOUT, 1.0) == "show clock\n12:00\nr1#"
    assert made.at_prompt and channel.last_prompt == "r1#" and made.sent == ["show clock"]


def test_a_question_is_answered_once() -> None:
    script = {"copy\n": ["copy\nDestination [x]? "], "\n\n": ["\n12 bytes\nr1#"]}
    made, channel = dialogue_with(script)
    heard = made.ask("copy", question(r"\[x\]\?", answers=["\r"]), STDOUT, 1.0)
    assert heard.endswith("12 bytes\nr1#") and channel.written == ["copy\n", "\n\n"]


def test_all_questions_in_their_order_without_a_line_end() -> None:
    script = {"delete\n": ["delete\nName? "], "a": ["\nSure? "], "y": ["\nr1#"]}
    made, channel = dialogue_with(script)
    made.ask("delete", question("name", "sure", answers=["a", "y"], every=True, newline=False), STDOUT, 1.0)
    assert channel.written == ["delete\n", "a", "y"]


def test_the_same_question_again_means_a_wrong_answer() -> None:
    made, _channel = dialogue_with({"enable\n": ["enable\nPassword: "], "no\n": ["\nPassword: "]})
    with pytest.raises(CommandFailed, match="answer is not valid"):
        made.ask("enable", question("password: ?$", answers=["no"], once=True), STDOUT, 1.0)
    assert not made.at_prompt


def test_another_systems_prompt_ends_a_line_after_silence() -> None:
    made, channel = dialogue_with({"bash\n": ["bash\n\nadmin$ "]})
    assert made.ask("bash", None, STDOUT, 1.0).endswith("admin$ ")
    assert not made.at_prompt and channel.base_prompt == "r1"


def test_a_commit_may_rename_the_device() -> None:
    made, channel = dialogue_with({"commit\n": ["commit\nr9#"]})
    made.ask("commit", None, STDOUT, 1.0)
    assert made.at_prompt and channel.base_prompt == "r9"


def test_a_device_that_says_nothing() -> None:
    made, _channel = dialogue_with({})
    with pytest.raises(CommandTimeout):
        made.ask("show tech", None, STDOUT, 0.05)


def test_what_was_sent_blindly_is_read_with_the_next_line() -> None:
    made, _channel = dialogue_with({"banner\n": ["banner\nr1(config)#"], "end\n": ["end\nr1#"]})
    made.say("banner")
    assert made.unread
    assert made.ask("end", None, STDOUT, 1.0) == "banner\nr1(config)#end\nr1#" and not made.unread


def test_line_ends_are_of_one_kind() -> None:
    made, channel = dialogue_with({"copy a b\n\n": ["copy a b\n\nr1#"]})
    made.ask("copy a b\r", None, STDOUT, 1.0)
    assert channel.written == ["copy a b\n\n"] and crlf("a\nb") == b"a\r\nb"
