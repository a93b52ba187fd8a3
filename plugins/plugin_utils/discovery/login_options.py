# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Options of a request to the broker, the same that ``holdfast.network.pinned`` makes of a host's variables.

The broker finds a session by them: a device that was discovered is logged in already when a play comes to it.
"""

from __future__ import annotations

import os
from typing import Any

from .settings import CredentialSet, VisitSettings

#: What the connection plugin has where a host's variables say nothing (a test compares).
DEFAULTS: dict[str, Any] = {
    "known_hosts": "~/.ssh/known_hosts",
    "idle_timeout": 1800.0,
    "frr_reload": "/usr/lib/frr/frr-reload.py",
    "driver": "netmiko",
}


def login_options(
    settings: VisitSettings, chosen: CredentialSet, address: str, driver: str = "netmiko", platform: str | None = None
) -> dict[str, Any]:
    """For ``Requester``."""
    port = settings.eapi_port if driver == "pyeapi" else settings.port
    return {
        "host": address,
        "port": port,
        "user": chosen.user,
        "password": chosen.password,
        "private_key_file": _path(chosen.private_key_file),
        "private_key": chosen.private_key,
        "passphrase": chosen.passphrase,
        "enable_secret": chosen.enable_secret,
        "platform": platform,
        "driver": driver,
        "connect_timeout": settings.connect_timeout,
        "command_timeout": settings.command_timeout,
        "idle_timeout": settings.idle_timeout or DEFAULTS["idle_timeout"],
        "host_key_checking": settings.host_key_checking,
        "known_hosts": _path(settings.known_hosts or DEFAULTS["known_hosts"]),
        "use_tls": settings.use_tls,
        "validate_certs": settings.validate_certs,
        "ca_file": _path(settings.ca_file),
        "frr_reload": settings.frr_reload or DEFAULTS["frr_reload"],
        "jump_hosts": settings.jump_hosts,
        "proxy": settings.proxy,
        "priority": "low",
    }


def _path(given: str | None) -> str | None:
    """As Ansible gives an option of type path."""
    return os.path.abspath(os.path.expanduser(os.path.expandvars(given))) if given else None
