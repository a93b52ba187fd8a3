# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Figures as Markdown: the table on the screen, and docs/benchmarks.md."""

from __future__ import annotations

import statistics
from typing import Any

NAMES = {
    "noop": "no-op (`debug`), inventory as it is (`holdfast.network.pinned`)",
    "noop-local": "no-op (`debug`), `ansible_connection: local`",
    "cold": "`holdfast.network.command`, first run: broker start and logins",
    "warm": "`holdfast.network.command`, further runs",
    "peer": "`ansible.netcommon.cli_command`, network_cli with libssh",
}
LATENCIES = {
    "broker": "`show version` through the broker",
    "raw": "the same on a raw paramiko channel",
    "netmiko": "the same with stock netmiko",
}
WARM_TARGET = 1.15
PEER_TARGET = 20.0
QUIET = 0.5  # seconds of CPU


def median(runs: list[dict[str, Any]], field: str) -> float:
    return float(statistics.median(run[field] for run in runs))


def _cpu(runs: list[dict[str, Any]]) -> float:
    return float(statistics.median(run["controller"] + run["broker"] for run in runs))


def _undisturbed(warm: list[dict[str, Any]], noop: list[dict[str, Any]]) -> str:
    """The pairs during which other work used less than QUIET seconds of CPU."""
    both = zip(warm, noop, strict=True)
    quiet = [f"{one['wall'] / two['wall']:.2f}" for one, two in both if max(one["others"], two["others"]) < QUIET]
    return f"undisturbed pairs {', '.join(quiet)}" if quiet else "no undisturbed pair"


def _disturbed(figures: dict[str, Any]) -> str:
    most = max(run["others"] for name in ("noop", "noop-local", "warm") for run in figures["runs"][name])
    if most < QUIET:
        return ""
    return (
        f" Other work used up to {most:.0f} s of CPU during a run, so the medians of wall times are uncertain: the"
        " undisturbed pairs and the CPU times below say more."
    )


def targets(figures: dict[str, Any]) -> list[tuple[str, str, bool | None]]:
    """What was aimed at, what was measured, and whether it was reached (None: not measured)."""
    runs = figures["runs"]
    warm = median(runs["warm"], "wall")
    logins = sum(run["logins"] for run in runs["warm"])
    memory = figures["broker_memory"]["sessions"]
    rows: list[tuple[str, str, bool | None]] = []
    for name, words in (("noop", "no-op's, inventory as it is"), ("noop-local", "local no-op's")):
        ratio = warm / median(runs[name], "wall")
        pairs = [one["wall"] / other["wall"] for one, other in zip(runs["warm"], runs[name], strict=True)]
        measured = (
            f"{ratio:.2f} (single pairs {min(pairs):.2f} to {max(pairs):.2f}; {_undisturbed(runs['warm'], runs[name])}"
        )
        measured += f"; by CPU time {_cpu(runs['warm']) / _cpu(runs[name]):.2f})"
        rows.append((f"wall of a warm run at most {WARM_TARGET} times the {words}", measured, ratio <= WARM_TARGET))
    found = f"{logins} logins in {len(runs['warm'])} runs"
    rows.append(("no login in the second and further runs", found, logins == 0))
    if runs["peer"]:
        faster = median(runs["peer"], "wall") / warm
        cpu = _cpu(runs["peer"]) / _cpu(runs["warm"])
        measured = f"{faster:.1f} by wall time, {cpu:.1f} by CPU time (which other load falsifies less)"
        rows.append((f"at least {PEER_TARGET:.0f} times faster than network_cli", measured, faster >= PEER_TARGET))
    else:
        rows.append((f"at least {PEER_TARGET:.0f} times faster than network_cli", "not measured (--no-peer)", None))
    rows.append(("memory is stated", f"{memory['rss']:.0f} MB RSS with {figures['devices']} sessions", True))
    return rows


def table(figures: dict[str, Any]) -> str:
    """The figures; all that goes to the screen."""
    lines = [
        f"{figures['devices']} emulated IOS devices, {figures['tasks']} tasks of `{figures['command']}` each"
        f" ({figures['devices'] * figures['tasks']} host-tasks), forks {figures['forks']}. Seconds; median (smallest to"
        " largest).",
        "",
        "| what | runs | wall | CPU controller | CPU broker | CPU others | load before | logins a run |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, runs in figures["runs"].items():
        if runs:
            cells = [_spread(runs, field) for field in ("wall", "controller", "broker", "others", "load")]
            logins = sorted({run["logins"] for run in runs})
            lines.append(f"| {NAMES[name]} | {len(runs)} | {' | '.join(cells)} | {', '.join(map(str, logins))} |")
    lines += ["", *_memory(figures), "", *_latency(figures["latency"]), "", *_targets(figures)]
    return "\n".join(lines) + "\n"


def _spread(runs: list[dict[str, Any]], field: str) -> str:
    values = [run[field] for run in runs]
    if len(values) == 1:
        return f"{values[0]:.2f}"
    return f"{median(runs, field):.2f} ({min(values):.2f} to {max(values):.2f})"


def _memory(figures: dict[str, Any]) -> list[str]:
    own = figures["broker_memory"]
    lines = ["| memory, MB | processes | RSS | PSS |", "|---|---|---|---|"]
    for name, words in (("sessions", f"broker with {figures['devices']} sessions"), ("end", "broker after all runs")):
        lines.append(f"| {words} | 1 | {own[name]['rss']:.0f} | {own[name]['pss']:.0f} |")
    for peak in figures["peer_memory"]:
        words = "network_cli's helpers, largest sum seen; they end with the play"
        lines.append(f"| {words} | {peak['processes']} | {peak['rss']:.0f} | {peak['pss']:.0f} |")
    return lines


def _latency(rows: dict[str, dict[str, float]]) -> list[str]:
    lines = ["| one command on one device, ms | calls | median | p99 | largest |", "|---|---|---|---|---|"]
    for name, row in rows.items():
        # of 20 calls there is no 99th percentile
        p99 = f"{row['p99']:.2f}" if row["count"] >= 100 else "-"
        lines.append(f"| {LATENCIES[name]} | {row['count']} | {row['median']:.2f} | {p99} | {row['max']:.2f} |")
    return lines


def _targets(figures: dict[str, Any]) -> list[str]:
    marks = {True: "reached", False: "**missed**", None: "not measured"}
    rows = [f"| {words} | {value} | {marks[held]} |" for words, value, held in targets(figures)]
    return ["| target | measured | |", "|---|---|---|", *rows]


def document(figures: dict[str, Any]) -> str:
    """docs/benchmarks.md."""
    machine, peer = figures["machine"], figures["peer"]
    versions = {**machine["versions"], **{f"{key} (of the peer)": value for key, value in peer.items()}}
    missed = [words for words, _figure, held in targets(figures) if held is False]
    verdict = "By the medians every target was reached." if not missed else f"Missed: {'; '.join(missed)}."
    if not peer:
        verdict += " The peer was not measured."
    verdict += _disturbed(figures)
    return _DOCUMENT.format(
        table=table(figures),
        verdict=verdict,
        **{key: machine[key] for key in ("date", "cores", "cpu", "kernel", "python")},
        **{key: figures[key] for key in ("tasks", "devices")},
        memory=machine["memory_gb"],
        load=", ".join(map(str, machine["load_before"])),
        versions=", ".join(f"{name} {value}" for name, value in versions.items()),
    )


_DOCUMENT = """\
# Benchmarks

Written by `tests/bench/run.py --write-docs`; `make bench` measures on your machine and prints the same tables.

{verdict}

{table}
## The machine

{date}. {cores} cores, {memory} GB, {cpu}, Linux {kernel}. Python {python}; {versions}.
Load average when it began: {load} (1, 5 and 15 minutes).

## How it was measured

- All is on one machine: Ansible, the broker and the emulated devices share its cores. "CPU others" is what else kept
  the machine busy during a run, the devices not included: where it is not near 0, other work took part of the cores,
  and wall times are longer than on an idle machine.
- Each run is a whole `ansible-playbook`, its start included. "CPU controller" is that process with all its children;
  for the peer with its helper processes. "CPU broker" is what the broker used during the run.
- The no-op is {tasks} tasks of `ansible.builtin.debug` with the same hosts, inventory and forks. No device is
  contacted. With the inventory as it is, Ansible still loads the hosts' connection plugin for it, in each worker anew;
  our actions load it once, in the main process. So a warm run can take less than this no-op, and the no-op with
  `ansible_connection: local` is the stricter comparison. Both are shown.
- No-op and warm runs take turns, so that other load falls on both alike.
- The devices count logins and commands themselves. A run counts only if the devices saw exactly one command for each
  host-task of ours, and none in a no-op.
- The peer's `ansible_network_os` is `cisco.ios.ios`. It runs without host key checking, which ours does: its libssh
  reads only the known_hosts of the user's home, and the benchmark leaves that alone. Its helpers' memory is looked at
  every five seconds.
- RSS counts shared pages in each process, PSS shares them out. MB are 10^6 bytes.
- Latencies are from one process that keeps its connection open, one call after the other, on one device; the first
  call of each is not counted.

## What was not measured

- Real devices: an emulated device answers in under a millisecond, and its login takes no AAA round trip. With a real
  one its own time comes on top: for each command in every way of asking, for each login where logins are repeated.
- Networks: everything is on loopback.
- Configuration changes, parsing, other platforms, eAPI, and long outputs.
- More than one controller, more than {devices} devices, and other numbers of forks.
- The peer with other SSH libraries (paramiko) or with one connection kept over several plays.
"""
