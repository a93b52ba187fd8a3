# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The discovery store: ``DIR/devices/ID.json``, one file a device, fit for git, and ``DIR/unreached.json``.

A file is written only when it says something new, so an unchanged network makes no commit.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..broker.errors import BadInput, StateDirError
from ..state.files import safe_name, write_atomic
from .records import Device, Failure, Found

FORMAT = 1


class DiscoveryStore:
    """Not for two writers at once."""

    def __init__(self, directory: str | Path) -> None:
        self.directory = Path(directory).expanduser()
        self.devices = self.directory / "devices"
        self.unreached = self.directory / "unreached.json"

    def load(self) -> Found:
        """What is there; nothing when there is no such directory. Raises BadInput for a file that is none of ours."""
        files = sorted(self.devices.glob("*.json"))
        devices = [_device(path) for path in files]
        failures = [_failure(self.unreached, row) for row in _rows(self.unreached)]
        return Found(devices, failures)

    def save(self, device: Device) -> bool:
        """Write one device; whether the file changed. Raises StateDirError."""
        path = self.devices / f"{safe_name('id', device.id)}.json"
        return _write(path, {"format": FORMAT, "device": device.as_dict()})

    def save_failures(self, failures: list[Failure]) -> bool:
        """Write who was not reached; whether the file changed."""
        rows = sorted((asdict(one) for one in failures), key=lambda row: (row["address"], row["name"]))
        return _write(self.unreached, {"format": FORMAT, "unreached": rows})

    def remove(self, device_id: str) -> None:
        """Forget a device, by its id."""
        (self.devices / f"{safe_name('id', device_id)}.json").unlink(missing_ok=True)


def _write(path: Path, value: Any) -> bool:
    text = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    if path.exists() and path.read_text(encoding="utf-8") == text:
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


def _device(path: Path) -> Device:
    try:
        return Device.from_dict(_json(path)["device"])
    except (KeyError, TypeError, AttributeError) as exc:
        raise BadInput(f"{path} holds no device ({exc}); restore it from git, or delete it and discover again") from exc


def _rows(path: Path) -> list[dict[str, Any]]:
    return list(_json(path).get("unreached") or ()) if path.exists() else []


def _failure(path: Path, row: dict[str, Any]) -> Failure:
    try:
        by = row.get("found_by")
        return Failure(**{**row, "found_by": tuple(by) if by else None, "tried": tuple(row.get("tried") or ())})
    except TypeError as exc:
        raise BadInput(f"{path} holds a row that is none of ours ({exc}); delete it and discover again") from exc
