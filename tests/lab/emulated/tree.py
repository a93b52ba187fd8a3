# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Configuration as the devices keep it: lines in sections, in a fixed order, checked by a grammar table.

A table has one pattern a line under ``[mode]`` headings, with marks:

``|``       the words before it identify the line: another value takes its place
``-> mode`` the line opens a section of that mode
``~``       on by default: what is kept and shown is the ``no`` form
``=``       entered order matters and is kept
``%``       accepted and not kept
``-``       good for ``no`` only: removes all lines that begin so
``?``       shown in its ``no`` form when absent
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from .words import Match, NoMatch, Words, expand

__all__ = ["Config", "Editor", "Entry", "Grammar", "NoMatch", "remove", "store"]

_NUMBERS = re.compile(r"(\d+)")
SortKey = tuple[int, tuple[tuple[tuple[int, int, str], ...], ...], int]


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """A sort key that puts 2 before 10."""
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in _NUMBERS.split(text) if part)


@dataclass(frozen=True)
class Spec:
    """One line of a grammar table."""

    mark: str
    key_words: int
    opens: str | None
    group: int
    rank: int
    params_in_key: int


@dataclass
class Mode:
    """The patterns of one mode, and the ``no`` lines it shows by default: rank -> text."""

    words: Words
    absent: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)


class Grammar:
    """A platform's configuration language."""

    def __init__(
        self,
        table: str,
        interfaces: tuple[str, ...],
        physical: tuple[str, ...],
        indent: str = " ",
        heredocs: tuple[str, ...] = (),
    ) -> None:
        self.interfaces = interfaces
        self.physical = physical
        self.indent = indent
        self.heredocs = heredocs
        self.modes: dict[str, Mode] = {}
        mode = Mode(Words(interfaces))
        groups: dict[str, int] = {}
        ordered: int | None = None
        for rank, line in enumerate(table.splitlines()):
            line = line.strip()
            if not line:
                continue
            if line.startswith("["):
                mode = self.modes.setdefault(line[1:-1], Mode(Words(interfaces)))
                groups, ordered = {}, None
                continue
            mark = line[0] if line[0] in "~=%-?" else ""
            pattern, _sep, opens = line[len(mark) :].strip().partition(" -> ")
            literal = " ".join(pattern.split("<")[0].replace("|", " ").split())
            group = groups.setdefault(literal, rank)
            ordered = (rank if ordered is None else ordered) if mark == "=" else None
            self._add(mode, mark, pattern, opens.strip() or None, rank if ordered is None else ordered, group, rank)

    @staticmethod
    def _add(mode: Mode, mark: str, pattern: str, opens: str | None, ordered: int, group: int, rank: int) -> None:
        head, divider, tail = pattern.partition(" | ") if " | " in pattern else (pattern, "", "")
        if mark == "?":
            mode.absent.append((group, tuple(head.split())))
            return
        for first in expand(head):
            for rest in expand(tail):
                spec = Spec(
                    mark, len(first) if divider else 99, opens, ordered if mark == "=" else group, rank,
                    sum(word.startswith("<") for word in first),
                )  # fmt: skip
                if mark == "-":
                    node = mode.words.add(first, None)
                else:
                    mode.words.add(first + rest, spec).removable = spec
                    node = mode.words.add(first, None) if divider else mode.words.add(first + rest, spec)
                node.removable = node.removable or spec


@dataclass
class Entry:
    """One kept line and, when it opens a section, the lines under it."""

    words: tuple[str, ...]
    sort: SortKey
    mode: str | None = None
    children: dict[tuple[str, ...], Entry] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The line without indentation (a banner has several lines)."""
        return " ".join(self.words).replace(" \n", "\n", 1)

    def copy(self) -> Entry:
        """Independent of this one."""
        return Entry(self.words, self.sort, self.mode, {k: e.copy() for k, e in self.children.items()})

    def find(self, *words: str) -> Iterator[Entry]:
        """The lines directly under this one that begin with these words."""
        size = len(words)
        return (entry for entry in self.children.values() if entry.words[:size] == words)


ROOT_SORT: SortKey = (0, (), 0)


class Config:
    """One configuration. ``fixed`` are sections that always exist (the physical interfaces)."""

    def __init__(self, grammar: Grammar, fixed: tuple[str, ...] = ()) -> None:
        self.grammar = grammar
        self.fixed = fixed
        self.root = Entry((), ROOT_SORT, "config")
        self._lines: list[str] | None = None
        for name in fixed:
            store(self.root, grammar.modes["config"].words.match(name))

    def copy(self) -> Config:
        """An independent copy."""
        other = Config(self.grammar)
        other.fixed = self.fixed
        other.root = self.root.copy()
        other._lines = self._lines
        return other

    def touch(self) -> None:
        """Forget the rendered text after a change."""
        self._lines = None

    def lines(self) -> list[str]:
        """Rendered lines with indentation, without separators."""
        if self._lines is None:
            self._lines = list(self._render(self.root, ""))
        return self._lines

    def _render(self, section: Entry, indent: str) -> Iterator[str]:
        shown = [(entry.sort, entry) for entry in section.children.values()]
        for group, words in self.grammar.modes[section.mode or "config"].absent:
            if next(section.find(*words), None) is None:
                shown.append(((group, (), 0), Entry(("no", *words), ROOT_SORT)))
        for _sort, entry in sorted(shown, key=lambda item: item[0]):
            yield indent + entry.text
            if entry.mode:
                yield from self._render(entry, indent + self.grammar.indent)
                if entry.mode == "config-router-af":
                    yield indent + "exit-address-family"

    def text(self) -> str:
        """As the device shows it: ``!`` around sections and between kinds of lines."""
        shown: list[str] = []
        kind = ""
        for line in self.lines():
            body = line.lstrip(" ")
            pad = line[: len(line) - len(body)]
            if pad and body.startswith("address-family"):
                shown.append(pad + "!")
            elif not pad:
                words = body.split(None, 2)
                now = words[0] if words[0] not in ("ip", "no", "interface", "line", "banner") else body
                now = " ".join(words[:2]) if words[0] == "ip" else now
                if now != kind:
                    shown.append("!")
                kind = now
            shown.append(line)
        return "\n".join([*shown, "!"])


def store(section: Entry, match: Match, negative: bool = False) -> Entry | None:
    """Keep a matched line in a section, in place of what has the same key."""
    spec: Spec = match.leaf
    if spec.mark == "%":
        return None
    words = ("no", *match.words) if negative else match.words
    key = words if spec.key_words == 99 else words[: spec.key_words + negative]
    params = () if spec.mark == "=" else tuple(natural(p) for p in match.params[: spec.params_in_key])
    old = section.children.get(key)
    if old is not None and old.words == words:
        return old
    entry = Entry(words, (spec.group, params, 0 if spec.mark == "=" else spec.rank), spec.opens)
    section.children[key] = entry
    return entry


def remove(section: Entry, words: tuple[str, ...]) -> None:
    """Drop all lines of a section that begin with these words."""
    for key in [k for k, e in section.children.items() if e.words[: len(words)] == words]:
        del section.children[key]


class Editor:
    """A cursor in a configuration: takes lines as a device's configuration mode does."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.path: list[Entry] = [config.root]
        self._banner: tuple[str, str, list[str]] | None = None

    @property
    def mode(self) -> str:
        """``config``, ``config-if`` ..."""
        return self.path[-1].mode or "config"

    @property
    def in_banner(self) -> bool:
        """Whether the next line belongs to a banner, whatever it says."""
        return self._banner is not None

    def line(self, text: str) -> None:
        """Take one line. Raises NoMatch; nothing is changed then."""
        if self._banner is not None:
            self._banner_line(text)
            return
        stripped = text.strip()
        if not stripped or stripped[0] == "!":
            return
        lowered = stripped.lower()
        if lowered in ("exit", "exit-address-family", "exit-af"):
            if len(self.path) > 1:
                self.path.pop()
            return
        if lowered == "end":
            del self.path[1:]
            return
        if lowered.startswith("banner ") and self._banner_start(stripped):
            return
        negative = lowered.startswith("no ")
        default = lowered.startswith("default ")
        skip = 3 if negative else 8 if default else 0
        try:
            self._in_any_mode(stripped[skip:].strip(), negative, default)
        except NoMatch as error:
            raise NoMatch(error.kind, error.offset + skip + len(text) - len(text.lstrip())) from error

    def _in_any_mode(self, text: str, negative: bool, default: bool) -> None:
        """Try this mode, then those around it, as the devices do. Raises the error that got furthest."""
        first: NoMatch | None = None
        for depth in range(len(self.path), 0, -1):
            section = self.path[depth - 1]
            words = self.config.grammar.modes[section.mode or "config"].words
            try:
                opened = self._apply(section, words.match(text, partial=negative or default), negative, default)
            except NoMatch as error:
                if first is None or error.offset > first.offset:
                    first = error
                continue
            del self.path[depth:]
            if opened is not None:
                self.path.append(opened)
            return
        assert first is not None
        raise first

    def _apply(self, section: Entry, match: Match, negative: bool, default: bool) -> Entry | None:
        """Keep or drop a matched line. Returns the section it opens."""
        if match.words[:1] == ("interface",) and not self._interface_exists(" ".join(match.words)):
            raise NoMatch("invalid", len("interface "))
        entry: Entry | None = None
        if negative or default:
            self._take_away(section, match, negative)
        elif match.leaf.mark == "~":
            section.children.pop(("no", *match.words), None)
        else:
            entry = store(section, match)
        self.config.touch()
        return entry if entry is not None and entry.mode else None

    def _take_away(self, section: Entry, match: Match, negative: bool) -> None:
        """``no`` and ``default``."""
        spec: Spec | None = match.node.removable
        if spec is None:
            raise NoMatch("incomplete", len(" ".join(match.words)))
        if " ".join(match.words) in self.config.fixed:
            if negative:
                raise NoMatch("fixed", 0)
            section.children[match.words].children.clear()
        elif spec.mark == "~" and negative:
            store(section, match, negative=True)
        elif spec.mark == "~":
            remove(section, ("no", *match.words))
        else:
            remove(section, match.words[: spec.key_words])

    def _interface_exists(self, line: str) -> bool:
        """A port of the device, one of its subinterfaces, or a logical interface."""
        name = line.split()[-1]
        return not name.startswith(self.config.grammar.physical) or line.split(".")[0] in self.config.fixed

    def _banner_start(self, text: str) -> bool:
        """``banner motd ^C...^C`` (IOS) or ``banner motd`` and lines up to EOF (EOS)."""
        parts = text.split(None, 2)
        kind = " ".join(parts[:2])
        if kind not in self.config.grammar.heredocs and len(parts) < 3:
            return False
        delimiter = "EOF"
        rest: list[str] = []
        if len(parts) > 2:
            delimiter = "^C" if parts[2].startswith("^C") else parts[2][0]
            body = parts[2][len(delimiter) :]
            if delimiter in body:
                self._keep_banner(kind, delimiter, [body.split(delimiter)[0]])
                return True
            rest = [body]
        self._banner = (kind, delimiter, rest)
        return True

    def _banner_line(self, text: str) -> None:
        assert self._banner is not None
        kind, delimiter, rest = self._banner
        done = text.strip() == "EOF" if delimiter == "EOF" else delimiter in text
        if not done:
            rest.append(text)
            return
        self._banner = None
        if delimiter != "EOF":
            rest.append(text.split(delimiter)[0])
        self._keep_banner(kind, delimiter, rest)

    def _keep_banner(self, kind: str, delimiter: str, lines: list[str]) -> None:
        words = self.config.grammar.modes["config"].words
        match = words.match(f"{kind} x")
        body = "\n" + "\n".join(lines) + "\nEOF" if delimiter == "EOF" else f" ^C{chr(10).join(lines)}^C"
        del self.path[1:]
        store(self.config.root, Match(match.leaf, (*kind.split(), body.lstrip(" ")), (), match.node))
        self.config.touch()
