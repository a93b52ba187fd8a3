# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What all action plugins of devices share: options in, one client call, errors shaped once at this edge."""

from __future__ import annotations

import datetime
import os
from typing import Any, ClassVar

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import connection_loader, shell_loader

from .broker.errors import BadInput, ConnectFailed, HoldfastError
from .options import Spec, checked

# Loaded here, in the main process, before it forks: each worker finds the classes ready (8 ms a task less).
connection_loader.get("holdfast.network.pinned", class_only=True)
shell_loader.get("sh", class_only=True)


class DeviceAction(ActionBase):
    """Subclasses give SPEC and ``act``; an error of ours becomes the task's failure, with its code."""

    SPEC: ClassVar[Spec] = {}
    NEEDS_DEVICE: ClassVar[bool] = True
    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False
    _supports_diff = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        self.vars = task_vars or {}
        try:
            if self.NEEDS_DEVICE and not hasattr(self._connection, "call"):
                raise BadInput(
                    f"connection: {self._task.action} needs holdfast.network.pinned, this host uses "
                    f"{self._connection.transport}; set ansible_connection: holdfast.network.pinned",
                    option="connection",
                )
            result.update(self.act(self.options()))
        except HoldfastError as exc:
            result.update(failure(exc))
        finally:
            if self.NEEDS_DEVICE:
                self._connection.close()
        return result

    def options(self) -> dict[str, Any]:
        """The task's options, checked. Raises BadInput."""
        return checked(self.SPEC, self._task.args)

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        """The task's work; what it returns goes into the result."""
        raise NotImplementedError

    def call(self, command: str, params: dict[str, Any] | None = None, timeout: float | None = None) -> Any:
        return self._connection.call(command, params, timeout)

    @property
    def host(self) -> str:
        """The inventory's name of this host."""
        address = self._connection.get_option("host") if self.NEEDS_DEVICE else ""
        return str(self.vars.get("inventory_hostname", address))

    @property
    def kind(self) -> tuple[str | None, str | None]:
        """Driver and platform of this host, as they are given."""
        return self._connection.get_option("driver"), self._connection.get_option("platform")

    @property
    def become_user(self) -> str | None:
        """Whom the task is to be done as on the device, where it has users; None without ``become``."""
        return (self._play_context.become_user or "root") if self._play_context.become else None

    @property
    def check_mode(self) -> bool:
        return bool(self._task.check_mode)

    def find_file(self, option: str, path: str) -> str:
        """A file of the controller, looked for as ansible does, then where ansible was started. Raises BadInput."""
        wanted = os.path.expanduser(path)
        try:
            return str(self._find_needle("templates" if option == "template" else "files", wanted))
        except AnsibleError as exc:
            if os.path.isfile(wanted):
                return os.path.abspath(wanted)
            raise BadInput(f"{option}: cannot read {path}: {exc}", option=option, value=path) from exc

    def read_file(self, option: str, path: str) -> str:
        """The text of such a file. Raises BadInput."""
        try:
            with open(self.find_file(option, path), encoding="utf-8") as handle:
                return handle.read()
        except (OSError, UnicodeDecodeError) as exc:
            raise BadInput(f"{option}: cannot read {path}: {exc}", option=option, value=path) from exc


def failure(error: HoldfastError) -> dict[str, Any]:
    """A failed (or unreachable) result: the message, and the code to act upon."""
    shaped = {"msg": error.message, "code": error.code, "retryable": error.retryable, "changed": False}
    if error.detail:
        shaped["detail"] = error.detail
    shaped["unreachable" if isinstance(error, ConnectFailed) else "failed"] = True
    return shaped


def iso(seconds: float | None) -> str | None:
    """Seconds since the epoch as ISO 8601 in UTC."""
    if seconds is None:
        return None
    moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
