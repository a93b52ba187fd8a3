# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Logging in over SSH, phase by phase (name, TCP, host key, credentials, prompt), each timed and diagnosable."""

from __future__ import annotations

import sys
from typing import Any

from ..broker.errors import AuthenticationFailed, MissingLibrary, NotRecognized, PromptNotFound, SessionLost
from .base import Target
from .detecting import AUTODETECT, detect
from .phases import Phase, Timeline
from .ssh import SshWay
from .vtysh import ExecResult


class Login:
    """Opens one session; ``phases`` and ``fingerprint`` stay to be read.

    ``platform`` is the target's; where that is to be detected, it is what was found.
    """

    def __init__(self, target: Target) -> None:
        self.target = target
        self.platform = target.platform
        self.phases: list[Phase] = []
        self._way = SshWay(target, self.phases)
        self._ssh: Any = None

    @property
    def fingerprint(self) -> str | None:
        """Of the device's host key."""
        return self._way.fingerprint

    def open(self) -> Any:
        """Netmiko's connection object, at a prompt. Raises ConnectFailed's kinds, MissingLibrary, BadInput."""
        cls = _netmiko_class(self.platform)
        self.connect()
        try:
            return self._prompt(cls)
        except BaseException:
            self.close()
            raise

    def connect(self) -> None:
        """All but the prompt: ``transport`` is there then. Raises ConnectFailed's kinds, MissingLibrary, BadInput."""
        self.phases.clear()
        self._ssh = self._way.open()

    def close(self) -> None:
        """End the login with all its channels; never raises."""
        ssh, self._ssh = self._ssh, None
        if ssh is not None:
            ssh.close()

    @property
    def transport(self) -> Any:
        """Paramiko's transport of the login, for channels of one's own. Raises SessionLost."""
        transport = self._ssh.get_transport() if self._ssh is not None else None
        if transport is None:
            raise SessionLost(f"the session to {self.target.label} is closed")
        return transport

    def abandon(self) -> None:
        """From another thread: the login under way ends at its next read."""
        self._way.abandon()

    def exec(self, command: str, stdin: str | None, timeout: float) -> ExecResult:
        """Run a shell command on a new channel of this login. Raises SessionLost."""
        from .exec_channel import exec_on

        return exec_on(self.transport, command, stdin, timeout)

    def _prompt(self, cls: type[Any]) -> Any:
        from netmiko.exceptions import NetmikoBaseException

        target = self.target
        with Timeline(self.phases).phase("prompt"):
            try:
                cli = self._cli(cls)
                cli.adopt(self._ssh)
                if self.platform == AUTODETECT:
                    cli = self._detected(cli)
                if target.secrets.enable and not cli.check_enable_mode():
                    self._enable(cli)
                cli.read_timeout_override = None
            except (NetmikoBaseException, ValueError, OSError, EOFError) as exc:
                words = f"let us in but shows no prompt that {self.platform} has; check holdfast_platform"
                if self.platform == AUTODETECT:
                    words = "let us in but did not come to a prompt, so its platform cannot be detected"
                raise PromptNotFound(f"{target.label} {words}") from exc
            return cli

    def _cli(self, cls: type[Any]) -> Any:
        target = self.target
        return cls(
            host=target.host,
            device_type=self.platform,
            secret=target.secrets.enable or "",
            conn_timeout=target.connect_timeout,
            read_timeout_override=target.connect_timeout,
            auto_connect=False,
            fast_cli=True,
        )

    def _detected(self, cli: Any) -> Any:
        """The same channel, as the platform that answers on it. Raises NotRecognized."""
        server = str(self.transport.remote_version)
        found, name = detect(cli, server, self.target.command_timeout)
        if found is None:
            raise NotRecognized(
                f"{self.target.label} let us in, but its answers are those of no platform that can be detected; set "
                "holdfast_platform for it",
                name=name,
                server=server,
            )
        self.platform = found
        made = self._cli(_netmiko_class(found))
        made.adopt(self._ssh, cli.remote_conn)
        return made

    def _enable(self, cli: Any) -> None:
        try:
            cli.enable()  # the name before the prompt's last character stays as it was
            cli.raised = True
        except ValueError as exc:
            raise AuthenticationFailed(
                f"{self.target.label} refused the enable secret; check holdfast_enable_secret"
            ) from exc


def _netmiko_class(platform: str) -> type[Any]:
    """The event-driven class for a platform. Raises MissingLibrary."""
    # Netmiko imports genie when it is installed: 0.6 s and 60 MB that no CLI session needs.
    blocked = "genie" not in sys.modules
    if blocked:
        sys.modules["genie"] = None  # type: ignore[assignment]
    try:
        from netmiko.ssh_dispatcher import CLASS_MAPPER

        from .netmiko_events import event_driven
        from .netmiko_frr import FrrVtysh
    except ImportError as exc:
        raise MissingLibrary(
            "holdfast_driver: netmiko needs a package: pip install netmiko", package="netmiko"
        ) from exc
    finally:
        if blocked:
            sys.modules.pop("genie", None)
    return event_driven(FrrVtysh if platform == "frr" else CLASS_MAPPER[platform])
