# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A shell command on a second channel of an SSH login that is there already: no further login."""

from __future__ import annotations

import time
from typing import Any

from ..broker.errors import CommandTimeout, SessionLost
from .vtysh import ExecResult


def exec_on(transport: Any, command: str, stdin: str | None, timeout: float) -> ExecResult:
    """Run it and wait for its end. Raises SessionLost, CommandTimeout (the channel is closed then)."""
    import paramiko

    try:
        channel = transport.open_session(timeout=timeout)
        channel.settimeout(timeout)
        try:
            channel.exec_command(command)
            if stdin is not None:
                channel.sendall(stdin.encode())
            channel.shutdown_write()
            stdout, stderr = _drain(channel, time.monotonic() + timeout)
            status = channel.recv_exit_status()
            if status < 0:  # paramiko's word for: the channel closed without one
                raise SessionLost(f"the session ended during '{command}'", command=command)
            return ExecResult(stdout, stderr, status)
        finally:
            channel.close()
    except TimeoutError as exc:
        raise CommandTimeout(f"'{command}' did not end within {timeout:g} s", command=command) from exc
    except (paramiko.SSHException, OSError, EOFError) as exc:
        raise SessionLost(f"the session ended during '{command}'", command=command) from exc


def _drain(channel: Any, deadline: float) -> tuple[str, str]:
    """Both streams to their ends: reading one only could fill the other's window and stop the command."""
    out, err = bytearray(), bytearray()
    while True:
        # Asked before reading: what came before the end is read below.
        ended = channel.closed or (channel.eof_received and channel.exit_status_ready())
        moved = False
        while channel.recv_ready():
            out += channel.recv(65536)
            moved = True
        while channel.recv_stderr_ready():
            err += channel.recv_stderr(65536)
            moved = True
        if ended:
            return out.decode(errors="replace"), err.decode(errors="replace")
        if time.monotonic() > deadline:
            raise TimeoutError
        if not moved and channel.status_event.wait(0.005):
            time.sleep(0.001)  # its end is known, the last bytes are under way
