# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What may stand between a controller and its devices: SSH jump hosts, SOCKS and HTTP CONNECT proxies.

They run on a thread of the test, count what passes, and can be told to refuse or to stay silent.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import socket
import struct
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh

FORBIDDEN, FAILED = 1, 2  # SSH's reasons for a channel that is not opened


class Waypoints:
    """An event loop on a thread, and the servers in it."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def jump_host(self, directory: Path, name: str, **options: Any) -> JumpHost:
        """A jump host with a host key of its own, kept in the directory."""
        return self._do(JumpHost(name, directory, **options).start())

    def proxy(self, kind: str, **options: Any) -> Proxy:
        """``kind`` is socks5, socks4 or http."""
        return self._do(Proxy(kind, **options).start())

    def drop(self, jump: JumpHost) -> None:
        """End its connections without SSH's good-bye."""

        async def drop() -> None:
            for connection in list(jump.connections):
                connection.abort()

        self._do(drop())

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)


@contextmanager
def waypoints() -> Iterator[Waypoints]:
    made = Waypoints()
    try:
        yield made
    finally:
        made.close()


@dataclass
class JumpHost:
    """Lets ``user`` in with ``password`` or ``key`` (an OpenSSH public key), and forwards anywhere.

    ``refuse`` is a reason of SSH to open no channel with; ``silent`` accepts TCP and says nothing. ``offered`` are the
    passwords that were tried.
    """

    name: str
    directory: Path
    user: str = "jumper"
    password: str = "Jump-pass-1"
    key: str = ""
    refuse: int = 0
    silent: bool = False
    port: int = 0
    logins: int = 0
    failed_logins: int = 0
    forwards: list[tuple[str, int]] = field(default_factory=list)
    offered: list[str] = field(default_factory=list)
    connections: set[asyncssh.SSHServerConnection] = field(default_factory=set)

    @property
    def open(self) -> int:
        """How many are logged in, or about to."""
        return len(self.connections)

    @property
    def host(self) -> str:
        return "127.0.0.1"

    @property
    def known_host(self) -> str:
        """Its line of known_hosts."""
        kind, text = (self.directory / f"{self.name}.pub").read_text().split()[:2]
        return f"[{self.host}]:{self.port} {kind} {text}\n"

    async def start(self) -> JumpHost:
        key = asyncssh.generate_private_key("ssh-ed25519")
        key.write_public_key(str(self.directory / f"{self.name}.pub"))
        sock = _listening()
        self.port = sock.getsockname()[1]
        options = asyncssh.SSHServerConnectionOptions(server_host_keys=[key], kbdint_auth=False, gss_host=None)

        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await asyncio.Event().wait()

        if self.silent:
            self._server: Any = await asyncio.start_server(accept, sock=sock)
        else:
            self._server = await asyncssh.create_server(lambda: _JumpServer(self), sock=sock, options=options)
        return self


class _JumpServer(asyncssh.SSHServer):
    def __init__(self, jump: JumpHost) -> None:
        self._jump = jump

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._jump.connections.add(conn)

    def connection_lost(self, exc: Exception | None) -> None:
        self._jump.connections.discard(self._connection)

    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def public_key_auth_supported(self) -> bool:
        return bool(self._jump.key)

    def validate_password(self, username: str, password: str) -> bool:
        self._jump.offered.append(password)
        good = (username, password) == (self._jump.user, self._jump.password)
        self._jump.failed_logins += not good
        return good

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return username == self._jump.user and key.export_public_key().decode().split()[1] in self._jump.key

    def auth_completed(self) -> None:
        self._jump.logins += 1

    def connection_requested(self, dest_host: str, dest_port: int, orig_host: str, orig_port: int) -> bool:
        if self._jump.refuse:
            raise asyncssh.ChannelOpenError(self._jump.refuse, "not from here")
        self._jump.forwards.append((dest_host, dest_port))
        return True


@dataclass
class Proxy:
    """Answers one connection after the other. Without ``user`` it asks for no credentials.

    ``refuse`` answers no connection request kindly. ``names`` are the targets as they were asked for.
    """

    kind: str
    user: str = ""
    password: str = ""
    refuse: bool = False
    port: int = 0
    names: list[str] = field(default_factory=list)
    refused: int = 0

    @property
    def host(self) -> str:
        return "127.0.0.1"

    async def start(self) -> Proxy:
        sock = _listening()
        self.port = sock.getsockname()[1]
        self._server = await asyncio.start_server(self._serve, sock=sock)
        return self

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        speak = {"socks5": self._socks5, "socks4": self._socks4, "http": self._http}[self.kind]
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            beyond = await speak(reader, writer)
            if beyond is not None:
                await asyncio.gather(_pipe(reader, beyond[1]), _pipe(beyond[0], writer))
        writer.close()

    async def _beyond(self, host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        self.names.append(host)
        if self.refuse:
            return None
        try:
            return await asyncio.open_connection(host, port)
        except OSError:
            return None

    async def _socks5(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Any:
        _version, count = await reader.readexactly(2)
        methods = await reader.readexactly(count)
        wanted = 2 if self.user else 0
        if wanted not in methods:
            self.refused += 1
            writer.write(b"\x05\xff")
            return None
        writer.write(bytes([5, wanted]))
        if wanted:
            user = await reader.readexactly((await reader.readexactly(2))[1])
            password = await reader.readexactly((await reader.readexactly(1))[0])
            good = (user.decode(), password.decode()) == (self.user, self.password)
            self.refused += not good
            writer.write(bytes([1, 0 if good else 1]))
            if not good:
                return None
        _version, _command, _zero, kind = await reader.readexactly(4)
        if kind == 3:
            host = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
        else:
            family, size = (socket.AF_INET, 4) if kind == 1 else (socket.AF_INET6, 16)
            host = socket.inet_ntop(family, await reader.readexactly(size))
        (port,) = struct.unpack("!H", await reader.readexactly(2))
        beyond = await self._beyond(host, port)
        writer.write(b"\x05" + (b"\x00" if beyond else b"\x05") + b"\x00\x01\x00\x00\x00\x00\x00\x00")
        return beyond

    async def _socks4(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Any:
        _version, _command, port, address = struct.unpack("!BBH4s", await reader.readexactly(8))
        user = (await reader.readuntil(b"\0"))[:-1].decode()
        host = socket.inet_ntoa(address)
        if address[:3] == b"\0\0\0" and address[3]:  # SOCKS4a: the name comes after the user
            host = (await reader.readuntil(b"\0"))[:-1].decode()
        if self.user and user != self.user:
            self.refused += 1
            writer.write(b"\0\x5d" + bytes(6))
            return None
        beyond = await self._beyond(host, port)
        writer.write(b"\0" + (b"\x5a" if beyond else b"\x5b") + bytes(6))
        return beyond

    async def _http(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Any:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        where = head.split()[1]
        coded = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        if self.user and f"Proxy-Authorization: Basic {coded}" not in head:
            self.refused += 1
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            return None
        host, _colon, port = where.rpartition(":")
        beyond = await self._beyond(host.strip("[]"), int(port))
        if beyond is None:
            writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
            return None
        # in one piece with what the device says first: a client that reads too far loses that
        first = b""
        with contextlib.suppress(TimeoutError):
            first = await asyncio.wait_for(beyond[0].read(4096), 0.2)
        writer.write(b"HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n" + first)
        return beyond


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


def _listening() -> socket.socket:
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    sock.listen(128)
    return sock
