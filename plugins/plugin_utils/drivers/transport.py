# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Paramiko's transport and client for connections that are idle most of the time, and there are a thousand of them."""

from __future__ import annotations

import functools
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

IDLE_CHECK = 5.0  # seconds; paramiko looks ten times a second whether it was closed: a thousand do that all day


@functools.cache
def transport_class() -> Callable[..., Any]:
    """Notes in ``marks`` when the keys were exchanged, which tells that time from the credentials'."""
    import paramiko

    class Transport(paramiko.Transport):
        def __init__(self, marks: list[float], *args: Any, **kwargs: Any) -> None:
            self._marks = marks
            super().__init__(*args, **kwargs)

        def start_client(self, *args: Any, **kwargs: Any) -> None:
            super().start_client(*args, **kwargs)
            self._marks.append(time.monotonic())

        def settle(self) -> None:
            """After the login: until then paramiko's own time-outs rely on its frequent looks."""
            self.sock.settimeout(IDLE_CHECK)

        def close(self) -> None:
            # Its thread waits for bytes, and would notice only at its next look.
            if isinstance(self.sock, socket.socket):
                with suppress(OSError):  # not connected any more
                    self.sock.shutdown(socket.SHUT_RDWR)
            else:
                self.sock.close()
            super().close()

    return Transport


@functools.cache
def client_class() -> Callable[..., Any]:
    """A client that takes the one that carries it along when it is closed."""
    import paramiko

    class Client(paramiko.SSHClient):
        def __init__(self, below: Any) -> None:
            super().__init__()
            self._below = below

        def close(self) -> None:
            super().close()
            if self._below is not None:
                self._below.close()

    return Client
