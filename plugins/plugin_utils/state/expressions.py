# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""JMESPath, compiled once, with errors that say where."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..broker.errors import ExpressionError
from .libraries import require
from .names import suggestion
from .plain import plain


class Expression:
    """A compiled expression. ``where`` names its place in messages, such as ``check 3 (core up)``.

    Raises ExpressionError for bad syntax and for functions that do not exist, MissingLibrary without jmespath.
    """

    def __init__(self, text: str, where: str) -> None:
        self.text = text
        self.where = where
        self._errors = require("jmespath.exceptions", "jmespath", "a JMESPath expression")
        jmespath = require("jmespath", "jmespath", "a JMESPath expression")
        try:
            self._compiled = jmespath.compile(text)
        except self._errors.JMESPathError as exc:
            position = getattr(exc, "lex_position", 0)
            raise self._error(f"does not parse at position {position + 1}: {_reason(exc)}", position) from exc
        self._check_functions()

    def search(self, data: Any) -> Any:
        """The value in ``data`` (any JSON-like value). Raises ExpressionError when it cannot be evaluated."""
        try:
            return self._compiled.search(plain(data))
        except self._errors.JMESPathError as exc:
            raise self._error(f"cannot be evaluated: {_reason(exc)}") from exc

    def fields(self) -> set[str]:
        """Every field name the expression mentions, at any depth."""
        return {str(node["value"]) for node in _nodes(self._compiled.parsed) if node.get("type") == "field"}

    def _check_functions(self) -> None:
        """jmespath itself finds an unknown function only while evaluating: too late after a change."""
        known = require("jmespath.functions", "jmespath", "a JMESPath expression").Functions.FUNCTION_TABLE
        for node in _nodes(self._compiled.parsed):
            if node.get("type") == "function_expression" and node["value"] not in known:
                name = str(node["value"])
                raise self._error(f"calls {name}(), which does not exist; {suggestion(name, known)}")

    def _error(self, problem: str, position: int | None = None) -> ExpressionError:
        lines = [f"{self.where}: expression {self.text!r} {problem}"]
        if position is not None and self.text and "\n" not in self.text:
            lines += [f"  {self.text}", f"  {' ' * position}^"]
        return ExpressionError("\n".join(lines), expression=self.text, position=position)


def _nodes(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for child in node.get("children", []):
            yield from _nodes(child)
        # multi-select hashes keep their expressions in the value of each pair
        if isinstance(node.get("value"), dict):
            yield from _nodes(node["value"])
    elif isinstance(node, list):
        for child in node:
            yield from _nodes(child)


def _reason(exc: Exception) -> str:
    """The first line of the library's words; the rest draws a caret under a text of its own."""
    return (str(exc).splitlines() or [type(exc).__name__])[0].rstrip(":")
