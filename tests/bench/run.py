# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""python -m tests.bench.run: what `make bench` runs; every section in a process of its own, about 15 minutes in all."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import HoldfastError  # noqa: E402

from tests.bench import machine, report  # noqa: E402
from tests.bench.place import environment  # noqa: E402
from tests.bench.sections import NAMES  # noqa: E402
from tests.lab.broker import stop  # noqa: E402

OUTPUT = ROOT / "tests/output"
FORMAT = 1  # of what is saved; one more whenever a section's figures change their shape


def measured(name: str, size: str) -> dict[str, Any]:
    """One section: when and where, and its ``figures``, why it was ``left_out``, or how it ``failed``."""
    directory = Path(tempfile.mkdtemp(prefix="hfb-"))
    log = directory / "section.log"
    entry = {"format": FORMAT, "machine": machine.described(), "size": size}
    start = time.monotonic()
    with open(log, "w") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.one", name, size, str(directory)],
            cwd=ROOT, stdin=subprocess.DEVNULL, stderr=errors, start_new_session=True,
        )  # fmt: skip
    try:
        code = process.wait(NAMES[name])
        answer = {"failed": _end(log)} if code else json.loads((directory / "figures.json").read_text())
    except subprocess.TimeoutExpired:
        answer = {"failed": f"{_end(log)}\nnot done after {NAMES[name]:.0f} s"}
    finally:
        _clean(process, directory)
    print(log.read_text(), end="", file=sys.stderr)
    shutil.rmtree(directory, ignore_errors=True)
    return {**entry, "seconds": round(time.monotonic() - start, 1), **answer}


def _clean(process: subprocess.Popen[bytes], directory: Path) -> None:
    """End what the section left: its playbooks, and its broker. Its labs end with it."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    try:
        stop(environment(directory))
    except HoldfastError as error:
        print(f"the broker in {directory} was not stopped: {error}", file=sys.stderr)


def _end(log: Path) -> str:
    return log.read_text()[-4000:].strip()


def _bad(name: str, entry: dict[str, Any]) -> bool:
    """Whether the section failed, or missed what must hold at any size."""
    return "failed" in entry or any(row.always and row.held is False for row in report.targets(name, entry))


def saved(path: Path) -> dict[str, Any]:
    """Sections of earlier runs; what an older benchmark wrote is left aside."""
    found = json.loads(path.read_text()) if path.exists() else {}
    return {name: found[name] for name in NAMES if found.get(name, {}).get("format") == FORMAT}


def choose(text: str | None) -> list[str]:
    """The sections of ``--only``, in their order."""
    wanted = set(text.split(",")) if text else set(NAMES)
    unknown = wanted - set(NAMES)
    if unknown:
        sys.exit(f"--only: there is no section {min(unknown)}; there are {', '.join(NAMES)}")
    return [name for name in NAMES if name in wanted]


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.run", description=__doc__)
    parser.add_argument("--only", metavar="SECTION[,SECTION]", help=f"of {', '.join(NAMES)}")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--small", dest="size", action="store_const", const="SMALL", help="few devices, peers too")
    size.add_argument("--smoke", dest="size", action="store_const", const="SMOKE", help="tiny, no peers: does it work?")
    parser.add_argument("--write-docs", action="store_true", help="write docs/benchmarks.md from all saved sections")
    parser.set_defaults(size="FULL")
    return parser.parse_args()


def main() -> int:
    given = options()
    suffix = "" if given.size == "FULL" else f"-{given.size.lower()}"
    path = OUTPUT / f"bench{suffix}.json"
    OUTPUT.mkdir(parents=True, exist_ok=True)
    entries, failed = saved(path), []
    for name in choose(given.only):
        print(f"== {name}", file=sys.stderr)
        entries[name] = measured(name, given.size)
        path.write_text(json.dumps(entries, indent=2) + "\n")
        print(report.part(name, entries[name]))
        print(report.outcome(name, entries[name]), end="\n\n", flush=True)
        failed += [name] if _bad(name, entries[name]) else []
    entries = saved(path)
    print(report.summary(entries))
    if given.size != "FULL":
        print("So few devices and runs show that the benchmark works; they say little about speed.")
    if given.write_docs:
        if given.size != "FULL":
            sys.exit("--write-docs: only the real run's figures are published, leave --small and --smoke out")
        (ROOT / "docs/benchmarks.md").write_text(report.document(entries))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
