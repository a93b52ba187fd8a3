# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The peers, from PyPI, in a virtual environment of their own: network_cli, nornir-netmiko, NetBox's nb_inventory."""

from __future__ import annotations

import json
import subprocess
import threading
import venv
from pathlib import Path
from typing import Any

from tests.bench import inventories, processes
from tests.bench.runs import Bench, BenchError, Run
from tests.lab.emulated import LabDevice

PACKAGES = ("ansible", "ansible-pylibssh", "nornir", "nornir-netmiko", "paramiko", "pytz")
HELPER = "ansible_connection_cli_stub"  # in the command line of network_cli's helper processes
SAMPLE = 5.0  # seconds between looks at the helpers' memory: a look itself costs CPU time


def installed(directory: Path) -> dict[str, str]:
    """Make the environment unless it is complete; versions of what is measured."""
    stamp = directory / ".complete"
    wanted = " ".join(PACKAGES)
    if not stamp.exists() or stamp.read_text() != wanted:
        if not (directory / "bin/python").exists():
            venv.create(directory, with_pip=True)
        subprocess.run([directory / "bin/python", "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
        stamp.write_text(wanted)
    listed = subprocess.run(
        [directory / "bin/python", "-m", "pip", "list", "--format=json", "--disable-pip-version-check"],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    versions = {row["name"].lower(): row["version"] for row in json.loads(listed)}
    found = {name: versions[name] for name in (*PACKAGES, "ansible-core", "netmiko")}
    for name in ("ansible/netcommon", "cisco/ios", "netbox/netbox"):
        info = collections(directory) / "ansible_collections" / name / "MANIFEST.json"
        found[name.replace("/", ".")] = json.loads(info.read_text())["collection_info"]["version"]
    return found


def collections(directory: Path) -> Path:
    """Where the vendors' collections are: a value for ANSIBLE_COLLECTIONS_PATH."""
    return next(directory.glob("lib/python*/site-packages"))


class HelperMemory(threading.Thread):
    """Looks at the helper processes now and then.

    The helpers outlive their parents, so this process adopts them for as long as the ``with`` block.
    """

    def __init__(self, every: float = SAMPLE) -> None:
        super().__init__(daemon=True)
        self._ended = threading.Event()
        self._every = every
        self._looks: list[dict[str, float]] = [{"processes": 0, "rss": 0.0, "pss": 0.0}]

    def run(self) -> None:
        while not self._ended.wait(self._every):
            rows = [row for row in map(processes.memory, processes.processes_with(HELPER)) if row]
            total = {key: sum(row.get(key, 0.0) for row in rows) for key in ("rss", "pss")}
            self._looks.append({"processes": len(rows), **total})

    def peak(self, hosts: int | None = None) -> dict[str, float]:
        """The look with the largest sum of PSS, in MB; with ``hosts`` of those at which each host had one helper."""
        chosen = [look for look in self._looks if hosts in (None, look["processes"])]
        return max(chosen or self._looks, key=lambda look: look["pss"])

    def __enter__(self) -> HelperMemory:
        processes.adopt(True)
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._ended.set()
        self.join()
        processes.adopt(False)


def network_cli(
    bench: Bench, directory: Path, name: str, book: Path, devices: list[LabDevice], every: float = SAMPLE, **shared: Any
) -> tuple[Run, HelperMemory, Any]:
    """One run over network_cli, the helpers' memory, and its Timeline."""
    inventory = inventories.write(
        bench.directory / f"{name}-inventory.yml", devices, {**inventories.NETWORK_CLI, **shared}
    )
    with HelperMemory(every) as memory:
        run, times = bench.timed(name, book, directory / "bin/ansible-playbook", inventory)
    return run, memory, times


def nornir(directory: Path, plan: dict[str, Any]) -> dict[str, Any]:
    """What ``nornir_peer.py`` measured with this plan. Raises BenchError."""
    script = Path(__file__).with_name("nornir_peer.py")
    done = subprocess.run(
        [directory / "bin/python", script], input=json.dumps(plan), capture_output=True, text=True, check=False,
        timeout=240,
    )  # fmt: skip
    if done.returncode:
        raise BenchError(f"nornir ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return dict(json.loads(done.stdout))
