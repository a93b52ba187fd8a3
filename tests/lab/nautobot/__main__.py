# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""By hand: ``python -m tests.lab.nautobot up``, and ^C to end it; ``template`` only makes what is kept."""

from __future__ import annotations

import argparse
import signal
import sys

from . import template
from .lab import NautobotLab
from .services import LabError


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.lab.nautobot", description="A real Nautobot for tests.")
    parser.add_argument("command", choices=["up", "template"], help="run one until ^C, or make its empty database only")
    options = parser.parse_args(arguments)
    try:
        if options.command == "template":
            archive, record = template.ensure()
            print(f"{archive} (made in {record['seconds']:g} s)")
        else:
            _up()
    except LabError as exc:
        print(f"error: {exc}", file=sys.stderr)
        return 1
    return 0


def _up() -> None:
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # also while it starts: nothing is left behind
    with NautobotLab() as lab:
        print(f"Nautobot at {lab.url}")
        print("  up in " + ", ".join(f"{name} {seconds:.1f} s" for name, seconds in lab.seconds.items()))
        print("  " + ", ".join(f"{name} {size / 2**20:.0f} MB" for name, size in lab.memory().items()))
        for name, token in lab.tokens.items():
            print(f"  {name:8} {token}")
        sys.stdout.flush()
        try:
            signal.pause()
        except KeyboardInterrupt:
            print("ending")


if __name__ == "__main__":
    sys.exit(main())
