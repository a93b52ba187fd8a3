# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One SSH handshake: host key, then credentials, on a connection that is there. For devices and jump hosts alike."""

from __future__ import annotations

import functools
import getpass
import os
import time
from collections.abc import Mapping
from typing import Any

from ..broker.errors import AuthenticationFailed, BadInput, ConnectFailed, HoldfastError
from . import keys
from .phases import Timeline
from .route import Hop
from .transport import client_class, transport_class


class Handshake:
    """``fingerprint`` is the host key's, once it is known. ``options`` has ``known_hosts``, ``host_key_checking``."""

    def __init__(self, stop: Hop, options: Mapping[str, Any], timeline: Timeline) -> None:
        self.stop = stop
        self.fingerprint: str | None = None
        self._options = options
        self._timeline = timeline

    def run(self, sock: Any, timeout: float, below: Any = None) -> Any:
        """Paramiko's client, logged in. Closing it closes ``below`` too: the client that carries this connection.

        Raises ConnectFailed's kinds and BadInput; nothing stays open then.
        """
        client = client_class()(below)
        try:
            self._log_in(client, sock, timeout, below is not None)
        except BaseException:
            client.close()
            raise
        return client

    def _log_in(self, client: Any, sock: Any, timeout: float, beyond: bool) -> None:
        import paramiko

        from . import hostkeys

        stop = self.stop
        key = self._key()
        given = self._options.get("known_hosts")
        checking = bool(self._options.get("host_key_checking", True))
        known_hosts = os.path.expanduser(str(given or hostkeys.default_file()))
        if checking:
            hostkeys.load(client, stop, known_hosts, known_hosts != hostkeys.default_file())
        policy: Any = hostkeys.Verify(checking, known_hosts, stop, beyond)
        client.set_missing_host_key_policy(policy)
        marks: list[float] = []
        transport = functools.partial(transport_class(), marks)

        start = time.monotonic()
        try:
            self._connect(client, sock, timeout, transport, key)
        except paramiko.BadHostKeyException as exc:
            raise self._failed("host_key", start, hostkeys.changed(exc, known_hosts, stop)) from exc
        except HoldfastError as exc:
            raise self._failed("host_key" if "host_key" in exc.code else "auth", start, exc) from exc.__cause__
        except paramiko.PasswordRequiredException as exc:
            raise self._not_let_in(start, marks, self._unusable_key(exc)) from exc
        except paramiko.AuthenticationException as exc:
            # No answer is no refusal: it says nothing about the password.
            unanswered = "timeout" in str(exc).lower() or "saw EOF" in str(exc)
            error: HoldfastError = self._unanswered(timeout) if unanswered else self._refused()
            raise self._not_let_in(start, marks, error) from exc
        except (paramiko.SSHException, OSError, EOFError) as exc:
            transport_now = client.get_transport()
            if marks and stop.private_key_file and transport_now is not None and transport_now.is_active():
                # the other side still waits for us: paramiko could not read the key
                raise self._not_let_in(start, marks, self._unusable_key(exc)) from exc
            if str(exc) == "No authentication methods available":  # paramiko had nothing to try
                raise self._not_let_in(start, marks, self._nothing_to_offer()) from exc
            error = ConnectFailed(f"{stop.title} ended the SSH handshake: {exc or type(exc).__name__}")
            raise self._not_let_in(start, marks, error) from exc
        client.get_transport().settle()
        self.fingerprint = hostkeys.fingerprint(client.get_transport().get_remote_server_key())
        middle = marks[0] if marks else start
        self._timeline.passed(stop.phase("host_key"), start, middle, self.fingerprint)
        self._timeline.passed(stop.phase("auth"), middle)

    def _key(self) -> Any:
        """The key that was given as text, or None."""
        start = time.monotonic()
        if not self.stop.private_key:
            return None
        try:
            return keys.load(self.stop)
        except BadInput as exc:
            raise self._failed("auth", start, exc) from exc.__cause__

    def _connect(self, client: Any, sock: Any, timeout: float, transport: Any, key: Any) -> None:
        """Whoever gives a password or a key's text does not rely on the keys that this process could use."""
        stop = self.stop
        own = stop.password is None and key is None
        try:
            client.connect(
                stop.host,
                port=stop.port,
                username=stop.user or (getpass.getuser() if stop.number else None),
                password=stop.password,
                pkey=key,
                key_filename=stop.private_key_file if key is None else None,
                passphrase=stop.passphrase,
                look_for_keys=own and stop.private_key_file is None,
                allow_agent=own,
                sock=sock,
                timeout=timeout,
                banner_timeout=timeout,
                auth_timeout=timeout,
                channel_timeout=timeout,
                transport_factory=transport,
            )
        except FileNotFoundError as exc:
            raise BadInput(
                f"{stop.variable('private_key_file')}: there is no file {stop.private_key_file}",
                option="jump_hosts" if stop.number else "private_key_file",
            ) from exc

    def _failed(self, phase: str, start: float, error: HoldfastError) -> HoldfastError:
        if self.stop.number:
            error.detail.setdefault("hop", self.stop.number)
        return self._timeline.failed(self.stop.phase(phase), start, error)

    def _not_let_in(self, start: float, marks: list[float], error: HoldfastError) -> HoldfastError:
        """Failed at the host key, or, when the keys had been exchanged, after it."""
        if not marks:
            return self._failed("host_key", start, error)
        self._timeline.passed(self.stop.phase("host_key"), start, marks[0])
        return self._failed("auth", marks[0], error)

    def _refused(self) -> AuthenticationFailed:
        stop = self.stop
        check = "ansible_user and ansible_password (or the private key)"
        if stop.number:
            check = f"user and password (or private_key_file) of jump host {stop.number} in holdfast_jump_hosts"
        return AuthenticationFailed(f"{stop.title} refused the login of user '{stop.user}'; check {check}")

    def _unanswered(self, timeout: float) -> ConnectFailed:
        return ConnectFailed(
            f"{self.stop.title} did not answer the login of user '{self.stop.user}' within {timeout:g} s, or hung up; "
            "raise holdfast_connect_timeout if it needs longer"
        )

    def _nothing_to_offer(self) -> AuthenticationFailed:
        stop = self.stop
        give = "ansible_password or ansible_private_key_file"
        if stop.number:
            give = f"password or private_key_file of jump host {stop.number} in holdfast_jump_hosts"
        return AuthenticationFailed(f"{stop.title}: no password, no key and no SSH agent to log in with; set {give}")

    def _unusable_key(self, exc: Exception) -> AuthenticationFailed:
        stop = self.stop
        return AuthenticationFailed(
            f"{stop.variable('private_key_file')}: {stop.private_key_file or 'a key of the SSH directory'} cannot be "
            f"used for {stop.title}: {exc}; check the file and "
            f"{'its passphrase' if stop.number else stop.variable('passphrase')}"
        )
