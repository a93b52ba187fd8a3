# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ours in the shapes of call in which NetPulse 0.4.3 was measured: speed and memory."""

from __future__ import annotations

import statistics
import time
from typing import Any

from tests.bench import processes
from tests.bench.figures import Target, missing, p99, table
from tests.bench.place import ROOT, Place
from tests.bench.runs import COMMAND, TASKS, Bench
from tests.bench.sections import rival_faults
from tests.lab.emulated import EmulatedLab

TITLE = "Beside NetPulse"
TASK_MS, BULK_S, RECOVER_S = 2.0, 1.5, 2.0
MANY = 300  # commands in the one task whose time is shared out
FACED = "NetPulse 0.4.3, measured earlier on the same emulated devices"
NOTES = f"""\
- NetPulse was not run for this page: its figures were measured earlier, on the same emulated devices.
- "Inside one task": a `command` task with {MANY} commands on one host, minus the same task with one, shared out.
- "One bulk call": {TASKS} commands on each device by one `fleet_command` task, Ansible's start included (cold: the
  broker's start and all logins too); and the same as one request on the broker's socket.
- Recovery: the next command after the fault, from its first byte to its answer, by a client as a task has it; what had
  to be started or logged in again is in it."""


def measure(place: Place) -> dict[str, Any]:
    sizes = place.sizes
    lab = place.lab(sizes.rival_devices)
    bench = place.bench(lab)
    figures: dict[str, Any] = {"devices": sizes.rival_devices, "bulk": _bulk(place, bench, sizes.rival_runs)}
    place.open_sessions(lab, lab.devices.values())
    time.sleep(1.0)
    figures["memory"] = processes.memory(place.broker_pid())
    figures["call"] = _call(place, lab, sizes.calls // 5)
    figures["request"] = _request(place, lab, 5)
    figures["task_ms"] = _task(bench, sizes.rival_runs)
    figures["faults"] = rival_faults.measure(place, lab)
    return figures


def _bulk(place: Place, bench: Bench, runs: int) -> dict[str, float]:
    """Seconds of one fleet_command, Ansible's start included; empty when there is no such module."""
    if not (ROOT / "plugins/modules/fleet_command.py").exists():
        return {}
    task = {"name": "all", "holdfast.network.fleet_command": {"commands": [COMMAND] * TASKS}}
    book, count = bench.book("bulk", [task]), len(bench.lab.devices)
    cold = bench.run("bulk-cold", book).seen(logins=count).wall
    warm = [bench.run("bulk-warm", book).seen(count * TASKS, 0).wall for _unused in range(runs)]
    place.stop_broker()
    return {"cold": cold, "warm": statistics.median(warm)}


def _call(place: Place, lab: EmulatedLab, count: int) -> dict[str, float]:
    """Milliseconds of one client call with one command."""
    requester = place.requester(lab, next(iter(lab.devices.values())))
    spent = []
    for _unused in range(count + 1):
        start = time.perf_counter()
        requester.call("run", {"commands": [COMMAND]})
        spent.append((time.perf_counter() - start) * 1000)
    requester.close()
    return {"count": count, "median": statistics.median(spent[1:]), "p99": p99(spent[1:])}


def _request(place: Place, lab: EmulatedLab, count: int) -> list[float]:
    """Seconds of one ``fleet.run`` with TASKS commands on each device, sessions open."""
    asked = {
        device.name: {"target": place.requester(lab, device).target(), "commands": [COMMAND] * TASKS}
        for device in lab.devices.values()
    }
    requester = place.requester(lab, next(iter(lab.devices.values())))
    spent = []
    for _unused in range(count):
        start = time.perf_counter()
        answer = requester.call("fleet.run", {"command": "run", "requests": asked})["results"]
        spent.append(time.perf_counter() - start)
        rival_faults.expect(all("result" in row for row in answer.values()), "a device failed in fleet.run")
    requester.close()
    return spent


def _task(bench: Bench, runs: int) -> float:
    """Milliseconds of one of MANY commands in one task on one host."""
    medians = []
    for count in (1, MANY):
        task = {"name": "many", "holdfast.network.command": {"commands": [COMMAND] * count}}
        book = bench.book(f"many-{count}", [task], hosts=next(iter(bench.lab.devices)))
        spent = []
        for _unused in range(runs):
            _run, times = bench.timed(f"many-{count}", book)
            start, end = times.tasks["many"]
            spent.append(end - start)
        medians.append(statistics.median(spent))
    return (medians[1] - medians[0]) / (MANY - 1) * 1000


def targets(figures: dict[str, Any]) -> list[Target]:
    faults, bulk = figures["faults"], figures["bulk"]
    shape = f"{figures['devices']} devices x {TASKS} commands"
    warm = f"{shape}, warm, in one bulk call in {BULK_S:g} s, Ansible's start included"
    killed = faults["killed"]["seconds"]
    return [
        Target(
            f"a warm command inside one task in {TASK_MS:g} ms",
            f"{figures['task_ms']:.2f} ms",
            figures["task_ms"] <= TASK_MS,
        ),
        Target(warm, f"{bulk['warm']:.2f} s", bulk["warm"] <= BULK_S) if bulk else missing(warm, "no fleet_command"),
        Target(f"a command works {RECOVER_S:g} s after the broker was killed", f"{killed:.2f} s", killed <= RECOVER_S),
        *rival_faults.targets(faults),
    ]


def tables(figures: dict[str, Any]) -> list[str]:
    faults, bulk, call = figures["faults"], figures["bulk"], figures["call"]
    count = figures["devices"]
    rows = [
        (
            "a warm command, one client call",
            f"{call['median']:.2f} ms (p99 {call['p99']:.2f} ms)",
            "603 ms by default, 50 ms at its best tuning",
        ),
        ("a warm command inside one task", f"{figures['task_ms']:.2f} ms", "-"),
    ]
    shape = f"{count} devices x {TASKS} commands in one bulk call"
    if bulk:
        rows += [
            (f"{shape}, cold (Ansible's start included)", f"{bulk['cold']:.2f} s", "15.4 s"),
            (f"{shape}, warm (Ansible's start included)", f"{bulk['warm']:.2f} s", "2.9 s; 174 s in its fifo strategy"),
        ]
    rows += [
        (f"{shape}, warm, one request on the socket", f"{statistics.median(figures['request']):.2f} s", "2.9 s"),
        (
            "memory for each pinned device",
            f"{figures['memory']['rss'] / count:.1f} MB ({figures['memory']['pss'] / count:.1f} MB proportional)",
            "88 MB (45 MB proportional)",
        ),
        *rival_faults.rows(faults),
    ]
    words = f"{count} devices. NetPulse's column counts for 50."
    return [words, table(("measure", "ours", FACED), rows)]
