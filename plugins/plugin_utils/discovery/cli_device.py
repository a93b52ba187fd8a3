# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reading a device that is logged in: facts, interfaces and neighbours, each by what its platform has."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from ..broker.errors import CommandFailed, ParseFailed, ParserMissing, Unsupported
from . import cli_facts, cli_linux, cli_neighbors
from .cli_facts import GETTERS, told
from .records import Interface, Neighbor

#: One request to the broker about this device: command and parameters.
Ask = Callable[[str, dict[str, Any]], Awaitable[Any]]
#: What a device may lack; anything else (it hangs, it went away) means that it was not read.
LACKING = (CommandFailed, ParseFailed, ParserMissing, Unsupported)
LLDP, CDP = "show lldp neighbors detail", "show cdp neighbors detail"
#: What a Cisco switch has for its LLDP chassis id; a router does not tell its own.
BASE_MAC = "show version | include [Bb]ase [Ee]thernet MAC"
#: Platforms whose text is read line by line.
TEXTS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("cisco_ios", "cisco_xe"), (LLDP, CDP, BASE_MAC)),
    "cisco_nxos": (LLDP, CDP),
    "cisco_xr": (LLDP,),
}
#: Platforms that ntc-templates has templates for, and the commands.
TEMPLATES: dict[str, tuple[str, ...]] = {
    "cisco_xr": (CDP,),
    "juniper_junos": ("show lldp neighbors",),
    "huawei": ("display lldp neighbor",),
    "huawei_vrp": ("display lldp neighbor",),
    "hp_comware": ("display lldp neighbor-information verbose",),
    "hp_procurve": (CDP,),
    "aruba_aoscx": ("show lldp neighbors-info detail",),
    "allied_telesis_awplus": (LLDP,),
    "brocade_fastiron": (LLDP,),
    "paloalto_panos": ("show lldp neighbors all",),
}
#: What tells the version where that is not ``show version``.
VERSION_COMMANDS = {
    **dict.fromkeys(("huawei", "huawei_vrp", "hp_comware", "h3c_comware"), "display version"),
    "paloalto_panos": "show system info",
}
VENDORS = {"cisco": "Cisco", "juniper": "Juniper", "huawei": "Huawei", "hp": "HPE", "paloalto": "Palo Alto Networks"}


@dataclass(slots=True)
class Read:
    """What was read of a device. ``notes`` say what could not be, and why."""

    name: str = ""
    vendor: str = ""
    model: str = ""
    serial: str = ""
    version: str = ""
    chassis_id: str | None = None
    capabilities: tuple[str, ...] = ()
    interfaces: tuple[Interface, ...] = ()
    neighbors: tuple[Neighbor, ...] = ()
    notes: list[str] = field(default_factory=list)


async def read_device(ask: Ask, platform: str) -> Read:
    """All that is known of a device of this platform. Raises SessionLost, CommandTimeout, and what else ends it."""
    found = Read()
    if platform == "linux":
        await cli_linux.read(ask, found)
    else:
        await _facts(ask, found, platform)
        await _neighbors(ask, found, platform)
    found.neighbors = cli_neighbors.completed(found.neighbors)
    return found


# -- facts and interfaces ---------------------------------------------------------------------------------------------


async def _facts(ask: Ask, found: Read, platform: str) -> None:
    data = await _getters(ask, found, GETTERS)
    facts = data.get("get_facts")
    if facts is None:
        await _by_template(ask, found, platform)
    else:
        found.name, found.vendor = told(facts.get("hostname")), told(facts.get("vendor"))
        found.model, found.serial = told(facts.get("model")), told(facts.get("serial_number"))
        found.version = cli_facts.version(str(facts.get("os_version") or ""))
    found.interfaces = cli_facts.interfaces(data.get("get_interfaces") or {}, data.get("get_interfaces_ip") or {})


async def _getters(ask: Ask, found: Read, names: Sequence[str]) -> dict[str, Any]:
    """Those that there are. One whose answer cannot be read does not take the others with it."""
    try:
        reply = await ask("get", {"getters": list(names)})
    except ParseFailed as exc:
        if len(names) == 1:
            found.notes.append(exc.message)
            return {}
        parts = [await _getters(ask, found, [name]) for name in names]
        return {name: data for part in parts for name, data in part.items()}
    found.notes += [why for why in dict.fromkeys(reply["unsupported"].values()) if "get_" not in why]
    data: dict[str, Any] = reply["data"]
    return data


async def _by_template(ask: Ask, found: Read, platform: str) -> None:
    """Platforms that NAPALM does not read over a CLI: what ntc-templates make of ``show version``."""
    found.vendor = VENDORS.get(platform.partition("_")[0], "")
    rows = await _parsed(ask, found, VERSION_COMMANDS.get(platform, "show version"))
    row = {key.lower(): value for key, value in (rows[0] if rows else {}).items()}
    found.name = _first(row, "hostname")
    found.model = _first(row, "model", "hardware", "platform")
    found.serial = _first(row, "serial", "serial_number")
    found.version = cli_facts.version(_first(row, "version", "junos_version", "vrp_version", "os"))


def _first(row: Mapping[str, Any], *names: str) -> str:
    values = [value[:1] if isinstance(value, list) else [value] for value in map(row.get, names)]
    return next((text for one in chain.from_iterable(values) if (text := told(one))), "")


# -- neighbours -------------------------------------------------------------------------------------------------------


async def _neighbors(ask: Ask, found: Read, platform: str) -> None:
    if platform == "arista_eos":
        await _eos(ask, found)
    elif platform == "frr":
        data = await _getters(ask, found, ["get_lldp_neighbors_detail", "get_lldp_chassis"])
        found.neighbors = tuple(cli_neighbors.lldpd(data.get("get_lldp_neighbors_detail") or {}))
        found.chassis_id = told((data.get("get_lldp_chassis") or {}).get("chassis_id")) or None
    elif platform in TEXTS or platform in TEMPLATES:
        outputs = await _outputs(ask, found, TEXTS.get(platform, ()))
        lldp, cdp, base = (outputs.get(command, "") for command in (LLDP, CDP, BASE_MAC))
        found.chassis_id = cli_neighbors.base_mac(base)
        rows = [(command, await _parsed(ask, found, command)) for command in TEMPLATES.get(platform, ())]
        parsed = (cli_neighbors.rows(part, "cdp" if "cdp" in command else "lldp") for command, part in rows)
        found.neighbors = (*cli_neighbors.lldp_text(lldp), *cli_neighbors.cdp_text(cdp), *chain.from_iterable(parsed))
    else:
        found.notes.append(f"neighbors of platform {platform} cannot be read over its CLI; SNMP may know them")


async def _eos(ask: Ask, found: Read) -> None:
    """Over eAPI the data comes as it is, over the CLI as text."""
    commands = [f"{LLDP} | json", "show version | json"]
    replies = (await ask("run", {"commands": commands}))["replies"]
    data = [reply.get("data") or json.loads(reply["output"] or "{}", strict=False) for reply in replies]
    found.neighbors = tuple(cli_neighbors.lldp_eos(data[0]))
    found.chassis_id = cli_neighbors.chassis(str(data[1].get("systemMacAddress") or "")) or None


async def _outputs(ask: Ask, found: Read, commands: Sequence[str]) -> dict[str, str]:
    """What each command prints; one that is refused is noted."""
    outputs: dict[str, str] = {}
    for command in commands:
        try:
            reply = await ask("run", {"commands": [command]})
            outputs[command] = reply["replies"][0]["output"]
        except LACKING as exc:
            found.notes.append(exc.message)
    return outputs


async def _parsed(ask: Ask, found: Read, command: str) -> list[Mapping[str, Any]]:
    try:
        reply = await ask("run", {"commands": [command], "parser": "textfsm"})
    except LACKING as exc:
        found.notes.append(exc.message)
        return []
    parsed = reply["replies"][0].get("parsed")
    return [row for row in parsed if isinstance(row, Mapping)] if isinstance(parsed, list) else []
