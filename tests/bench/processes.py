# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""CPU time and memory of processes, from /proc."""

from __future__ import annotations

import ctypes
import os
import resource
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
_PR_SET_CHILD_SUBREAPER = 36


def children_cpu() -> float:
    """CPU seconds of all processes that were waited for so far, with their own children."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def cpu(pid: int) -> float:
    """CPU seconds of a living process and its reaped children; 0.0 when there is no such process."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / TICKS


def machine_cpu() -> float:
    """CPU seconds that the whole machine was busy."""
    fields = [int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:8]]
    return (sum(fields) - fields[3] - fields[4]) / TICKS  # without idle and iowait


def memory(pid: int) -> dict[str, float]:
    """RSS and PSS in MB (10**6 bytes); empty when the process has ended. PSS shares out what processes share."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return {}
    rows = {parts[0].rstrip(":").lower(): parts for parts in map(str.split, lines[1:])}
    return {name: int(rows[name][1]) * 1024 / 1e6 for name in ("rss", "pss") if name in rows}


def processes_with(word: str) -> list[int]:
    """Ids of the processes whose command line has this word."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and word.encode() in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
        except OSError:  # ended while we looked
            continue
    return found


def children() -> set[int]:
    """Ids of this process's children."""
    found = set()
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit():
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(fields[1]) == os.getpid():
                    found.add(int(entry.name))
        except OSError:
            continue
    return found


def adopt(yes: bool) -> None:
    """Become the parent of descendants whose own parent ended, so that their CPU time is counted."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, int(yes), 0, 0, 0)


def reap(known: set[int], seconds: float) -> int:
    """Wait for adopted processes (those not in ``known``); how many still ran after so many seconds."""
    end = time.monotonic() + seconds
    left = children() - known
    while left and time.monotonic() < end:
        for pid in left:
            try:
                os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                continue
        time.sleep(0.1)
        left = children() - known
    return len(left)
