# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What must outlive the broker: pending changes, checkpoints, and the record of every change.

Files of JSON and configuration text under the state directory, 0600, written whole (temporary file, fsync,
rename, fsync of the directory). No credentials are ever among them: a configuration is what the device prints.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import secrets
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from .errors import BadInput, CheckpointUnknown, StateDirError
from .paths import STATE_ENV, make_private

PRE_ROLLBACK = "pre-rollback"  # label of what a rollback itself keeps: never the ``latest`` to go back to
KEEP_CHECKPOINTS = 50  # unlabelled ones, for each device


def new_id() -> str:
    """Names a change or checkpoint: sorts by time, fits a file name on any device."""
    return f"{int(time.time()):x}{secrets.token_hex(4)}"


def write_whole(path: Path, text: str) -> None:
    """All of it or nothing, on the disk before this returns. Raises StateDirError."""
    try:
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        try:
            with os.fdopen(descriptor, "w") as handle:
                handle.write(text)
                handle.flush()
                os.fsync(handle.fileno())
            os.replace(temporary, path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        _sync_directory(path.parent)
    except OSError as exc:
        raise StateDirError(
            f"{STATE_ENV}: cannot write {path}: {exc.strerror}; make room or choose another directory", path=str(path)
        ) from exc


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _is_at(handle: IO[str], path: Path) -> bool:
    """Whether an open file is still the one at this path."""
    try:
        return os.path.samestat(os.fstat(handle.fileno()), path.stat())
    except FileNotFoundError:
        return False


@dataclass
class Change:
    """One guarded change. ``deadline`` and times are seconds since the epoch; ``state`` is one of
    armed, pending, confirmed, committed, reverted, rejected, failed."""

    id: str
    device: str
    host: str
    port: int
    platform: str
    checkpoint: str
    owner: str
    comment: str
    state: str = "armed"
    started: float = field(default_factory=time.time)
    deadline: float | None = None
    finished: float | None = None
    native_timer: bool = False
    commands: list[str] = field(default_factory=list)
    diff: str = ""
    phases: list[dict[str, Any]] = field(default_factory=list)
    reason: str = ""
    attempts: int = 0

    @property
    def settled(self) -> bool:
        return self.state not in ("armed", "pending")


class ChangeStore:
    """Pending changes in ``changes/``, settled ones in ``journal/``.

    Each pending change is locked by the broker that guards it. The kernel drops the lock when that process
    ends, however it ends, so an unlocked pending change is an orphan.
    """

    def __init__(self, state: Path) -> None:
        self._pending = make_private(state / "changes", STATE_ENV)
        self._journal = make_private(state / "journal", STATE_ENV)
        self._locks: dict[str, IO[str]] = {}

    def save(self, change: Change) -> None:
        """Write the change where its state says it belongs, and hold its lock while it is pending."""
        text = json.dumps(asdict(change), indent=1, sort_keys=True)
        if not change.settled:
            known = change.id in self._locks
            self.lock(change.id)
            try:
                write_whole(self._path(change), text)
            except StateDirError:
                if not known:  # it was never on the disk: there is nothing to guard
                    self.release(change.id)
                raise
            return
        write_whole(self._journal / f"{change.id}.json", text)
        self._path(change).unlink(missing_ok=True)
        self.release(change.id)

    def lock(self, change_id: str) -> bool:
        """Take the change; False when another broker guards it."""
        path = self._pending / f"{change_id}.lock"
        while change_id not in self._locks:
            try:
                handle = open(path, "w")  # noqa: SIM115  held for the change's life
            except OSError as exc:
                raise StateDirError(f"{STATE_ENV}: cannot write {path}: {exc.strerror}", path=str(path)) from exc
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                handle.close()
                return False
            if _is_at(handle, path):
                self._locks[change_id] = handle
            else:  # released and removed between our opening and our locking
                handle.close()
        return True

    def orphans(self, device: str) -> Iterator[Change]:
        """Pending changes of this device that no live broker guards; each is ours from here on."""
        for path, change in self._of(device):
            # Once locked, look again: its guard may have settled it between our reading and our locking.
            if change.id not in self._locks and self.lock(change.id):
                if path.exists():
                    yield self._load(path)
                else:
                    self.release(change.id)

    def foreign(self, device: str) -> Change | None:
        """A pending change of this device that another live broker guards. Ask after ``orphans``."""
        return next((change for _unused, change in self._of(device) if change.id not in self._locks), None)

    def _path(self, change: Change) -> Path:
        return self._pending / f"{_file_name(change.device)}@{change.id}.json"

    def _of(self, device: str) -> Iterator[tuple[Path, Change]]:
        # The device is in the file's name, so that a damaged file keeps no other device waiting.
        # Asked before every request: a plain listing takes a fifth of what a glob does.
        start = f"{_file_name(device)}@"
        names = [name for name in os.listdir(self._pending) if name.startswith(start) and name.endswith(".json")]
        for path in map(self._pending.joinpath, sorted(names)):
            try:
                yield path, self._load(path)
            except FileNotFoundError:  # settled while we looked
                continue

    def forget(self, change: Change) -> None:
        """Without a record: the device is as it was, and there is no room to write that down."""
        self._path(change).unlink(missing_ok=True)
        self.release(change.id)

    def release(self, change_id: str) -> None:
        """Give up the lock: the change is an orphan again."""
        lock = self._locks.pop(change_id, None)
        if lock is not None:
            (self._pending / f"{change_id}.lock").unlink(missing_ok=True)
            lock.close()

    def settled(self, change_id: str) -> Change | None:
        if not re.fullmatch(r"[0-9a-f]{8,20}", change_id):
            raise BadInput(f"change: '{change_id}' is no change id; it looks like 6a1f0c2e9b21d4", option="change")
        path = self._journal / f"{change_id}.json"
        return self._load(path) if path.exists() else None

    @staticmethod
    def _load(path: Path) -> Change:
        try:
            return Change(**json.loads(path.read_text()))
        except FileNotFoundError:
            raise
        except (OSError, ValueError, TypeError) as exc:
            raise StateDirError(
                f"{path} cannot be read as a change ({exc}); that device may have a pending change: look at it, settle "
                "the device by hand, then remove the file",
                path=str(path),
            ) from exc


class CheckpointStore:
    """Configurations to go back to: ``checkpoints/DEVICE/ID.cfg`` with ``ID.json`` beside it."""

    def __init__(self, state: Path) -> None:
        self._root = make_private(state / "checkpoints", STATE_ENV)

    def add(self, device: str, platform: str, text: str, label: str = "") -> dict[str, Any]:
        """Keep one; returns its metadata ``{id, label, taken, platform, device, path}``."""
        folder = make_private(self._root / _file_name(device), STATE_ENV)
        checkpoint = new_id()
        meta = {"id": checkpoint, "label": label, "taken": time.time(), "platform": platform, "device": device}
        meta["path"] = str(folder / f"{checkpoint}.cfg")
        write_whole(folder / f"{checkpoint}.cfg", text)
        write_whole(folder / f"{checkpoint}.json", json.dumps(meta, indent=1))
        self._prune(device, checkpoint)
        return meta

    def known(self, device: str) -> list[dict[str, Any]]:
        """Metadata, oldest first."""
        folder = self._root / _file_name(device)
        found: list[dict[str, Any]] = [json.loads(path.read_text()) for path in folder.glob("*.json")]
        found.sort(key=lambda meta: float(meta["taken"]))
        return found

    def find(self, device: str, wanted: str) -> dict[str, Any]:
        """By id, label (its newest) or ``latest``. Raises CheckpointUnknown, naming what there is."""
        known = self.known(device)
        meta: dict[str, Any]
        for meta in reversed(known):
            latest = wanted == "latest" and meta["label"] != PRE_ROLLBACK
            if latest or wanted in (meta["id"], meta["label"] or None):
                return meta
        names = ", ".join(meta["label"] or meta["id"] for meta in known[-10:]) or "none"
        raise CheckpointUnknown(f"to: no checkpoint '{wanted}' of {device}; there are: {names}", wanted=wanted)

    def text(self, meta: dict[str, Any]) -> str:
        """The configuration. Raises StateDirError."""
        try:
            return Path(meta["path"]).read_text()
        except OSError as exc:
            raise StateDirError(f"checkpoint {meta['id']} cannot be read: {exc}", path=str(meta["path"])) from exc

    def drop(self, device: str, checkpoint: str) -> None:
        """Forget one: its change changed nothing, so it is nothing to go back to."""
        folder = self._root / _file_name(device)
        (folder / f"{checkpoint}.json").unlink(missing_ok=True)
        (folder / f"{checkpoint}.cfg").unlink(missing_ok=True)

    def _prune(self, device: str, newest: str) -> None:
        """``newest`` stays even if the clock was set back, so that it looks like the oldest."""
        unlabelled = [meta for meta in self.known(device) if meta["label"] in ("", PRE_ROLLBACK)]
        for meta in unlabelled[:-KEEP_CHECKPOINTS]:
            if meta["id"] != newest:
                self.drop(device, meta["id"])


def _file_name(device: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]", "_", device)
