# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A guide as its test sees it: the lab it needs, files it shows, commands it shows, and what it says they print."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

LANGUAGES = ("console", "yaml", "ini", "toml", "json", "python", "jinja", "text")
PLATFORMS = ("ios", "eos", "nxos")
#: Has Ansible find the vendors' collections, which the reader has installed.
VENDORS = """\
export ANSIBLE_COLLECTIONS_PATH="$(cd ~/holdfast.network && python -c '
from tests.integration.network_cli import outcomes
print(outcomes.collections())')"
"""
_FENCE = re.compile(r"^( *)(`{3,})(.*)$")
_COMMENT = re.compile(r"^ *<!-- *(lab does|lab|fails|not run)\b:? *(.*?) *-->$")
_FILE = re.compile(r"^(?:#|!|//|\{#) *([\w./-]+\.\w+)(?: *#\})?$")
_OPENSSH = re.compile(r"(?:^|[|;&(] *)(?:ssh|scp|sftp|ssh-keygen) (?!.*-[fF] )")
_HEREDOC = re.compile(r"<<-?\s*(['\"]?)(\w+)\1")


class GuideError(Exception):
    """A guide is not as tests/guides/README.md wants it, or does not tell the truth."""

    def __init__(self, guide: str, line: int, words: str) -> None:
        super().__init__(f"{guide}:{line}: {words}")


@dataclass
class Command:
    """One command; ``expected`` lines of output, none when the guide shows none."""

    line: int
    text: str
    expected: list[str] = field(default_factory=list)
    status: int = 0


@dataclass
class File:
    """A file that the reader writes."""

    line: int
    name: str
    text: str


@dataclass
class Deed:
    """What happens in the lab behind the reader's back: a request of its control socket."""

    line: int
    do: str
    values: dict[str, Any]


@dataclass
class Block:
    """A fenced block: ``line`` is that of its first line of text."""

    line: int
    language: str
    text: str


@dataclass
class Guide:
    name: str
    devices: dict[str, str]  # name: platform
    strangers: bool  # whether their host keys are new to the reader
    steps: list[Command | File | Deed]
    blocks: list[Block]
    excuses: list[str]


def read(path: Path) -> Guide:
    """Raises GuideError."""
    return parse(path.name, path.read_text(encoding="utf-8"))


def parse(name: str, text: str) -> Guide:
    """Raises GuideError."""
    guide = Guide(name, {}, False, [], [], [])
    lines = text.splitlines()
    pending: dict[str, str] = {}
    number = 0
    while number < len(lines):
        line = lines[number]
        number += 1
        if comment := _COMMENT.match(line):
            _comment(guide, number, comment[1], comment[2], pending)
        elif fence := _FENCE.match(line):
            block, number = _block(guide, lines, number, fence)
            _take(guide, block, pending)
            pending = {}
        elif line.strip() and pending:
            raise GuideError(name, number, f"<!-- {next(iter(pending))}: --> belongs right above a block")
    if pending:
        raise GuideError(name, number, f"<!-- {next(iter(pending))}: --> belongs right above a block")
    return guide


def _comment(guide: Guide, number: int, kind: str, words: str, pending: dict[str, str]) -> None:
    if kind == "lab":
        for word in words.split():
            name, _sep, platform = word.partition("=")
            if word == "strangers":
                guide.strangers = True
            elif word == "vendors":
                guide.steps.append(Command(number, VENDORS))
            elif platform in PLATFORMS:
                guide.devices[name] = platform
            else:
                raise GuideError(
                    guide.name, number, f"lab: {word!r} is not NAME={'|'.join(PLATFORMS)}, strangers or vendors"
                )
    elif kind == "lab does":
        do, *values = words.split()
        try:
            guide.steps.append(
                Deed(number, do, {key: yaml.safe_load(value) for key, value in (v.split("=", 1) for v in values)})
            )
        except (ValueError, yaml.YAMLError) as error:
            raise GuideError(guide.name, number, f"lab does: {words!r} is not REQUEST key=value ...") from error
    elif kind == "fails" and not (words.isdigit() and 0 < int(words) < 256):
        raise GuideError(guide.name, number, f"fails: {words!r} is no exit status that is not 0")
    elif kind == "not run" and len(words) < 10:
        raise GuideError(guide.name, number, "not run: say why, in words")
    else:
        pending[kind] = words


def _block(guide: Guide, lines: list[str], number: int, fence: re.Match[str]) -> tuple[Block, int]:
    indent, ticks, language = fence[1], fence[2], fence[3].strip()
    if language not in LANGUAGES:
        raise GuideError(
            guide.name, number, f"the language of a block is {language!r} and not one of {', '.join(LANGUAGES)}"
        )
    start = number
    body: list[str] = []
    while number < len(lines) and lines[number].strip() != ticks:
        body.append(lines[number].removeprefix(indent))
        number += 1
    if number == len(lines):
        raise GuideError(guide.name, start, "this block has no end")
    block = Block(start + 1, language, "\n".join(body) + "\n")
    guide.blocks.append(block)
    return block, number + 1


def _take(guide: Guide, block: Block, pending: dict[str, str]) -> None:
    if block.language != "console" and "fails" in pending:
        raise GuideError(guide.name, block.line, "fails: belongs above a console block")
    named = _FILE.match(block.text.split("\n", 1)[0])
    _valid(guide, block)
    if "not run" in pending:
        guide.excuses.append(pending["not run"])
    elif block.language == "console":
        commands = _commands(guide, block)
        commands[-1].status = int(pending.get("fails", 0))
        guide.steps += commands
    elif named:
        guide.steps.append(File(block.line, named[1], block.text))


def _valid(guide: Guide, block: Block) -> None:
    readers = {"yaml": lambda text: list(yaml.safe_load_all(text)), "toml": tomllib.loads, "json": json.loads}
    readers["python"] = lambda text: compile(text, guide.name, "exec")
    try:
        readers.get(block.language, str)(block.text)
    except (ValueError, SyntaxError, yaml.YAMLError) as error:
        raise GuideError(guide.name, block.line, f"this is no {block.language}: {error}") from error


def _commands(guide: Guide, block: Block) -> list[Command]:
    found: list[Command] = []
    waiting = ""  # the word that ends a here-document, or a backslash
    for number, line in enumerate(block.text.splitlines(), block.line):
        if waiting:
            found[-1].text += f"\n{line}"
            if waiting == "\\":
                waiting = "\\" if line.endswith("\\") else ""
            elif line == waiting:
                waiting = ""
        elif line.startswith("$ "):
            found.append(Command(number, line[2:]))
            heredoc = _HEREDOC.search(line)
            waiting = heredoc[2] if heredoc else "\\" if line.endswith("\\") else ""
        elif not found:
            raise GuideError(guide.name, number, f"a console block begins with a command ($ ...), not with {line!r}")
        else:
            found[-1].expected.append(line)
    if outside := next((one for one in found if _OPENSSH.search(one.text)), None):
        raise GuideError(guide.name, outside.line, "this uses files of the real home directory: name some by -F or -f")
    if not found or waiting:
        raise GuideError(guide.name, block.line, f"this block has no command, or one that does not end ({waiting})")
    return found
