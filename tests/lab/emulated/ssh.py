# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""SSH servers, one port for each device, all with the same host key."""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
from typing import Any

import asyncssh

from .device import Device
from .scp import ScpEndpoint
from .shells import make_cli
from .terminal import Terminal

_RESET = struct.pack("ii", 1, 0)


class Listener:
    """A listening port whose accepted sockets go to ``serve``. Refuses connections while it is ``down``."""

    def __init__(self, host: str, port: int) -> None:
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.setblocking(False)
        with socket.socket() as probe:
            # The kernel forgets a port it chose itself when the socket stops listening, so ask for it by number.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            self.port: int = probe.getsockname()[1]
            self.socket.bind((host, self.port))
        self.up()

    def up(self) -> None:
        """Listen (again)."""
        self.socket.listen(128)
        asyncio.get_running_loop().add_reader(self.socket.fileno(), self._ready)

    def down(self) -> None:
        """Keep the port, refuse connections."""
        asyncio.get_running_loop().remove_reader(self.socket.fileno())
        self.socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Give the port back."""
        asyncio.get_running_loop().remove_reader(self.socket.fileno())
        self.socket.close()

    def _ready(self) -> None:
        for _unused in range(64):
            try:
                accepted, _peer = self.socket.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return
            accepted.setblocking(False)
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.accepted(accepted)

    def accepted(self, connection: socket.socket) -> None:
        """Serve one connection."""
        raise NotImplementedError

    def drop(self, reset: bool) -> None:
        """End all connections, with a TCP reset if told."""
        raise NotImplementedError


class SshListener(Listener):
    """SSH for one device."""

    def __init__(
        self, device: Device, port: int, options: asyncssh.SSHServerConnectionOptions, client_key: str
    ) -> None:
        self.device = device
        self._options = options
        self.client_key = client_key
        self._tasks: set[asyncio.Task[None]] = set()
        self._holes: set[socket.socket] = set()
        self.connections: dict[asyncssh.SSHServerConnection, socket.socket] = {}
        super().__init__(device.spec.host, port)

    def accepted(self, connection: socket.socket) -> None:
        """Refuse, swallow or serve."""
        device = self.device
        device.counters.connections += 1
        hole = device.faults.find("black_hole")
        if hole is not None and hole.command is None:
            self._holes.add(connection)
            return
        if device.faults.take("vty_exhausted") or len(device.sessions) >= device.vty_lines:
            device.counters.refused += 1
            connection.close()
            return
        task = asyncio.get_running_loop().create_task(self._serve(connection))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, connection: socket.socket) -> None:
        try:
            made = await asyncssh.run_server(
                connection, options=self._options, server_factory=lambda: _Server(self, connection)
            )
            await made.wait_closed()
        except (asyncssh.Error, OSError) as error:
            logging.getLogger("lab").debug("%s: connection ended: %s", self.device.name, error)

    def black_hole(self) -> None:
        """Stop reading on all connections; what is said goes nowhere."""
        for session in list(self.device.sessions.values()):
            session.swallow()

    def drop(self, reset: bool) -> None:
        """End all connections."""
        for connection, raw in list(self.connections.items()):
            hang_up(connection, raw, reset)
        for hole in self._holes:
            hole.close()
        self._holes.clear()


def hang_up(connection: asyncssh.SSHServerConnection, raw: socket.socket, reset: bool) -> None:
    """Close the TCP connection without SSH's good-bye."""
    if reset and raw.fileno() >= 0:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    connection.abort()


class _Server(asyncssh.SSHServer):
    def __init__(self, listener: SshListener, raw: socket.socket) -> None:
        self._listener = listener
        self._device = listener.device
        self._raw = raw
        self._connection: asyncssh.SSHServerConnection | None = None
        self._channels = 0
        self.user = ""

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._listener.connections[conn] = self._raw

    def connection_lost(self, exc: Exception | None) -> None:
        if self._connection is not None:
            self._listener.connections.pop(self._connection, None)

    async def begin_auth(self, username: str) -> bool:
        self.user = username
        slow = self._device.faults.take("slow_login")
        if slow:
            await asyncio.sleep(float(slow.args.get("seconds", 3.0)))
        return True

    def password_auth_supported(self) -> bool:
        return True

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        device = self._device
        good = username == device.spec.user and password == device.password
        if device.faults.take("refuse_login") or not good:
            device.counters.failed_logins += 1
            return False
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        if self._device.faults.find("refuse_login"):
            return False
        offered = key.export_public_key().decode().split()[1]
        return username == self._device.spec.user and offered == self._listener.client_key

    def auth_completed(self) -> None:
        self._device.counters.logins += 1

    def session_requested(self) -> asyncssh.SSHServerSession[bytes] | bool:
        assert self._connection is not None
        self._channels += 1
        if self._device.platform == "ios" and self._channels > 1:
            return False  # one channel a connection
        return _Session(self._device, self.user, self._connection, self._raw)


class _Session(asyncssh.SSHServerSession[bytes]):
    def __init__(self, device: Device, user: str, connection: asyncssh.SSHServerConnection, raw: socket.socket) -> None:
        self._device = device
        self._user = user
        self._connection = connection
        self._raw = raw
        self._channel: asyncssh.SSHServerChannel[bytes] | None = None
        self._terminal: Terminal | None = None
        self._command: str | None = None
        self._scp: ScpEndpoint | None = None
        self._leaving = False

    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        self._channel = chan

    def pty_requested(self, term_type: str, term_size: tuple[int, int, int, int], term_modes: Any) -> bool:
        return True

    def shell_requested(self) -> bool:
        return True

    def exec_requested(self, command: str) -> bool:
        self._command = command
        return True

    def session_started(self) -> None:
        device = self._device
        device.session_id += 1
        if self._command is not None and self._command.startswith("scp "):
            device.counters.command(device.session_id, self._command, False)
            assert self._channel is not None
            self._scp = ScpEndpoint(device, self._command, self._channel.write, self._channel.exit, self._slow_down)
            self._scp.start()
            return
        cli = make_cli(device, self._user, device.session_id)
        self._terminal = Terminal(device, device.session_id, cli, self._write, self._hang_up, self._black_hole)
        device.sessions[device.session_id] = self._terminal
        if self._command is None:
            self._terminal.start(cli.banner())
        else:
            device.counters.command(device.session_id, self._command, False)
            cli.page = 0
            self._write(cli.run(self._command).replace("\n", "\r\n") + "\r\n")
            self._hang_up(False)

    def data_received(self, data: bytes, datatype: Any) -> None:
        if self._scp is not None:
            self._scp.feed(data)
        elif self._terminal is not None:
            self._terminal.feed(data.decode("latin-1"))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._scp is not None:
            self._scp.gone()
        if self._terminal is not None:
            self._device.sessions.pop(self._terminal.number, None)
            self._terminal.gone()
        if self._leaving:  # only now, so that the client has got all output
            self._connection.close()

    def _slow_down(self, slow: bool) -> None:
        if self._channel is not None and not self._channel.is_closing():
            (self._channel.pause_reading if slow else self._channel.resume_reading)()

    def _write(self, text: str) -> None:
        if self._channel is not None and not self._channel.is_closing():
            self._channel.write(text.encode("latin-1", "replace"))

    def _hang_up(self, reset: bool) -> None:
        polite = self._command is not None or (self._terminal is not None and self._terminal.cli.closed)
        if reset or not polite:
            hang_up(self._connection, self._raw, reset)
            return
        self._leaving = True
        if self._channel is not None:
            self._channel.exit(0)

    def _black_hole(self) -> None:
        """Stop reading, so that the client's window fills and nothing is ever answered."""
        transport = self._connection._transport
        if transport is not None:
            transport.pause_reading()


#: What a platform's server calls itself; EOS and NX-OS have OpenSSH.
SERVERS = {"ios": "Cisco-1.25", "eos": "OpenSSH_9.3", "nxos": "OpenSSH_8.3"}


async def make_options(host_key: asyncssh.SSHKey, server: str) -> asyncssh.SSHServerConnectionOptions:
    """Shared by all devices of a platform: small keys and quick algorithms, because logins are the expensive part."""
    return asyncssh.SSHServerConnectionOptions(
        server_host_keys=[host_key],
        kex_algs=["curve25519-sha256", "curve25519-sha256@libssh.org", "ecdh-sha2-nistp256"],
        encryption_algs=["aes128-gcm@openssh.com", "aes128-ctr", "aes256-ctr", "aes256-gcm@openssh.com"],
        mac_algs=["hmac-sha2-256", "hmac-sha2-256-etm@openssh.com", "hmac-sha1"],
        compression_algs=["none"],
        kbdint_auth=False,
        gss_host=None,
        encoding=None,
        line_editor=False,
        allow_pty=True,
        agent_forwarding=False,
        x11_forwarding=False,
        keepalive_interval=0,
        login_timeout=120,
        server_version=server,
    )
