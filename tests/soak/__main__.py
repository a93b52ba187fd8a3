# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""python -m tests.soak: load and faults for ``--duration`` seconds; then memory, threads and descriptors are compared.

The broker is measured at rest, with one session to every device: after a fifth of the time, and at the end.
Exit status 1 when it has grown, and when any caller was told something wrong or waited too long.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.integration.callers import Callers, resources  # noqa: E402
from tests.integration.conftest import Controller  # noqa: E402
from tests.lab.emulated import EmulatedLab  # noqa: E402
from tests.lab.emulated.topology import standalone  # noqa: E402
from tests.soak.load import Load  # noqa: E402
from tests.soak.weather import Weather  # noqa: E402

DEVICES = 20
WARM_UP = 0.2  # of the time
ROWS = 10
MORE_MEMORY = 6 * 1024  # KiB that the allocator may keep
MORE_THREADS = 4  # of the pool, which makes one when more work at once than ever before


@dataclass
class Soak:
    callers: Callers
    load: Load
    weather: Weather
    workers: int
    pace: float
    rows: list[tuple[float, str, dict[str, int]]] = field(default_factory=list)
    begun: float = field(default_factory=time.monotonic)

    @property
    def pid(self) -> int:
        return self.callers.controller.broker_pid()

    def note(self, what: str) -> dict[str, int]:
        found = resources(self.pid)
        self.rows.append((time.monotonic() - self.begun, what, found))
        return found

    @contextmanager
    def stormy(self) -> Iterator[None]:
        """Load and faults meanwhile; nobody is left at the end."""
        stop = threading.Event()
        doing = [
            *(threading.Thread(target=self.load.run, args=(stop, self.pace)) for _unused in range(self.workers)),
            threading.Thread(target=self.weather.run, args=(stop, 1.0)),
        ]
        for one in doing:
            one.start()
        try:
            yield
        finally:
            stop.set()
            for one in doing:
                one.join()

    def rest(self) -> None:
        """No faults, nothing pending, one session to every device. Raises RuntimeError when that is not reached."""
        lab = self.callers.lab
        lab.clear()

        def calm() -> bool:
            status = self.callers.status()
            return not status["changes"] and all(row["state"] == "idle" for row in status["sessions"])

        if not lab.wait(calm, 90):
            raise RuntimeError(f"the broker does not come to rest: {self.callers.status()}")
        for name in lab.devices:
            if not lab.wait(lambda name=name: self.callers.run(name).code == "ok", 60):  # type: ignore[misc]
                raise RuntimeError(f"{name} cannot be reached any more: {self.callers.run(name).error}")
        time.sleep(5)  # results of jobs are forgotten, callers that were killed are noticed

    def phase(self, seconds: float, what: str, rows: int) -> dict[str, int]:
        with self.stormy():
            for number in range(rows):
                time.sleep(seconds / rows)
                if number < rows - 1:
                    self.note("under load")
        self.rest()
        return self.note(what)


def soak(duration: float, workers: int, rate: float, seed: int) -> int:
    with tempfile.TemporaryDirectory(prefix="soak-") as directory:
        controller = Controller(Path(directory))
        os.environ.update({k: v for k, v in controller.env.items() if k.startswith("HOLDFAST_")})
        try:
            with EmulatedLab(standalone(DEVICES, ["ios", "ios", "eos"]), Path(directory) / "lab") as lab:
                callers = Callers(controller, lab)
                load, weather = Load(callers, seed), Weather(lab, seed)
                for name in lab.devices:
                    callers.run(name)
                running = Soak(callers, load, weather, workers, workers / rate)
                running.note("20 sessions")
                warm = running.phase(duration * WARM_UP, "at rest, warm", 2)
                end = running.phase(duration * (1 - WARM_UP), "at rest, end", ROWS)
                logins = callers.status()["broker"]["logins"]
        finally:
            controller.close()
    return report(running, warm, end, logins)


def report(running: Soak, warm: dict[str, int], end: dict[str, int], logins: int) -> int:
    load = running.load
    print(f"{'seconds':>8}  {'':<14} {'RSS KiB':>8} {'threads':>8} {'files':>6}")
    for seconds, what, row in running.rows:
        print(f"{seconds:8.0f}  {what:<14} {row['rss']:8} {row['threads']:8} {row['descriptors']:6}")
    print(f"actions: {dict(load.done.most_common())}\nanswers: {dict(load.told.most_common())}")
    print(
        f"faults:  {dict(running.weather.seen.most_common())}\nlogins:  {logins}; slowest answer {load.slowest:.1f} s"
    )
    failures = [*load.wrong[:20]]
    if len(load.wrong) > 20:
        failures.append(f"and {len(load.wrong) - 20} more")
    if end["rss"] > warm["rss"] + MORE_MEMORY:
        failures.append(f"memory grew by {end['rss'] - warm['rss']} KiB")
    if end["threads"] > warm["threads"] + MORE_THREADS:
        failures.append(f"threads grew from {warm['threads']} to {end['threads']}")
    if end["descriptors"] > warm["descriptors"]:
        failures.append(f"file descriptors grew from {warm['descriptors']} to {end['descriptors']}")
    for failure in failures:
        print(f"WRONG: {failure}")
    print("flat" if not failures else "not flat, or wrong")
    return 1 if failures else 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--duration", type=float, default=float(os.environ.get("DURATION", "600")), help="seconds")
    parser.add_argument("--workers", type=int, default=12, help="callers at the same time")
    parser.add_argument("--rate", type=float, default=15.0, help="actions a second, of all together")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    return soak(arguments.duration, arguments.workers, arguments.rate, arguments.seed)


if __name__ == "__main__":
    sys.exit(main())
