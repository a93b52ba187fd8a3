# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the broker takes with many idle sessions, beside network_cli's helpers."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import Any

from tests.bench import peer, processes
from tests.bench.figures import Target, table
from tests.bench.place import Place
from tests.bench.runs import PEER, Bench, BenchError

TITLE = "Memory of idle sessions"
AT_MOST, AT = 250.0, 1000  # MB, sessions
NOTES = """\
- One login and one `show version` on each device, 3 s of rest, 3 s in which its idle CPU time is looked at, then the
  broker's figures from /proc. RSS counts shared pages in each process, PSS shares them out. MB are 10^6 bytes.
- network_cli's helpers are looked at while a pause keeps them alive after two tasks; one helper serves one host, and
  ends with the play."""


def measure(place: Place) -> dict[str, Any]:
    sizes = place.sizes
    lab = place.lab(sizes.sessions)
    devices = list(lab.devices.values())
    rows, opened = [], 0
    for count in sorted({1, sizes.sessions // 5, sizes.sessions // 2, sizes.sessions}):
        start = time.monotonic()
        place.open_sessions(lab, devices[opened:count])
        spent = time.monotonic() - start
        speed = (count - opened) / spent
        rows.append({**_look(place.broker_pid(), sizes.rest), "sessions": count, "logins_per_s": speed})
        opened = count
    if sum(row["open_sessions"] for row in lab.all_counters().values()) != sizes.sessions:
        raise BenchError("the devices do not see as many sessions as were opened")
    place.stop_broker()
    return {"rows": rows, "peer": place.beside(partial(_peer, place.bench(lab), sizes.memory_peers))}


def _look(pid: int, rest: float) -> dict[str, float]:
    """Of one process after so many seconds of rest: MB, threads, open files, and the CPU share of the next seconds."""
    time.sleep(rest)
    before, start = processes.cpu(pid), time.monotonic()
    time.sleep(rest)
    idle = (processes.cpu(pid) - before) / (time.monotonic() - start)
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    files = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    return {**processes.memory(pid), "threads": int(status["Threads"]), "files": files, "idle": idle}


def _peer(bench: Bench, count: int, directory: Path) -> dict[str, Any]:
    pause = {"name": "pause", "ansible.builtin.pause": {"seconds": 3}}
    book = bench.book("peer", [{"name": "one", **PEER}, {"name": "two", **PEER}, pause])
    devices = list(bench.lab.devices.values())[:count]
    _run, memory, _times = peer.network_cli(bench, directory, "peer", book, devices, every=0.5)
    return {**memory.peak(count), "hosts": count}


def targets(figures: dict[str, Any]) -> list[Target]:
    last = figures["rows"][-1]
    aim = f"broker RSS with {AT:,} idle sessions at most {AT_MOST:.0f} MB"
    measured = f"{last['rss']:.0f} MB with {last['sessions']} sessions"
    return [Target(aim, measured, last["rss"] <= AT_MOST if last["sessions"] >= AT else None)]


def tables(figures: dict[str, Any]) -> list[str]:
    first = figures["rows"][0]
    rows = []
    for row in figures["rows"]:
        more = row["sessions"] - first["sessions"]
        each = f"{(row['rss'] - first['rss']) / more * 1000:.0f}" if more else "-"
        cells = (
            f"{row['rss']:.0f}",
            f"{row['pss']:.0f}",
            each,
            f"{row['idle'] * 100:.1f}",
            row["threads"],
            row["files"],
            f"{row['logins_per_s']:.0f}",
        )
        rows.append((row["sessions"], *cells))
    head = (
        "broker, sessions",
        "RSS, MB",
        "PSS, MB",
        "kB for each further session",
        "idle CPU, % of a core",
        "threads",
        "open files",
        "logins/s",
    )
    parts = [table(head, rows)]
    if "pss" in figures["peer"]:
        found = figures["peer"]
        each = {key: found[key] / found["hosts"] for key in ("rss", "pss")}
        parts.append(
            f"network_cli: {int(found['processes'])} helper processes for {found['hosts']} hosts, {found['rss']:.0f} MB"
            f" RSS, {found['pss']:.0f} MB PSS: {each['rss']:.0f} MB RSS and {each['pss']:.0f} MB PSS a host."
        )
    return parts
