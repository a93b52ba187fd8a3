# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""pyATS's markup."""

from __future__ import annotations

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.testbed.markup import Value, evaluate, settled

WORDS = {"testbed.custom.domain": "example.net", "testbed.custom.full": "x.%{testbed.custom.domain}", "loop": "%{loop}"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", Value("plain")),
        ("%ENV{HOLDFAST_TEST}", Value(variable="HOLDFAST_TEST")),
        ("%ENV{ NOT_SET_AT_ALL }", Value(variable="NOT_SET_AT_ALL")),
        ("%ENV{HOLDFAST_TEST, other}", Value("set")),
        ("%ENV{NOT_SET_AT_ALL, other}", Value("other")),
        ("a-%ENV{HOLDFAST_TEST}-b", Value("a-set-b")),
        ("a-%ENV{NOT_SET_AT_ALL}", Value(missing="the environment variable NOT_SET_AT_ALL is not set")),
        ("%ENV{no name'}", Value(missing="the environment variable no name' is not set")),
        ("%ASK{password}", Value(missing="%ASK{} is for pyATS only")),
        ("%ENC{gAAAAAB=}", Value(missing="%ENC{} is for pyATS only")),
        ("%{testbed.custom.full}", Value("x.example.net")),
        ("%{nowhere}", Value(missing="the reference %{nowhere} leads nowhere")),
        ("%{loop}", Value(missing="the reference %{loop} leads nowhere")),
        ("100% {sure}", Value("100% {sure}")),
    ],
)
def test_markup(text: str, value: Value, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOLDFAST_TEST", "set")
    assert evaluate(text, WORDS.get) == value


def test_a_variable_is_read_when_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOLDFAST_TEST", "set")
    assert settled(Value(variable="HOLDFAST_TEST")) == Value("set")
    monkeypatch.delenv("HOLDFAST_TEST")
    assert settled(Value(variable="HOLDFAST_TEST")).missing == "the environment variable HOLDFAST_TEST is not set"
