# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A second playbook run against devices whose login takes two seconds."""

from __future__ import annotations

import statistics
from functools import partial
from pathlib import Path
from typing import Any

from tests.bench import peer
from tests.bench.figures import Target, spread, table
from tests.bench.place import Place
from tests.bench.runs import NOOP, OURS, PEER, Bench

TITLE = "The second run where logins are slow"
LOGIN = 2.0  # seconds
WITHIN = 0.050  # seconds
TASKS = 2
NOTES = """\
- Each device takes 2 s to authenticate. Measured is the time from the beginning of the play to the end of its first
  task on its last host, by a callback plugin; no-op (`ansible_connection: local`) and ours take turns, after a first
  run of ours that logs in. network_cli's run is each time the first one for its sessions: they end with the play."""


def measure(place: Place) -> dict[str, Any]:
    sizes = place.sizes
    lab = place.lab(sizes.slow_devices)
    lab.fault(None, "slow_login", seconds=LOGIN)
    bench = place.bench(lab)
    noop = bench.playbook("noop", NOOP, TASKS, vars={"ansible_connection": "local"})
    ours = bench.playbook("ours", OURS, TASKS)
    bench.run("warm-up", noop)
    run, times = bench.timed("cold", ours)
    run.seen(logins=sizes.slow_devices)
    figures: dict[str, Any] = {
        "devices": sizes.slow_devices, "cold": times.first_task, "noop": [], "ours": [], "logins": 0,
    }  # fmt: skip
    for _unused in range(sizes.slow_pairs):
        _run, times = bench.timed("noop", noop)
        figures["noop"].append(times.first_task)
        run, times = bench.timed("second", ours)
        figures["ours"].append(times.first_task)
        figures["logins"] += run.logins
    return {**figures, "peer": place.beside(partial(_peer, bench, sizes.slow_peers))}


def _peer(bench: Bench, count: int, directory: Path) -> dict[str, Any]:
    devices = list(bench.lab.devices.values())[:count]
    book = bench.playbook("peer", PEER, TASKS)
    found = [peer.network_cli(bench, directory, f"peer-{number}", book, devices) for number in (1, 2)]
    return {
        "devices": count,
        "first": [times.first_task for _run, _memory, times in found],
        "logins": [run.logins for run, _memory, _times in found],
    }


def _later(figures: dict[str, Any]) -> float:
    """Seconds by which our first task ends later than the no-op's, pair by pair."""
    return statistics.median(one - two for one, two in zip(figures["ours"], figures["noop"], strict=True))


def targets(figures: dict[str, Any]) -> list[Target]:
    later = _later(figures)
    logins = f"{figures['logins']} logins in {len(figures['ours'])} runs"
    return [
        Target(f"second run with {LOGIN:g} s logins: no login", logins, figures["logins"] == 0, always=True),
        Target(
            f"first task done within {WITHIN * 1000:.0f} ms of a no-op's", f"{later * 1000:+.0f} ms", later <= WITHIN
        ),
    ]


def tables(figures: dict[str, Any]) -> list[str]:
    hosts = f"{figures['devices']} hosts"
    rows = [
        (f"`holdfast.network.command`, first run, {hosts}", spread([figures["cold"]], 3), figures["devices"]),
        (f"`holdfast.network.command`, further runs, {hosts}", spread(figures["ours"], 3), figures["logins"]),
        (f"no-op, {hosts}", spread(figures["noop"], 3), 0),
    ]
    if "first" in figures["peer"]:
        found = figures["peer"]
        for number, (first, logins) in enumerate(zip(found["first"], found["logins"], strict=True), 1):
            rows.append((f"network_cli with libssh, run {number}, {found['devices']} hosts", f"{first:.3f}", logins))
    return [table(("from play start to the end of the first task", "seconds", "logins"), rows)]
