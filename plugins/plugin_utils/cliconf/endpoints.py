# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sockets on which modules find their device: one for each login, playbook run and set of options.

The modules' protocol (8 bytes of length, then JSON-RPC) names no host, so the socket does. All of them are served by
the broker's loop; what has not been used for a while is closed, the next task gets another.
"""

from __future__ import annotations

import asyncio
import errno
import itertools
import json
import logging
import os
import socket
import struct
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

LOG = logging.getLogger(__name__)
HEADER = struct.Struct("!Q")
MAX_REQUEST = 64 * 1024 * 1024
UNUSED = 900.0  # seconds after which a socket that nobody uses is closed
SWEEP_EVERY = 30.0
MOST = 1024  # open at a time; above it, those that were used longest ago go
Answer = Callable[[bytes, Callable[[], None]], Awaitable[bytes]]


class Endpoint:
    """One listening socket. ``answer`` gets a request and a function to call once its device is touched."""

    def __init__(self, path: Path, answer: Answer) -> None:
        self.path = path
        self.used = time.monotonic()
        self._answer = answer
        self._clients: set[asyncio.Task[Any]] = set()
        self._server: asyncio.AbstractServer | None = None

    @property
    def idle(self) -> float:
        return 0.0 if self._clients else time.monotonic() - self.used

    async def open(self) -> None:
        self.path.unlink(missing_ok=True)
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        before = os.umask(0o177)
        try:
            listening.bind(os.fspath(self.path))
        finally:
            os.umask(before)
        self._server = await asyncio.start_unix_server(self._client, sock=listening, backlog=64)

    async def close(self) -> None:
        self.path.unlink(missing_ok=True)
        for client in self._clients:
            client.cancel()
        if self._server is not None:
            self._server.close()

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        this = asyncio.current_task()
        if this is not None:
            self._clients.add(this)
            this.add_done_callback(self._clients.discard)
        try:
            if not _same_user(writer.get_extra_info("socket")):
                LOG.warning("refused a client of another user")
                return
            await self._converse(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            LOG.debug("a module left")
        finally:
            self.used = time.monotonic()
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        header = await reader.readexactly(HEADER.size)
        while True:
            (length,) = HEADER.unpack(header)
            if length > MAX_REQUEST:
                LOG.warning("closing a module: a request of %d bytes", length)
                return
            request = await reader.readexactly(length)
            coming = asyncio.ensure_future(reader.readexactly(HEADER.size))
            try:
                response = await self._answered(request, coming)
                writer.write(HEADER.pack(len(response)) + response)
                await writer.drain()
                header = await coming
            finally:
                coming.cancel()

    async def _answered(self, request: bytes, coming: asyncio.Future[bytes]) -> bytes:
        """The answer, unless the module goes while its device has not been touched: then nothing is sent."""
        touched: list[bool] = []
        answering = asyncio.ensure_future(self._answer(request, lambda: touched.append(True)))
        try:
            await asyncio.wait((answering, coming), return_when=asyncio.FIRST_COMPLETED)
            if not answering.done() and coming.done() and coming.exception() is not None and not touched:
                answering.cancel()
            return await answering
        except asyncio.CancelledError:
            if not touched:
                answering.cancel()
            raise


class Endpoints:
    """All of them, by key."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: dict[str, Endpoint] = {}
        self._numbers = itertools.count(1)
        self._sweeper: asyncio.Task[None] | None = None
        self._making = asyncio.Lock()  # tasks of several hosts that are delegated to one device ask at the same time

    async def get(self, key: str, make: Callable[[], Awaitable[Answer]]) -> Endpoint:
        """The endpoint of this key, opened with what ``make`` gives if there is none."""
        if self._sweeper is None:
            _remove_stale(self._folder)
            self._sweeper = asyncio.create_task(self._sweep())
        async with self._making:
            found = self._open.get(key)
            if found is None or not found.path.exists():
                made = Endpoint(self._folder / f"rpc-{os.getpid()}-{next(self._numbers)}", await make())
                await made.open()
                found = self._open[key] = made
        found.used = time.monotonic()
        return found

    async def close(self) -> None:
        if self._sweeper is not None:
            self._sweeper.cancel()
        for endpoint in self._open.values():
            await endpoint.close()
        self._open.clear()

    async def _sweep(self) -> None:
        try:
            while True:
                await asyncio.sleep(SWEEP_EVERY)
                by_age = sorted(self._open.items(), key=lambda entry: -entry[1].idle)
                over = len(by_age) - MOST
                for place, (key, endpoint) in enumerate(by_age):
                    if endpoint.idle > UNUSED or (place < over and endpoint.idle > SWEEP_EVERY):
                        del self._open[key]
                        await endpoint.close()
        finally:  # the broker ends: no module must find a socket that nobody serves
            for endpoint in self._open.values():
                endpoint.path.unlink(missing_ok=True)


def _remove_stale(folder: Path) -> None:
    """Sockets of brokers that were killed."""
    for path in folder.glob("rpc-*-*"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe, suppress(FileNotFoundError):
            probe.setblocking(False)
            if probe.connect_ex(os.fspath(path)) == errno.ECONNREFUSED:
                path.unlink()


def method_and_arguments(request: bytes) -> tuple[str, list[Any], dict[str, Any]]:
    """Of a JSON-RPC request. Raises ValueError when it is none."""
    message = json.loads(request)
    try:
        positional, named = message["params"]
        return str(message["method"]), list(positional), dict(named)
    except (KeyError, TypeError) as exc:
        raise ValueError("not a JSON-RPC request") from exc


def _same_user(peer: socket.socket) -> bool:
    """The socket is 0600 in a directory of ours; this also stops one handed in from elsewhere."""
    credentials = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return bool(struct.unpack("3i", credentials)[1] == os.getuid())
