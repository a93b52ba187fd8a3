# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reading a Linux box: its own tools, and lldpd where it runs."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..drivers import frr_lldp
from . import cli_neighbors
from .cli_facts import told
from .records import Interface

if TYPE_CHECKING:
    from .cli_device import Ask, Read

COMMANDS = (
    "uname -n",
    "uname -r",
    "cat /etc/os-release",
    "ip -j addr",
    "lldpctl -f json0",
    "lldpcli -f json0 show chassis",
)


async def read(ask: Ask, found: Read) -> None:
    """Fills ``found``; what the box has not is noted."""
    commands = [{"command": command, "check": False} for command in COMMANDS]
    replies = (await ask("run", {"commands": commands}))["replies"]
    name, kernel, release, addresses, lldp, chassis = (reply["output"] for reply in replies)
    words = _release(release)
    found.name, found.vendor = told(name), words.get("NAME", "Linux")
    found.version, found.model = words.get("VERSION_ID", "") or told(kernel), f"Linux {told(kernel)}"
    found.interfaces = interfaces(_json(addresses, []))
    heard = _json(lldp, {})
    if not heard:
        found.notes.append("LLDP neighbors cannot be read: lldpctl (of lldpd) is not there, or says nothing")
    found.neighbors = tuple(cli_neighbors.lldpd(frr_lldp.lldp_neighbors_detail(heard)))
    found.chassis_id = told(frr_lldp.lldp_chassis(_json(chassis, {}))["chassis_id"]) or None


def _release(text: str) -> dict[str, str]:
    """os-release(5)."""
    pairs = [line.split("=", 1) for line in text.splitlines() if "=" in line]
    return {key.strip(): " ".join(shlex.split(value)) for key, value in pairs if value.count('"') in (0, 2)}


def _json(text: str, default: Any) -> Any:
    """A program that is not there prints no JSON."""
    try:
        found = json.loads(text)
    except ValueError:
        return default
    return found if isinstance(found, type(default)) else default


def interfaces(rows: Sequence[Mapping[str, Any]]) -> tuple[Interface, ...]:
    """From ``ip -j addr``."""
    found = []
    for row in rows:
        flags, mac = row.get("flags") or (), str(row.get("address") or "")
        found.append(
            Interface(
                name=str(row["ifname"]),
                enabled="UP" in flags,
                up=row.get("operstate") == "UP" or ("LOOPBACK" in flags and "UP" in flags),
                description=str(row.get("ifalias") or ""),
                mac=mac if mac.replace("0", "").strip(":") else None,
                mtu=row.get("mtu"),
                addresses=tuple(
                    sorted(
                        f"{one['local']}/{one['prefixlen']}"
                        for one in row.get("addr_info") or ()
                        if one.get("scope") != "link" and one.get("local")
                    )
                ),
            )
        )
    return tuple(sorted(found, key=lambda one: one.name))
