# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rows as lines of text for people: columns of even width, times and durations in words."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from .broker.errors import BadInput

FORMATS = ("text", "seconds", "time")
NOTHING = "-"


def lines(rows: Any, columns: Any) -> list[str]:
    """The head, then a line for each row. ``columns``: ``{title: "key"}``, or ``"key|seconds"``, ``"key|time"``.

    A key may be a path like ``error.code``; what is missing is a dash. Numbers are to the right. Raises BadInput.
    """
    if not isinstance(rows, Sequence) or isinstance(rows, str) or not all(isinstance(row, Mapping) for row in rows):
        raise BadInput("table: the input must be a list of dictionaries", option="table")
    if not isinstance(columns, Mapping) or not columns:
        raise BadInput("table: give columns, a dictionary of titles and keys", option="columns")
    wanted = [_column(str(title), str(key)) for title, key in columns.items()]
    table = [[_cell(row, key, how) for _title, key, how in wanted] for row in rows]
    right = [_all_numbers(rows, key, how) for _title, key, how in wanted]
    texts = [[title for title, _key, _how in wanted], *table]
    widths = [max(len(line[at]) for line in texts) for at in range(len(wanted))]
    return ["  ".join(_padded(*cell) for cell in zip(line, widths, right, strict=True)).rstrip() for line in texts]


def _column(title: str, key: str) -> tuple[str, list[str], str]:
    path, _sep, how = key.partition("|")
    if how and how.strip() not in FORMATS:
        raise BadInput(f"table: column {title}: '{how}' is none of: {', '.join(FORMATS)}", option="columns", value=how)
    return title, path.strip().split("."), how.strip() or "text"


def _value(row: Any, path: list[str]) -> Any:
    for part in path:
        row = row.get(part) if isinstance(row, Mapping) else None
    return row


def _cell(row: Mapping[str, Any], path: list[str], how: str) -> str:
    value = _value(row, path)
    if value is None or value == "":
        return NOTHING
    if how == "seconds" and _number(value):
        return duration(float(value))
    if how == "time" and _number(value):
        moment = datetime.datetime.fromtimestamp(float(value), datetime.UTC)
        return moment.strftime("%Y-%m-%d %H:%M:%SZ")
    if isinstance(value, float):
        return f"{value:.1f}"
    return " ".join(str(value).split())


def duration(seconds: float) -> str:
    """``12s``, ``4m30s``, ``2h05m``, ``3d04h``: the two largest units."""
    whole = int(seconds)
    for size, unit, small, part in ((86400, "d", 3600, "h"), (3600, "h", 60, "m"), (60, "m", 1, "s")):
        if whole >= size:
            return f"{whole // size}{unit}{whole % size // small:02d}{part}"
    return f"{whole}s"


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _all_numbers(rows: Sequence[Any], path: list[str], how: str) -> bool:
    given = [value for value in (_value(row, path) for row in rows) if value is not None]
    return bool(given) and how != "time" and all(_number(value) for value in given)


def _padded(text: str, width: int, right: bool) -> str:
    return text.rjust(width) if right else text.ljust(width)
