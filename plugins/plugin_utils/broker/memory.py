# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Memory of this process: how much it has, and giving back to the system what one big answer took."""

from __future__ import annotations

import ctypes
import os

BIG = 8 * 1024 * 1024  # bytes of an answer after which it is worth the while


def resident() -> int:
    """Resident memory in bytes."""
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def give_back() -> None:
    """glibc keeps what was freed in small pieces, for good if it is never asked; other C libraries do not."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
