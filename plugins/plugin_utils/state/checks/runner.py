# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs checks against a device until they pass or time is up."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, Protocol, TypedDict

from ...broker.errors import BadInput, HoldfastError, Unsupported
from ..plain import plain
from .contract import SEVERITIES, Check, Context, Outcome

Status = Literal["passed", "failed", "error", "skipped"]

#: what data of an unexpected shape raises in a check's own code
_BROKEN = (LookupError, TypeError, AttributeError, ValueError, ArithmeticError)

_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Reader(Protocol):
    """Gives a device's data, fresh at each call."""

    def features(self, names: Sequence[str], /) -> Mapping[str, Any]:
        """{feature: data} of all the names. Raises Unsupported, whose detail ``features`` may say which
        the platform lacks, as {name: reason} or a list; any other HoldfastError when the device cannot be read."""

    def ping(self, destination: str, /, **options: Any) -> Mapping[str, Any]:
        """NAPALM's ping from the device: its options, its result."""

    def getter(self, name: str, arguments: Mapping[str, Any], /) -> Any:
        """What one of NAPALM's getters gives. Raises Unsupported."""


class Clock(Protocol):
    """What the runner needs of the ``time`` module."""

    def monotonic(self) -> float: ...

    def sleep(self, seconds: float, /) -> None: ...


class CheckResult(TypedDict):
    """``seconds`` run from the check's first evaluation to its last; ``attempts`` counts them."""

    check: str
    title: str
    severity: str
    tags: list[str]
    status: Status
    message: str
    expected: Any
    actual: Any
    host: str
    seconds: float
    attempts: int


@dataclass(frozen=True)
class Result:
    """``passed``: no check of at least ``severity`` failed or could not be evaluated.

    ``attempts``: how often the device was read; ``summary``: {passed, failed, skipped, error} counts.
    """

    passed: bool
    severity: str
    results: list[CheckResult]
    attempts: int
    summary: dict[str, int]
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        return {
            "passed": self.passed,
            "severity": self.severity,
            "results": self.results,
            "attempts": self.attempts,
            "summary": self.summary,
            "seconds": self.seconds,
        }


@dataclass
class _Item:
    """A check under way."""

    check: Check
    status: Status = "error"
    outcome: Outcome | None = None
    message: str = ""
    attempts: int = 0
    started: float = 0.0
    ended: float = 0.0
    again: bool = True

    def settle(self, status: Status, message: str, *, again: bool = False, outcome: Outcome | None = None) -> None:
        self.status, self.message, self.again, self.outcome = status, message, again, outcome


def run_checks(
    checks: Sequence[Check],
    reader: Reader,
    before: Mapping[str, Any] | None = None,
    *,
    host: str,
    hostvars: Mapping[str, Any] = _NOTHING,
    severity: str = "low",
    converge: float = 0.0,
    interval: float = 1.0,
    clock: Clock = time,
) -> Result:
    """Evaluate all checks; repeat those that do not pass, until they do or ``converge`` seconds are over.

    ``before`` is a snapshot as ``SnapshotStore.load`` gives it. ``interval`` is in seconds between attempts.
    Each attempt reads all the features it needs in one call. Checks that need a snapshot are ``skipped`` when
    there is none. What cannot be evaluated is ``error``: a platform that lacks the feature (``skipped`` when
    the check says so), a device that cannot be read, data that a check cannot make sense of.
    Raises BadInput for a severity, converge or interval that is wrong; never for the state of the device.
    """
    _validate(severity, converge, interval)
    run = _Run(reader, before, host, hostvars, clock)
    items = [_Item(check) for check in checks]
    started = clock.monotonic()
    attempts, pending = 0, items
    while pending:
        final = clock.monotonic() - started >= converge
        attempts += 1
        run.attempt(pending)
        pending = [item for item in pending if item.again]
        if final or not pending:
            break
        left = converge - (clock.monotonic() - started)
        clock.sleep(max(0.0, min(interval, left)))
    return _result(items, host, severity, attempts, clock.monotonic() - started)


@dataclass
class _Run:
    """One run's surroundings, and what it learned of the platform."""

    reader: Reader
    snapshot: Mapping[str, Any] | None
    host: str
    hostvars: Mapping[str, Any]
    clock: Clock
    lacking: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.before: Mapping[str, Any] | None = None if self.snapshot is None else self.snapshot["features"]
        self.names_before = tuple(self.before or ())
        self.hostvars = plain(self.hostvars)

    def attempt(self, pending: Sequence[_Item]) -> None:
        now = self.clock.monotonic()
        for item in pending:
            item.started = item.started if item.attempts else now
            item.attempts += 1
        ready = [item for item in pending if self._has_before(item)]
        context = self._read(ready)
        for item in ready:
            if context is not None and self._has_features(item):
                self._evaluate(item, context)
        for item in pending:
            item.ended = self.clock.monotonic()

    def _has_before(self, item: _Item) -> bool:
        needed = item.check.before(self.names_before)
        if self.before is None and needed:
            item.settle("skipped", "there is no snapshot to compare with; name one with before")
            return False
        missing = [name for name in needed if name not in (self.before or {})]
        if missing:
            label = (self.snapshot or {}).get("metadata", {}).get("label")
            item.settle("error", f"snapshot {label!r} has no {', '.join(missing)}; take it with these features")
            return False
        return True

    def _has_features(self, item: _Item) -> bool:
        missing = [name for name in item.check.features(self.names_before) if name in self.lacking]
        if missing:
            words = f"the platform does not give {', '.join(missing)}: {self.lacking[missing[0]]}"
            item.settle("skipped" if item.check.skip_unsupported else "error", words)
        return not missing

    def _read(self, items: Sequence[_Item]) -> Context | None:
        """All the features these checks need; None, with every check settled, when the device cannot be read."""
        needed = dict.fromkeys(name for item in items for name in item.check.features(self.names_before))
        try:
            features = self._features([name for name in needed if name not in self.lacking])
        except HoldfastError as exc:
            for item in items:
                item.settle("error", f"the device could not be read: {exc.message}", again=exc.retryable)
            return None
        return Context(self.host, features, self.before, self.hostvars, self.reader.ping, self.reader.getter)

    def _features(self, names: Sequence[str]) -> dict[str, Any]:
        if not names:
            return {}
        try:
            return dict(plain(self.reader.features(names)))
        except Unsupported as exc:
            named = exc.detail.get("features") or {}
            reasons = named if isinstance(named, Mapping) else dict.fromkeys(named, exc.message)
            lacking = {name: str(reasons[name]) for name in names if name in reasons}
            if len(names) == 1:
                lacking = {names[0]: exc.message}
        self.lacking.update(lacking)
        if lacking:
            return self._features([name for name in names if name not in lacking])
        # it does not say which one it lacks: ask for each
        found: dict[str, Any] = {}
        for name in names:
            found.update(self._features([name]))
        return found

    def _evaluate(self, item: _Item, context: Context) -> None:
        check = item.check
        try:
            outcome = check.definition.run(check.options, context)
        except Unsupported as exc:
            item.settle("skipped" if check.skip_unsupported else "error", exc.message)
        except HoldfastError as exc:
            item.settle("error", exc.message, again=exc.retryable)
        except _BROKEN as exc:
            words = f"the check could not make sense of the data: {type(exc).__name__}: {exc}"
            item.settle("error", words, again=True)
        else:
            words = "; ".join(outcome.problems)
            if outcome.passed and words:
                words = f"within the tolerance of {outcome.tolerance}: {words}"
            status: Status = "passed" if outcome.passed else "failed"
            item.settle(status, words or outcome.message, again=not outcome.passed, outcome=outcome)


def _validate(severity: str, converge: float, interval: float) -> None:
    if severity not in SEVERITIES:
        raise BadInput(f"severity: {severity!r} is none of {', '.join(SEVERITIES)}", option="severity")
    if converge < 0:
        raise BadInput(f"converge: {converge!r} is negative; give seconds, 0 for one attempt", option="converge")
    if interval <= 0:
        raise BadInput(f"interval: {interval!r} is not positive; give seconds between attempts", option="interval")


def _result(items: Sequence[_Item], host: str, severity: str, attempts: int, seconds: float) -> Result:
    results = [_as_result(item, host) for item in items]
    summary = dict.fromkeys(("passed", "failed", "skipped", "error"), 0)
    for result in results:
        summary[result["status"]] += 1
    threshold = SEVERITIES.index(severity)
    failing = [
        result
        for result in results
        if result["status"] in ("failed", "error") and SEVERITIES.index(result["severity"]) >= threshold
    ]
    return Result(not failing, severity, results, attempts, summary, round(seconds, 3))


def _as_result(item: _Item, host: str) -> CheckResult:
    check, outcome = item.check, item.outcome
    return CheckResult(
        check=check.definition.name,
        title=check.title,
        severity=check.severity,
        tags=list(check.tags),
        status=item.status,
        message=item.message,
        expected=plain(outcome.expected) if outcome else None,
        actual=plain(outcome.actual) if outcome else None,
        host=host,
        seconds=round(item.ended - item.started, 3),
        attempts=item.attempts,
    )
