# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Logging in over SSH, phase by phase (name, TCP, host key, credentials, prompt), each timed and diagnosable."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from ..broker.errors import (
    AuthenticationFailed,
    BadInput,
    ConnectFailed,
    HoldfastError,
    MissingLibrary,
    NameNotResolved,
    PromptNotFound,
    SessionLost,
    Unreachable,
)
from .base import Target
from .vtysh import ExecResult


@dataclass
class Phase:
    """One step of a login: ``dns``, ``tcp``, ``host_key``, ``auth`` or ``prompt``; ``seconds`` it took."""

    name: str
    seconds: float
    ok: bool
    message: str = ""


class Login:
    """Opens one session; ``phases`` and ``fingerprint`` stay to be read."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.phases: list[Phase] = []
        self.fingerprint: str | None = None
        self._ssh: Any = None
        self._sock: socket.socket | None = None

    def open(self) -> Any:
        """Netmiko's connection object, at a prompt. Raises ConnectFailed's kinds, MissingLibrary, BadInput."""
        cls = _netmiko_class(self.target.platform)
        self.phases = []
        sock = self._sock = self._tcp()
        try:
            self._ssh = self._authenticate(sock)
            return self._prompt(cls)
        except BaseException:
            if self._ssh is not None:
                self._ssh.close()
            sock.close()
            raise

    def abandon(self) -> None:
        """From another thread: the login under way ends at its next read."""
        if self._sock is not None:
            with suppress(OSError):  # not connected (any more)
                self._sock.shutdown(socket.SHUT_RDWR)

    def exec(self, command: str, stdin: str | None, timeout: float) -> ExecResult:
        """Run a shell command on a new channel of this login. Raises SessionLost."""
        from .exec_channel import exec_on

        if self._ssh is None or self._ssh.get_transport() is None:
            raise SessionLost(f"the session to {self.target.label} is closed")
        return exec_on(self._ssh.get_transport(), command, stdin, timeout)

    # -- phases --------------------------------------------------------------------------------

    def _tcp(self) -> socket.socket:
        target = self.target
        with self._phase("dns"):
            try:
                addresses = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
            except (socket.gaierror, UnicodeError) as exc:
                raise NameNotResolved(f"ansible_host: the name '{target.host}' does not resolve ({exc})") from exc
        with self._phase("tcp"):
            error: OSError | None = None
            for family, kind, protocol, _canonical, address in addresses:
                sock = socket.socket(family, kind, protocol)
                sock.settimeout(target.connect_timeout)
                try:
                    sock.connect(address)
                    return sock
                except OSError as exc:
                    error = exc
                    sock.close()
            why = f"no answer within {target.connect_timeout:g} s" if isinstance(error, TimeoutError) else str(error)
            raise Unreachable(f"{target.label} cannot be reached over TCP: {why}") from error

    def _authenticate(self, sock: socket.socket) -> Any:
        import paramiko

        from . import hostkeys

        target = self.target
        given = target.options.get("known_hosts")
        checking = bool(target.options.get("host_key_checking", True))
        known_hosts = os.path.expanduser(str(given or hostkeys.default_file()))
        client = paramiko.SSHClient()
        if checking:
            hostkeys.load(client, known_hosts, known_hosts != hostkeys.default_file())
        policy: Any = hostkeys.Verify(checking, known_hosts, target.label)
        client.set_missing_host_key_policy(policy)
        marks: list[float] = []

        transport = _marking(paramiko.Transport, marks)

        start = time.monotonic()
        try:
            self._connect(client, sock, transport)
        except paramiko.BadHostKeyException as exc:
            raise self._failed("host_key", start, hostkeys.changed(exc, known_hosts, target.label)) from exc
        except HoldfastError as exc:
            raise self._failed("host_key" if "host_key" in exc.code else "auth", start, exc) from exc.__cause__
        except paramiko.PasswordRequiredException as exc:
            raise self._not_let_in(start, marks, self._unusable_key(exc)) from exc
        except paramiko.AuthenticationException as exc:
            error: HoldfastError = AuthenticationFailed(
                f"{target.label} refused the login of user '{target.user}'; check ansible_user and ansible_password "
                "(or the private key)"
            )
            raise self._not_let_in(start, marks, error) from exc
        except (paramiko.SSHException, OSError, EOFError) as exc:
            transport_now = client.get_transport()
            if marks and target.secrets.private_key_file and transport_now is not None and transport_now.is_active():
                # the device still waits for us: paramiko could not read the key
                raise self._not_let_in(start, marks, self._unusable_key(exc)) from exc
            error = ConnectFailed(f"{target.label} ended the SSH handshake: {exc or type(exc).__name__}")
            raise self._not_let_in(start, marks, error) from exc
        self.fingerprint = hostkeys.fingerprint(client.get_transport().get_remote_server_key())  # type: ignore[union-attr]
        middle = marks[0] if marks else start
        self.phases.append(Phase("host_key", round(middle - start, 4), True, self.fingerprint))
        self.phases.append(Phase("auth", round(time.monotonic() - middle, 4), True))
        return client

    def _not_let_in(self, start: float, marks: list[float], error: HoldfastError) -> HoldfastError:
        """Failed at the host key, or, when the keys had been exchanged, after it."""
        if not marks:
            return self._failed("host_key", start, error)
        self.phases.append(Phase("host_key", round(marks[0] - start, 4), True))
        return self._failed("auth", marks[0], error)

    def _unusable_key(self, exc: Exception) -> AuthenticationFailed:
        file = self.target.secrets.private_key_file
        return AuthenticationFailed(
            f"ansible_private_key_file: {file or 'a key of the SSH directory'} cannot be used for {self.target.label}: "
            f"{exc}; check the file and holdfast_passphrase"
        )

    def _connect(self, client: Any, sock: socket.socket, transport: Any) -> None:
        target, secrets = self.target, self.target.secrets
        try:
            client.connect(
                target.host,
                port=target.port,
                username=target.user,
                password=secrets.password,
                key_filename=secrets.private_key_file,
                passphrase=secrets.passphrase,
                look_for_keys=secrets.password is None and secrets.private_key_file is None,
                allow_agent=secrets.password is None,
                sock=sock,
                timeout=target.connect_timeout,
                banner_timeout=target.connect_timeout,
                auth_timeout=target.connect_timeout,
                channel_timeout=target.connect_timeout,
                transport_factory=transport,
            )
        except FileNotFoundError as exc:
            raise BadInput(
                f"ansible_private_key_file: there is no file {secrets.private_key_file}", option="private_key_file"
            ) from exc

    def _prompt(self, cls: type[Any]) -> Any:
        from netmiko.exceptions import NetmikoBaseException

        target = self.target
        with self._phase("prompt"):
            try:
                cli = cls(
                    host=target.host,
                    device_type=target.platform,
                    secret=target.secrets.enable or "",
                    conn_timeout=target.connect_timeout,
                    read_timeout_override=target.connect_timeout,
                    auto_connect=False,
                    fast_cli=True,
                )
                cli.adopt(self._ssh)
                if target.secrets.enable and not cli.check_enable_mode():
                    self._enable(cli)
                cli.read_timeout_override = None
            except (NetmikoBaseException, ValueError, OSError, EOFError) as exc:
                raise PromptNotFound(
                    f"{target.label} let us in but shows no prompt that {target.platform} has; check holdfast_platform"
                ) from exc
            return cli

    def _enable(self, cli: Any) -> None:
        try:
            cli.enable()
            cli.set_base_prompt()
        except ValueError as exc:
            raise AuthenticationFailed(
                f"{self.target.label} refused the enable secret; check holdfast_enable_secret"
            ) from exc

    @contextmanager
    def _phase(self, name: str) -> Iterator[None]:
        start = time.monotonic()
        try:
            yield
        except HoldfastError as exc:
            raise self._failed(name, start, exc) from exc.__cause__
        self.phases.append(Phase(name, round(time.monotonic() - start, 4), True))

    def _failed(self, name: str, start: float, error: HoldfastError) -> HoldfastError:
        self.phases.append(Phase(name, round(time.monotonic() - start, 4), False, error.message))
        error.detail.setdefault("phase", name)
        return error


def _marking(base: type[Any], marks: list[float]) -> type[Any]:
    """A paramiko transport that notes when the key exchange is done, to tell its time from the credentials'."""

    class Marking(base):  # type: ignore[misc]
        def start_client(self, *args: Any, **kwargs: Any) -> None:
            super().start_client(*args, **kwargs)
            marks.append(time.monotonic())

    return Marking


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
