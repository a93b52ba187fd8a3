# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which broker has a device: after an upgrade two run for a while, and no device is reached from both.

One file in the runtime directory, and one byte of it for each device: the kernel's record locks cost no file
descriptor a device, and are gone with the process, however it ends.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from pathlib import Path

from .errors import StateDirError
from .paths import RUNTIME_ENV


class Claims:
    """The devices that this process has. One object for a process: record locks do not tell two apart."""

    def __init__(self, path: Path) -> None:
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as exc:
            raise StateDirError(f"{RUNTIME_ENV}: cannot write {path}: {exc.strerror}", path=str(path)) from exc

    def take(self, device: str) -> bool:
        """False while another broker has it. Taking twice is taking once."""
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _place(device))
        except (BlockingIOError, PermissionError):
            return False
        return True

    def drop(self, device: str) -> None:
        fcntl.lockf(self._file, fcntl.LOCK_UN, 1, _place(device))


def _place(device: str) -> int:
    """A byte of the device's own: of 2**62, so that no two share one in practice."""
    return int.from_bytes(hashlib.sha256(device.encode()).digest()[:8], "big") >> 2
