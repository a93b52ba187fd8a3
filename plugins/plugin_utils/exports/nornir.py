# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Devices as Nornir's SimpleInventory: hosts, groups and defaults. No password is in it, ever."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .devices import Device, devices


def nornir_inventory(
    hostvars: Mapping[str, Any], hosts: Iterable[str] | None = None, usernames: bool = False
) -> tuple[dict[str, Any], list[str]]:
    """``{hosts, groups, defaults}``, and the hosts that are not in it because they are no network devices."""
    found, others = devices(hostvars, hosts)
    groups = sorted({group for device in found for group in device.groups})
    return {
        "hosts": {device.name: _host(device, usernames) for device in found},
        "groups": {group: {} for group in groups},
        "defaults": {},
    }, others


def _host(device: Device, usernames: bool) -> dict[str, Any]:
    block: dict[str, Any] = {"hostname": device.address, "platform": device.platform, "groups": device.groups}
    if device.ssh_port:
        block["port"] = device.ssh_port
    if usernames and device.user:
        block["username"] = device.user
    data = dict(device.facts)
    if device.credential:
        data["credential"] = device.credential
    if device.hops:  # netmiko reads jump hosts from an OpenSSH configuration only: these are for a program of yours
        data["jump_hosts"] = [hop.label for hop in device.hops]
    if data:
        block["data"] = data
    block["connection_options"] = _options(device)
    return block


def _options(device: Device) -> dict[str, Any]:
    options: dict[str, Any] = {"netmiko": {"platform": device.platform, "extras": _netmiko(device)}}
    napalm = _napalm(device.platform)
    if napalm:
        options["napalm"] = {"platform": napalm, "extras": {"optional_args": {}}}
        if device.driver == "pyeapi" and device.port:
            options["napalm"]["port"] = device.port
    return options


def _netmiko(device: Device) -> dict[str, Any]:
    """The same host keys are trusted, and no others."""
    found: dict[str, Any] = {"ssh_strict": device.checked, "system_host_keys": device.checked}
    if device.checked and device.known_hosts:
        found.update(alt_host_keys=True, alt_key_file=device.known_hosts)
    if device.key_file:
        found.update(use_keys=True, key_file=device.key_file)
    return found


def _napalm(platform: str) -> str | None:
    from netutils.lib_mapper import NAPALM_LIB_MAPPER_REVERSE, NETMIKO_LIB_MAPPER

    found = NAPALM_LIB_MAPPER_REVERSE.get(NETMIKO_LIB_MAPPER.get(platform, platform))
    return str(found) if found else None
