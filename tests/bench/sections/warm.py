# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A warm command task beside a task that does nothing, and beside network_cli."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from tests.bench import peer, processes
from tests.bench.figures import QUIET, Target, median, missing, quiet_pairs, spread, table
from tests.bench.place import Place
from tests.bench.runs import COMMAND, FORKS, NOOP, OURS, PEER, TASKS, Bench, Run

TITLE = "A warm task beside a no-op"
WALL, CPU, FASTER = 1.10, 1.20, 20.0
NAMES = {
    "noop": "no-op (`debug`), inventory as it is (`holdfast.network.pinned`)",
    "noop-local": "no-op (`debug`), `ansible_connection: local`",
    "cold": "`holdfast.network.command`, first run: broker start and logins",
    "warm": "`holdfast.network.command`, further runs",
    "libssh": "`ansible.netcommon.cli_command`, network_cli with libssh",
    "paramiko": "`ansible.netcommon.cli_command`, network_cli with paramiko",
}
NOTES = """\
- Each run is a whole `ansible-playbook`, its start included. "CPU controller" is that process with all its children;
  for the peer with its helper processes. "CPU broker" is what the broker used during the run, "CPU others" is what
  else kept the machine busy, the devices not included: where it is not near 0, wall times are too long.
- The no-op is `ansible.builtin.debug` with the same hosts, inventory and forks. With the inventory as it is, Ansible
  still loads the hosts' connection plugin for it, in each worker anew; our actions load it once, in the main process.
  So a warm run can take less than this no-op, and the no-op with `ansible_connection: local` is the stricter one.
- No-op and warm runs take turns, so that other load falls on both alike. A run counts only if the devices saw exactly
  one command for each host-task of ours, and none in a no-op.
- What a warm task takes more than the stricter no-op is the broker's CPU time (about 2 ms a task) and about 1 ms in the
  fork: the connection's options, a socket, one request and one reply.
- The peer's helpers' memory is looked at every five seconds; they end with the play."""


def measure(place: Place) -> dict[str, Any]:
    sizes = place.sizes
    lab = place.lab(sizes.warm_devices)
    bench = place.bench(lab)
    runs, memory = _own(bench, sizes.warm_pairs)
    end = processes.memory(place.broker_pid())
    place.stop_broker()
    figures: dict[str, Any] = {
        "devices": sizes.warm_devices, "tasks": TASKS, "forks": FORKS, "command": COMMAND,
        "memory": {"sessions": memory, "end": end},
        "host_tasks": dict.fromkeys(("noop", "noop-local", "cold", "warm"), sizes.warm_devices * TASKS),
        "runs": {name: [run.as_dict() for run in found] for name, found in runs.items()}, "peers": {},
    }  # fmt: skip
    for kind, count, tasks in (
        ("libssh", sizes.peer_devices, TASKS),
        ("paramiko", sizes.paramiko_devices, sizes.paramiko_tasks),
    ):
        found = place.beside(partial(_peer, bench, kind, count, tasks))
        figures["peers"][kind] = found
        if "run" in found:
            figures["runs"][kind] = [found["run"]]
            figures["host_tasks"][kind] = count * tasks
    return figures


def _own(bench: Bench, pairs: int) -> tuple[dict[str, list[Run]], dict[str, float]]:
    """Cold, then no-op and warm in turn; and the broker's memory after its first two runs."""
    books = {
        "noop": bench.playbook("noop", NOOP),
        "noop-local": bench.playbook("noop-local", NOOP, vars={"ansible_connection": "local"}),
        "warm": bench.playbook("warm", OURS),
    }
    bench.run("warm-up", books["noop"])  # fills the page cache and compiles; not counted
    runs: dict[str, list[Run]] = {name: [] for name in ("noop", "noop-local", "cold", "warm")}
    runs["cold"].append(bench.run("cold", books["warm"]).seen(logins=len(bench.lab.devices)))
    memory: dict[str, float] = {}
    for _unused in range(pairs):
        for name in ("noop", "warm", "noop-local"):
            commands = len(bench.lab.devices) * TASKS if name == "warm" else 0
            # logins of the warm runs are a result, not a condition
            runs[name].append(bench.run(name, books[name]).seen(commands))
        memory = memory or processes.memory(bench.broker())
    return runs, memory


def _peer(bench: Bench, kind: str, count: int, tasks: int, directory: Path) -> dict[str, Any]:
    """One run over network_cli with this SSH library."""
    devices = list(bench.lab.devices.values())[:count]
    book = bench.playbook(kind, PEER, tasks)
    run, memory, _times = peer.network_cli(bench, directory, kind, book, devices, ansible_network_cli_ssh_type=kind)
    return {"run": run.seen(logins=count).as_dict(), "memory": memory.peak()}


def _cpu(runs: list[dict[str, Any]]) -> float:
    return median([{"cpu": run["controller"] + run["broker"]} for run in runs], "cpu")


def targets(figures: dict[str, Any]) -> list[Target]:
    runs = figures["runs"]
    rows = []
    for name, words in (("noop", "no-op's, inventory as it is"), ("noop-local", "local no-op's")):
        ratio = median(runs["warm"], "wall") / median(runs[name], "wall")
        pairs = [one["wall"] / two["wall"] for one, two in zip(runs["warm"], runs[name], strict=True)]
        measured = f"{ratio:.2f} (pairs {min(pairs):.2f} to {max(pairs):.2f}; {quiet_pairs(runs['warm'], runs[name])})"
        rows.append(Target(f"wall of a warm run at most {WALL:.2f} times the {words}", measured, ratio <= WALL))
        ratio = _cpu(runs["warm"]) / _cpu(runs[name])
        aim = f"CPU time of controller and broker at most {CPU:.2f} times the {words}"
        rows.append(Target(aim, f"{ratio:.2f}", ratio <= CPU))
    logins = sum(run["logins"] for run in runs["warm"])
    found = f"{logins} logins in {len(runs['warm'])} runs"
    rows.append(Target("no login in the second and further runs", found, logins == 0, always=True))
    return [*rows, _faster(figures)]


def _each(figures: dict[str, Any], name: str, cpu: bool = False) -> float:
    """Seconds of a host-task."""
    runs = figures["runs"][name]
    return (_cpu(runs) if cpu else median(runs, "wall")) / float(figures["host_tasks"][name])


def _faster(figures: dict[str, Any]) -> Target:
    aim = f"at least {FASTER:.0f} times faster than network_cli with libssh"
    if "libssh" not in figures["runs"]:
        return missing(aim, figures["peers"]["libssh"]["missing"])
    ratio = _each(figures, "libssh") / _each(figures, "warm")
    cpu = _each(figures, "libssh", True) / _each(figures, "warm", True)
    measured = f"{ratio:.1f} a host-task by wall time, {cpu:.1f} by CPU time (which other load falsifies less)"
    return Target(aim, measured, ratio >= FASTER)


def tables(figures: dict[str, Any]) -> list[str]:
    head = ("what", "runs", "host-tasks", "wall", "CPU controller", "CPU broker", "CPU others", "load before", "logins")
    rows = []
    for name, runs in figures["runs"].items():
        cells = [spread([run[key] for run in runs]) for key in ("wall", "controller", "broker", "others", "load")]
        logins = ", ".join(map(str, sorted({run["logins"] for run in runs})))
        rows.append((NAMES[name], len(runs), figures["host_tasks"][name], *cells, logins))
    words = (
        f"{figures['devices']} emulated IOS devices, {figures['tasks']} tasks of `{figures['command']}` each, forks"
        f" {figures['forks']}; fewer host-tasks where the table says so. Seconds; median (smallest to largest)."
    )
    lost = [
        f"{NAMES[kind]}: not measured, {row['missing']}." for kind, row in figures["peers"].items() if "run" not in row
    ]
    return [words, table(head, rows), *_disturbed(figures), *lost, _memory(figures)]


def _disturbed(figures: dict[str, Any]) -> list[str]:
    most = max(run["others"] for name in ("noop", "noop-local", "warm") for run in figures["runs"][name])
    if most < QUIET:
        return []
    return [
        f"Other work used up to {most:.1f} s of CPU during a run, so wall times are uncertain: the undisturbed pairs"
        " and the CPU times say more."
    ]


def _memory(figures: dict[str, Any]) -> str:
    own = figures["memory"]
    words = {"sessions": f"broker with {figures['devices']} sessions", "end": "broker after all runs"}
    rows = [(words[key], 1, f"{own[key]['rss']:.0f}", f"{own[key]['pss']:.0f}") for key in words]
    for kind, row in figures["peers"].items():
        if "run" in row:
            peak, what = row["memory"], f"network_cli's helpers, {kind}, largest sum seen"
            rows.append((what, int(peak["processes"]), f"{peak['rss']:.0f}", f"{peak['pss']:.0f}"))
    return table(("memory, MB", "processes", "RSS", "PSS"), rows)
