# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Waiting for conditions."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils import waiting
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import ExpressionError, MissingLibrary
from ansible_collections.holdfast.network.plugins.plugin_utils.waiting import Conditions

DATA: dict[str, Any] = {"stdout": ["up"], "parsed": [{"n": 2}]}


@pytest.mark.parametrize(
    ("expressions", "match", "holds"),
    [
        ([], "all", True),
        (["stdout[0] == 'up'"], "all", True),
        (["stdout[0] == 'down'"], "all", False),
        (["stdout[0] == 'up'", "parsed[0].n > `5`"], "all", False),
        (["stdout[0] == 'up'", "parsed[0].n > `5`"], "any", True),
        (["missing", "parsed[0].n > `5`"], "any", False),
        (["parsed[0].n"], "all", True),
    ],
)
def test_conditions(expressions: list[str], match: str, holds: bool) -> None:
    assert Conditions(expressions, match).hold(DATA) is holds


def test_the_unmet_ones_are_named() -> None:
    conditions = Conditions(["stdout[0] == 'up'", "stdout[0] == 'down'"], "all")
    conditions.hold(DATA)
    error = conditions.unmet("r1")
    assert "on r1 this did not come true in time: stdout[0] == 'down'" in error.message and error.retryable
    assert conditions.hold({"stdout": ["down"]}) is False and len(conditions.unmet("r1").detail["conditions"]) == 1


def test_attempts_pause_between_and_not_before(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(waiting.time, "sleep", pauses.append)
    assert list(Conditions(["a"], "all").attempts(3, 0.5)) == [1, 2, 3] and pauses == [0.5, 0.5]
    assert list(Conditions([], "all").attempts(3, 0.5)) == [1]
    assert list(Conditions(["a"], "all").attempts(0, 0.5)) == [1] and len(pauses) == 2


def test_bad_expressions() -> None:
    with pytest.raises(ExpressionError, match="wait_for: 'stdout\\[' is no JMESPath"):
        Conditions(["stdout["], "all")
    with pytest.raises(ExpressionError, match="cannot be evaluated"):
        Conditions(["length(`5`)"], "all").hold(DATA)


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jmespath", None)
    with pytest.raises(MissingLibrary, match="pip install jmespath"):
        Conditions(["a"], "all")
