# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""python -m tests.demo --lab emulated|frr: what `make demo` runs."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

from tests.demo.labs import ROUTERS, Lab, chosen

HERE = Path(__file__).resolve().parent
PHASES = {
    "preflight": "log in once, ask for pending changes, rehearse the checks",
    "before": "take a snapshot of state and configuration",
    "change": "checkpoint, load, compare, commit armed with a deadline",
    "validate": "run the checks until they pass or time is up",
    "after": "take a snapshot of the result",
    "confirm": "confirm: the change stays",
    "rollback": "undo: back to the checkpoint, read again and compared",
    "verify": "compare state and configuration with the snapshot before",
}


class Demo:
    def __init__(self, lab: Lab, inventory: Path, output: Path, runtime: Path) -> None:
        self.lab, self.inventory, self.output = lab, inventory, output
        self.env = {
            **os.environ,
            "HOLDFAST_RUNTIME_DIR": str(runtime),
            "HOLDFAST_STATE_DIR": str(output / "state"),
            "ANSIBLE_HOME": str(output / "ansible"),
            "ANSIBLE_LOCALHOST_WARNING": "0",
        }

    def change(self, name: str, hosts: str, variables: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Run the change playbook as a user would; its exit status and its report."""
        directory = self.output / name
        directory.mkdir()
        settings = {
            "holdfast_hosts": hosts,
            "change_catalogue": [str(HERE / "checks.yml")],
            "change_confirm_within": 60,
            "change_report_dir": str(directory),
            "change_snapshot_dir": str(directory / "snapshots"),
            "demo_peers": self.lab.peers,
            **variables,
        }
        (directory / "variables.json").write_text(json.dumps(settings, indent=2))
        command = ["ansible-playbook", "holdfast.network.change", "-i", str(self.inventory)]
        command += ["-e", f"@{directory / 'variables.json'}"]
        say(f"    $ {' '.join(command[:2])} -i inventory.yml -e @{name}/variables.json")
        with open(directory / "ansible.log", "w") as log:
            done = subprocess.run(command, env=self.env, stdout=log, stderr=log, stdin=subprocess.DEVNULL, check=False)
        report: dict[str, Any] = json.loads((directory / "report.json").read_text())
        return done.returncode, report

    def tell(self, report: dict[str, Any]) -> None:
        """The phases of one host in words; the others ran beside it."""
        host = report["hosts"][0]
        for phase in host["phases"]:
            mark = "ok" if phase["result"] == "ok" else phase["result"].upper()
            say(f"      {phase['seconds']:7.2f} s  {phase['name']:<10} {mark:<7} {PHASES.get(phase['name'], '')}")
            if phase["result"] != "ok":
                say(f"{'':37}{textwrap.shorten(phase['words'], 160, placeholder=' ...')}")
        say(f"    {report['summary']['words']}")

    def stop(self) -> None:
        """End the broker of the demo, by asking it."""
        from tests.lab.broker import stop

        stop(self.env)


class Watch:
    """Reads r1's BGP session past the product while something runs; ``seen`` are its states, in order."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.seen: list[str] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.2):
            state = self._lab.bgp("r1")
            if self.seen[-1:] != [state]:
                self.seen.append(state)


def good(demo: Demo) -> None:
    say("\n2. A good change: describe the core links on all four routers, validate, confirm.")
    template = {"change_template": str(HERE / "describe.j2"), "change_comment": "DEMO-1 describe the core links"}
    rc, report = demo.change("good", "all", {**template, "change_converge": 15})
    demo.tell(report)
    kept = [router for router in ROUTERS if f"description core link of {router}" in demo.lab.config(router)]
    proof(rc == 0 and len(kept) == len(ROUTERS), f"read past the product: the line stands on {', '.join(kept)}")
    proof(demo.lab.bgp("r1") == "Established", f"r1's BGP session with r2 is {demo.lab.bgp('r1')}")


def bad(demo: Demo) -> None:
    peer = demo.lab.peers["r1"]
    say(f"\n3. A bad change: a typing error on r1, `neighbor {peer} remote-as 65999`. It takes the BGP session down.")
    before = demo.lab.config("r1")
    lines = {"change_parents": ["router bgp 65001"], "change_lines": [f"neighbor {peer} remote-as 65999"]}
    variables = {**lines, "change_comment": "DEMO-2 wrong AS number", "change_converge": 4}
    with Watch(demo.lab) as watch:
        rc, report = demo.change("bad", "r1", variables)
    demo.tell(report)
    host = report["hosts"][0]
    failed = [row for row in host["validation"]["results"] if row["status"] == "failed"]
    proof(rc != 0 and bool(failed), f"validation caught it: {failed[0]['message'] if failed else 'nothing failed'}")
    down = [state for state in watch.seen if state != "Established"]
    proof(bool(down), f"while it ran, r1's BGP session with r2 was seen {' -> '.join(watch.seen)}")
    proof(host["rollback"]["verified"], "state and configuration equal the checkpoint, says the comparison")
    proof(demo.lab.config("r1") == before, "the configuration is the one before, byte by byte, read past the product")
    proof(demo.lab.bgp("r1") == "Established", f"r1's BGP session with r2 is {demo.lab.bgp('r1')} again")


def say(words: str) -> None:
    print(words, flush=True)


def proof(holds: bool, words: str) -> None:
    say(f"    [{'proof' if holds else 'FAILED'}] {words}")
    if not holds:
        raise SystemExit("the demo did not do what it says; see the logs in demo-output")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.demo")
    parser.add_argument("--lab", choices=["emulated", "frr"], default="emulated")
    parser.add_argument("--output", type=Path, default=Path("demo-output"))
    options = parser.parse_args()
    if options.lab == "frr" and os.geteuid():
        sys.exit("LAB=frr needs root: it makes network namespaces. Run `make demo` for the lab that needs no root.")
    start = time.monotonic()
    output = options.output.resolve()
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir(parents=True, mode=0o700)
    runtime = Path(tempfile.mkdtemp(prefix="hfdemo-"))
    lab = chosen(options.lab, output / "lab")
    say(f"1. The lab: {lab.words}.")
    with ExitStack() as stack:
        demo = Demo(lab, lab.start(stack), output, runtime)
        stack.callback(shutil.rmtree, runtime, ignore_errors=True)
        stack.callback(demo.stop)
        say(f"    up after {time.monotonic() - start:.1f} s; r1's BGP session with r2 is {lab.bgp('r1')}")
        good(demo)
        bad(demo)
    say(f"\nDone in {time.monotonic() - start:.0f} s. Reports: {options.output}/good and {options.output}/bad")
    say("    report.html (open it in a browser), report.md, report.json, report.xml (JUnit), ansible.log")
    return 0


if __name__ == "__main__":
    sys.exit(main())
