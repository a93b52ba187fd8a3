# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The caller's side of the socket: one request, one reply, blocking.

Small on purpose: every task of every host loads it in a fork.
"""

from __future__ import annotations

import itertools
import os
import socket
import time
from typing import Any, Self

from . import wire
from .errors import BrokerLost, BrokerUnavailable, CommandTimeout, ProtocolError, from_dict

_ids = itertools.count(1)


def _connected(sock: socket.socket, path: str, deadline: float) -> bool:
    """False while a living broker has too many callers at its door: a unix socket does not wait for that."""
    try:
        sock.connect(path)
    except BlockingIOError:
        if time.monotonic() > deadline:
            raise
        return False
    return True


class Client:
    """A connection to a running broker. Not for several threads at once.

    ``call`` raises what the broker raised, BrokerUnavailable when there is none, and BrokerLost when it
    went away after the request was sent.
    """

    def __init__(self, path: str | os.PathLike[str], connect_timeout: float = 10.0) -> None:
        self._path = os.fspath(path)
        self._connect_timeout = connect_timeout
        self._socket: socket.socket | None = None

    def __enter__(self) -> Self:
        self.connect()
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def connect(self) -> None:
        self._connected_socket()

    def _connected_socket(self) -> socket.socket:
        if self._socket is not None:
            return self._socket
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.settimeout(self._connect_timeout)
        deadline = time.monotonic() + self._connect_timeout
        try:
            while not _connected(sock, self._path, deadline):
                time.sleep(0.01)
        except OSError as exc:
            sock.close()
            raise BrokerUnavailable(f"no broker answers at {self._path}: {exc}", path=self._path) from exc
        self._socket = sock
        return sock

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def call(self, command: str, params: dict[str, Any] | None = None, timeout: float | None = None) -> Any:
        """Send one request and wait for its reply; ``timeout`` in seconds, None for ever."""
        sock = self._connected_socket()
        request_id = next(_ids)
        deadline = None if timeout is None else time.monotonic() + timeout
        sent = False
        try:
            sock.settimeout(timeout)
            sock.sendall(wire.encode({"id": request_id, "command": command, "params": params or {}}))
            sent = True
            size = wire.body_length(_receive(sock, wire.HEADER.size, deadline))
            reply = wire.decode(_receive(sock, size, deadline))
            return self._result(reply, request_id)
        except ProtocolError:  # what may still come must not answer the next call
            self.close()
            raise
        except TimeoutError as exc:
            self.close()
            raise CommandTimeout(
                f"the broker did not answer '{command}' within {timeout:g} s", command=command
            ) from exc
        except (OSError, EOFError) as exc:
            self.close()
            lost = BrokerLost if sent else BrokerUnavailable
            raise lost(f"the broker went away during '{command}'", command=command) from exc

    @staticmethod
    def _result(reply: dict[str, Any], request_id: int) -> Any:
        if "error" in reply:
            raise from_dict(reply["error"])
        if reply.get("id") != request_id:
            raise ProtocolError(f"reply {reply.get('id')} does not belong to request {request_id}")
        return reply.get("result")


def _receive(sock: socket.socket, size: int, deadline: float | None) -> bytes:
    chunks: list[bytes] = []
    while size:
        if deadline is not None:
            sock.settimeout(max(0.001, deadline - time.monotonic()))
        chunk = sock.recv(min(size, 1 << 20))
        if not chunk:
            raise EOFError
        chunks.append(chunk)
        size -= len(chunk)
    return b"".join(chunks)
