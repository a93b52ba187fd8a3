# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Path patterns: which part of a device's data a difference or an exclude means.

A path is the keys from the feature down, joined by dots: ``interfaces.Ethernet1.mtu``. In a pattern, ``*``
alone stands for one key whatever is in it, ``**`` for any number of keys, and ``*`` or ``?`` inside a key work
as in a shell. Keys that hold dots are written as they are (``bgp.global.peers.10.0.0.1.uptime``). A pattern
that names a key means all below it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from ..broker.errors import BadInput
from .features import FEATURES
from .names import suggestion

Path = tuple[str, ...]


class Patterns:
    """Compiled patterns; ``match`` says whether one of them names this path or something above it."""

    def __init__(self, patterns: Iterable[str] = ()) -> None:
        self._patterns = [tuple(pattern.split(".")) for pattern in patterns]

    def match(self, path: Path) -> bool:
        return any(_matches(pattern, path) for pattern in self._patterns)

    def below(self, feature: str) -> Patterns:
        """Only those that can match within ``feature``: most patterns are of one feature, most data of another."""
        chosen = Patterns()
        chosen._patterns = [p for p in self._patterns if p[0] == "**" or _glob(p[0]).fullmatch(feature)]
        return chosen


def compile_patterns(patterns: Iterable[str] | str, option: str = "exclude") -> Patterns:
    """The user's patterns. Raises BadInput naming ``option`` when one is empty or names no feature."""
    wanted = [patterns] if isinstance(patterns, str) else list(patterns)
    for pattern in wanted:
        if not isinstance(pattern, str) or not pattern.strip("."):
            raise BadInput(f"{option}: {pattern!r} is no path; write one such as 'interfaces.*.mtu'", option=option)
        first = pattern.split(".")[0]
        if not first.startswith("*") and not any(_glob(first).fullmatch(name) for name in FEATURES):
            raise BadInput(
                f"{option}: {pattern!r} begins with {first!r}, which is no feature; {suggestion(first, FEATURES)}",
                option=option,
            )
    return Patterns(wanted)


def _matches(pattern: Path, path: Path) -> bool:
    if not pattern:
        return True
    if pattern[0] == "**":
        return any(_matches(pattern[1:], path[skip:]) for skip in range(len(path) + 1))
    if not path:
        return False
    # a key with dots in it takes up to as many pieces of the pattern as it has pieces itself
    for taken in range(1, path[0].count(".") + 2):
        if taken > len(pattern) or "**" in pattern[:taken]:
            break
        if _glob(".".join(pattern[:taken])).fullmatch(path[0]) and _matches(pattern[taken:], path[1:]):
            return True
    return False


@lru_cache(maxsize=4096)
def _glob(text: str) -> re.Pattern[str]:
    pieces = {"*": ".*", "?": "."}
    return re.compile("".join(pieces.get(character) or re.escape(character) for character in text), re.DOTALL)
