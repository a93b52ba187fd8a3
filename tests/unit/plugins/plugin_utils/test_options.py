# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Options of a task: converted as Ansible does, refused with name, value and fix."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import BadInput
from ansible_collections.holdfast.network.plugins.plugin_utils.options import checked, exclusive

SPEC: dict[str, dict[str, Any]] = {
    "lines": {"type": "list", "elements": "str"},
    "count": {"type": "int", "default": 3},
    "wait": {"type": "float"},
    "save": {"type": "bool", "default": False},
    "match": {"choices": ["all", "any"], "default": "all"},
    "formats": {"type": "list", "elements": "str", "choices": ["html", "json"], "default": ["html"]},
    "dir": {"type": "path"},
    "rows": {"type": "list", "elements": "dict"},
    "any": {"type": "raw"},
}


def test_defaults_are_filled_in_and_never_shared() -> None:
    first = checked(SPEC, {})
    assert first["count"] == 3 and first["lines"] is None and first["formats"] == ["html"]
    first["formats"].append("json")
    assert checked(SPEC, {})["formats"] == ["html"] and checked(SPEC, {"count": None})["count"] == 3


@pytest.mark.parametrize(
    ("name", "given", "value"),
    [
        ("count", "7", 7),
        ("wait", "0.5", 0.5),
        ("wait", 2, 2.0),
        ("save", "yes", True),
        ("save", "no", False),
        ("lines", "one", ["one"]),
        ("lines", "a,b", ["a", "b"]),
        ("lines", ["a", 5], ["a", "5"]),
        ("lines", [], []),
        ("formats", ["json", "html"], ["json", "html"]),
        ("rows", [{"a": 1}], [{"a": 1}]),
        ("any", {"x": [1]}, {"x": [1]}),
        ("count", 0, 0),
        ("save", False, False),
    ],
)
def test_values_are_converted(name: str, given: Any, value: Any) -> None:
    found = checked(SPEC, {name: given})[name]
    assert found == value and type(found) is type(value)


def test_a_path_is_expanded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/h")
    monkeypatch.setenv("WHERE", "/w")
    assert checked(SPEC, {"dir": "~/x"})["dir"] == "/h/x" and checked(SPEC, {"dir": "$WHERE/x"})["dir"] == "/w/x"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"conut": 1}, "conut: no such option; did you mean count?"),
        ({"zzzzz": 1}, "zzzzz: no such option; there are: lines, count"),
        ({"count": "many"}, "count: 'many' is no int"),
        ({"count": 1.5}, "count: 1.5 is no int"),
        ({"save": "maybe"}, "save: 'maybe' is no bool"),
        ({"match": "some"}, "match: 'some' is none of: all, any"),
        ({"formats": ["html", "pdf"]}, "formats: 'pdf' is none of: html, json"),
        ({"rows": ["x"]}, "rows: 'x' is no dict"),
        ({"lines": {"a": 1}}, "lines: {'a': 1} is no list"),
    ],
)
def test_bad_values_are_named(given: dict[str, Any], words: str) -> None:
    with pytest.raises(BadInput) as caught:
        checked(SPEC, given)
    assert caught.value.message.startswith(words) and caught.value.detail["option"] == next(iter(given))


def test_required() -> None:
    for given in ({}, {"x": None}):
        with pytest.raises(BadInput, match="x: this option is required"):
            checked({"x": {"required": True}}, given)


def test_exclusive_and_required_together() -> None:
    exclusive({"a": 1, "b": None}, "a", "b", required=True)
    exclusive({}, "a", "b")
    with pytest.raises(BadInput, match="a and b: give only one"):
        exclusive({"a": 1, "b": 2}, "a", "b")
    with pytest.raises(BadInput, match="one of these options is needed: a, b"):
        exclusive({"a": "", "b": None}, "a", "b", required=True)
