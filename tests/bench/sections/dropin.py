# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A cisco.ios playbook of 20 tasks with only the connection changed: ours, and ansible.netcommon's."""

from __future__ import annotations

import statistics
from typing import Any

from tests.bench import inventories, peer
from tests.bench.figures import Target, spread, table
from tests.bench.place import Place
from tests.bench.runs import BenchError
from tests.bench.timeline import Timeline

TITLE = "A cisco.ios playbook with another connection"
AT_LEAST = 12.0
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
  as over network_cli. Both run the same version of ansible-core and of the collections."""


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
    cold, times = bench.timed("dropin-cold", book, inventory=inventory, **path)
    warm, seen = [], [times]
    for _unused in range(sizes.dropin_runs):
        run, times = bench.timed("dropin-warm", book, inventory=inventory, **path)
        warm.append(run.as_dict())
        seen.append(times)
    place.stop_broker()
    run, times = peer.network_cli(bench, directory, "libssh", book, devices, **become)[::2]
    for other in seen:
        _same(other, times)
    return {
        "devices": len(devices),
        "cold": cold.as_dict(),
        "warm": warm,
        "peer": run.as_dict(),
        "tasks": _each(times, seen[-1]),
    }


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
    ours = statistics.median(run["wall"] for run in figures["warm"])
    ratio = figures["peer"]["wall"] / ours
    cpu = figures["peer"]["controller"] / statistics.median(
        run["controller"] + run["broker"] for run in figures["warm"]
    )
    logins = sum(run["logins"] for run in figures["warm"])
    return [
        Target(aim, f"{ratio:.1f} by wall time, {cpu:.1f} by CPU time", ratio >= AT_LEAST),
        Target("no login in a warm run of that playbook", f"{logins} logins", logins == 0, always=True),
    ]


def tables(figures: dict[str, Any]) -> list[str]:
    rows = [
        ("`holdfast.network.network_cli`, first run", f"{figures['cold']['wall']:.2f}", figures["cold"]["logins"]),
        ("`holdfast.network.network_cli`, further runs", spread([run["wall"] for run in figures["warm"]]), 0),
        ("`ansible.netcommon.network_cli`, libssh", f"{figures['peer']['wall']:.2f}", figures["peer"]["logins"]),
    ]
    each = [(name, f"{theirs:.2f}", f"{ours:.2f}") for name, theirs, ours in figures["tasks"]]
    return [
        table((f"{figures['devices']} hosts x 20 tasks", "seconds", "logins"), rows),
        table(("task, all hosts", "network_cli, s", "ours, s"), each),
    ]
