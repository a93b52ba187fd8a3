# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The same port or device under its different spellings, and orders that people expect."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from fnmatch import fnmatchcase

_PORT = re.compile(r"([A-Za-z][A-Za-z_-]*)\s*(\d.*)")
_NUMBER = re.compile(r"(\d+)")


def natural(text: str) -> list[tuple[int, int, str]]:
    """Sort key that puts ``Ethernet2`` before ``Ethernet10``."""
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in _NUMBER.split(text) if part]


def same_host(one: str, other: str) -> bool:
    """Equal without regard to case; a name without a domain equals one with."""
    left, right = one.strip().lower(), other.strip().lower()
    if left == right:
        return True
    if "." in left and "." in right:
        return False
    return left.split(".")[0] == right.split(".")[0]


def same_port(one: str, other: str) -> bool:
    """``Gi0/1`` equals ``GigabitEthernet0/1``: same number, and one word abbreviates the other."""
    left, right = one.strip().lower(), other.strip().lower()
    if left == right:
        return True
    first, second = _PORT.fullmatch(left), _PORT.fullmatch(right)
    if first is None or second is None or first[2] != second[2]:
        return False
    return first[1].startswith(second[1]) or second[1].startswith(first[1])


def matching(pattern: str, names: Iterable[str]) -> list[str]:
    """The names a user's pattern means: ``*`` and ``?`` as in a shell, or a port by any of its spellings."""
    if any(character in pattern for character in "*?"):
        return [name for name in names if fnmatchcase(name, pattern)]
    return [name for name in names if same_port(name, pattern)]


def suggestion(word: str, known: Iterable[str]) -> str:
    """End of an error message: the close names, then all of them."""
    names = sorted(known)
    close = difflib.get_close_matches(word, names, n=3, cutoff=0.55)
    hint = f"did you mean {' or '.join(repr(name) for name in close)}? " if close else ""
    return f"{hint}Known: {', '.join(names) or 'none'}"
