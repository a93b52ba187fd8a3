# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Snapshots: what a device was like under a label, one JSON file each, fit to be committed to git."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..broker.errors import BadInput, StateDirError
from .diff import diff_features
from .files import safe_name, write_atomic
from .plain import plain

FORMAT = 1


@dataclass(frozen=True)
class Saved:
    """``changed``: nothing was there before, or its state differed (counters and uptimes do not count)."""

    path: Path
    changed: bool


def make_snapshot(
    *,
    host: str,
    platform: str,
    label: str,
    features: Mapping[str, Any],
    skipped: Mapping[str, str] | None = None,
    collection_version: str,
    taken: datetime | None = None,
) -> dict[str, Any]:
    """``{format, metadata: {host, platform, label, taken, collection_version, features, skipped}, features}``.

    ``taken`` is ISO 8601 in UTC, now when not given; ``skipped`` is {feature: reason}.
    """
    moment = (taken or datetime.now(UTC)).astimezone(UTC)
    return {
        "format": FORMAT,
        "metadata": {
            "host": safe_name("host", host),
            "platform": platform,
            "label": safe_name("label", label),
            "taken": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "collection_version": collection_version,
            "features": sorted(features),
            "skipped": dict(skipped or {}),
        },
        "features": plain(features),
    }


class SnapshotStore:
    """The files ``DIR/LABEL/HOST.json`` below one directory."""

    def __init__(self, directory: str | Path) -> None:
        self.directory = Path(directory).expanduser()

    def path(self, label: str, host: str) -> Path:
        """Where it is or would be. Raises BadInput for a label or host that would leave the directory."""
        return self.directory / safe_name("label", label) / f"{safe_name('host', host)}.json"

    def save(self, snapshot: Mapping[str, Any]) -> Saved:
        """Write it, replacing an older one of the same label. Raises StateDirError.

        Only the owner may read the file: a running configuration holds what it holds.
        """
        metadata = snapshot["metadata"]
        path = self.path(metadata["label"], metadata["host"])
        changed = self._differs(path, snapshot)
        text = json.dumps(plain(snapshot), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        write_atomic(path, text, mode=0o600)
        return Saved(path, changed)

    def load(self, label: str, host: str) -> dict[str, Any]:
        """Read it back. Raises BadInput (missing, not JSON, not a snapshot) or StateDirError (not readable)."""
        path = self.path(label, host)
        try:
            return _read(path)
        except FileNotFoundError as exc:
            labels = self.labels(host)
            known = f"labels of this host there: {', '.join(labels)}" if labels else "no snapshot of this host is there"
            raise BadInput(
                f"no snapshot labelled {label!r} of host {host!r} in {self.directory}; {known}. "
                "Take one with the snapshot module, or name the directory with dir.",
                option="label",
                labels=labels,
            ) from exc

    def labels(self, host: str) -> list[str]:
        """Labels this host has a snapshot under, sorted; empty when the directory is not there."""
        name = f"{safe_name('host', host)}.json"
        try:
            return sorted(entry.name for entry in self.directory.iterdir() if (entry / name).is_file())
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as exc:
            raise StateDirError(f"cannot list {self.directory}: {exc.strerror}", path=str(self.directory)) from exc

    def _differs(self, path: Path, snapshot: Mapping[str, Any]) -> bool:
        try:
            old = _read(path)
        except (FileNotFoundError, BadInput):
            # absent or damaged: whatever is written is new
            return True
        if set(old["features"]) != set(snapshot["features"]):
            return True
        return bool(diff_features(old["features"], snapshot["features"]))


def _read(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError) as exc:
        raise FileNotFoundError(str(path)) from exc
    except OSError as exc:
        raise StateDirError(f"cannot read {path}: {exc.strerror}", path=str(path)) from exc
    except UnicodeDecodeError as exc:
        raise BadInput(f"{path} is no snapshot: not UTF-8 text; delete it or take it again") from exc
    except json.JSONDecodeError as exc:
        raise BadInput(
            f"{path} is no snapshot: not JSON at line {exc.lineno}, column {exc.colno} ({exc.msg}); "
            "delete it or take it again"
        ) from exc
    if not isinstance(data, dict) or not isinstance(data.get("features"), dict) or "metadata" not in data:
        raise BadInput(f"{path} is no snapshot: no 'metadata' and 'features' in it; delete it or take it again")
    if data.get("format") != FORMAT:
        raise BadInput(f"{path} has snapshot format {data.get('format')!r}, this version reads {FORMAT}; take it again")
    return data
