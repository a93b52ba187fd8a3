# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Waiting until JMESPath conditions hold on what commands returned."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

from .broker.errors import ExpressionError, HoldfastError, MissingLibrary


class NotInTime(HoldfastError):
    """The conditions did not come true in the given number of attempts."""

    code = "condition_unmet"
    retryable = True


class Conditions:
    """Expressions that must be true (``match``: all or any). None at all hold at once."""

    def __init__(self, expressions: Sequence[str], match: str) -> None:
        self._match = match
        self._compiled = [(text, _compile(text)) for text in expressions]
        self._failed: list[str] = []

    def attempts(self, most: int, interval: float) -> Iterator[int]:
        """1, 2, ... with a pause before each further one."""
        for number in range(1, max(1, most if self._compiled else 1) + 1):
            if number > 1:
                time.sleep(interval)
            yield number

    def hold(self, data: dict[str, Any]) -> bool:
        if not self._compiled:
            return True
        import jmespath.exceptions

        self._failed = []
        for text, expression in self._compiled:
            try:
                if not expression.search(data):
                    self._failed.append(text)
            except jmespath.exceptions.JMESPathError as exc:
                raise ExpressionError(f"wait_for: '{text}' cannot be evaluated: {exc}", expression=text) from exc
        if self._match == "any":
            return len(self._failed) < len(self._compiled)
        return not self._failed

    def unmet(self, host: str) -> NotInTime:
        wanted = "; ".join(self._failed)
        return NotInTime(f"wait_for: on {host} this did not come true in time: {wanted}", conditions=self._failed)


def _compile(text: str) -> Any:
    try:
        import jmespath
        import jmespath.exceptions
    except ImportError as exc:
        raise MissingLibrary("wait_for needs a package: pip install jmespath", package="jmespath") from exc
    try:
        return jmespath.compile(text)
    except jmespath.exceptions.JMESPathError as exc:
        raise ExpressionError(f"wait_for: '{text}' is no JMESPath: {exc}", expression=text) from exc
