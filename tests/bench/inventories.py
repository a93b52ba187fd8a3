# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The same devices as inventories of ours and of the peers."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from tests.lab.emulated import LabDevice

#: Host keys are not checked by the peers: libssh reads only the known_hosts of the user's real home directory,
#: whatever HOME and its configuration file say, and that file is not ours to change.
NETWORK_CLI = {
    "ansible_connection": "ansible.netcommon.network_cli",
    "ansible_network_cli_ssh_type": "libssh",
    "ansible_network_os": "cisco.ios.ios",
    "ansible_host_key_checking": False,
}


def pinned(known_hosts: Path, connection: str = "pinned") -> dict[str, Any]:
    """Variables for a connection of ours, host keys checked."""
    return {
        "ansible_connection": f"holdfast.network.{connection}",
        "ansible_network_os": "cisco.ios.ios",
        "holdfast_known_hosts": str(known_hosts),
    }


def write(path: Path, devices: Iterable[LabDevice], shared: dict[str, Any]) -> Path:
    """An inventory of these devices with variables for all of them. Returns its path."""
    hosts = {
        device.name: {
            "ansible_host": device.host,
            "ansible_port": device.port,
            "ansible_user": device.user,
            "ansible_password": device.password,
            "holdfast_enable_secret": device.enable,
        }
        for device in devices
    }
    path.touch(mode=0o600)
    path.write_text(yaml.safe_dump({"all": {"hosts": hosts, "vars": shared}}))
    return path
