# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Command words: patterns, abbreviations and where a line stops making sense.

A pattern is what a vendor's manual prints: ``ip address <ip> <mask> [secondary]``. Words in angle
brackets are typed parameters, ``{a|b}`` is a choice and ``[x]`` may be left out. Keywords may be
abbreviated as far as they stay unique, as on the devices.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

_TOKEN = re.compile(r"\S+")
_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_IP = re.compile(rf"{_OCTET}(?:\.{_OCTET}){{3}}$")
_PREFIX = re.compile(rf"{_OCTET}(?:\.{_OCTET}){{3}}/(?:3[0-2]|[12]?\d)$")
_IP6 = re.compile(r"(?=.*:.*:)[0-9a-fA-F:.]+(?:/\d{1,3})?$")
_RANGE = re.compile(r"(\d+)-(\d+)$")
_INTERFACE = re.compile(r"([A-Za-z][A-Za-z-]*)\s*(\d[\d/.:]*)$")
_PART = re.compile(r"[\[\]{}|]|[^\s\[\]{}|]+")


class NoMatch(Exception):
    """A line that fits no pattern. ``kind``: invalid, incomplete or ambiguous; ``offset`` into the line."""

    def __init__(self, kind: str, offset: int) -> None:
        super().__init__(kind)
        self.kind = kind
        self.offset = offset


@dataclass
class Node:
    """One place in a pattern: what may follow, and what a line that ends here means."""

    keywords: dict[str, Node] = field(default_factory=dict)
    params: dict[str, Node] = field(default_factory=dict)
    leaf: Any = None
    removable: Any = None


@dataclass(frozen=True)
class Match:
    """A line in canonical words. ``params`` are the typed ones in order; ``leaf`` is the pattern's meaning."""

    leaf: Any
    words: tuple[str, ...]
    params: tuple[str, ...]
    node: Node


def expand(pattern: str) -> list[list[str]]:
    """All plain word lists a pattern stands for."""
    tokens = _PART.findall(pattern)

    def sequences(closing: str) -> list[list[str]]:
        """Alternatives up to the closing bracket, which is taken away."""
        found: list[list[str]] = []
        current: list[list[str]] = [[]]
        while tokens:
            token = tokens.pop(0)
            if token == closing:
                break
            if token == "|":
                found, current = found + current, [[]]
                continue
            if token in "[{":
                choices = sequences("]" if token == "[" else "}") + ([[]] if token == "[" else [])
            else:
                choices = [[token]]
            current = [head + tail for head in current for tail in choices]
        return found + current

    return sequences("")


def interface_name(text: str, names: tuple[str, ...]) -> str | None:
    """``gi0/1`` and ``GigabitEthernet 0/1`` as ``GigabitEthernet0/1``; None when no such type is in names."""
    found = _INTERFACE.match(text)
    if not found:
        return None
    kind = found.group(1).lower()
    full = next((name for name in names if name.lower() == kind), None)
    full = full or next((name for name in names if name.lower().startswith(kind)), None)
    return f"{full}{found.group(2)}" if full else None


class Words:
    """A set of patterns as one tree."""

    def __init__(self, interfaces: tuple[str, ...] = ()) -> None:
        self.root = Node()
        self._interfaces = interfaces
        self._types: dict[str, Callable[[str], str | None]] = {
            "ip": lambda t: t if _IP.match(t) else None,
            "prefix": lambda t: t if _PREFIX.match(t) else None,
            "ip6": lambda t: t if _IP6.match(t) else None,
            "n": lambda t: t if t.isdigit() else None,
            "as": lambda t: t if re.fullmatch(r"\d+(\.\d+)?", t) and float(t) > 0 else None,
            "if": lambda t: interface_name(t, interfaces),
            "word": lambda t: t,
            "line": lambda t: t,
        }

    def add(self, words: list[str], leaf: Any) -> Node:
        """Put one plain pattern in; returns the node it ends at."""
        node = self.root
        for word in words:
            into = node.params if word.startswith("<") else node.keywords
            node = into.setdefault(word.strip("<>"), Node())
        if node.leaf is None:
            node.leaf = leaf
        return node

    def _typed(self, kind: str, token: str) -> str | None:
        bounds = _RANGE.match(kind)
        if bounds:
            fits = token.isdigit() and int(bounds.group(1)) <= int(token) <= int(bounds.group(2))
            return str(int(token)) if fits else None
        return self._types[kind](token)

    def match(self, line: str, partial: bool = False) -> Match:
        """Find the pattern of a line. ``partial`` accepts a line that ends inside a pattern.

        Raises NoMatch.
        """
        tokens = [(m.group(), m.start()) for m in _TOKEN.finditer(line)]
        node, words, params = self.root, [], []
        index = 0
        while index < len(tokens):
            token, offset = tokens[index]
            index += 1
            keyword = self._keyword(node, token, offset)
            if keyword:
                node = node.keywords[keyword]
                words.append(keyword)
                continue
            for kind, following in node.params.items():
                if kind == "line":
                    value: str | None = line[offset:].rstrip()
                    index = len(tokens)
                else:
                    if kind == "if" and token.isalpha() and index < len(tokens):
                        token += tokens[index][0]
                        index += 1
                    value = self._typed(kind, token)
                if value is not None:
                    words.append(value)
                    params.append(value)
                    node = following
                    break
            else:
                raise NoMatch("invalid", offset)
        if node.leaf is None and not partial:
            raise NoMatch("incomplete", len(line))
        return Match(node.leaf, tuple(words), tuple(params), node)

    @staticmethod
    def _keyword(node: Node, token: str, offset: int) -> str | None:
        lowered = token.lower()
        if lowered in node.keywords:
            return lowered
        fits = [word for word in node.keywords if word.lower().startswith(lowered)]
        exact = [word for word in fits if word.lower() == lowered]
        if exact:
            return exact[0]
        if len(fits) > 1 and not node.params:
            raise NoMatch("ambiguous", offset)
        return fits[0] if len(fits) == 1 else None
