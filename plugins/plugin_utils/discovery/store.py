# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The discovery store: ``DIR/devices/ID.json``, one file a device, fit for git, and ``DIR/unreached.json``.

A file is written only when it says something new, so an unchanged network makes no commit. While a crawl runs, and
after it was interrupted, there are also ``crawl.json`` and ``.before/`` (see ``resume``).
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from ..broker.errors import BadInput, BreakerOpen, LoginBlocked, StateDirError
from ..state.files import safe_name, same_text, write_atomic
from .records import Device, Failure, Found

FORMAT = 1
#: what is said instead of an earlier failure because of it: not news
ECHOES = (BreakerOpen.code, LoginBlocked.code)


class DiscoveryStore:
    """One directory. Whoever writes more than one file holds ``locked``."""

    def __init__(self, directory: str | Path) -> None:
        self.directory = Path(directory).expanduser()
        self.devices = self.directory / "devices"
        self.unreached = self.directory / "unreached.json"

    def load(self) -> Found:
        """What is there; nothing when there is no such directory. Raises BadInput for a file that is none of ours."""
        files = sorted(self.devices.glob("*.json"))
        devices = [read_device(path) for path in files]
        failures = [_failure(self.unreached, row) for row in _rows(self.unreached)]
        return Found(devices, failures)

    def save(self, device: Device) -> bool:
        """Write one device; whether the file changed. Raises StateDirError."""
        return _write(self.path(device.id), device_text(device))

    def save_failures(self, failures: Sequence[Failure]) -> bool:
        """Write who was not reached; whether the file changed."""
        return _write(self.unreached, failures_text(self.settled(failures)))

    def settled(self, failures: Sequence[Failure]) -> list[Failure]:
        """These failures in order, each in the words of the last time where it is the same one."""
        old = {(one.address, one.name): one for one in (_failure(self.unreached, row) for row in _rows(self.unreached))}
        found = []
        for one in failures:
            before = old.get((one.address, one.name))
            if one.address and before is not None and (one.code == before.code or one.code in ECHOES):
                one = replace(before, found_by=one.found_by)
            found.append(one)
        return sorted(found, key=lambda one: (one.address, one.name))

    def remove(self, device_id: str) -> None:
        """Forget a device, by its id."""
        self.path(device_id).unlink(missing_ok=True)

    def path(self, device_id: str) -> Path:
        """The device's file."""
        return self.devices / f"{safe_name('id', device_id)}.json"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody else writes here meanwhile. Raises StateDirError at once when somebody does."""
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.directory, os.O_RDONLY | os.O_DIRECTORY)
        except OSError as exc:
            raise StateDirError(
                f"cannot use {self.directory}: {exc.strerror or exc}", path=str(self.directory)
            ) from exc
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            os.close(handle)
            raise StateDirError(
                f"another discovery writes to {self.directory}; wait for its end, or use a directory of your own",
                path=str(self.directory),
            ) from exc
        try:
            yield
        finally:
            os.close(handle)


def device_text(device: Device) -> str:
    """A device's file."""
    return _text({"format": FORMAT, "device": device.as_dict()})


def failures_text(failures: Sequence[Failure]) -> str:
    """The file of those who were not reached."""
    return _text({"format": FORMAT, "unreached": [asdict(one) for one in failures]})


def read_device(path: Path) -> Device:
    """The device in a file. Raises BadInput, StateDirError."""
    try:
        return Device.from_dict(_json(path)["device"])
    except (KeyError, TypeError, AttributeError) as exc:
        raise BadInput(f"{path} holds no device ({exc}); restore it from git, or delete it and discover again") from exc


def _text(value: Any) -> str:
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _write(path: Path, text: str) -> bool:
    if same_text(path, text):
        return False
    write_atomic(path, text)
    return True


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise StateDirError(f"cannot read {path}: {exc.strerror or exc}", path=str(path)) from exc
    except ValueError as exc:
        raise BadInput(f"{path} is no JSON ({exc}); restore it from git, or delete it and discover again") from exc
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise BadInput(f"{path} is no file of a discovery store (format {FORMAT}); delete it and discover again")
    return found


def _rows(path: Path) -> list[dict[str, Any]]:
    return list(_json(path).get("unreached") or ()) if path.exists() else []


def _failure(path: Path, row: dict[str, Any]) -> Failure:
    try:
        return failure_of(row)
    except TypeError as exc:
        raise BadInput(f"{path} holds a row that is none of ours ({exc}); delete it and discover again") from exc


def failure_of(row: dict[str, Any]) -> Failure:
    """The reverse of ``dataclasses.asdict``. Raises TypeError."""
    by = row.get("found_by")
    return Failure(**{**row, "found_by": tuple(by) if by else None, "tried": tuple(row.get("tried") or ())})
