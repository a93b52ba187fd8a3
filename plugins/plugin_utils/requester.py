# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From a connection's options to requests about its device. Imported in every fork, so it imports little."""

from __future__ import annotations

import getpass
import os
import socket
import time
from collections.abc import Mapping
from typing import Any

from .broker import lifecycle
from .broker.client import Client
from .broker.errors import BadInput, BrokerLost, BrokerSilent, BrokerUnavailable, CommandTimeout, OutcomeUnknown
from .broker.paths import SOCKET_ENV, default_paths
from .broker.version import COLLECTION_VERSION
from .drivers.platforms import only_reads

# The way to a device may hold passwords too, so it travels with the credentials.
_SAME = ("password", "private_key_file", "private_key", "passphrase", "jump_hosts", "proxy")
SECRETS = {name: name for name in _SAME}
TRANSPORT = (
    *("host_key_checking", "known_hosts", "idle_timeout", "queue"),
    *("use_tls", "validate_certs", "ca_file", "frr_reload"),
)
READS = (
    *("hello", "detect", "get", "facts", "ping", "diagnose", "config.read", "change.list"),
    *("checkpoint.find", "session.list", "session.handle", "cli.open"),
)
PAUSES = (0.0, 0.1)  # seconds before a broker that was lost is asked again
DRAINING = 0.2  # seconds before one that drains is asked again
GRACE = 15.0  # seconds on top of all that the broker may take, so that its own error comes first
OWNER = f"{getpass.getuser()}@{socket.gethostname()} (pid {os.getpid()})"


def ask_running(command: str, params: dict[str, Any], timeout: float) -> dict[str, Any]:
    """A question about no device, to the broker that runs: none is started for it. Raises BrokerUnavailable."""
    with lifecycle.existing(default_paths(COLLECTION_VERSION)) as client:
        return dict(client.call(command, params, timeout))


class Requester:
    """Requests for one device; keeps its socket open for the life of the task."""

    def __init__(self, options: Mapping[str, Any], queue_timeout: float) -> None:
        self._options = options
        self._queue_timeout = queue_timeout
        self._client: Client | None = None
        self._abandoned = False

    def call(self, command: str, params: dict[str, Any] | None = None, timeout: float | None = None) -> Any:
        """Ask the broker; ``timeout`` in seconds is what the work itself may take.

        A broker that dies under a read is started again and asked once more, and so is one that was dying when it was
        reached; a third is not. Under anything else the outcome is unknown, and said to be.
        """
        request = {"target": self.target(), "queue_timeout": self._queue_timeout, "owner": OWNER, **(params or {})}
        if self._options.get("priority"):
            request.setdefault("priority", self._options["priority"])
        wait = self._wait(request, timeout)
        reads = command in READS or self._only_reads(command, request)
        for pause in (0.0, *PAUSES):
            time.sleep(pause)
            try:
                return self._ask(command, request, wait)
            except BadInput as exc:
                if not self._elsewhere(exc, command):
                    raise
                raise _placed(exc) from exc
            except (BrokerUnavailable, CommandTimeout) as exc:
                self.close()
                lost = exc
            again = lost.detail.get("unsent") or (reads and isinstance(lost, BrokerLost))
            if self._abandoned or not again:
                break
        if not reads and (isinstance(lost, BrokerLost | BrokerSilent) or lost.detail.get("unanswered")):
            raise OutcomeUnknown(
                f"{lost.message} on {self._options['host']}: whether '{command}' was done is not known. A pending "
                "change is undone when the broker next reaches the device",
                command=command,
            ) from lost
        raise lost

    def handle(self) -> str:
        """``SOCKET#HANDLE``: stands for this device and its credentials for a while, for a child process."""
        made = self.call("session.handle")
        return f"{default_paths(COLLECTION_VERSION).socket}#{made['handle']}"

    def abandon(self) -> None:
        """From another thread: nobody waits for the call under way any more. The broker drops what has not begun."""
        self._abandoned = True
        client = self._client
        if client is not None:
            client.abandon()

    def close(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def target(self) -> dict[str, Any]:
        """What the broker needs to know of the device. Raises BadInput, StateDirError."""
        options = self._options
        secrets = {name: options[option] for name, option in SECRETS.items() if options.get(option)}
        if "private_key_file" in secrets or "jump_hosts" in secrets:
            secrets = self._carried(secrets)
        if options.get("enable_secret"):
            secrets["enable"] = options["enable_secret"]
        transport = {name: options[name] for name in TRANSPORT if options.get(name) is not None}
        names = ("host", "port", "user", "platform", "driver", "connect_timeout", "command_timeout")
        return {**{name: options.get(name) for name in names}, "secrets": secrets, "options": transport}

    def _carried(self, secrets: dict[str, Any]) -> dict[str, Any]:
        """A broker that a task started reads key files itself; a service may be where they are not."""
        if default_paths(COLLECTION_VERSION).shared is None:
            return secrets
        from .key_files import carried

        return carried(secrets)

    def _ask(self, command: str, request: dict[str, Any], wait: float) -> Any:
        """One request. A service that drains has done nothing for it: whoever takes its place is waited for."""
        end = time.monotonic() + self._queue_timeout
        while True:
            try:
                return self._connected().call(command, request, wait)
            except BrokerUnavailable as exc:
                awaited = exc.detail.get("draining") and not self._abandoned and time.monotonic() < end
                if not awaited or default_paths(COLLECTION_VERSION).shared is None:
                    raise
            self.close()
            time.sleep(DRAINING)

    def _elsewhere(self, error: BadInput, command: str) -> bool:
        """Whether this is a path that the broker reads, on a machine that may be another than the task's."""
        read = ("known_hosts", "ca_file", *(("src", "dest") if command == "transfer" else ()))
        return error.detail.get("option") in read and default_paths(COLLECTION_VERSION).shared is not None

    def _connected(self) -> Client:
        if self._client is None:
            self._client = lifecycle.connect(default_paths(COLLECTION_VERSION))
        return self._client

    def _wait(self, request: Mapping[str, Any], timeout: float | None) -> float:
        """How long the broker may rightly take; past that it does not answer at all."""
        command = float(self._options.get("command_timeout") or 60.0)
        work = timeout if timeout is not None else command * max(3, len(request.get("commands") or ()))
        logins = 2 * float(self._options.get("connect_timeout") or 30.0)
        return self._queue_timeout + logins + work + GRACE

    def _only_reads(self, command: str, request: Mapping[str, Any]) -> bool:
        if command == "genie":
            return not request.get("changes")
        texts = (c if isinstance(c, str) else str(c.get("command")) for c in request.get("commands") or ())
        where = (self._options.get("driver"), self._options.get("platform"))
        return command == "run" and all(only_reads(text, *where) for text in texts)


def _placed(error: BadInput) -> BadInput:
    words = f"{error.message} (where the broker runs, to which {SOCKET_ENV} leads; that may be another container)"
    return type(error)(words, **error.detail)
