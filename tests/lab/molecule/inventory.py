# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The part of the inventory that scenarios are written against: groups, and variables that ask a router itself."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Any

import yaml

from . import labs

ROOT = Path(__file__).resolve().parents[3]
#: variable -> how the lab is asked for it whenever it is used, past the connection and the broker
_ASKED = {
    "lab_running": "running",
    "lab_startup": "startup",
    "lab_bgp": "bgp",
    "lab_counters": "counters",
    "lab_files": "files",
}


def write(path: Path, lab: labs.Lab, directory: Path) -> None:
    """Groups and variables of the lab, beside the inventory of its devices; keeps each router's configuration too."""
    start = directory / "start"
    start.mkdir(exist_ok=True)
    running = {name: str(labs.ask(lab.facts, "running", name)) for names in lab.groups.values() for name in names}
    for name, text in running.items():
        (start / name).write_text(text)
    groups: dict[str, Any] = {"lab": {"vars": _asking(directory), "children": dict.fromkeys(lab.groups)}}
    for group, (one, other) in lab.groups.items():
        groups[group] = {
            "hosts": {
                name: {
                    "lab_port": lab.port(name),
                    "lab_asn": labs.asn(running[name]),
                    "lab_peer": labs.peer(running[name], labs.asn(running[peer])),
                }
                for name, peer in ((one, other), (other, one))
            }
        }
    path.write_text("---\n" + yaml.safe_dump(groups, sort_keys=False))


def _asking(directory: Path) -> dict[str, str]:
    command = f"cd {shlex.quote(str(ROOT))} && {shlex.quote(sys.executable)} -m tests.lab.molecule.keeper ask "
    command += f"--directory {shlex.quote(str(directory))}"
    found = {"lab_ask": command, "lab_directory": str(directory)}
    for name, question in _ASKED.items():
        asked = f"lookup('ansible.builtin.pipe', lab_ask ~ ' {question} ' ~ inventory_hostname)"
        found[name] = f"{{{{ {asked} | from_json }}}}"
    found["lab_start"] = (
        "{{ lookup('ansible.builtin.file', lab_directory ~ '/start/' ~ inventory_hostname, rstrip=false) }}"
    )
    return found
