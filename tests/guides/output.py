# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a command printed what the guide shows."""

from __future__ import annotations

import re
from itertools import zip_longest

ANYTHING = "..."


def missing(expected: list[str], output: str) -> str:
    """The first shown line that the output does not have at its place, nothing when it is as shown.

    ``...`` alone on a line is any lines, inside a line any text. Empty lines and spaces at line ends do not count.
    """
    there = [line.rstrip() for line in output.splitlines() if line.strip()]
    runs: list[list[str]] = [[]]
    for line in (line.rstrip() for line in expected if line.strip()):
        if line.strip() == ANYTHING:
            runs.append([])
        else:
            runs[-1].append(line)
    if len(runs) == 1:
        pairs = zip_longest(runs[0], there)
        return next((shown or line for shown, line in pairs if not (shown and line and _same([shown], [line]))), "")
    at = 0
    for number, run in enumerate(runs):
        places = list(range(at, len(there) - len(run) + 1))
        if number == 0:
            places = places[:1]
        elif number == len(runs) - 1:
            places = places[-1:]
        found = next((place for place in places if _same(run, there[place : place + len(run)])), None)
        if found is None:
            return next((one for one in run if not any(_same([one], [line]) for line in there)), run[0])
        at = found + len(run)
    return ""


def _same(run: list[str], lines: list[str]) -> bool:
    return all(_pattern(shown).fullmatch(line) for shown, line in zip(run, lines, strict=True))


def _pattern(line: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in line.split(ANYTHING)))
