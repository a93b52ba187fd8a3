# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A TCP relay in front of a device, for the conformance rules: it counts connections, goes silent and hangs up."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Self

HOST = "127.0.0.1"
_PIECE = 65536


class Relay:
    """Listens on a free port of the loopback while its ``with`` block runs."""

    def __init__(self, host: str, port: int) -> None:
        self._there = (host, port)
        self._listener = socket.create_server((HOST, 0))
        self.port: int = self._listener.getsockname()[1]
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._lock = threading.Lock()
        self._flowing = threading.Event()
        self._flowing.set()
        self._refusing = False
        #: connections that were ever made
        self.made = 0

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.hang_up()

    @property
    def open(self) -> int:
        """Connections that the driver has open now."""
        with self._lock:
            return len(self._pairs)

    def hang_up(self) -> None:
        """End every connection, and each new one at once."""
        self._refusing = True
        self._flowing.set()
        with self._lock:
            pairs = list(self._pairs)
        for pair in pairs:
            _end(pair)

    def silence(self, silent: bool) -> None:
        """Hold back whatever the device says, with the connection open."""
        self._flowing.clear() if silent else self._flowing.set()

    def _accept(self) -> None:
        while True:
            try:
                here, _address = self._listener.accept()
            except OSError:  # closed: the end
                return
            self.made += 1
            try:
                there = socket.create_connection(self._there, 10)
            except OSError:
                here.close()
                continue
            there.settimeout(None)
            pair = (here, there)
            with self._lock:
                self._pairs.append(pair)
            if self._refusing:
                _end(pair)
            threading.Thread(target=self._copy, args=(here, there, pair), daemon=True).start()
            threading.Thread(target=self._copy, args=(there, here, pair), daemon=True).start()

    def _copy(self, source: socket.socket, sink: socket.socket, pair: tuple[socket.socket, socket.socket]) -> None:
        try:
            while piece := source.recv(_PIECE):
                if source is pair[1]:
                    self._flowing.wait()
                sink.sendall(piece)
        except OSError:  # the other direction has ended it
            pass
        _end(pair)
        with self._lock:
            if pair in self._pairs:
                self._pairs.remove(pair)


def _end(pair: tuple[socket.socket, socket.socket]) -> None:
    for one in pair:
        with contextlib.suppress(OSError):  # not connected any more
            one.shutdown(socket.SHUT_RDWR)
        one.close()
