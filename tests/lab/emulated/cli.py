# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What both platforms' command lines share: command tables, output filters, configuration input."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from .tree import Editor, NoMatch
from .words import Match, Words, expand

_MODIFIERS = ("include", "exclude", "begin", "section", "count", "json", "redirect", "append", "tee", "no-more", "grep")


class CommandTable:
    """Patterns to handler names. A leading ``#`` in the table is for privileged users only."""

    def __init__(self, table: str, interfaces: tuple[str, ...]) -> None:
        self.words = Words(interfaces)
        for line in filter(None, map(str.strip, table.splitlines())):
            pattern, _sep, handler = line.lstrip("# ").rpartition(" : ")
            for plain in expand(pattern):
                self.words.add(plain, (handler, line.startswith("#")))
        self.match: Callable[[str], Match] = lru_cache(512)(self.words.match)

    def options(self, line: str) -> list[str]:
        """Words that may follow, for ``?``."""
        head, _sep, last = line.rpartition(" ")
        try:
            node = self.words.match(head, partial=True).node
        except NoMatch:
            return []
        return sorted(w for w in [*node.keywords, *(f"<{p}>" for p in node.params)] if w.startswith((last, "<")))


def split_pipe(line: str) -> tuple[str, list[tuple[str, str]]]:
    """``show x | include y`` -> the command and its filters (modifier, argument)."""
    command, *filters = re.split(r"\s*\|\s*(?=[a-z])", line.strip())
    parsed: list[tuple[str, str]] = []
    for text in filters:
        word, _sep, argument = text.partition(" ")
        full = next((m for m in _MODIFIERS if m.startswith(word.lower())), "")
        if not full:
            if not parsed:
                return command, [("?", text)]
            parsed[-1] = (parsed[-1][0], f"{parsed[-1][1]}|{text}")
            continue
        parsed.append((full, argument.strip().strip('"')))
    return command, parsed


def apply_filter(output: str, modifier: str, argument: str) -> str:
    """One output modifier. A pattern that is no regular expression matches literally."""
    lines = output.split("\n")
    try:
        pattern = re.compile(argument)
    except re.error:
        pattern = re.compile(re.escape(argument))
    if modifier in ("include", "grep"):
        return "\n".join(line for line in lines if pattern.search(line))
    if modifier == "exclude":
        return "\n".join(line for line in lines if not pattern.search(line))
    if modifier == "begin":
        start = next((i for i, line in enumerate(lines) if pattern.search(line)), len(lines))
        return "\n".join(lines[start:])
    if modifier == "count":
        return f"Number of lines which match regexp = {sum(bool(pattern.search(line)) for line in lines)}"
    if modifier == "section":
        kept, inside = [], -1
        for line in lines:
            pad = len(line) - len(line.lstrip())
            inside = inside if 0 <= inside < pad else -1
            if inside < 0 and pattern.search(line):
                inside = pad
            if inside >= 0:
                kept.append(line)
        return "\n".join(kept)
    return output


class ConfigInput:
    """Lines into an editor, each with the device's own error; ``changed`` after it took one."""

    def __init__(self, editor: Editor, failing: Callable[[str], str | None], changed: Callable[[], None]) -> None:
        self.editor = editor
        self._failing = failing
        self._changed = changed

    def line(self, text: str, column: int, marker: Callable[[NoMatch, int, str], str]) -> str:
        """Take one line; returns the error text or nothing."""
        broken = self._failing(text.strip())
        if broken is not None:
            return broken
        try:
            self.editor.line(text)
        except NoMatch as error:
            return marker(error, column, text)
        self._changed()
        return ""
