# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keeps a lab while Molecule wants it: ``up``, ``down`` and ``ask`` are what its playbooks run.

The keeper is a process of its own and ends the lab and the broker of its users: at ``down``, and as soon as the
`molecule test` that asked for it is gone, however that ended (Ctrl-C, kill). Its directory, emptied by ``up``, has
devices/ (the lab's own files), files/ (what scenarios leave), start/ (configurations at the start), run/ and state/
(the broker's).
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from . import inventory, labs

READY = "keeper.json"
LOG = "keeper.log"


def main() -> int:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="python -m tests.lab.molecule.keeper", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("up", "serve"):
        command = commands.add_parser(name)
        command.add_argument("--lab", choices=tuple(labs.LABS), default="emulated")
        command.add_argument("--group", action="append", required=True, help="name of a group of two routers")
        command.add_argument("--inventory", type=Path, required=True, help="directory to put the inventory in")
        command.add_argument("--forget", type=Path, help="Molecule's state file, removed when Molecule is lost")
        command.add_argument("--watch", type=int, default=0, help=argparse.SUPPRESS)
    commands.add_parser("down")
    ask = commands.add_parser("ask")
    ask.add_argument("question")
    ask.add_argument("router")
    for command in commands.choices.values():
        command.add_argument("--directory", type=Path, required=True)
    options = parser.parse_args()
    options.directory = options.directory.resolve()
    if options.command == "up":
        return up(options)
    if options.command == "serve":
        return serve(options)
    if options.command == "down":
        return down(options.directory)
    facts = json.loads((options.directory / READY).read_text())
    print(json.dumps(labs.ask(facts, options.question, options.router)))
    return 0


def up(options: argparse.Namespace) -> int:
    """Start a keeper that outlives this process; wait until its lab is up."""
    if options.lab == "frr" and os.geteuid() != 0:
        print("HOLDFAST_LAB=frr needs root: it makes network namespaces. The emulated lab needs none.", file=sys.stderr)
        return 1
    if options.lab == "emulated" and not importlib.util.find_spec("asyncssh"):
        print(f"the emulated lab needs asyncssh: {sys.executable} -m pip install asyncssh", file=sys.stderr)
        return 1
    down(options.directory)
    options.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    for left in options.directory.iterdir():
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    (options.directory / "files").mkdir()
    watch = ["--watch", str(_molecule_test() or 0)]
    arguments = ["serve", *sys.argv[sys.argv.index("up") + 1 :], *watch]
    with open(options.directory / LOG, "wb") as log:
        keeper = subprocess.Popen(
            [sys.executable, "-m", "tests.lab.molecule.keeper", *arguments],
            cwd=inventory.ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    while not (options.directory / READY).exists():
        if keeper.poll() is not None:
            print(f"the lab did not start:\n{(options.directory / LOG).read_text()}", file=sys.stderr)
            return 1
        time.sleep(0.05)
    print(f"lab {options.lab} is up, kept by process {keeper.pid}")
    return 0


def serve(options: argparse.Namespace) -> int:
    """Be the keeper."""
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: ended.set())
    try:
        watched = os.pidfd_open(options.watch) if options.watch else None
    except ProcessLookupError:
        return 1
    lab = labs.LABS[options.lab](options.group, options.directory / "devices")
    files = [options.inventory / "lab.yml", options.inventory / "groups.yml"]
    lost = False
    try:
        lab.start(files[0])
        inventory.write(files[1], lab, options.directory)
        ready = options.directory / f"{READY}.new"
        ready.write_text(json.dumps({**lab.facts, "pid": os.getpid()}))
        ready.rename(options.directory / READY)
        while not (lost or ended.wait(0.2)):
            lost = watched is not None and bool(select.select([watched], [], [], 0)[0])
    finally:
        _stop_broker(options.directory)
        lab.stop()
        for file in [*files, *([options.forget] if lost and options.forget else [])]:
            file.unlink(missing_ok=True)
        (options.directory / READY).unlink(missing_ok=True)
    return 0


def down(directory: Path) -> int:
    """End the keeper of a directory, if there is one, and wait until everything it kept has ended."""
    try:
        pid = json.loads((directory / READY).read_text())["pid"]
        keeper = os.pidfd_open(pid)
    except (FileNotFoundError, ProcessLookupError):
        return 0
    if b"tests.lab.molecule.keeper" not in Path(f"/proc/{pid}/cmdline").read_bytes():
        return 0  # somebody else's process has the number now
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(keeper, signal.SIGTERM)
    if not select.select([keeper], [], [], 30)[0]:
        print(f"keeper {pid} does not end; see {directory / LOG}", file=sys.stderr)
        return 1
    return 0


def _molecule_test() -> int | None:
    """The `molecule test` among our ancestors. Other commands of Molecule leave the lab for the next one."""
    pid = os.getpid()
    while pid > 1:
        words = [os.path.basename(word) for word in Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")]
        if "molecule" in words[:3] and "test" in words:
            return None if "--destroy=never" in words or "never" in words else pid
        pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return None


def _stop_broker(directory: Path) -> None:
    installed = inventory.ROOT.parts[-3:] == ("ansible_collections", "holdfast", "network")
    if installed:  # outside of Ansible, nothing else says where that is
        sys.path.insert(0, str(inventory.ROOT.parents[2]))
    from ..broker import stop

    stop({"HOLDFAST_RUNTIME_DIR": str(directory / "run"), "HOLDFAST_STATE_DIR": str(directory / "state")})


if __name__ == "__main__":
    sys.exit(main())
