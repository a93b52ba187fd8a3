# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Anything else: a JMESPath expression over the features, the snapshot before and the host's variables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...broker.errors import BadInput
from ..expressions import Expression
from ..features import FEATURES, feature_names
from .contract import Context, Outcome, register
from .options import UNSET, option


@dataclass(frozen=True)
class ExpressionOptions:
    """``tolerance`` is the distance from a number that is ``expected``."""

    expression: str = option("text")
    expected: Any = option("any", UNSET)
    features: list[str] = option("texts", [])
    tolerance: float = option("number", 0.0, least=0)
    compiled: Any = None

    def bind(self, where: str) -> ExpressionOptions:
        """With the expression compiled, so that a wrong one is told before a device is asked."""
        feature_names(self.features, option="option 'features'")
        if self.tolerance and not _number(self.expected):
            raise BadInput("option 'tolerance' needs 'expected' to be a number", option="tolerance")
        return replace(self, compiled=Expression(self.expression, where))


def _needs(options: ExpressionOptions, _before: Sequence[str]) -> Sequence[str]:
    """Those named; else every feature the expression mentions."""
    if options.features:
        return options.features
    mentioned = options.compiled.fields()
    return [name for name in FEATURES if name in mentioned]


def _needs_before(options: ExpressionOptions, before: Sequence[str]) -> Sequence[str]:
    return _needs(options, before) if "before" in options.compiled.fields() else ()


@register("expression", ExpressionOptions, features=_needs, before=_needs_before)
def expression(options: ExpressionOptions, context: Context) -> Outcome:
    value = options.compiled.search(
        {**context.features, "before": context.before, "host": context.host, "vars": context.hostvars}
    )
    if options.expected is UNSET:
        # JMESPath's own idea of truth: 0 is true, empty things are not
        good = value is not None and value is not False and value not in ("", [], {})
        words = "a true value"
    elif _number(options.expected) and _number(value):
        good = abs(value - options.expected) <= options.tolerance
        words = f"{options.expected!r}" + (f" within {options.tolerance:g}" if options.tolerance else "")
    else:
        good = value == options.expected and isinstance(value, bool) == isinstance(options.expected, bool)
        words = f"{options.expected!r}"
    shown = "true" if options.expected is UNSET else options.expected
    problems = [] if good else [f"{options.expression} gives {value!r}, expected {words}"]
    return Outcome(shown, value, problems, f"gives {value!r}")


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
