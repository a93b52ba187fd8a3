# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How the time of one run grows with the number of devices."""

from __future__ import annotations

import statistics
from typing import Any

from tests.bench import inventories
from tests.bench.figures import Target, table
from tests.bench.place import ROOT, Place
from tests.bench.runs import FLEET, NOOP, OURS, Bench

TITLE = "Growth with the number of devices"
WITHIN = 0.10
NAMES = {
    "fleet": "one `fleet_command`",
    "command": "one `command` task",
    "noop": "no-op, `ansible_connection: local`",
}
NOTES = """\
- One warm task on so many devices, the whole `ansible-playbook`. "Linear" is: the medians lie on start + devices x
  time for each device, fitted to all sizes so that the relative deviations are small; the largest deviation counts.
- What Ansible adds for each host (inventory, variables, callbacks) is in it; the no-op's row shows that share."""


def measure(place: Place) -> dict[str, Any]:
    sizes = place.sizes
    lab = place.lab(max(sizes.growth))
    bench = place.bench(lab)
    devices = list(lab.devices.values())
    books = {"command": bench.playbook("command", OURS, 1), "noop": _noop(bench)}
    if (ROOT / "plugins/modules/fleet_command.py").exists():
        books = {"fleet": bench.playbook("fleet", FLEET, 1), **books}
    bench.run("warm-up", books["noop"])
    walls: dict[str, dict[int, list[float]]] = {name: {count: [] for count in sizes.growth} for name in books}
    cold: list[dict[str, Any]] = []
    opened = 0
    for count in sizes.growth:
        shared = inventories.pinned(lab.known_hosts)
        path = inventories.write(place.directory / f"{count}.yml", devices[:count], shared)
        run = bench.run(f"cold-{count}", next(iter(books.values())), inventory=path).seen(logins=count - opened)
        cold.append({"devices": count, "logins": count - opened, "wall": run.wall})
        opened = count
        for number in range(sizes.growth_runs):
            for name, book in books.items():
                if name != "fleet" and number >= sizes.task_runs:
                    continue  # these take a fork for each host: a minute for 1,000 of them and their no-op
                expected = 0 if name == "noop" else count
                run = bench.run(f"{name}-{count}", book, inventory=path).seen(expected, 0)
                walls[name][count].append(run.wall)
    return {"sizes": sizes.growth, "walls": walls, "cold": cold, "fitted": {n: fit(w) for n, w in walls.items()}}


def _noop(bench: Bench) -> Any:
    return bench.playbook("noop", NOOP, 1, vars={"ansible_connection": "local"})


def fit(walls: dict[int, list[float]]) -> dict[str, Any]:
    """Start, seconds for each device, and the deviation of each size: least squares of the relative deviations."""
    points = [(float(count), statistics.median(spent)) for count, spent in walls.items()]
    weights = [1 / wall**2 for _count, wall in points]
    both = list(zip(points, weights, strict=True))
    total = sum(weights)
    mean_x = sum(w * x for (x, _y), w in both) / total
    mean_y = sum(w * y for (_x, y), w in both) / total
    slope = sum(w * (x - mean_x) * (y - mean_y) for (x, y), w in both)
    slope /= sum(w * (x - mean_x) ** 2 for (x, _y), w in both)
    start = mean_y - slope * mean_x
    deviations = {str(int(x)): y / (start + slope * x) - 1 for x, y in points}
    return {"start": start, "each": slope, "deviations": deviations}


def targets(figures: dict[str, Any]) -> list[Target]:
    sizes = ", ".join(map(str, figures["sizes"]))
    found = []
    for name, fitted in figures["fitted"].items():
        if name != "noop":
            worst = max(abs(value) for value in fitted["deviations"].values())
            aim = f"time of {NAMES[name]} on {sizes} devices linear within {WITHIN:.0%}"
            found.append(Target(aim, f"largest deviation {worst:.1%}", worst <= WITHIN))
    return found


def tables(figures: dict[str, Any]) -> list[str]:
    sizes = [f"{count} devices" for count in figures["sizes"]]
    head = ("warm, seconds", *sizes, "start", "ms a device", "deviations", "ms a device after the start, by size")
    rows = []
    for name, walls in figures["walls"].items():
        fitted = figures["fitted"][name]
        cells = [f"{statistics.median(spent):.2f}" for spent in walls.values()]
        apart = ", ".join(f"{value:+.1%}" for value in fitted["deviations"].values())
        each = ", ".join(
            f"{(statistics.median(spent) - fitted['start']) / int(count) * 1000:.2f}" for count, spent in walls.items()
        )
        rows.append((NAMES[name], *cells, f"{fitted['start']:.2f}", f"{fitted['each'] * 1000:.2f}", apart, each))
    logins = [
        (row["devices"], row["logins"], f"{row['wall']:.2f}", f"{row['logins'] / row['wall']:.0f}")
        for row in figures["cold"]
    ]
    return [table(head, rows), table(("devices", "of which to log in to", "seconds, whole run", "logins/s"), logins)]
