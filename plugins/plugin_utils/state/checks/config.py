# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Configuration: lines are there, are not there, or match."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ...broker.errors import BadInput
from ..diff import config_lines
from .contract import Context, Outcome, register
from .options import option

Lines = set[tuple[str, ...]]


@dataclass(frozen=True)
class ConfigOptions:
    contains: list[str] = option("texts", [])
    absent: list[str] = option("texts", [])
    matches: list[str] = option("regexes", [])
    not_matches: list[str] = option("regexes", [])

    def __post_init__(self) -> None:
        if not (self.contains or self.absent or self.matches or self.not_matches):
            raise BadInput("nothing to look for; give 'contains', 'absent', 'matches' or 'not_matches'")


@register("config", ConfigOptions, features=("config",))
def config(options: ConfigOptions, context: Context) -> Outcome:
    text = context.features["config"]
    lines = {path for path, _unused in config_lines(text)}
    found: dict[str, bool] = {}
    problems: list[str] = []
    for wanted, blocks in ((True, options.contains), (False, options.absent)):
        for block in blocks:
            missing = _missing(block, lines)
            found[block] = not missing if wanted else _has_last(block, lines)
            if wanted and missing:
                problems.append(f"line missing: {' / '.join(missing)}")
            elif not wanted and found[block]:
                problems.append(f"line not expected: {' / '.join(_paths(block)[-1])}")
    for wanted, patterns in ((True, options.matches), (False, options.not_matches)):
        for pattern in patterns:
            found[pattern] = re.search(pattern, text, re.MULTILINE) is not None
            if found[pattern] != wanted:
                problems.append(f"{'no line matches' if wanted else 'a line matches'} {pattern!r}")
    expected = dict.fromkeys([*options.contains, *options.matches], True)
    expected.update(dict.fromkeys([*options.absent, *options.not_matches], False))
    return Outcome(expected, found, problems, f"{len(found)} expectations met")


def _paths(block: str) -> list[tuple[str, ...]]:
    return [path for path, _unused in config_lines(block)]


def _there(path: tuple[str, ...], lines: Lines) -> bool:
    """A line by itself may stand anywhere; one in a block of the user's stands where the block says."""
    return path in lines or (len(path) == 1 and any(line[-1] == path[0] for line in lines))


def _missing(block: str, lines: Lines) -> tuple[str, ...]:
    return next((path for path in _paths(block) if not _there(path, lines)), ())


def _has_last(block: str, lines: Lines) -> bool:
    """Of a block that must be absent the last line counts; those above it say where."""
    paths = _paths(block)
    return bool(paths) and _there(paths[-1], lines)
