# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the figures were measured on."""

from __future__ import annotations

import datetime
import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any


def described() -> dict[str, Any]:
    """Cores, memory in GB, CPU model, versions, date and the load average before anything ran."""
    lines = (line.partition(":") for line in Path("/proc/cpuinfo").read_text().splitlines())
    rows = {name.strip(): value.strip() for name, _sep, value in lines}
    return {
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "cpu": rows.get("model name", platform.machine()),
        "kernel": platform.release().partition("-")[0],
        "python": platform.python_version(),
        "versions": {name: version(name) for name in ("ansible-core", "netmiko", "paramiko")},
        "load_before": [round(value, 2) for value in os.getloadavg()],
    }
