# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The last good answer of a source of truth, kept for the day on which it does not answer.

Ansible's cache plugins forget what has expired, so it is a file of its own: readable by its owner only, whole or not
there.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..state.files import write_atomic

_STEPS = ((86400 * 2, 86400, "days"), (3600 * 2, 3600, "h"), (120, 60, "min"), (0, 1, "s"))


@dataclass(frozen=True)
class Kept:
    """``saved`` is when the source gave the answer."""

    saved: datetime
    answer: dict[str, Any]


class LastGood:
    """One answer. ``name`` tells it from those to other questions and must be fit for a file name."""

    def __init__(self, directory: Path, name: str) -> None:
        self.path = directory / f"{name}.json"

    def save(self, answer: Mapping[str, Any]) -> None:
        """Raises StateDirError."""
        saved = datetime.now(UTC).isoformat(timespec="seconds")
        text = json.dumps({"saved": saved, "answer": answer})
        with suppress(OSError):  # the next line says what is wrong
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_atomic(self.path, text, mode=0o600)

    def load(self) -> Kept | None:
        """None when there is none. Raises ValueError for a file that is none of ours, or not only ours to write."""
        try:
            with open(self.path, encoding="utf-8") as stream:
                found = os.fstat(stream.fileno())
                if found.st_uid != os.geteuid() or found.st_mode & 0o022:
                    raise ValueError("others may write it")
                data = json.load(stream)
        except FileNotFoundError:
            return None
        except OSError as exc:
            raise ValueError(exc.strerror or str(exc)) from exc
        try:
            return Kept(datetime.fromisoformat(data["saved"]), dict(data["answer"]))
        except (KeyError, TypeError) as exc:
            raise ValueError("it has another form") from exc


def age(saved: datetime, now: datetime | None = None) -> str:
    """``45 s old``, ``3 h old``, ``5 days old``; never more than it is."""
    seconds = max(0.0, ((now or datetime.now(UTC)) - saved).total_seconds())
    size, word = next((size, word) for least, size, word in _STEPS if seconds >= least)
    return f"{int(seconds // size)} {word} old"
