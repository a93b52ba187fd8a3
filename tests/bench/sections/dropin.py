# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A cisco.ios playbook of 20 tasks with only the connection changed: ours, and ansible.netcommon's."""

from __future__ import annotations

from typing import Any

from tests.bench import inventories, peer
from tests.bench.figures import Target, median, spread, table
from tests.bench.place import ROOT, Place
from tests.bench.runs import BenchError
from tests.bench.timeline import Timeline

TITLE = "A cisco.ios playbook with another connection"
AT_LEAST = 12.0
WAYS = {"warm": "", "preloaded": ", with the callback `holdfast.network.preload`"}
PRELOAD = "preload"  # the callback that loads the vendors' modules once, before Ansible forks
PORT = "GigabitEthernet0/1"
#: For both. The modules run on the controller, in the environment of ansible-playbook.
SHARED = {
    "ansible_become": True,
    "ansible_become_method": "ansible.netcommon.enable",
    "ansible_python_interpreter": "{{ ansible_playbook_python }}",
}
NOTES = """\
- The playbook has 20 tasks of `cisco.ios`: `ios_facts`, `ios_command`, `ios_config`, `ios_interfaces` and
  `ios_l3_interfaces` (resource modules), and `ansible.netcommon.cli_command`. What it changes it undoes, so that every
  run does the same work. The inventories differ in `ansible_connection` and what belongs to it.
- Warm: after a first run of ours. A run counts only if each task ended on each host with the same status (ok, changed)
  as over network_cli. Both use the same collections.
- Where the time goes without the callback: each task of each host imports the vendors' modules anew in its fork. For
  `ios_facts` these are 199 modules in 0.30 s, of which 0.13 s compile their source (Ansible's loader keeps no bytecode)
  and 0.13 s compile 900 regular expressions. Only the main process could load them once, and of a connection plugin
  nothing runs there before the forks; of a callback it does, but that has to be enabled."""


def _lines(*lines: str) -> dict[str, Any]:
    return {"cisco.ios.ios_config": {"lines": list(lines), "parents": [f"interface {PORT}"]}}


def _resource(kind: str, state: str, **config: Any) -> dict[str, Any]:
    return {f"cisco.ios.ios_{kind}": {"config": [{"name": PORT, **config}], "state": state}}


def _show(*commands: str) -> dict[str, Any]:
    return {"cisco.ios.ios_command": {"commands": list(commands)}}


def tasks() -> list[dict[str, Any]]:
    """The 20, with names."""
    address = {"ipv4": [{"address": "192.0.2.1/24"}]}
    found = [
        {"cisco.ios.ios_facts": {"gather_subset": "min"}},
        _show("show version"),
        _show("show ip interface brief"),
        _lines("description one"),
        _lines("description one"),
        _show(f"show running-config interface {PORT}"),
        _resource("interfaces", "merged", description="two", enabled=True),
        _resource("interfaces", "merged", description="two", enabled=True),
        _resource("interfaces", "gathered"),
        {"cisco.ios.ios_facts": {"gather_subset": "!all", "gather_network_resources": ["interfaces"]}},
        _show("show interfaces"),
        _resource("l3_interfaces", "merged", **address),
        _resource("l3_interfaces", "merged", **address),
        _show("show version", "show clock"),
        {"ansible.netcommon.cli_command": {"command": "show version"}},
        _resource("l3_interfaces", "deleted"),
        _lines("no description"),
        {"cisco.ios.ios_config": {"lines": ["no ip domain lookup"]}},
        _show("show running-config"),
        {"cisco.ios.ios_facts": {"gather_subset": "min"}},
    ]
    return [{"name": f"{number:02} {next(iter(task))}", **task} for number, task in enumerate(found, 1)]


def measure(place: Place) -> dict[str, Any]:
    place.need_module("network_cli", "connection")
    directory, sizes = place.need_peers(), place.sizes
    lab = place.lab(sizes.dropin_devices)
    bench = place.bench(lab)
    book, devices = bench.book("twenty", tasks()), list(lab.devices.values())
    ours = inventories.pinned(lab.known_hosts, "network_cli")
    become = {**SHARED, "ansible_become_password": devices[0].enable}
    inventory = inventories.write(bench.directory / "ours.yml", devices, {**ours, **become})
    path = {"ANSIBLE_COLLECTIONS_PATH": str(peer.collections(directory))}
    cold, times = bench.timed("cold", book, inventory=inventory, **path)
    seen, ways = [times], _ways()
    warm: dict[str, list[dict[str, Any]]] = {name: [] for name in ways}
    for _unused in range(sizes.dropin_runs):
        for name, env in ways.items():
            run, times = bench.timed(name, book, inventory=inventory, **path, **env)
            warm[name].append(run.as_dict())
            seen.append(times)
    place.stop_broker()
    theirs, expected = peer.network_cli(bench, directory, "libssh", book, devices, **become)[::2]
    for other in seen:
        _same(other, expected)
    figures = {"devices": len(devices), "cold": cold.as_dict(), "warm": warm, "peer": theirs.as_dict()}
    return {**figures, "tasks": _each(expected, seen[-1])}


def _ways() -> dict[str, dict[str, str]]:
    """Variables of the environment of the ways to run ours: as it is, and where there is one with the callback."""
    ways: dict[str, dict[str, str]] = {"warm": {}}
    if (ROOT / f"plugins/callback/{PRELOAD}.py").exists():
        ways["preloaded"] = {"ANSIBLE_CALLBACKS_ENABLED": f"holdfast.network.{PRELOAD}"}
    return ways


def _same(ours: Timeline, theirs: Timeline) -> None:
    for task, outcomes in theirs.outcomes.items():
        if ours.outcomes.get(task) != outcomes:
            raise BenchError(f"{task}: {ours.outcomes.get(task)} over ours, {outcomes} over network_cli")


def _each(theirs: Timeline, ours: Timeline) -> list[tuple[str, float, float]]:
    """(task, seconds over network_cli, seconds over ours)."""

    def spent(times: Timeline, name: str) -> float:
        start, end = times.tasks[name]
        return round(end - start, 3)

    return [(name, spent(theirs, name), spent(ours, name)) for name in theirs.tasks]


def targets(figures: dict[str, Any]) -> list[Target]:
    aim = f"20 tasks of cisco.ios at least {AT_LEAST:.0f} times faster, warm, than over network_cli"
    found = []
    for name, runs in figures["warm"].items():
        ratio = figures["peer"]["wall"] / median(runs, "wall")
        cpu = figures["peer"]["controller"] / (median(runs, "controller") + median(runs, "broker"))
        measured = f"{ratio:.1f} by wall time, {cpu:.1f} by CPU time"
        found.append(Target(aim + WAYS[name], measured, ratio >= AT_LEAST))
    logins = sum(run["logins"] for runs in figures["warm"].values() for run in runs)
    return [*found, Target("no login in a warm run of that playbook", f"{logins} logins", logins == 0, always=True)]


def tables(figures: dict[str, Any]) -> list[str]:
    ours, theirs = "`holdfast.network.network_cli`", "`ansible.netcommon.network_cli`, libssh"
    rows = [_row(f"{ours}, first run", [figures["cold"]])]
    rows += [_row(f"{ours}, further runs{WAYS[name]}", runs) for name, runs in figures["warm"].items()]
    rows.append(_row(theirs, [figures["peer"]]))
    each = [(name, f"{slow:.2f}", f"{quick:.2f}") for name, slow, quick in figures["tasks"]]
    head = (f"{figures['devices']} hosts x 20 tasks", "wall, s", "CPU controller and broker, s", "logins")
    return [table(head, rows), table(("task, all hosts", "network_cli, s", "ours, last run, s"), each)]


def _row(words: str, runs: list[dict[str, Any]]) -> tuple[Any, ...]:
    cpu = [run["controller"] + run["broker"] for run in runs]
    return words, spread([run["wall"] for run in runs]), spread(cpu), max(run["logins"] for run in runs)
