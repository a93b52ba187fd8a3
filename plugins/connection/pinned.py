# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The connection plugin: options in, requests to the broker out. No logic of its own."""

from __future__ import annotations

DOCUMENTATION = r"""
name: pinned
version_added: 0.1.0
short_description: One login to a network device, shared by all tasks, plays and runs
description:
  - Hands every request to the broker, a process of the same user that keeps one session for each device and login.
  - The broker is started when it is first needed, and outlives the playbook.
  - Modules that are no action plugins run on the controller, as with other network connections.
  - In C(ansible-console) write C(raw show clock), a bare line is a shell command of the controller there.
author: holdfast.network contributors (@holdfast-network)
extends_documentation_fragment:
  - holdfast.network.connection
"""

import os
from typing import Any

from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.plugins.connection import ConnectionBase
from ansible.plugins.loader import connection_loader

from ..plugin_utils.broker.errors import ConnectFailed, HoldfastError
from ..plugin_utils.requester import Requester

OPTIONS = (
    *("host", "port", "user", "platform", "driver", "connect_timeout", "command_timeout"),
    *("password", "private_key_file", "private_key", "passphrase", "enable_secret", "jump_hosts", "proxy"),
    *("host_key_checking", "known_hosts", "idle_timeout", "queue", "use_tls", "validate_certs", "ca_file"),
    *("frr_reload", "priority"),
)


class Connection(ConnectionBase):
    """``call`` is what the collection's action plugins use; the rest is what ansible-core asks of a connection."""

    transport = "holdfast.network.pinned"
    has_pipelining = True
    always_pipeline_modules = True
    allow_executable = False  # a device's command is not wrapped in a shell's -c
    _remote_is_local = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._requester: Requester | None = None

    @property
    def requester(self) -> Requester:
        """Requests for this host, with the options that the task gave it."""
        if self._requester is None:
            options = {name: self.get_option(name) for name in OPTIONS}
            self._requester = Requester(options, float(self.get_option("queue_timeout")))
        return self._requester

    def call(self, command: str, params: dict[str, Any] | None = None, timeout: float | None = None) -> Any:
        """One request about this host's device; raises HoldfastError's kinds."""
        return self.requester.call(command, params, timeout)

    def _connect(self) -> Connection:
        self._connected = True
        return self

    def exec_command(self, cmd: str, in_data: bytes | None = None, sudoable: bool = True) -> tuple[int, bytes, bytes]:
        """A command for the device (``raw``); with ``in_data`` it is a module, which runs here."""
        super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
        if in_data is not None:
            return self._local().exec_command(cmd, in_data=in_data, sudoable=False)
        try:
            reply = self.call("run", {"commands": [{"command": cmd, "check": False}]})["replies"][0]
        except ConnectFailed as exc:
            raise AnsibleConnectionFailure(exc.message) from exc
        except HoldfastError as exc:
            raise AnsibleError(exc.message) from exc
        return 0, reply["output"].encode(), b""

    def put_file(self, in_path: str, out_path: str) -> None:
        super().put_file(in_path, out_path)
        raise AnsibleError(f"{os.path.basename(in_path)}: files cannot be sent over holdfast.network.pinned; {_LOCAL}")

    def fetch_file(self, in_path: str, out_path: str) -> None:
        super().fetch_file(in_path, out_path)
        raise AnsibleError(f"{in_path}: files cannot be fetched over holdfast.network.pinned; {_LOCAL}")

    @property
    def socket_path(self) -> str | None:
        """For modules that ansible-core runs itself (``gather_facts``): the socket, and a handle for this host."""
        try:
            return self.requester.handle()
        except ConnectFailed as exc:
            raise AnsibleConnectionFailure(exc.message) from exc
        except HoldfastError as exc:
            raise AnsibleError(exc.message) from exc

    def reset(self) -> None:
        """``meta: reset_connection``: the device's session is closed, the next task logs in anew."""
        try:
            self.call("session.close")
        except HoldfastError as exc:
            raise AnsibleError(exc.message) from exc
        self.close()

    def close(self) -> None:
        if self._requester is not None:
            self._requester.close()
        self._connected = False

    def _local(self) -> ConnectionBase:
        return connection_loader.get("ansible.builtin.local", self._play_context)


_LOCAL = "run the task on the controller with delegate_to: localhost"
