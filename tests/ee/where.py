# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs inside a job's container: where.py FILE HOST:PORT writes what this process may do and reach, as JSON."""

from __future__ import annotations

import json
import os
import re
import socket
import sys
from pathlib import Path


def writable(folder: str) -> bool:
    """Whether a file can be made there."""
    try:
        (Path(folder) / "hf-probe").touch()
        (Path(folder) / "hf-probe").unlink()
    except OSError:
        return False
    return True


def reached(address: str) -> bool:
    """Whether somebody answers there, or refuses: there is a way then."""
    host, _colon, port = address.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), 2):
            return True
    except ConnectionRefusedError:
        return True
    except OSError:
        return False


def outside(uid: int) -> int:
    """What the machine knows this user as."""
    for line in Path("/proc/self/uid_map").read_text().splitlines():
        first, there, count = map(int, line.split())
        if first <= uid < first + count:
            return there + uid - first
    return -1


def main() -> None:
    target, beyond = sys.argv[1:3]
    status = Path("/proc/self/status").read_text()
    routes = [line.split() for line in Path("/proc/net/route").read_text().splitlines()[1:]]
    found = {
        "uid": os.getuid(),
        "user_outside": outside(os.getuid()),
        "capabilities": int(re.search(r"^CapEff:\s*(\w+)", status, re.M)[1], 16),  # type: ignore[index]
        "bounding": int(re.search(r"^CapBnd:\s*(\w+)", status, re.M)[1], 16),  # type: ignore[index]
        "no_new_privileges": "NoNewPrivs:\t1" in status,
        "writable": [folder for folder in ("/", "/etc", "/usr", "/opt/holdfast", "/tmp") if writable(folder)],
        "default_routes": [route[0] for route in routes if int(route[1], 16) == 0],
        "reached": [address for address in beyond.split(",") if reached(address)],
    }
    Path(target).write_text(json.dumps(found))


if __name__ == "__main__":
    main()
