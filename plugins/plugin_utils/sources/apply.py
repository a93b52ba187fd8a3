# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A plan put into effect: in lists, in order, up to the first error; what was written until then is told."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from typing import Any, NoReturn, Protocol

from ..broker.errors import HoldfastError, SourceDenied, SourceError
from .operations import Existing, Operation, Plan, Ref, Rules, slugs
from .rest import Rest

#: What the option ``prune`` calls the kinds that it can delete.
PRUNED = {"devices": "device", "interfaces": "interface", "addresses": "address", "cables": "cable"}
Own = dict[str, set[str]]
#: Rows in a request: a server checks them one by one, a tenth of a second each, and must answer before a timeout.
BATCH = 50
#: Most of what there is to write, and no row of it depends on another: these lists are sent several at a time.
PARALLEL = ("interface",)
VERBS = {"create": ("add", "POST"), "update": ("change", "PATCH"), "delete": ("delete", "DELETE")}


@dataclass(frozen=True, slots=True)
class Target:
    """Where a kind of object lives: its path below /api/, and its model as permissions name it."""

    path: str
    model: str

    def permission(self, action: str) -> str:
        app, _dot, name = self.model.partition(".")
        return f"{app}.{VERBS[action][0]}_{name}"


@dataclass(slots=True)
class Applied:
    """``error`` is None when all was written; else the first operations of ``left`` caused it."""

    written: list[Operation] = field(default_factory=list)
    left: list[Operation] = field(default_factory=list)
    error: HoldfastError | None = None


class Keys:
    """The source's ids of everything that operations name, also of what was just made."""

    def __init__(self, existing: Existing, plan: Plan) -> None:
        self._keys = {kind: {ref: key for ref, key in known.items() if key} for kind, known in existing.keys.items()}
        self._keys["device"] = dict(plan.devices)
        self._keys["interface"] = {ref: key for ref, key in plan.interfaces.items() if key}
        self._keys["address"] = {(one.address,): one.key for one in existing.truth.addresses}

    def of(self, kind: str, *ref: str) -> str:
        """Raises SourceError when it was not made."""
        known = self._keys.get(kind, {})
        key = known.get(ref) or known.get(slugs(ref))
        if key is None:
            raise SourceError(f"there is no {kind.replace('_', ' ')} {' '.join(ref)} to refer to")
        return key

    def add(self, kind: str, ref: Ref, key: str) -> None:
        self._keys.setdefault(kind, {})[ref] = key
        self._keys[kind][slugs(ref)] = key


class Backend(Protocol):
    """What NetBox and Nautobot do differently."""

    rest: Rest

    @property
    def targets(self) -> Mapping[str, Target]:
        """Where each kind of object is written."""

    def existing(self, rules: Rules, filters: Mapping[str, Any] | None) -> Existing:
        """Everything that a plan is made from. Raises what Rest raises, and BadInput for an option's value."""

    def body(self, operation: Operation, keys: Keys) -> dict[str, Any]:
        """Of a creation, or the changed fields of an update."""

    def after(self, action: str, kind: str, operations: Sequence[Operation], keys: Keys) -> None:
        """What takes a second request when these were written."""


def backend(source: str, rest: Rest, rules: Rules) -> Backend:
    """That of the option ``source``."""
    if source == "nautobot":
        from .apply_nautobot import NautobotBackend

        return NautobotBackend(rest, rules)
    from .apply_netbox import NetBoxBackend

    return NetBoxBackend(rest, rules)


def tagged_keys(at: Backend, rules: Rules, filters: Mapping[str, str], tags: Sequence[Mapping[str, Any]]) -> Own:
    """By kind the keys of what carries the tag (one of ``tags``), of those kinds that are to be pruned.

    Every row is looked at: a server may overlook a filter, and what is told here may be deleted.
    """
    kinds = [PRUNED[name] for name in rules.prune if tags]
    ids = {str(tag["id"]) for tag in tags}
    found = at.rest.parallel([partial(at.rest.all, at.targets[kind].path, filters) for kind in kinds])
    return {
        kind: {str(row["id"]) for row in rows if ids & {str(tag["id"]) for tag in row.get("tags") or ()}}
        for kind, rows in zip(kinds, found, strict=True)
    }


def check_permissions(plan: Plan, at: Backend) -> None:
    """Ask before anything is written whether this token may. Raises SourceDenied, naming the object and permission."""
    wanted = sorted({(one.kind, one.action) for one in plan.operations if one.action != "delete"})
    allowed: dict[str, set[str]] = {}
    for kind, action in wanted:
        target = at.targets[kind]
        if target.path not in allowed:
            allowed[target.path] = _allowed(at.rest, target.path)
        method = "POST" if action == "create" else "PUT"
        if method not in allowed[target.path]:
            raise _denied(at.rest, target, action, next(one for one in plan.operations if one.kind == kind))


def _allowed(rest: Rest, path: str) -> set[str]:
    try:
        found = rest.send("OPTIONS", path)
    except SourceError:
        return {"POST", "PUT"}  # a proxy in between may refuse to ask: then the writing itself tells
    return set((found or {}).get("actions") or ()) if isinstance(found, dict) else {"POST", "PUT"}


def _denied(rest: Rest, target: Target, action: str, one: Operation) -> SourceDenied:
    permission = target.permission(action)
    return SourceDenied(
        f"{rest.where}: this token may not {action} {one.title}: it needs the permission {permission} (and must allow "
        "writing)",
        object=one.title,
        permission=permission,
    )


def apply(plan: Plan, existing: Existing, at: Backend) -> Applied:
    """Nothing is tried again and nothing is undone: the next run goes on where this one ended."""
    keys = Keys(existing, plan)
    done = Applied()
    for (kind, _action), group in groupby(plan.operations, lambda one: (one.kind, one.action)):
        rows = list(group)
        batches = [rows[start : start + BATCH] for start in range(0, len(rows), BATCH)]
        if done.error is None:
            _write_all(batches, at, keys, done, together=kind in PARALLEL)
        else:
            done.left += rows
    return done


def _write_all(batches: Sequence[list[Operation]], at: Backend, keys: Keys, done: Applied, *, together: bool) -> None:
    """After the first error no further one is begun; those under way are waited for, and told."""
    stop = threading.Event()

    def attempt(batch: Sequence[Operation]) -> HoldfastError | bool:
        """True when it was written, False when it was not begun."""
        if stop.is_set():
            return False
        try:
            _write(batch, at, keys)
        except HoldfastError as exc:
            stop.set()
            return exc
        return True

    calls = [partial(attempt, batch) for batch in batches]
    results = at.rest.parallel(calls) if together else [call() for call in calls]
    left: list[Operation] = []
    for batch, result in zip(batches, results, strict=True):
        if result is True:
            done.written += batch
        elif isinstance(result, HoldfastError):
            done.error = done.error or result
            done.left += batch
        else:
            left += batch
    done.left += left


def _write(batch: Sequence[Operation], at: Backend, keys: Keys) -> None:
    action, kind = batch[0].action, batch[0].kind
    target = at.targets[kind]
    rows = []
    for one in batch:
        row = {} if action == "delete" else at.body(one, keys)
        if action != "create":
            key = one.key or keys.of("device" if kind == "primary_address" else kind, *one.ref)
            row["id"] = int(key) if key.isdigit() else key
        rows.append(row)
    rows = [row for row in rows if action != "update" or len(row) > 1]
    if rows:
        answer = _send(at.rest, target, action, batch, rows)
        if action == "create":
            for one, made in zip(batch, answer, strict=True):
                keys.add(kind, one.ref, str(made["id"]))
    try:
        at.after(action, kind, batch, keys)
    except HoldfastError as exc:
        raise type(exc)(f"{_some(batch)} written, but not in whole: {exc.message}; run it again", **exc.detail) from exc


def _send(
    rest: Rest, target: Target, action: str, batch: Sequence[Operation], rows: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    try:
        answer = rest.send(VERBS[action][1], target.path, rows)
    except SourceDenied as exc:
        raise _denied(rest, target, action, batch[0]) from exc
    except SourceError as exc:
        _explain(exc, action, batch)
    if action != "delete" and (not isinstance(answer, list) or len(answer) != len(rows)):
        raise SourceError(f"{rest.where} did not answer the writing of {batch[0].title} (and others) with what it made")
    return answer or []


def _explain(exc: SourceError, action: str, batch: Sequence[Operation]) -> NoReturn:
    """Name the object and the field: a server answers a list with a list of complaints, empty for what is right."""
    complaints = exc.detail.get("data")
    if isinstance(complaints, list) and len(complaints) == len(batch):
        pairs = zip(batch, complaints, strict=True)
        wrong = [(one, what) for one, what in pairs if what]
        if wrong:
            words = "; ".join(f"{one.title}: {_words(what)}" for one, what in wrong[:5])
            raise SourceError(f"cannot {action} {words}", objects=[one.title for one, _what in wrong]) from exc
    raise SourceError(f"cannot {action} {_some(batch)}: {exc.message}", **exc.detail) from exc


def _some(batch: Sequence[Operation]) -> str:
    return batch[0].title if len(batch) == 1 else f"{batch[0].title} and {len(batch) - 1} more"


def _words(complaint: Any) -> str:
    if not isinstance(complaint, Mapping):
        return str(complaint)
    return ", ".join(
        f"{name}: {' '.join(map(str, what)) if isinstance(what, list) else what}" for name, what in complaint.items()
    )
