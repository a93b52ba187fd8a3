# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Errors cross the socket and stay what they are; every code is unique and documented."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker import errors
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import HoldfastError, from_dict

ROOT = Path(__file__).resolve().parents[5]


def codes() -> list[str]:
    """Every ``code = "..."`` of a class body in the collection, found without importing it."""
    found = []
    for path in sorted((ROOT / "plugins").rglob("*.py")):
        for cls in (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ClassDef)):
            for line in cls.body:
                if isinstance(line, ast.Assign) and [getattr(t, "id", "") for t in line.targets] == ["code"]:
                    assert isinstance(line.value, ast.Constant)
                    found.append(str(line.value.value))
    return found


def test_codes_are_unique_and_speakable() -> None:
    assert len(codes()) == len(set(codes())) > 25
    assert all(re.fullmatch(r"[a-z][a-z_]*[a-z]", code) for code in codes())


def test_the_page_lists_every_code_and_no_other() -> None:
    rows = re.findall(r"^\| `([a-z_]+)` \| (.+) \| (.+) \|$", (ROOT / "docs/errors.md").read_text(), re.MULTILINE)
    assert sorted(row[0] for row in rows) == sorted(codes())
    assert all(len(meaning) > 15 and len(do) > 15 for _code, meaning, do in rows)


@pytest.mark.parametrize("cls", sorted(errors._by_code().values(), key=lambda cls: cls.code))
def test_an_error_is_itself_on_the_other_side(cls: type[HoldfastError]) -> None:
    sent = cls("words", option="x", value=3)
    got = from_dict(sent.as_dict())
    assert got.__class__ is cls and str(got) == got.message == "words"
    assert (got.code, got.retryable, got.detail) == (cls.code, cls.retryable, {"option": "x", "value": 3})


def test_an_unknown_code_stays_readable() -> None:
    got = from_dict({"code": "from_the_future", "message": "m", "retryable": True})
    assert got.__class__ is HoldfastError and (got.code, got.retryable, got.detail) == ("from_the_future", True, {})
    assert HoldfastError.code == "internal" and from_dict({}).message == "no message"
