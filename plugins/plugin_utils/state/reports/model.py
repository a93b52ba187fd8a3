# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a report is made of: the record each host hands in, and the report that many records become."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal, TypedDict

from ...broker.errors import BadInput
from ..checks.runner import CheckResult
from ..diff import Difference
from ..plain import plain
from .redact import redact


class Change(TypedDict, total=False):
    """``state``: confirmed, committed, pending, unchanged, predicted, reverted or rejected.
    ``started``, ``finished``, ``deadline``: ISO 8601, UTC. ``diff``: unified."""

    id: str
    state: str
    diff: str
    commands: list[str]
    comment: str
    deadline: str
    started: str
    finished: str


class Phase(TypedDict, total=False):
    """``started``: ISO 8601, UTC; ``result``: ok, failed or skipped; ``words``: a sentence."""

    name: str
    started: str
    seconds: float
    result: str
    words: str


class Validation(TypedDict, total=False):
    passed: bool
    results: list[CheckResult]
    summary: dict[str, int]


class Rollback(TypedDict, total=False):
    """``verified``: state and configuration equal the checkpoint; ``differences`` where they do not."""

    done: bool
    verified: bool
    differences: list[Difference]


class TopologyData(TypedDict, total=False):
    """One device's view: the features interfaces (with addresses), lldp and bgp."""

    interfaces: dict[str, Any]
    lldp: dict[str, Any]
    bgp: dict[str, Any]


class Record(TypedDict, total=False):
    """One host's part. Only ``host`` must be there."""

    host: str
    platform: str
    address: str
    change: Change
    phases: list[Phase]
    validation: Validation
    rollback: Rollback
    topology: TopologyData


Outcome = Literal[
    "confirmed", "undone", "undo_failed", "pending", "unchanged", "predicted", "rejected", "failed", "passed", "unknown"
]

#: each outcome in words, and its colour class: good, warn, bad or calm
OUTCOMES: Mapping[Outcome, tuple[str, str]] = {
    "confirmed": ("confirmed", "good"),
    "passed": ("passed", "good"),
    "undone": ("undone", "warn"),
    "pending": ("waiting for confirmation", "warn"),
    "undo_failed": ("undone, but not as before", "bad"),
    "rejected": ("refused by the device", "bad"),
    "failed": ("failed", "bad"),
    "unchanged": ("unchanged", "calm"),
    "predicted": ("predicted only", "calm"),
    "unknown": ("nothing reported", "calm"),
}

_BY_STATE: Mapping[str, Outcome] = {
    "confirmed": "confirmed",
    "committed": "confirmed",
    "pending": "pending",
    "unchanged": "unchanged",
    "predicted": "predicted",
    "reverted": "undone",
    "rejected": "rejected",
}


class Host(TypedDict):
    """A record with nothing missing, and how it ended."""

    host: str
    platform: str
    address: str
    outcome: Outcome
    words: str
    change: Change
    phases: list[Phase]
    validation: Validation
    rollback: Rollback
    topology: TopologyData


class Summary(TypedDict):
    """``outcomes``: hosts by outcome; ``checks``: results by status; ``colour``: the worst of the outcomes';
    ``failed``: a host whose change failed or was undone, or whose checks failed."""

    hosts: int
    outcomes: dict[str, int]
    checks: dict[str, int]
    colour: str
    failed: bool
    words: str


class Report(TypedDict):
    title: str
    generated: str
    summary: Summary
    hosts: list[Host]


def merge(records: Iterable[Any], title: str, generated: datetime | None = None) -> Report:
    """One report of many records, in their order. What a record lacks stays empty; secrets in configuration
    lines are hidden. Two records of one host and one change are one host's.

    Raises BadInput for a record that is no mapping or has no ``host``.
    """
    merged: dict[tuple[str, str], dict[str, Any]] = {}
    for number, record in enumerate(records, start=1):
        if not isinstance(record, Mapping) or not record.get("host"):
            raise BadInput(f"records: record {number} is no mapping with a 'host'; pass what each host registered")
        clean = redact({str(key): value for key, value in plain(record).items() if value})
        host = str(clean["host"])
        known = [key for key in merged if key[0] == host]
        change = str((clean.get("change") or {}).get("id", "")) or (known[-1][1] if known else "")
        earlier = merged.pop((host, ""), None) if change and (host, "") in merged else merged.get((host, change))
        merged[host, change] = _joined(earlier, clean) if earlier else clean
    hosts = [_host(record) for record in merged.values()]
    moment = (generated or datetime.now(UTC)).astimezone(UTC)
    return Report(title=title, generated=moment.strftime("%Y-%m-%dT%H:%M:%SZ"), summary=_summary(hosts), hosts=hosts)


def _joined(earlier: dict[str, Any], later: dict[str, Any]) -> dict[str, Any]:
    joined = {**earlier, **later}
    joined["change"] = {**(earlier.get("change") or {}), **(later.get("change") or {})}
    joined["phases"] = [*(earlier.get("phases") or []), *(later.get("phases") or [])]
    return joined


def _host(record: Mapping[str, Any]) -> Host:
    outcome = _outcome(record)
    return Host(
        host=str(record["host"]),
        platform=str(record.get("platform", "")),
        address=str(record.get("address", "")),
        outcome=outcome,
        words=_words(outcome, record),
        change=_timed(_mapping(record, "change")),
        phases=[_phase(phase) for phase in record.get("phases") or [] if isinstance(phase, dict)],
        validation=_mapping(record, "validation"),
        rollback=_mapping(record, "rollback"),
        topology=_mapping(record, "topology"),
    )


def _phase(phase: Mapping[str, Any]) -> Phase:
    seconds = phase.get("seconds")
    known = seconds if isinstance(seconds, (int, float)) else 0.0
    timed: Phase = _timed({**phase, "seconds": float(known)})
    return timed


def _timed(value: Mapping[str, Any]) -> Any:
    """Moments given as seconds since the epoch become ISO 8601 in UTC, as all others are."""
    moments = ("started", "finished", "deadline")
    numbers = {name: value[name] for name in moments if isinstance(value.get(name), (int, float))}
    texts = {name: datetime.fromtimestamp(number, UTC).isoformat() for name, number in numbers.items()}
    return {**value, **texts}


def _mapping(record: Mapping[str, Any], name: str) -> Any:
    value = record.get(name)
    return value if isinstance(value, dict) else {}


def _outcome(record: Mapping[str, Any]) -> Outcome:
    change, validation, rollback = (_mapping(record, name) for name in ("change", "validation", "rollback"))
    if rollback.get("done"):
        return "undo_failed" if rollback.get("verified") is False else "undone"
    known = _BY_STATE.get(str(change.get("state", "")))
    if known in ("undone", "rejected"):
        return known
    phases = record.get("phases") or []
    if any(isinstance(phase, Mapping) and phase.get("result") == "failed" for phase in phases):
        return "failed"
    if validation and not validation.get("passed", True):
        return "failed"
    return known or ("passed" if validation else "unknown")


def _words(outcome: Outcome, record: Mapping[str, Any]) -> str:
    words = OUTCOMES[outcome][0]
    if outcome == "undone":
        verified = _mapping(record, "rollback").get("verified")
        words += ", verified: as before the change" if verified else ", not verified"
    failing = [r for r in _mapping(record, "validation").get("results") or [] if r.get("status") in ("failed", "error")]
    if failing:
        words += f"; {len(failing)} {'check' if len(failing) == 1 else 'checks'} failed"
    return words


def _summary(hosts: list[Host]) -> Summary:
    outcomes = Counter(host["outcome"] for host in hosts)
    checks = Counter(str(result.get("status")) for host in hosts for result in host["validation"].get("results") or [])
    parts = [f"{outcomes[name]} {OUTCOMES[name][0]}" for name in OUTCOMES if outcomes[name]]
    colours = [OUTCOMES[name][1] for name in outcomes]
    devices = "1 device" if len(hosts) == 1 else f"{len(hosts)} devices"
    return Summary(
        hosts=len(hosts),
        outcomes={name: outcomes[name] for name in OUTCOMES if outcomes[name]},
        checks={status: checks[status] for status in ("passed", "failed", "error", "skipped")},
        colour=next((colour for colour in ("bad", "warn", "good") if colour in colours), "calm"),
        failed="bad" in colours or "undone" in outcomes,
        words=f"{devices}: {', '.join(parts)}." if parts else "No device reported.",
    )
