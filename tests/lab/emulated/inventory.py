# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files that let clients find and trust the devices."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from .client import LabDevice

_NETWORK_OS = {"ios": "cisco.ios.ios", "eos": "arista.eos.eos", "nxos": "cisco.nxos.nxos"}


def known_hosts_text(devices: Iterable[LabDevice], host_key: str) -> str:
    """One line for each device's port."""
    kind, key = host_key.split()[:2]
    return "".join(f"[{device.host}]:{device.port} {kind} {key}\n" for device in devices)


def inventory_text(devices: Iterable[LabDevice], known_hosts: Path, ca_file: Path) -> str:
    """YAML inventory: group ``lab`` with one group for each platform.

    The variable ``lab_eapi_port`` of EOS hosts is the port to use with ``holdfast_driver: pyeapi``.
    """
    groups: dict[str, Any] = {}
    for device in devices:
        group = groups.setdefault(device.platform, {"hosts": {}})
        values: dict[str, Any] = {"ansible_port": device.port}
        if device.host != "127.0.0.1":
            values["ansible_host"] = device.host
        if device.eapi_port is not None:
            values["lab_eapi_port"] = device.eapi_port
        group["hosts"][device.name] = values
        group["vars"] = {
            "ansible_host": "127.0.0.1",
            "ansible_network_os": _NETWORK_OS[device.platform],
            "ansible_user": device.user,
            "ansible_password": device.password,
            "holdfast_enable_secret": device.enable,
        }
    common = {
        "ansible_connection": "holdfast.network.pinned",
        "holdfast_known_hosts": str(known_hosts),
        "holdfast_ca_file": str(ca_file),
    }
    return "---\n" + yaml.safe_dump({"lab": {"children": groups, "vars": common}}, sort_keys=False)
