# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""python -m tests.bench.run (or by its path): what `make bench` runs; about 2 minutes, and 2 to 3 for each peer run."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.bench import latency, machine, peer, processes, report  # noqa: E402
from tests.bench.runs import COMMAND, FORKS, NOOP, OURS, TASKS, Bench, BenchError, Run  # noqa: E402
from tests.demo.broker import stop  # noqa: E402
from tests.lab.emulated import EmulatedLab, standalone  # noqa: E402


def broker_pid() -> int:
    """The broker of this process's environment; 0 when none runs."""
    from ansible_collections.holdfast.network.plugins.plugin_utils.broker.client import Client
    from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import BrokerUnavailable
    from ansible_collections.holdfast.network.plugins.plugin_utils.broker.paths import default_paths
    from ansible_collections.holdfast.network.plugins.plugin_utils.broker.version import COLLECTION_VERSION

    try:
        with Client(default_paths(COLLECTION_VERSION).socket) as client:
            return int(client.call("session.list", timeout=30.0)["broker"]["pid"])
    except BrokerUnavailable:
        return 0


def say(run: Run) -> Run:
    print(f"{run.name:<11} {run.wall:7.2f} s wall, {run.controller:7.2f} s CPU, {run.logins} logins", file=sys.stderr)
    return run


def seen(run: Run, commands: int | None, logins: int | None) -> Run:
    """The run, once the devices saw what they should. Raises BenchError."""
    if (commands is not None and run.commands != commands) or (logins is not None and run.logins != logins):
        raise BenchError(f"{run.name}: the devices saw {run.commands} commands and {run.logins} logins")
    return say(run)


def playbooks(bench: Bench, pairs: int) -> tuple[dict[str, list[Run]], dict[str, float]]:
    """Cold, then no-op and warm in turn; and the broker's memory after its first two runs."""
    books = {
        "noop": bench.playbook("noop", NOOP),
        "noop-local": bench.playbook("noop-local", NOOP, vars={"ansible_connection": "local"}),
        "warm": bench.playbook("warm", OURS),
    }
    say(bench.run("warm-up", books["noop"]))  # fills the page cache and compiles; not counted
    runs: dict[str, list[Run]] = {name: [] for name in ("noop", "noop-local", "cold", "warm")}
    runs["cold"].append(seen(bench.run("cold", books["warm"]), None, len(bench.lab.devices)))
    memory: dict[str, float] = {}
    for _unused in range(pairs):
        for name in ("noop", "warm", "noop-local"):
            commands = len(bench.lab.devices) * TASKS if name == "warm" else 0
            # logins of the warm runs are a result, not a condition
            runs[name].append(seen(bench.run(name, books[name]), commands, None))
        memory = memory or processes.memory(broker_pid())
    return runs, memory


def measure(options: argparse.Namespace, stack: ExitStack) -> dict[str, Any]:
    described = machine.described()
    peer_runs = 0 if options.no_peer else options.peer_runs
    versions = peer.installed(ROOT / ".venv-bench") if peer_runs else {}
    runtime = Path(tempfile.mkdtemp(prefix="hfb-"))
    stack.callback(shutil.rmtree, runtime, ignore_errors=True)
    env = {k: v for k, v in os.environ.items() if not k.startswith(("ANSIBLE_", "HOLDFAST_"))}
    env |= {"HOLDFAST_RUNTIME_DIR": str(runtime), "HOLDFAST_STATE_DIR": str(runtime / "state")}
    env |= {"ANSIBLE_HOME": str(runtime / "ansible"), "ANSIBLE_NOCOLOR": "1"}
    os.environ.update(env)
    lab = stack.enter_context(EmulatedLab(standalone(options.devices, "ios")))
    stack.callback(stop, env)
    bench = Bench(lab, runtime, env, broker_pid)
    runs, memory = playbooks(bench, options.pairs)
    end = processes.memory(broker_pid())
    device = next(iter(lab.devices.values()))
    latencies = {
        "broker": latency.through_broker(device, lab.known_hosts),
        "raw": latency.raw_channel(device, lab.known_hosts),
        "netmiko": latency.stock_netmiko(device, lab.known_hosts),
    }
    stop(env)
    runs["peer"], peaks = [], []
    for number in range(1, peer_runs + 1):
        run, peak = peer.measure(bench, ROOT / ".venv-bench", number)
        runs["peer"].append(say(run))
        peaks.append(peak)
    return {
        "machine": described, "devices": options.devices, "tasks": TASKS, "forks": FORKS, "command": COMMAND,
        "runs": {name: [run.as_dict() for run in found] for name, found in runs.items()},
        "broker_memory": {"sessions": memory, "end": end},
        "latency": latencies, "peer": versions, "peer_memory": peaks,
    }  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests/bench/run.py", description=__doc__)
    parser.add_argument("--devices", type=int, default=50)
    parser.add_argument("--pairs", type=int, default=5, help="no-op and warm runs (default %(default)s)")
    parser.add_argument("--peer-runs", type=int, default=1, help="runs of network_cli (default %(default)s)")
    parser.add_argument("--no-peer", action="store_true", help="leave network_cli out")
    parser.add_argument("--write-docs", action="store_true", help="write docs/benchmarks.md")
    options = parser.parse_args()
    try:
        with ExitStack() as stack:
            figures = measure(options, stack)
    except BenchError as exc:
        sys.exit(str(exc))
    output = ROOT / "tests/output"
    output.mkdir(parents=True, exist_ok=True)
    (output / "bench.json").write_text(json.dumps(figures, indent=2) + "\n")
    print(report.table(figures))
    if options.write_docs:
        (ROOT / "docs/benchmarks.md").write_text(report.document(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
