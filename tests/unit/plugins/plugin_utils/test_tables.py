# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rows as lines of text."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import BadInput
from ansible_collections.holdfast.network.plugins.plugin_utils.tables import duration, lines

ROWS = [
    {"host": "core1", "age": 270, "since": 0, "ratio": 2.25, "error": {"code": "dns"}, "words": "a\nb  c"},
    {"host": "r2", "age": 5, "since": None, "ratio": 10, "error": None, "words": ""},
]


def test_columns_are_even_and_numbers_to_the_right() -> None:
    assert lines(ROWS, {"DEVICE": "host", "RATIO": "ratio", "ERROR": "error.code", "WORDS": "words"}) == [
        "DEVICE  RATIO  ERROR  WORDS",
        "core1     2.2  dns    a b c",
        "r2         10  -      -",
    ]


def test_times_and_durations() -> None:
    assert lines(ROWS, {"AGE": "age|seconds", "SINCE": "since | time"}) == [
        "  AGE  SINCE",
        "4m30s  1970-01-01 00:00:00Z",
        "   5s  -",
    ]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0s"), (59.9, "59s"), (60, "1m00s"), (3599, "59m59s"), (7500, "2h05m"), (86400, "1d00h"), (277200, "3d05h")],
)
def test_durations(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_nothing_is_a_head_alone() -> None:
    assert lines([], {"A": "a", "B": "b"}) == ["A  B"]
    assert lines([{"a": True}], {"A": "a", "B": "a.b|seconds"}) == ["A     B", "True  -"]


@pytest.mark.parametrize(
    ("rows", "columns", "words"),
    [
        ("text", {"A": "a"}, "list of dictionaries"),
        ([1], {"A": "a"}, "list of dictionaries"),
        ([], {}, "give columns"),
        ([], ["a"], "give columns"),
        ([], {"A": "a|days"}, "column A: 'days' is none of: text, seconds, time"),
    ],
)
def test_what_is_wrong(rows: Any, columns: Any, words: str) -> None:
    with pytest.raises(BadInput, match=re.escape(words)):
        lines(rows, columns)
