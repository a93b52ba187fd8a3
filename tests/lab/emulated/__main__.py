# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Start, end and look at a lab by hand: ``python -m tests.lab.emulated up --devices 4``."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from .client import ControlClient, EmulatedLab
from .topology import Topology, campus, leaf_spine, own_addresses, ring, standalone

_USE = """\
{count} devices are up ({platforms}), on {where}; lab process {pid}.
  inventory    {directory}/inventory.yml
  known_hosts  {directory}/known_hosts
Try:
  {first}
  ssh -o UserKnownHostsFile={directory}/known_hosts -i {directory}/id_ed25519 -p {port} {user}@{host}
End it with: python -m tests.lab.emulated down --directory {directory}"""
_COMMAND = """\
ansible -i {directory}/inventory.yml all -m holdfast.network.command -a 'commands="show ip bgp summary"'"""
_DISCOVER = """\
ansible-playbook holdfast.network.discover -e discovery_seeds={host} -e discovery_port={port} -e ansible_user={user} \\
    -e ansible_password={password} -e holdfast_enable_secret={enable} -e holdfast_known_hosts={directory}/known_hosts"""


def _leaf_spine(count: int, platforms: list[str]) -> Topology:
    spines = max(1, count // 3)
    return leaf_spine(count - spines, spines, platforms)


def _campus(count: int, platforms: list[str]) -> Topology:
    """Each device on an address of its own, as discovery needs it."""
    return own_addresses(campus(count, platforms))


_TOPOLOGIES: dict[str, Callable[[int, list[str]], Topology]] = {
    "ring": ring,
    "leaf-spine": _leaf_spine,
    "standalone": standalone,
    "campus": _campus,
}


def main() -> int:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="python -m tests.lab.emulated", description=__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    for name in ("up", "down", "status"):
        action = actions.add_parser(name)
        action.add_argument("--directory", default="demo-output/lab", help="keys, inventory, log (%(default)s)")
        if name == "up":
            action.add_argument("--devices", type=int, default=4)
            action.add_argument("--platform", default="ios", help="ios, eos, nxos, or several with commas: ios,eos")
            action.add_argument("--topology", choices=tuple(_TOPOLOGIES), default="ring")
            action.add_argument("--base-port", type=int, default=0, help="first port; free ones when omitted")
            action.add_argument("--foreground", action="store_true")
    options = parser.parse_args()
    directory = Path(options.directory).resolve()
    if options.action == "up":
        return _up(options, directory)
    return _down(directory) if options.action == "down" else _status(directory)


def _up(options: argparse.Namespace, directory: Path) -> int:
    if _pid(directory):
        print(f"A lab already runs in {directory}: python -m tests.lab.emulated down --directory {directory}")
        return 1
    platforms = options.platform.split(",")
    unknown = set(platforms) - {"ios", "eos", "nxos"}
    if unknown or options.devices < 1:
        print(f"--platform is ios, eos or nxos and --devices at least 1, not {options.platform} and {options.devices}")
        return 2
    topology = _TOPOLOGIES[options.topology](options.devices, platforms)
    lab = EmulatedLab(topology, directory, base_port=options.base_port, background=not options.foreground)
    lab.start()
    lab.write_inventory()
    (directory / "lab.pid").write_text(f"{lab.pid}\n")
    print(_use(lab, directory, platforms), flush=True)
    if options.foreground:
        try:
            signal.sigwait({signal.SIGINT, signal.SIGTERM})
        finally:
            lab.stop()
            (directory / "lab.pid").unlink(missing_ok=True)
    return 0


def _use(lab: EmulatedLab, directory: Path, platforms: list[str]) -> str:
    devices = sorted(lab.devices.values(), key=lambda one: one.port)
    one, ports = devices[0], [device.port for device in devices]
    own = len({device.host for device in devices}) > 1
    words = {**asdict(one), "directory": directory, "count": len(devices), "platforms": ", ".join(platforms)}
    words["where"] = (
        f"{one.host} and the following, port {one.port}" if own else f"{one.host} ports {ports[0]} to {ports[-1]}"
    )
    return _USE.format(**words, pid=lab.pid, first=(_DISCOVER if own else _COMMAND).format(**words))


def _pid(directory: Path) -> int | None:
    """The process of a lab that runs from a directory. Not another one that got its number since."""
    try:
        pid = int((directory / "lab.pid").read_text())
        command = (
            Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0") if Path("/proc/self").exists() else [b"emulated"]
        )
        os.kill(pid, 0)
    except (FileNotFoundError, ProcessLookupError, ValueError):
        return None
    return pid if any(b"emulated" in word for word in command) else None


def _down(directory: Path) -> int:
    pid = _pid(directory)
    (directory / "lab.pid").unlink(missing_ok=True)
    if pid is None:
        print(f"No lab runs in {directory}.")
        return 0
    os.kill(pid, signal.SIGTERM)
    end = time.monotonic() + 10
    while _alive(pid):
        if time.monotonic() > end:
            print(f"Lab process {pid} does not end.")
            return 1
        time.sleep(0.05)
    print(f"Lab process {pid} has ended.")
    return 0


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rsplit(")", 1)[1].split()[0] != "Z"


def _status(directory: Path) -> int:
    pid = _pid(directory)
    if pid is None:
        print(f"No lab runs in {directory}.")
        return 1
    ready = json.loads((directory / "lab.json").read_text())
    control = ControlClient(ready["socket"])
    counters = control.ask("counters")
    control.close()
    print(f"Lab process {pid}, {len(counters)} devices in {directory}")
    for name, ports in ready["devices"].items():
        own = counters[name]
        api = f" eapi {ports['eapi_port']}" if ports["eapi_port"] else ""
        print(
            f"  {name:<10} ssh {ports['port']}{api}  logins {own['logins']}  open {own['open_sessions']}  "
            f"commands {own['commands']}  config lines {own['config_lines']}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
