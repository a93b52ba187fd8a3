# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Changes as tasks see them: text of candidates, records with readable times, backup files."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .broker.errors import BadInput, StateDirError
from .device_action import iso
from .state.files import write_atomic

LONG = 600.0  # seconds that a whole change may take: configure replace of a large device alone takes minutes


def described(change: Mapping[str, Any]) -> dict[str, Any]:
    """The broker's record with ISO 8601 times, without what the task returns elsewhere."""
    shown = {key: value for key, value in change.items() if key not in ("commands", "diff", "phases")}
    return {**shown, **{key: iso(change[key]) for key in ("started", "deadline", "finished")}}


def timed(phases: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Phases with ISO 8601 times."""
    return [{**phase, "started": iso(phase["started"])} for phase in phases]


def sectioned(parents: Sequence[str], lines: Sequence[str]) -> str:
    """Lines inside their section: each parent one step in from the one before."""
    text = [f"{' ' * depth}{parent.strip()}" for depth, parent in enumerate(parents)]
    text += [f"{' ' * len(parents)}{line}" for line in lines]
    return "\n".join(text) + "\n"


def write_backup(directory: str, host: str, text: str) -> str:
    """Keep a configuration as DIR/HOST/TIME.cfg, for its owner only; the path. Raises StateDirError."""
    if "/" in host or host.startswith("."):
        raise BadInput(f"backup: the host name '{host}' cannot be a file name", option="backup")
    now = datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%S%fZ")
    path = Path(directory) / host / f"{now}.cfg"
    try:
        write_atomic(path, text, mode=0o600)
    except StateDirError as exc:
        raise StateDirError(f"backup_dir: {exc.message}", path=str(path)) from exc
    return str(path)
