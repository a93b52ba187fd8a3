# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""By hand: ``python -m tests.lab.frr up 4 --shape ring``, ``status``, ``down``."""

from __future__ import annotations

import argparse
import sys

from . import lab, system
from .topology import SHAPES, LabError


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.lab.frr", description="Real FRRouting routers (needs root).")
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="start a lab; writes DIRECTORY/inventory.yml")
    up.add_argument("count", type=int, help="number of routers")
    up.add_argument("--shape", default="ring", choices=SHAPES)
    up.add_argument("--directory", help="for keys, known_hosts, logs and inventory (default: /run/holdfast-lab/NAME)")
    up.add_argument("--name", default="lab", help="up to 7 characters (default: lab)")
    up.add_argument("--subnet", help="management network (default: the first free /24 from 10.99.0.0 down)")
    up.add_argument("--no-wait", action="store_true", help="do not wait until routing has converged")
    down = commands.add_parser("down", help="take a lab down")
    down.add_argument("--name", default="lab")
    down.add_argument("--all", action="store_true", help="every lab on this host")
    commands.add_parser("status", help="which labs are up")
    options = parser.parse_args(arguments)
    try:
        {"up": _up, "down": _down, "status": _status}[options.command](options)
    except LabError as exc:
        print(f"error: {exc}", file=sys.stderr)
        return 1
    return 0


def _up(options: argparse.Namespace) -> None:
    one = lab.FrrLab(
        options.count, shape=options.shape, directory=options.directory, name=options.name, subnet=options.subnet
    )
    one.up()
    inventory = one.write_inventory(one.directory / "inventory.yml")
    print(f"{len(one.routers)} routers up in {one.up_seconds:.1f} s; inventory: {inventory}")
    for router in one.routers.values():
        print(f"  {router.name:8} ssh -i {router.key_file} {router.user}@{router.address}")
    if not options.no_wait:
        print(f"BGP, OSPF and routes converged after {one.wait_converged():.1f} s more")


def _down(options: argparse.Namespace) -> None:
    for name in system.labs() if options.all else [options.name]:
        print(f"{name}: {'down' if lab.take_down(name) else 'was not up'}")


def _status(_options: argparse.Namespace) -> None:
    if not system.labs():
        print("no lab is up")
    for name in system.labs():
        record = system.read_record(name) or {}
        print(f"{name}: {record.get('shape')}, management {record.get('subnet')}, {record.get('directory')}")
        for router, facts in record.get("routers", {}).items():
            state = "up" if system.running(facts["pid"]) else "DEAD"
            print(f"  {router:8} {facts['address']:15} {state} (pid {facts['pid']})")


if __name__ == "__main__":
    sys.exit(main())
