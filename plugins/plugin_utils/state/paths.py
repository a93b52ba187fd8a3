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

from ..broker.errors import BadInput
from .features import FEATURES
from .names import suggestion

Path = tuple[str, ...]


#: between the keys of a path while it is matched: in no key of any device
_EDGE = "\0"


class Patterns:
    """Compiled patterns; ``match`` says whether one of them names this path or something above it."""

    def __init__(self, patterns: Iterable[str] = ()) -> None:
        wanted = "|".join(_as_regex(pattern) for pattern in patterns)
        # one regular expression for all: a routing table has a hundred thousand paths to look at
        self._regex = re.compile(f"(?:{wanted})(?:{_EDGE}|$)", re.DOTALL) if wanted else None

    def match(self, path: Path) -> bool:
        return self._regex is not None and self._regex.match(_EDGE.join(path)) is not None


def compile_patterns(patterns: Iterable[str] | str, option: str = "exclude") -> Patterns:
    """The user's patterns. Raises BadInput naming ``option`` when one is empty or names no feature."""
    wanted = [patterns] if isinstance(patterns, str) else list(patterns)
    for pattern in wanted:
        if not isinstance(pattern, str) or not pattern.strip("."):
            raise BadInput(f"{option}: {pattern!r} is no path; write one such as 'interfaces.*.mtu'", option=option)
        first = pattern.split(".")[0]
        if first != "**" and not any(re.fullmatch(_glob(first), name) for name in FEATURES):
            raise BadInput(
                f"{option}: {pattern!r} begins with {first!r}, which is no feature; {suggestion(first, FEATURES)}",
                option=option,
            )
    return Patterns(wanted)


def _as_regex(pattern: str) -> str:
    """A dot of the pattern is the edge between two keys, or a dot in one; ``**`` needs edges on both sides."""
    regex = ""
    separator = ""
    pieces = pattern.split(".")
    # at the end it would be all below, which a pattern means anyway
    while len(pieces) > 1 and pieces[-1] == "**":
        pieces.pop()
    for piece in ["*"] if pieces == ["**"] else pieces:
        if piece == "**":
            regex += f"{_EDGE if separator else ''}(?:[^{_EDGE}]*{_EDGE})*"
            separator = ""
        else:
            regex += separator + _glob(piece)
            separator = f"[.{_EDGE}]"
    return regex


def _glob(text: str) -> str:
    """``*`` and ``?`` as in a shell, within one key."""
    pieces = {"*": f"[^{_EDGE}]*", "?": f"[^{_EDGE}]"}
    return "".join(pieces.get(character) or re.escape(character) for character in text)
