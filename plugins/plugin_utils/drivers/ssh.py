# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An SSH connection to a device, logged in: straight, or through a proxy and any number of jump hosts.

Each session has a way of its own, which ends with it. A jump host forwards a channel: it never sees the device's
credentials.
"""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from typing import Any

from ..broker.errors import HoldfastError, Unreachable
from . import proxy
from .base import Target
from .handshake import Handshake
from .phases import Phase, Timeline
from .route import Hop

FORBIDDEN = 1  # SSH's reason for a channel that is not opened: administratively prohibited


class SshWay:
    """Opens the way once. ``phases`` and ``fingerprint`` (the device's) stay to be read."""

    def __init__(self, target: Target, phases: list[Phase]) -> None:
        self.target = target
        self.fingerprint: str | None = None
        self._timeline = Timeline(phases)
        self._sock: socket.socket | None = None
        self._deadline = 0.0
        self._late = False

    def open(self) -> Any:
        """Paramiko's client of the device; closing it closes the whole way.

        ``connect_timeout`` bounds all of it. Raises ConnectFailed's kinds, MissingLibrary, BadInput.
        """
        target = self.target
        self._deadline = time.monotonic() + target.connect_timeout
        if target.route.direct:
            return self._walk()
        # A silent jump host could use the time up several times over, once in each step of each handshake.
        watchdog = threading.Timer(target.connect_timeout, self._give_up)
        watchdog.daemon = True
        watchdog.start()
        try:
            return self._walk()
        except HoldfastError as exc:
            if not self._late:
                raise
            raise self._too_late(exc) from exc
        finally:
            watchdog.cancel()

    def abandon(self) -> None:
        """From another thread: what is under way ends at its next read."""
        if self._sock is not None:
            with suppress(OSError):  # not connected (any more)
                self._sock.shutdown(socket.SHUT_RDWR)

    def _walk(self) -> Any:
        stops = (*self.target.route.hops, device(self.target))
        sock: Any = None
        client: Any = None
        try:
            sock = self._sock = proxy.connect(stops[0], self.target.route.proxy, self._timeline, self._left())
            for stop in stops:
                if client is not None:
                    sock = self._channel(client, stop)
                handshake = Handshake(stop, self.target.options, self._timeline)
                client = handshake.run(sock, self._left(), client)
            self.fingerprint = handshake.fingerprint
            return client
        except BaseException:
            if client is not None:
                client.close()
            if self._sock is not None:
                self._sock.close()
            raise

    def _channel(self, client: Any, stop: Hop) -> Any:
        """A connection that the jump host makes for us."""
        import paramiko

        hop = self.target.route.hops[(stop.number or len(self.target.route.hops) + 1) - 2]
        with self._timeline.phase(stop.phase("tcp")):
            try:
                return client.get_transport().open_channel(
                    "direct-tcpip", (stop.host, stop.port), ("127.0.0.1", 0), timeout=self._left()
                )
            except paramiko.ChannelException as exc:
                why = str(exc.text or "refused")
                if exc.code == FORBIDDEN:
                    why += " (it does not allow forwarding to there)"
                raise Unreachable(f"{stop.title} cannot be reached from {hop.title}: {why}", hop=hop.number) from exc
            except (paramiko.SSHException, OSError, EOFError) as exc:
                raise Unreachable(
                    f"{hop.title} did not connect to {stop.title}: {exc or type(exc).__name__}", hop=hop.number
                ) from exc

    def _left(self) -> float:
        return max(0.1, self._deadline - time.monotonic())

    def _give_up(self) -> None:
        self._late = True
        self.abandon()

    def _too_late(self, exc: HoldfastError) -> Unreachable:
        limit = f"{self.target.connect_timeout:g} s (holdfast_connect_timeout)"
        return Unreachable(f"the way to {self.target.label} took longer than {limit}: {exc.message}", **exc.detail)


def device(target: Target) -> Hop:
    secrets = target.secrets
    return Hop(
        target.host,
        target.port,
        target.user,
        password=secrets.password,
        private_key_file=secrets.private_key_file,
        private_key=secrets.private_key,
        passphrase=secrets.passphrase,
    )
