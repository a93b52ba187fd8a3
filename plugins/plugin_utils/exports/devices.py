# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The network devices among the hosts of any Ansible inventory, in the words that other tools need.

Variables with a password in them are never read, only whether they are there: an inventory may have one that cannot
even be evaluated here, and what is not read cannot get into a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..broker.errors import BadInput, Unsupported
from ..drivers.genie_bridge import system
from ..drivers.route import Hop, parse_route
from ..inventory.hosts import known_platform

#: Variables of a host that say how to log in, and whose values are not read.
ENABLE = ("holdfast_enable_secret", "ansible_become_password", "ansible_become_pass")
#: Drivers that do not use SSH: their port says nothing about it.
OVER_HTTP = ("pyeapi",)
FACTS = ("vendor", "model", "serial", "version", "role", "site")
_TRUE = ("1", "true", "yes", "on")


@dataclass(slots=True)
class Device:
    """``platform`` is netmiko's device type, or the inventory's own word with ``known`` False."""

    name: str
    address: str
    platform: str
    known: bool
    port: int | None
    driver: str | None
    user: str | None
    key_file: str | None
    known_hosts: str | None
    checked: bool
    enable: bool
    credential: str | None
    id: str | None
    hops: tuple[Hop, ...] = ()
    groups: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    links: list[dict[str, Any]] = field(default_factory=list)
    testbed: dict[str, Any] = field(default_factory=dict)

    @property
    def ssh_port(self) -> int | None:
        return None if self.driver in OVER_HTTP else self.port


def devices(hostvars: Mapping[str, Any], hosts: Iterable[str] | None = None) -> tuple[list[Device], list[str]]:
    """The devices, in order of their names, and the hosts that are none: local ones, and those without a platform.

    Raises BadInput for what is no mapping of hosts to variables, a host that is not there, and a wrong value.
    """
    if not isinstance(hostvars, Mapping):
        raise BadInput(f"a mapping of hosts to their variables is needed, such as hostvars; this is {type(hostvars)}")
    found, others = [], []
    for name in sorted(hosts if hosts is not None else hostvars):
        if name not in hostvars:
            raise BadInput(f"hosts: there is no host {name} in what was given")
        device = _device(str(name), hostvars[name])
        found.append(device) if device else others.append(str(name))
    return found, others


def pyats_os(device: Device) -> str:
    """pyATS's name of the operating system; ``generic`` where it has none."""
    if device.testbed.get("os"):
        return str(device.testbed["os"])
    try:
        return system(device.platform)
    except Unsupported:
        return "generic"


def environment_name(*words: str) -> str:
    """``NET_LAB_ADMINS_PASSWORD`` of ``NET``, ``lab admins`` and ``password``."""
    return "_".join(re.sub(r"\W+", "_", word, flags=re.ASCII).strip("_").upper() for word in words if word)


def _device(name: str, variables: Any) -> Device | None:
    if not isinstance(variables, Mapping):
        raise BadInput(f"{name}: a mapping of variables is needed")
    word = _text(variables, "holdfast_platform") or _text(variables, "ansible_network_os")
    if _text(variables, "ansible_connection") == "local" or not word:
        return None
    platform = known_platform(word)
    discovered = _mapping(variables, "holdfast_discovered")
    return Device(
        name=name,
        address=_text(variables, "ansible_host") or name,
        platform=platform or word,
        known=platform is not None,
        port=_port(name, variables),
        driver=_text(variables, "holdfast_driver"),
        user=_text(variables, "ansible_user"),
        key_file=_text(variables, "ansible_private_key_file") or _text(variables, "ansible_ssh_private_key_file"),
        known_hosts=_text(variables, "holdfast_known_hosts"),
        checked=_checked(variables),
        enable=any(one in variables for one in ENABLE),
        credential=discovered.get("credential"),
        id=discovered.get("id"),
        hops=parse_route(variables.get("holdfast_jump_hosts"), None).hops,
        groups=sorted(str(group) for group in variables.get("group_names") or () if group != "ungrouped"),
        facts={one: plain(variables[f"holdfast_{one}"]) for one in FACTS if variables.get(f"holdfast_{one}")},
        links=[plain(link) for link in variables.get("holdfast_links") or ()],
        testbed=_mapping(variables, "holdfast_testbed"),
    )


def plain(value: Any) -> Any:
    """Without what Ansible adds to values, so that any YAML writer takes it."""
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return str(value) if isinstance(value, str) else value


def _mapping(variables: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = plain(variables.get(name) or {})
    return found if isinstance(found, dict) else {}


def _text(variables: Mapping[str, Any], name: str) -> str | None:
    found = variables.get(name)
    return None if found in (None, "") else str(found)


def _port(name: str, variables: Mapping[str, Any]) -> int | None:
    found = _text(variables, "ansible_port")
    if found is None:
        return None
    if not found.isdecimal() or not 1 <= int(found) <= 65535:
        raise BadInput(
            f"ansible_port of {name}: '{found}' is no port; use a number from 1 to 65535", option="ansible_port"
        )
    return int(found)


def _checked(variables: Mapping[str, Any]) -> bool:
    for name in ("ansible_host_key_checking", "holdfast_host_key_checking"):
        found = _text(variables, name)
        if found is not None:
            return found.lower() in _TRUE
    return True
