# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Discovery from one seed: how time and memory grow with the number of devices."""

from __future__ import annotations

import json
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from tests.bench import processes
from tests.bench.figures import Target, table
from tests.bench.place import Place
from tests.bench.runs import Bench, BenchError
from tests.lab.emulated import EmulatedLab, campus, own_addresses

TITLE = "Discovery from one seed"
LINEAR = 1.25  # times a device's share of the time with the fewest devices
FLAT = 1.25  # times the crawl's memory with the fewest devices
PATIENCE = 5  # seconds for a device that hangs
EVERY = 0.1  # seconds between two looks at the crawl's memory
NOTES = """\
- Emulated IOS and EOS devices in a campus of cores, distribution and access switches with loops, each on an address
  of its own, found by LLDP and CDP from one core: broker start, one login each, detection, facts, interfaces and
  neighbors, the store's files (with fsync) and the maps as JSON and GraphML. Seconds of the task itself, and of the
  whole `ansible-playbook`. The second run finds the sessions open;
  it is the faster one of two.
- Devices, crawl and broker share this machine; most of the time of a first run is the devices' and the broker's key
  exchange. With a third of them bad, these tell an address where nobody is, refuse the login, or hang in it; then
  `connect_timeout` is 5 s. The crawl's memory is the highest RSS of Ansible's worker, with Ansible itself in it."""


def measure(place: Place) -> dict[str, Any]:
    rows = []
    for count in place.sizes.discovery:
        with _campus(count) as lab:
            rows.append({"devices": count, **_both(place.bench(lab), lab, place, count)})
        place.stop_broker()
    return {"rows": rows, "bad": _bad(place, max(9, place.sizes.discovery[-1]))}


def _campus(count: int) -> EmulatedLab:
    return EmulatedLab(own_addresses(campus(count, ["ios", "eos"]), "127.91", 2391, 2392))


def _bad(place: Place, count: int) -> dict[str, Any]:
    """A third of the devices, of those that nobody is behind."""
    with _campus(count) as lab:
        bad = [name for name in lab.devices if name.startswith("acc")][: count // 3]
        for at, name in enumerate(bad):
            if at % 3 == 0:
                lab.advertise(name, address=f"127.91.255.{at % 250 + 1}")
            else:
                lab.fault(name, "refuse_login" if at % 3 == 1 else "slow_login", seconds=120)
        store = place.directory / "store-bad"
        bench = place.bench(lab)
        book = _book(bench, lab, store, connect_timeout=PATIENCE)
        run = bench.run("bad", book, inventory=_inventory(place, lab))
        elapsed, counts, _changed = _said(place.directory / "bad.log")
        there = {path.stem for path in (store / "devices").iterdir()}
    place.stop_broker()
    if there != set(lab.devices) - set(bad) or counts["failures"] != len(bad):
        raise BenchError(f"{counts}, missing {set(lab.devices) - set(bad) - there}")
    return {"devices": count, "bad": len(bad), "seconds": elapsed, "wall": run.wall}


def _inventory(place: Place, lab: EmulatedLab) -> Path:
    """A play host that says how the devices are logged in to."""
    seed = next(iter(lab.devices.values()))
    variables = {
        "ansible_connection": "local", "ansible_user": seed.user, "ansible_password": seed.password,
        "holdfast_enable_secret": seed.enable, "holdfast_known_hosts": str(lab.known_hosts),
    }  # fmt: skip
    path = place.directory / f"discovery-{len(lab.devices)}.yml"
    path.write_text(yaml.safe_dump({"all": {"hosts": {"controller": variables}}}))
    return path


def _book(bench: Bench, lab: EmulatedLab, store: Path, **more: Any) -> Path:
    """Discovers, and says what it found."""
    seed = next(iter(lab.devices.values()))
    options = {
        "seeds": [seed.host],
        "port": seed.port,
        "transports": ["ssh"],
        "login_rate": 0,
        "store": str(store),
        **more,
    }
    crawl = {"name": "discover", "register": "found"}
    crawl["holdfast.network.discover"] = {**options, "topology": ["json", "graphml"]}
    words = "FOUND {{ [found.elapsed, found.counts, found.changed] | to_json }}"
    return bench.book(store.name, [crawl, {"name": "say", "ansible.builtin.debug": {"msg": words}}])


def _both(bench: Bench, lab: EmulatedLab, place: Place, count: int) -> dict[str, Any]:
    """A first run and a second one; the broker's memory before and after."""
    store = place.directory / f"store-{count}"
    inventory, book = _inventory(place, lab), _book(bench, lab, store)
    found: dict[str, Any] = {}
    for name in ("first", "second", "third"):
        with _watched(book.name) as seen:
            run = bench.run(f"{name}-{count}", book, inventory=inventory)
        elapsed, counts, changed = _said(place.directory / f"{name}-{count}.log")
        links = len(lab.topology.links)
        if (counts["devices"], counts["links"], counts["failures"]) != (count, links, 0):
            raise BenchError(f"{name}: {counts} of {count} devices and {links} links")
        if changed != (name == "first") or run.logins != (count if name == "first" else 0):
            raise BenchError(f"{name}: changed {changed}, {run.logins} logins")
        found[name] = {"seconds": elapsed, "wall": run.wall, "cpu": run.controller + run.broker, "peak": max(seen)}
    found["second"] = min(found.pop("third"), found["second"], key=lambda one: float(one["seconds"]))
    found["broker"] = processes.memory(place.broker_pid())["rss"]
    found["store"] = sum(path.stat().st_size for path in store.rglob("*.json")) / 1e6
    shutil.rmtree(store)
    return found


@contextmanager
def _watched(word: str) -> Iterator[list[float]]:
    """The highest RSS in MB of the child of a process with this word in its command line, look by look."""
    seen, ended = [0.0], threading.Event()

    def look() -> None:
        while not ended.wait(EVERY):
            seen.extend(_peak(pid, word) for pid in processes.processes_with(word))

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield seen
    finally:
        ended.set()
        watcher.join()


def _peak(pid: int, word: str) -> float:
    try:
        status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
        parent = Path(f"/proc/{int(status['PPid'])}/cmdline").read_bytes()
    except OSError:
        return 0.0
    is_worker = word.encode() in parent and "VmHWM" in status
    return int(status["VmHWM"].split()[0]) * 1024 / 1e6 if is_worker else 0.0


def _said(log: Path) -> Any:
    found = re.search(r'"FOUND (\[.*\])"', log.read_text())
    if found is None:
        raise BenchError(f"{log.read_text()[-2000:]}\nthe task said nothing")
    return json.loads(found.group(1).replace('\\"', '"'))


def targets(figures: dict[str, Any]) -> list[Target]:
    first, last = figures["rows"][0], figures["rows"][-1]
    sizes = f"{last['devices']} devices beside {first['devices']}"
    found = []
    for name, word in (("first", "first run"), ("second", "second run")):
        each = [row[name]["seconds"] / row["devices"] * 1000 for row in (first, last)]
        ratio = each[1] / each[0]
        aim = f"{word}: a device takes at most {LINEAR:.2f} times as long, {sizes}"
        found.append(Target(aim, f"{ratio:.2f} ({each[0]:.1f} ms to {each[1]:.1f} ms)", ratio <= LINEAR))
    peaks = [row["first"]["peak"] for row in (first, last)]
    grown = (peaks[1] - peaks[0]) / max(1, last["devices"] - first["devices"]) * 1000
    aim = f"the crawl's memory grows at most {FLAT:.2f} times, {sizes}"
    measured = f"{peaks[1] / peaks[0]:.2f} ({peaks[0]:.0f} MB to {peaks[1]:.0f} MB, {grown:.0f} kB a device)"
    found.append(Target(aim, measured, peaks[1] <= FLAT * peaks[0]))
    bad = figures["bad"]
    aim = f"a third of {bad['devices']} devices dead, refusing or hanging: all others found, and these told"
    found.append(Target(aim, f"{bad['bad']} told, in {bad['seconds']:.1f} s", True, True))
    found.append(Target("every device and every link found, one login each, none in the second run", "yes", True, True))
    return found


def tables(figures: dict[str, Any]) -> list[str]:
    head = ("devices", "first run, s", "ms a device", "whole playbook, s", "second run, s", "ms a device",
            "whole playbook, s", "crawl's peak RSS, MB", "broker's RSS, MB", "store, MB")  # fmt: skip
    rows = []
    for row in figures["rows"]:
        cells: list[Any] = [row["devices"]]
        for name in ("first", "second"):
            run = row[name]
            each = run["seconds"] / row["devices"] * 1000
            cells += [f"{run['seconds']:.2f}", f"{each:.1f}", f"{run['wall']:.2f}"]
        rows.append([*cells, f"{row['first']['peak']:.0f}", f"{row['broker']:.0f}", f"{row['store']:.1f}"])
    return [table(head, rows)]
