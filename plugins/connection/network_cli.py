# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The drop-in for ansible.netcommon.network_cli: the vendors' modules over the pinned session."""

from __future__ import annotations

DOCUMENTATION = r"""
name: network_cli
version_added: 0.1.0
short_description: Run the modules of cisco.ios, arista.eos, cisco.nxos and others over the pinned session
description:
  - Replaces C(ansible.netcommon.network_cli). Playbooks stay as they are, one variable changes,
    C(ansible_connection=holdfast.network.network_cli).
  - Each module talks to the platform's own cliconf and terminal plugins, which run in the broker on the session that
    P(holdfast.network.pinned#connection) uses as well. One login serves both.
  - The collections of the platform are needed where Ansible runs, as before. They are no dependency of this one.
  - Options of C(ansible.netcommon.network_cli) that are about its own SSH libraries, its login menus and its recording
    have no meaning here and are ignored.
author: holdfast.network contributors (@holdfast-network)
extends_documentation_fragment:
  - holdfast.network.connection
options:
  network_os:
    description:
      - Name of the platform, which names its cliconf and terminal plugins, for example V(cisco.ios.ios).
      - Without it O(platform) is used.
    type: str
    vars:
      - name: ansible_network_os
  remote_user:
    description: User to log in as when O(user) is not given.
    type: str
    ini:
      - section: defaults
        key: remote_user
    env:
      - name: ANSIBLE_REMOTE_USER
    vars:
      - name: ansible_user
  password:
    description:
      - Password of the user.
      - It is kept in memory only. Take it from Ansible Vault, from the environment or from a secrets manager.
    type: str
    vars:
      - name: ansible_password
      - name: ansible_ssh_pass
      - name: ansible_ssh_password
    env:
      - name: HOLDFAST_PASSWORD
  host_key_checking:
    description:
      - Refuse a device whose SSH host key is unknown or has changed.
      - Turning it off means that anybody on the path can read the password.
    type: bool
    default: true
    ini:
      - section: holdfast
        key: host_key_checking
      - section: persistent_connection
        key: host_key_checking
      - section: defaults
        key: host_key_checking
    env:
      - name: HOLDFAST_HOST_KEY_CHECKING
      - name: ANSIBLE_HOST_KEY_CHECKING
      - name: ANSIBLE_SSH_HOST_KEY_CHECKING
    vars:
      - name: ansible_host_key_checking
      - name: ansible_ssh_host_key_checking
      - name: holdfast_host_key_checking
  connect_timeout:
    description: Seconds until a device that gives no prompt counts as not reachable.
    type: float
    default: 30
    ini:
      - section: holdfast
        key: connect_timeout
      - section: persistent_connection
        key: connect_timeout
    env:
      - name: HOLDFAST_CONNECT_TIMEOUT
      - name: ANSIBLE_PERSISTENT_CONNECT_TIMEOUT
    vars:
      - name: ansible_connect_timeout
      - name: holdfast_connect_timeout
  persistent_connect_timeout:
    description: For modules that ask for it. O(connect_timeout) is what counts here.
    type: int
    default: 30
    ini:
      - section: persistent_connection
        key: connect_timeout
    env:
      - name: ANSIBLE_PERSISTENT_CONNECT_TIMEOUT
    vars:
      - name: ansible_connect_timeout
  persistent_command_timeout:
    description: Seconds that the device has for each command of a module.
    type: int
    default: 30
    ini:
      - section: persistent_connection
        key: command_timeout
    env:
      - name: ANSIBLE_PERSISTENT_COMMAND_TIMEOUT
    vars:
      - name: ansible_command_timeout
  persistent_buffer_read_timeout:
    description: For modules that ask for it. The prompt is recognised at once here, nothing is waited for.
    type: float
    default: 0.1
    ini:
      - section: persistent_connection
        key: buffer_read_timeout
    env:
      - name: ANSIBLE_PERSISTENT_BUFFER_READ_TIMEOUT
    vars:
      - name: ansible_buffer_read_timeout
  import_modules:
    description: Run network modules in Ansible's own process, which saves the start of another Python.
    type: bool
    default: true
    ini:
      - section: ansible_network
        key: import_modules
    env:
      - name: ANSIBLE_NETWORK_IMPORT_MODULES
    vars:
      - name: ansible_network_import_modules
  single_user_mode:
    description: Accepted. Nothing is cached, every command reaches the device.
    type: bool
    default: false
    env:
      - name: ANSIBLE_NETWORK_SINGLE_USER_MODE
    vars:
      - name: ansible_network_single_user_mode
  become:
    description:
      - Have the device's privileged mode (C(enable)) for the task.
      - The secret is O(enable_secret). A task without C(become) does not have the privilege that it gives.
    type: bool
    default: false
    ini:
      - section: privilege_escalation
        key: become
    env:
      - name: ANSIBLE_BECOME
    vars:
      - name: ansible_become
  become_method:
    description: Accepted, C(enable) is what is done.
    type: str
    default: sudo
    ini:
      - section: privilege_escalation
        key: become_method
    env:
      - name: ANSIBLE_BECOME_METHOD
    vars:
      - name: ansible_become_method
  become_errors:
    description: What becomes of a task whose privilege escalation is refused after the login.
    type: str
    choices: [ignore, warn, fail]
    default: fail
    vars:
      - name: ansible_network_become_errors
  terminal_stdout_re:
    description: Prompts of the device instead of those of its terminal plugin, each with C(pattern) and C(flags).
    type: list
    elements: dict
    vars:
      - name: ansible_terminal_stdout_re
  terminal_stderr_re:
    description: Errors of the device instead of those of its terminal plugin, each with C(pattern) and C(flags).
    type: list
    elements: dict
    vars:
      - name: ansible_terminal_stderr_re
"""

import os
from typing import Any

from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.plugins.connection import ConnectionBase
from ansible.plugins.loader import connection_loader
from ansible.utils.collection_loader import AnsibleCollectionConfig

from ..plugin_utils.broker.errors import ConnectFailed, HoldfastError
from ..plugin_utils.broker.paths import default_paths
from ..plugin_utils.broker.version import COLLECTION_VERSION
from ..plugin_utils.requester import Requester
from .pinned import OPTIONS
from .pinned import Connection as Pinned

FOR_PLUGINS = (
    *("host", "port", "persistent_connect_timeout", "persistent_command_timeout", "persistent_buffer_read_timeout"),
    *("import_modules", "single_user_mode", "become_errors", "terminal_stdout_re", "terminal_stderr_re"),
)


class SocketPath(str):
    """The socket's path for a module; nothing for the main process.

    A task's arguments come back with its result, and ansible-core sends ``reset`` to each socket that it finds there
    when a play ends. A pinned session is to stay.
    """

    __slots__ = ()

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        return str, ("",)

    def __deepcopy__(self, memo: dict[int, Any]) -> str:
        return str(self)


class Connection(Pinned):
    """Modules find a socket here. ``call`` is for this collection's own modules, on the same session."""

    transport = "holdfast.network.network_cli"
    always_pipeline_modules = False  # ansible-core 2.19 gives a task in the background no wrapper otherwise
    allow_extras = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._extras_prefix = str(self._play_context.network_os or "none").rpartition(".")[2]
        self._rpc: SocketPath | None = None

    @property
    def requester(self) -> Requester:
        """As holdfast.network.pinned asks, so that it is the same session."""
        if self._requester is None:
            options = {name: self.get_option(name) for name in OPTIONS}
            options["user"] = options["user"] or self.get_option("remote_user")
            options["platform"] = options["platform"] or self.get_option("network_os")
            options["enable_secret"] = options["enable_secret"] or self._play_context.become_pass
            self._requester = Requester(options, float(self.get_option("queue_timeout")))
        return self._requester

    @property
    def socket_path(self) -> str | None:
        """Where a module finds the device. The login is made when the module asks for something."""
        if self._rpc is None:
            try:
                name = self.call("cli.open", self._terms())["socket"]
            except ConnectFailed as exc:
                raise AnsibleConnectionFailure(exc.message) from exc
            except HoldfastError as exc:
                raise AnsibleError(exc.message) from exc
            self._rpc = SocketPath(default_paths(COLLECTION_VERSION).socket.resolve().parent / name)
        return self._rpc

    def exec_command(self, cmd: str, in_data: bytes | None = None, sudoable: bool = True) -> tuple[int, bytes, bytes]:
        """Whatever is no network module runs on the controller."""
        return self._local().exec_command(cmd, in_data=in_data, sudoable=False)

    def put_file(self, in_path: str, out_path: str) -> None:
        self._local().put_file(in_path, out_path)

    def fetch_file(self, in_path: str, out_path: str) -> None:
        self._local().fetch_file(in_path, out_path)

    def transport_test(self, connect_timeout: float) -> None:
        """For ``wait_for_connection``."""
        try:
            self.call("session.open", timeout=float(connect_timeout))
        except HoldfastError as exc:
            raise AnsibleConnectionFailure(exc.message) from exc

    def close(self) -> None:
        self._rpc = None
        super().close()

    def _terms(self) -> dict[str, Any]:
        """What the plugins in the broker are to know of this task."""
        prefix = self.extras_prefix.upper()
        context = self._play_context
        return {
            "run": str(os.getppid()),
            "collections": [str(path) for path in AnsibleCollectionConfig.collection_paths],
            "options": {
                **{name: self.get_option(name) for name in FOR_PLUGINS},
                "remote_user": self.get_option("user") or self.get_option("remote_user"),
                "network_os": self.get_option("network_os"),
                "become": bool(context.become),
                "become_method": context.become_method,
            },
            "variables": self._options.get("_extras") or {},
            "environment": {name: os.environ[name] for name in os.environ if name.startswith(f"ANSIBLE_{prefix}_")},
        }

    def _local(self) -> ConnectionBase:
        return connection_loader.get("ansible.builtin.local", self._play_context)
