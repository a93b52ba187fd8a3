# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""python -m tests.lab.netbox: the server in a process of its own, until standard input ends.

Its address and token are one JSON line on standard output.
"""

from __future__ import annotations

import argparse
import json
import sys

from .data import Plan, Tables
from .server import TOKEN, NetBoxLab


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--devices", type=int, default=20)
    arguments.add_argument("--delay", type=float, default=0.0, help="seconds before each answer")
    arguments.add_argument("--page", type=int, default=1000, help="largest page")
    given = arguments.parse_args()
    with NetBoxLab(Tables(Plan(devices=given.devices, machines=0)), page=given.page) as lab:
        lab.faults.delay = given.delay
        print(json.dumps({"url": lab.url, "token": TOKEN}), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
