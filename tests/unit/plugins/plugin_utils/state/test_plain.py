# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Values of subclasses become exact ones."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.state.plain import plain


class Tagged(str):
    """As automation tools mark strings."""


class Number(int):
    pass


class Table(dict[str, Any]):
    pass


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Tagged("a"), "a"),
        (Number(3), 3),
        (Table({Tagged("k"): (Tagged("v"), 1.5)}), {"k": ["v", 1.5]}),
        ({1: {"b", "a"}}, {"1": ["a", "b"]}),
        (None, None),
        (True, True),
    ],
)
def test_plain(value: Any, expected: Any) -> None:
    result = plain(value)
    assert result == expected
    assert type(result) is type(expected)


def test_keys_and_items_are_exact() -> None:
    result = plain(Table({Tagged("k"): [Tagged("v")]}))
    assert next(iter(result)).__class__ is str
    assert result["k"][0].__class__ is str
