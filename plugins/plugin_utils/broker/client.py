# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The caller's side of the socket: one request, one reply, blocking.

Small on purpose: every task of every host loads it in a fork.
"""

from __future__ import annotations

import itertools
import os
import select
import socket
import struct
import time
from contextlib import suppress
from typing import Any, Self

from . import wire
from .errors import BrokerLost, BrokerSilent, BrokerUnavailable, CommandTimeout, ProtocolError, from_dict

PATIENCE = 5.0  # seconds without an answer after which the broker is asked whether it is there; then twice as many
ANSWERS = 8.0  # seconds in which a broker that is there says so, however busy it is
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

    ``call`` raises what the broker raised, BrokerUnavailable when there is none, BrokerLost when it went away
    after the request was sent, and BrokerSilent when it is there but does not run.
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

    def server_uid(self) -> int:
        """Whose process listens, as the kernel says."""
        return _listener(self._connected_socket())[1]

    def abandon(self) -> None:
        """From another thread: a call under way ends with BrokerLost or BrokerUnavailable."""
        sock = self._socket
        if sock is not None:
            with suppress(OSError):  # it has ended by itself
                sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def call(self, command: str, params: dict[str, Any] | None = None, timeout: float | None = None) -> Any:
        """Send one request and wait for its reply; ``timeout`` in seconds, None for as long as the broker is there."""
        sock = self._connected_socket()
        request_id = next(_ids)
        deadline = None if timeout is None else time.monotonic() + timeout
        sent = False
        try:
            sock.settimeout(timeout)
            sock.sendall(wire.encode({"id": request_id, "command": command, "params": params or {}}))
            sent = True
            self._await_answer(sock, deadline)
            size = wire.body_length(_receive(sock, wire.HEADER.size, deadline))
            reply = wire.decode(_receive(sock, size, deadline))
            return self._result(reply, request_id)
        except (ProtocolError, BrokerSilent):  # what may still come must not answer the next call
            self.close()
            raise
        except TimeoutError as exc:
            self.close()
            raise CommandTimeout(
                f"the broker did not answer '{command}' within {timeout:g} s", command=command, unanswered=True
            ) from exc
        except (OSError, EOFError) as exc:
            self.close()
            if sent:
                raise BrokerLost(f"the broker went away during '{command}'", command=command) from exc
            raise BrokerUnavailable(f"the broker went away before '{command}'", command=command, unsent=True) from exc

    def _await_answer(self, sock: socket.socket, deadline: float | None) -> None:
        """Until the first bytes are there. A broker that is stopped or hangs is found out long before the deadline."""
        patience = PATIENCE
        ready = select.poll()
        ready.register(sock, select.POLLIN)
        while True:
            left = patience if deadline is None else min(patience, max(0.0, deadline - time.monotonic()))
            if ready.poll(left * 1000):
                return
            if deadline is not None and time.monotonic() >= deadline:
                raise TimeoutError
            _prove_running(sock, self._path)
            patience *= 2

    @staticmethod
    def _result(reply: dict[str, Any], request_id: int) -> Any:
        if "error" in reply:
            raise from_dict(reply["error"])
        if reply.get("id") != request_id:
            raise ProtocolError(f"reply {reply.get('id')} does not belong to request {request_id}")
        return reply.get("result")


def _listener(sock: socket.socket) -> tuple[int, int, int]:
    """Process, user and group of whoever listens on the other side, as the kernel says."""
    credentials = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    pid, uid, gid = struct.unpack("3i", credentials)
    return int(pid), int(uid), int(gid)


def _prove_running(sock: socket.socket, path: str) -> None:
    """Raises BrokerSilent when the broker does not answer a question that needs no device."""
    try:
        with Client(path, ANSWERS) as other:
            other.call("hello", timeout=min(ANSWERS, PATIENCE))
    except CommandTimeout as exc:
        pid = _listener(sock)[0]
        if not pid:  # it has none in our container
            words = f"the broker at {path} is there but does not answer: it is stopped or hangs; restart its container"
            raise BrokerSilent(words, pid=0) from exc
        raise BrokerSilent(
            f"the broker (process {pid}) is there but does not answer: it is stopped or hangs (kill -CONT {pid} lets "
            f"it go on; kill -KILL {pid} ends it, and the next task starts a new one)",
            pid=pid,
        ) from exc
    except BrokerUnavailable:
        return  # its socket file has gone, or it is ending: our own connection tells


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
