# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""JMESPath: what is wrong is told before a device is asked."""

from __future__ import annotations

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import ExpressionError
from ansible_collections.holdfast.network.plugins.plugin_utils.state.expressions import Expression


@pytest.mark.parametrize(
    ("text", "position"), [("bgp..x", 5), ("a[?b=='x'", 10), ("a == `1", 6), ("$", 1), ("", 1), ("foo(", 5)]
)
def test_syntax_error_names_place_expression_and_position(text: str, position: int) -> None:
    with pytest.raises(ExpressionError) as caught:
        Expression(text, "checks.yml: check 3 (core)")
    first = caught.value.message.splitlines()[0]
    assert first.startswith(f"checks.yml: check 3 (core): expression {text!r} does not parse at position {position}")


def test_caret_is_under_the_mistake() -> None:
    with pytest.raises(ExpressionError) as caught:
        Expression("bgp..x", "check 1")
    assert caught.value.message.splitlines()[1:] == ["  bgp..x", "      ^"]


@pytest.mark.parametrize("text", ["lenght(a)", "a[?lenght(b) > `1`]", "{x: lenght(a)}", "[lenght(a)]"])
def test_unknown_function_is_found_without_evaluating(text: str) -> None:
    with pytest.raises(ExpressionError, match=r"lenght\(\), which does not exist; did you mean 'length'"):
        Expression(text, "check 1")


def test_wrong_type_while_evaluating() -> None:
    with pytest.raises(ExpressionError, match=r"check 1: expression 'length\(a\)' cannot be evaluated"):
        Expression("length(a)", "check 1").search({"a": 3})


def test_strings_of_a_subclass_are_strings() -> None:
    class Tagged(str):
        pass

    assert Expression("starts_with(a, 'x')", "check 1").search({"a": Tagged("xy")}) is True


def test_fields() -> None:
    assert Expression("{a: bgp.x[?y > `1`], b: before.ospf}", "check 1").fields() == {"bgp", "x", "y", "before", "ospf"}
