# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One fleet_command task over all hosts, beside nornir-netmiko whose sessions are open."""

from __future__ import annotations

import statistics
from functools import partial
from pathlib import Path
from typing import Any

from tests.bench import peer
from tests.bench.figures import Target, missing, spread, table
from tests.bench.place import Place
from tests.bench.runs import COMMAND, FLEET
from tests.lab.emulated import EmulatedLab

TITLE = "Fan-out beside nornir"
AT_MOST = 1.5
THREADS = (20, 50)
NOTES = """\
- Ours is the wall time of a whole `ansible-playbook` with one `fleet_command` task, minus that of the same play with
  only `meta: noop`; the two take turns. So loading the action, templating each host's variables, and every host's
  result through Ansible's callbacks are in it.
- nornir's is the time of `nr.run(netmiko_send_command)` alone, in a process whose sessions are open (`fast_cli`), with
  20 and with 50 threads; the better median counts. Its start, its inventory and its logins are not in it."""


def measure(place: Place) -> dict[str, Any]:
    place.need_module("fleet_command")
    sizes = place.sizes
    lab = place.lab(sizes.fan_devices)
    bench = place.bench(lab)
    fleet, empty = bench.playbook("fleet", FLEET, 1), bench.book("empty", [{"ansible.builtin.meta": "noop"}])
    bench.run("warm-up", empty)
    cold = bench.run("fleet-cold", fleet).seen(logins=sizes.fan_devices)
    runs: dict[str, list[dict[str, Any]]] = {"empty": [], "fleet": []}
    for _unused in range(sizes.fan_pairs):
        runs["empty"].append(bench.run("empty", empty).seen(0, 0).as_dict())
        runs["fleet"].append(bench.run("fleet", fleet).seen(sizes.fan_devices).as_dict())
    place.stop_broker()
    figures = {"devices": sizes.fan_devices, "cold": cold.as_dict(), "runs": runs}
    return {**figures, "peer": place.beside(partial(_nornir, lab, sizes.fan_pairs))}


def _nornir(lab: EmulatedLab, runs: int, directory: Path) -> dict[str, Any]:
    names = ("name", "host", "port", "user", "password")
    devices = [{name: getattr(device, name) for name in names} for device in lab.devices.values()]
    return peer.nornir(directory, {"devices": devices, "command": COMMAND, "threads": THREADS, "runs": runs})


def _ours(figures: dict[str, Any]) -> list[float]:
    both = zip(figures["runs"]["fleet"], figures["runs"]["empty"], strict=True)
    return sorted(one["wall"] - two["wall"] for one, two in both)


def targets(figures: dict[str, Any]) -> list[Target]:
    aim = f"{figures['devices']} hosts by `fleet_command`, minus an empty play, at most {AT_MOST} times nornir-netmiko"
    logins = sum(run["logins"] for run in figures["runs"]["fleet"])
    rows = [Target("no login in a further `fleet_command`", f"{logins} logins", logins == 0, always=True)]
    if "warm" not in figures["peer"]:
        return [missing(aim, figures["peer"]["missing"]), *rows]
    best = min(statistics.median(spent) for spent in figures["peer"]["warm"].values())
    ratio = statistics.median(_ours(figures)) / best
    return [
        Target(aim, f"{ratio:.2f} ({statistics.median(_ours(figures)):.2f} s to {best:.2f} s)", ratio <= AT_MOST),
        *rows,
    ]


def tables(figures: dict[str, Any]) -> list[str]:
    rows = [
        (
            "first `fleet_command` run: broker start and logins, Ansible's start included",
            f"{figures['cold']['wall']:.2f}",
        ),
        ("empty play", spread([run["wall"] for run in figures["runs"]["empty"]])),
        ("further `fleet_command` runs", spread([run["wall"] for run in figures["runs"]["fleet"]])),
        ("**their difference, pair by pair**", spread(_ours(figures))),
    ]
    if "warm" in figures["peer"]:
        rows.append(("nornir-netmiko, first command: logins", f"{figures['peer']['login']:.2f}"))
        for threads, spent in figures["peer"]["warm"].items():
            rows.append((f"nornir-netmiko, {threads} threads, sessions open", spread(spent)))
    return [table((f"one `{COMMAND}` on {figures['devices']} devices", "seconds"), rows)]
