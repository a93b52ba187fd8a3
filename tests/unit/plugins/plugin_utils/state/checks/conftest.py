# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A device and a clock for the checks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import HoldfastError
from ansible_collections.holdfast.network.plugins.plugin_utils.state.checks.catalogue import parse_catalogue
from ansible_collections.holdfast.network.plugins.plugin_utils.state.checks.runner import CheckResult, run_checks


class FakeClock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.now = 100.0
        self.sleeps: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float, /) -> None:
        self.sleeps.append(seconds)
        self.now += seconds


class Device:
    """Gives one state after the other, the last one for ever; an error among them is raised."""

    def __init__(self, *states: Mapping[str, Any] | HoldfastError, replies: Mapping[str, Any] | None = None) -> None:
        self.states = list(states)
        self.replies = replies or {}
        self.asked: list[tuple[str, ...]] = []
        self.pings: list[tuple[str, dict[str, Any]]] = []

    def features(self, names: Sequence[str], /) -> Mapping[str, Any]:
        self.asked.append(tuple(names))
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        if isinstance(state, HoldfastError):
            raise state
        return {name: state[name] for name in names}

    def ping(self, destination: str, /, **options: Any) -> Mapping[str, Any]:
        self.pings.append((destination, options))
        reply: Mapping[str, Any] = self.replies[destination]
        return reply

    def getter(self, name: str, arguments: Mapping[str, Any], /) -> Any:
        self.pings.append((name, dict(arguments)))
        if isinstance(self.replies[name], HoldfastError):
            raise self.replies[name]
        return self.replies[name]


Evaluate = Callable[..., CheckResult]


@pytest.fixture
def evaluate() -> Evaluate:
    """One check against one state: its result."""

    def _evaluate(
        entry: Mapping[str, Any],
        state: Mapping[str, Any] | None = None,
        before: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> CheckResult:
        device = Device(state or {}, replies=more.pop("replies", None))
        snapshot = None if before is None else {"metadata": {"label": "before"}, "features": before}
        result = run_checks(parse_catalogue([entry], "inline"), device, snapshot, host="r1", clock=FakeClock(), **more)
        return result.results[0]

    return _evaluate
