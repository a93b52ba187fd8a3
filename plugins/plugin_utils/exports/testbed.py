# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Devices as a pyATS testbed. Credentials are only named, as %ENV{} or %ASK{}."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from ..broker.errors import BadInput
from ..drivers.route import Hop
from ..inventory.hosts import known_platform
from ..testbed.hosts import JUMP_HOST
from .devices import Device, devices, environment_name, pyats_os

CREDENTIALS = ("env", "ask")


@dataclass(frozen=True, slots=True)
class PyatsTerms:
    """``credentials`` env or ask; ``prefix`` of the environment's variables; ``per_credential``: own ones for each
    credential set of the discovery; ``usernames``: written as they are.
    """

    name: str = "holdfast"
    credentials: str = "env"
    prefix: str = "PYATS"
    per_credential: bool = False
    usernames: bool = False

    def password(self, *words: str, what: str = "password") -> str:
        if self.credentials == "ask":
            return f"%ASK{{{' '.join([*words, what])}: }}"
        return f"%ENV{{{environment_name(self.prefix, *words, what)}}}"

    def login(self, user: str | None, *words: str) -> dict[str, Any]:
        written = user if self.usernames and user else self.password(*words, what="username")
        return {"username": written, "password": self.password(*words)}


def pyats_testbed(
    hostvars: Mapping[str, Any], terms: PyatsTerms, hosts: Iterable[str] | None = None
) -> tuple[dict[str, Any], list[str]]:
    """The testbed, and the hosts that are not in it because they are no network devices. Raises BadInput."""
    if terms.credentials not in CREDENTIALS:
        raise BadInput(f"credentials: '{terms.credentials}' is none of {', '.join(CREDENTIALS)}", option="credentials")
    found, others = devices(hostvars, hosts)
    users = {device.user for device in found}
    common = users.pop() if len(users) == 1 else None
    made: dict[str, Any] = {
        "testbed": {"name": terms.name, "credentials": {"default": terms.login(common)}},
        "devices": {device.name: _device(device, terms, common) for device in found},
    }
    for device in found:
        for number, hop in enumerate(device.hops):
            made["devices"].setdefault(_hop_name(hop), _jump(hop, terms, _ssh_options(device, hop, number > 0)))
    topology = _topology(found)
    if topology:
        made["topology"] = topology
    return made, others


def _device(device: Device, terms: PyatsTerms, common: str | None) -> dict[str, Any]:
    block: dict[str, Any] = {
        "os": pyats_os(device),
        "type": device.testbed.get("type") or device.facts.get("role") or "device",
        "connections": {"defaults": {"class": "unicon.Unicon", "via": "cli"}, "cli": _connection(device)},
    }
    for name in ("platform", "series", "alias"):
        if device.testbed.get(name):
            block[name] = device.testbed[name]
    for name in ("model", "role"):
        if device.facts.get(name):
            block[name] = device.facts[name]
    credentials = _credentials(device, terms, common)
    if credentials:
        block["credentials"] = credentials
    custom = {**(device.testbed.get("custom") or {}), **_ours(device, block["os"])}
    if custom:
        block["custom"] = custom
    return block


def _credentials(device: Device, terms: PyatsTerms, common: str | None) -> dict[str, Any]:
    """What differs from the testbed's."""
    words = [device.credential] if terms.per_credential and device.credential else []
    found: dict[str, Any] = {}
    if words or (terms.usernames and device.user != common):
        found["default"] = terms.login(device.user, *words)
    if device.enable:
        found["enable"] = {"password": terms.password(*words, what="enable")}
    return found


def _connection(device: Device) -> dict[str, Any]:
    block: dict[str, Any] = {"protocol": "ssh", **_at(device.address)}
    if device.ssh_port:
        block["port"] = device.ssh_port
    block["ssh_options"] = _ssh_options(device, device, bool(device.hops))
    if device.hops:
        names = [_hop_name(hop) for hop in device.hops]
        block["proxy"] = names[0] if len(names) == 1 else [{"device": name} for name in names]
    # To connect must not change the configuration, and a prompt may have another name than the inventory.
    block["arguments"] = {"learn_hostname": True, "init_config_commands": []}
    return block


def _at(address: str) -> dict[str, str]:
    """pyATS resolves a name under ``ip`` while it loads, and loads nothing when one is unknown."""
    try:
        return {"ip": str(ip_address(address))}
    except ValueError:
        return {"host": address}


def _ssh_options(device: Device, end: Device | Hop, far: bool) -> str:
    """The same host keys are trusted, and no others. ``far``: ssh runs on a jump host, which has files of its own."""
    options = ["-o", f"StrictHostKeyChecking={'yes' if device.checked else 'no'}"]
    if device.known_hosts and device.checked and not far:
        options += ["-o", f"UserKnownHostsFile={device.known_hosts}"]
    key = end.key_file if isinstance(end, Device) else end.private_key_file
    return shlex.join([*options, "-i", key] if key and not far else options)


def _ours(device: Device, system: str) -> dict[str, Any]:
    """What the inventory plugin reads again, where pyATS's words say less than ours."""
    found: dict[str, Any] = {}
    if known_platform(system) != device.platform:
        found["holdfast_platform"] = device.platform
    if device.driver:
        found["holdfast_driver"] = device.driver
    if device.port and not device.ssh_port:
        found["holdfast_port"] = device.port
    return found


def _hop_name(hop: Hop) -> str:
    return f"jump-{hop.host}" if hop.port == 22 else f"jump-{hop.host}-{hop.port}"


def _jump(hop: Hop, terms: PyatsTerms, options: str) -> dict[str, Any]:
    connection = {"protocol": "ssh", **_at(hop.host), **({"port": hop.port} if hop.port != 22 else {})}
    connection["ssh_options"] = options
    return {
        "os": "linux",
        "type": JUMP_HOST,
        "credentials": {"default": terms.login(hop.user, "jump")},
        "connections": {"cli": connection},
    }


def _topology(found: list[Device]) -> dict[str, Any]:
    """Links between these devices, each with one name at both ends."""
    names = {device.id: device.name for device in found if device.id} | {device.name: device.name for device in found}
    topology: dict[str, Any] = {}
    for device in found:
        for link in device.links:
            there = names.get(link.get("neighbor_id") or "") or names.get(link.get("neighbor") or "")
            here_port, there_port = link.get("interface"), link.get("neighbor_interface")
            if there and here_port and there_port:
                ends = sorted([(device.name, here_port), (there, there_port)])
                word = link.get("link") or "--".join(f"{name}:{port}" for name, port in ends)
                interfaces = topology.setdefault(device.name, {"interfaces": {}})["interfaces"]
                interfaces[here_port] = {"type": "ethernet", "link": word}
    return topology
