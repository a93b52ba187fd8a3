# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The peer: ansible.netcommon's network_cli with libssh, from PyPI, in a virtual environment of its own."""

from __future__ import annotations

import json
import subprocess
import threading
import venv
from pathlib import Path
from typing import Any

import yaml

from tests.bench import processes
from tests.bench.runs import PEER, Bench, Run

PACKAGES = ("ansible", "ansible-pylibssh")
HELPER = "ansible_connection_cli_stub"  # in the command line of network_cli's helper processes
SAMPLE = 5.0  # seconds between looks at the helpers' memory: a look itself costs CPU time


def installed(directory: Path) -> dict[str, str]:
    """Make the environment unless it is complete; versions of what is measured."""
    stamp = directory / ".complete"
    if not stamp.exists():
        venv.create(directory, with_pip=True)
        subprocess.run([directory / "bin/python", "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
        stamp.touch()
    listed = subprocess.run(
        [directory / "bin/python", "-m", "pip", "list", "--format=json", "--disable-pip-version-check"],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    versions = {row["name"].lower(): row["version"] for row in json.loads(listed)}
    found = {name: versions[name] for name in ("ansible", "ansible-core", "ansible-pylibssh")}
    info = next(directory.glob("lib/python*/site-packages/ansible_collections/ansible/netcommon/MANIFEST.json"))
    return {**found, "ansible.netcommon": json.loads(info.read_text())["collection_info"]["version"]}


def inventory(bench: Bench) -> Path:
    """The same devices for network_cli, without host key checking.

    libssh reads only the known_hosts of the user's real home directory, whatever HOME and its configuration
    file say, and that file is not ours to change.
    """
    shared = {
        "ansible_connection": "ansible.netcommon.network_cli",
        "ansible_network_cli_ssh_type": "libssh",
        "ansible_network_os": "cisco.ios.ios",
        "ansible_host_key_checking": False,
    }
    hosts = {
        name: {
            "ansible_host": device.host,
            "ansible_port": device.port,
            "ansible_user": device.user,
            "ansible_password": device.password,
        }
        for name, device in bench.lab.devices.items()
    }
    path = bench.directory / "peer-inventory.yml"
    path.touch(mode=0o600)
    path.write_text(yaml.safe_dump({"all": {"hosts": hosts, "vars": shared}}))
    return path


class HelperMemory(threading.Thread):
    """Looks at the helper processes now and then; ``peak`` is the look with the largest sum of PSS, in MB."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._ended = threading.Event()
        self.peak: dict[str, float] = {"processes": 0, "rss": 0.0, "pss": 0.0}

    def run(self) -> None:
        while not self._ended.wait(SAMPLE):
            rows = [row for row in map(processes.memory, processes.processes_with(HELPER)) if row]
            total = {key: sum(row.get(key, 0.0) for row in rows) for key in ("rss", "pss")}
            if total["pss"] > self.peak["pss"]:
                self.peak = {"processes": len(rows), **total}

    def stop(self) -> None:
        self._ended.set()
        self.join()


def measure(bench: Bench, directory: Path, number: int) -> tuple[Run, dict[str, Any]]:
    """One run and its helpers' memory. The helpers outlive their parents, so this process adopts them."""
    book = bench.playbook("peer", PEER)
    watcher = HelperMemory()
    processes.adopt(True)
    watcher.start()
    try:
        run = bench.run(f"peer-{number}", book, directory / "bin/ansible-playbook", inventory(bench))
    finally:
        watcher.stop()
        processes.adopt(False)
    run.name = "peer"
    return run, watcher.peak
