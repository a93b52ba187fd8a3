# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Large inventories of NetBox: cold, cached, what ansible-inventory itself takes, and beside nb_inventory."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from tests.bench import peer
from tests.bench.figures import Target, median, missing, spread, table
from tests.bench.place import ROOT, Place
from tests.bench.runs import BenchError
from tests.bench.sections.growth import fit

TITLE = "Large inventories"
COLD_S, CACHED_S, WITHIN = 15.0, 2.0, 0.10
DELAY, PAGE = 0.1, 1000  # seconds for each answer of the server, rows a page
GROUPS = ["site", "region", "role", "tenant", "platform", "vendor", "status", "tag"]
PEER = {
    "plugin": "netbox.netbox.nb_inventory",
    "config_context": False,
    "services": False,
    "group_by": ["sites", "region", "device_roles", "tenants", "platforms", "manufacturers", "status", "tags"],
}
GROWING = ("cold", "cached")
KINDS = {
    "cold": "`holdfast.network.netbox`, cold",
    "cached": "`holdfast.network.netbox`, cached",
    "lean cold": "the same with `facts: []` and three groups a device, cold",
    "lean": "the same with `facts: []` and three groups a device, cached",
    "lean inject": "that with `inject_facts_as_vars = false` in ansible.cfg, cached",
    "graphql": "the lean one by GraphQL, cold",
    "bare": "ansible-inventory's floor: as many plain hosts, no variables, no groups",
    "static": "the same hosts, variables and groups printed by an inventory script",
}
#: In a process of its own: a child's largest resident set begins with that of its parent, which must stay small.
_COUNT = """
import json, sys
found = json.loads(open(sys.argv[1]).read() or "{}")
print(len(found.get("_meta", {}).get("hostvars", {}) or found.get("ungrouped", {}).get("hosts", [])))
"""
NOTES = f"""\
- `ansible-inventory --list`, the whole process; a local server answers as NetBox does, {PAGE} devices a page,
  {DELAY * 1000:.0f} ms for each answer. NetBox itself could not be installed here.
- "Cached": Ansible's `jsonfile` cache has the answer. Memory is the largest resident set of the process, in MB.
- The floor has no plugin of ours in it: an INI file with one range of names. What a cached inventory takes beyond it is
  the plugin, and what ansible-inventory does for each variable and group.
- With `inject_facts_as_vars = false` Ansible looks for no gathered facts to clean among a host's variables; the default
  does for every host, whether it has facts or not, by listing the directories of connection plugins.
- "Linear" is as in "Growth with the number of devices".
- nb_inventory is asked for the same groups, without config contexts and services. Its cached run is of fewer devices:
  it takes longer than the cold one."""


def measure(place: Place) -> dict[str, Any]:
    runs: dict[str, dict[str, list[dict[str, float]]]] = {kind: {} for kind in KINDS}
    for count in place.sizes.hosts:
        with _server(count) as server:
            for kind in KINDS if count == max(place.sizes.hosts) else GROWING:
                runs[kind][str(count)] = _kind(place, server, kind, count)
    walls = {kind: {int(n): [run["wall"] for run in rows] for n, rows in runs[kind].items()} for kind in GROWING}
    fitted = {kind: fit(walls[kind]) for kind in GROWING}
    return {
        "counts": place.sizes.hosts,
        "runs": runs,
        "fitted": fitted,
        "peer": place.beside(lambda at: _peer(place, at)),
    }


def _kind(place: Place, server: dict[str, str], kind: str, count: int) -> list[dict[str, float]]:
    directory = place.directory / f"{count}-{kind.replace(' ', '-')}"
    directory.mkdir(exist_ok=True)
    inventory = _inventory(directory, kind, count)
    runs = 1 if kind in ("lean cold", "graphql") else place.sizes.host_runs
    env = {"ANSIBLE_INJECT_FACT_VARS": "false"} if kind == "lean inject" else {}
    if kind in ("cached", "lean", "lean inject", "static"):
        _listed(place, inventory, server, count, keep=directory / "listed.json")  # fills the cache
    if kind == "static":
        inventory = _script(directory, directory / "listed.json")
    return [_listed(place, inventory, server, count, **env) for _unused in range(runs)]


def _inventory(directory: Path, kind: str, count: int) -> Path:
    if kind == "bare":
        path = directory / "hosts.ini"
        path.write_text(f"dev[00001:{count:05d}]\n")
        return path
    config: dict[str, Any] = {"plugin": "holdfast.network.netbox", "last_good_dir": str(directory / "kept")}
    if kind in ("cached", "lean", "lean inject"):
        config |= {
            "cache": True,
            "cache_plugin": "ansible.builtin.jsonfile",
            "cache_connection": str(directory / "cache"),
        }
    if kind.startswith("lean"):
        config |= {"facts": [], "group_by": ["site", "role", "platform"]}
    if kind == "graphql":
        config |= {"api": "graphql", "facts": [], "group_by": ["site", "role", "platform"]}
    path = directory / "netbox.yml"
    path.write_text(yaml.safe_dump(config))
    return path


def _script(directory: Path, listed: Path) -> Path:
    path = directory / "inventory.sh"
    path.write_text(f"#!/bin/sh\nexec cat {listed}\n")
    path.chmod(0o755)
    return path


def _listed(
    place: Place, inventory: Path, server: dict[str, str], count: int, binary: Path | None = None,
    keep: Path | None = None, **env: str,
) -> dict[str, float]:  # fmt: skip
    """Wall and CPU seconds and MB of one ``ansible-inventory --list``. Raises BenchError when hosts are missing."""
    binary = binary or Path(sys.executable).parent / "ansible-inventory"
    out, log = keep or place.directory / "listed.json", place.directory / "inventory.log"
    given = {**place.env, "NETBOX_API": server["url"], "NETBOX_TOKEN": server["token"], **env}
    with open(out, "w") as stdout, open(log, "w") as stderr:
        start = time.monotonic()
        process = subprocess.Popen(
            [binary, "-i", inventory, "--list"], env=given, cwd=place.directory, stdin=subprocess.DEVNULL,
            stdout=stdout, stderr=stderr,
        )  # fmt: skip
        _pid, status, used = os.wait4(process.pid, 0)
        wall = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
    hosts = int(subprocess.run([sys.executable, "-c", _COUNT, out], capture_output=True, text=True, check=True).stdout)
    if process.returncode or hosts != count:
        raise BenchError(f"{inventory}: {hosts} of {count} hosts, {log.read_text()[-2000:]}")
    print(f"  {inventory.parent.name:<24} {wall:7.2f} s wall, {used.ru_maxrss / 1024:6.0f} MB", file=sys.stderr)
    return {"wall": wall, "cpu": used.ru_utime + used.ru_stime, "mb": used.ru_maxrss * 1024 / 1e6}


def _peer(place: Place, directory: Path) -> dict[str, Any]:
    inventory = place.directory / "peer" / "nb.netbox.yml"
    inventory.parent.mkdir(exist_ok=True)
    inventory.write_text(yaml.safe_dump(PEER))
    given = {"ANSIBLE_COLLECTIONS_PATH": str(peer.collections(directory))}
    cache = {
        "ANSIBLE_INVENTORY_CACHE": "1",
        "ANSIBLE_INVENTORY_CACHE_PLUGIN": "jsonfile",
        "ANSIBLE_INVENTORY_CACHE_CONNECTION": str(place.directory / "peer/cache"),
    }
    binary = directory / "bin/ansible-inventory"
    few, many = place.sizes.cached_peer, max(place.sizes.hosts)
    found: dict[str, Any] = {"few": few}
    with _server(many) as server:
        found["cold"] = _listed(place, inventory, server, many, binary, **given)
    with _server(few) as server:
        found["few_cold"] = _listed(place, inventory, server, few, binary, **given, **cache)
        found["few_cached"] = _listed(place, inventory, server, few, binary, **given, **cache)
        ours = _inventory(place.directory / "peer", "cached", few)
        found["ours_few_cold"] = _listed(place, ours, server, few)
        found["ours_few_cached"] = _listed(place, ours, server, few)
    return found


@contextmanager
def _server(devices: int) -> Iterator[dict[str, str]]:
    """Address and token of a server in a process of its own."""
    command = [sys.executable, "-m", "tests.lab.netbox", "--devices", str(devices), "--delay", str(DELAY)]
    process = subprocess.Popen(
        [*command, "--page", str(PAGE)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
    finally:
        process.communicate()


def targets(figures: dict[str, Any]) -> list[Target]:
    most = str(max(figures["counts"]))
    cold, cached = (median(figures["runs"][kind][most], "wall") for kind in ("cold", "cached"))
    floor = median(figures["runs"]["bare"][most], "wall")
    found = [
        Target(f"{most} devices of NetBox cold in {COLD_S:g} s", f"{cold:.2f} s", cold <= COLD_S),
        Target(
            f"{most} devices of NetBox cached in {CACHED_S:g} s",
            f"{cached:.2f} s; as many hosts without any variable or group take {floor:.2f} s",
            cached <= CACHED_S,
        ),
    ]
    lean = median(figures["runs"]["lean inject"][most], "wall")
    words = "with three groups a device, `facts: []` and `inject_facts_as_vars = false`"
    found.append(Target(f"the same {words}", f"{lean:.2f} s", lean <= CACHED_S))
    for kind, fitted in figures["fitted"].items():
        worst = max(abs(value) for value in fitted["deviations"].values())
        found.append(
            Target(f"growth linear within {WITHIN:.0%}, {kind}", f"largest deviation {worst:.1%}", worst <= WITHIN)
        )
    beside = figures["peer"]
    aim = f"{most} devices cold faster than nb_inventory"
    if "missing" in beside:
        return [*found, missing(aim, beside["missing"])]
    times = beside["cold"]["wall"] / cold
    return [*found, Target(aim, f"{times:.1f} times ({cold:.2f} s to {beside['cold']['wall']:.2f} s)", times > 1)]


def tables(figures: dict[str, Any]) -> list[str]:
    counts = list(map(str, figures["counts"]))
    head = ("ansible-inventory --list, seconds", *(f"{count} devices" for count in counts), "CPU", "MB")
    rows = []
    for kind, words in KINDS.items():
        runs = figures["runs"][kind]
        cells = [spread([run["wall"] for run in runs[count]]) if count in runs else "-" for count in counts]
        last = runs[counts[-1]]
        rows.append((words, *cells, f"{median(last, 'cpu'):.2f}", f"{statistics.median(r['mb'] for r in last):.0f}"))
    found = [table(head, rows)]
    beside = figures["peer"]
    if "missing" not in beside:
        found.append(table(("beside netbox.netbox.nb_inventory", "ours", "nb_inventory", "times"), _beside(figures)))
    return found


def _beside(figures: dict[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    beside, most = figures["peer"], str(max(figures["counts"]))
    cold = figures["runs"]["cold"][most]
    few = beside["few"]
    pairs = [
        (f"{most} devices, cold", {"wall": median(cold, "wall"), "mb": median(cold, "mb")}, beside["cold"]),
        (f"{few} devices, cold, cache written", beside["ours_few_cold"], beside["few_cold"]),
        (f"{few} devices, cached", beside["ours_few_cached"], beside["few_cached"]),
    ]
    for words, ours, theirs in pairs:
        yield (
            words,
            f"{ours['wall']:.2f} s, {ours['mb']:.0f} MB",
            f"{theirs['wall']:.2f} s, {theirs['mb']:.0f} MB",
            f"{theirs['wall'] / ours['wall']:.1f}",
        )
