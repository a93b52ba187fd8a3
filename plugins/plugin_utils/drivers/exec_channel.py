# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A shell command on a channel of its own, of an SSH login that is there already: no further login."""

from __future__ import annotations

import codecs
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from ..broker.errors import CommandTimeout, SessionLost
from .vtysh import ExecResult

CHUNK = 64 * 1024
FULL = 0.02  # seconds until a full window is looked at again: nothing wakes us when it opens


class ExecChannel:
    """One running command. ``move`` sends what was fed and receives what has come; both streams are drained.

    Reading one stream only could fill the other's window and stop the command, and so could writing without reading.
    """

    def __init__(self, transport: Any, line: str, timeout: float, command: str | None = None) -> None:
        self.command = command or line  # what it is called in messages
        self.timeout = timeout
        self.stopped = False
        self.stdout: list[str] = []
        self.stderr: list[str] = []
        self._decoders = [codecs.getincrementaldecoder("utf-8")("replace") for _stream in range(2)]
        self._deadline = time.monotonic() + timeout
        self._input = bytearray()
        self._input_ends = False
        self._news = threading.Event()
        with self._translated():
            self._channel = transport.open_session(timeout=timeout)
            self._channel.settimeout(timeout)
            self._channel.in_buffer.set_event(self._news)
            self._channel.in_stderr_buffer.set_event(self._news)
            self._channel.exec_command(line)

    # -- input ---------------------------------------------------------------------------------

    def feed(self, text: str) -> None:
        """Something for the command to read."""
        self._input += text.encode()

    def end_input(self) -> None:
        """Nothing more than what was fed."""
        self._input_ends = True

    # -- output --------------------------------------------------------------------------------

    def move(self) -> tuple[str, str] | None:
        """Wait for news: pieces of (stdout, stderr), one may be empty; None at the end.

        Raises SessionLost, CommandTimeout.
        """
        channel = self._channel
        with self._translated():
            while True:
                # Asked before reading: what came before the end is read below.
                ended = channel.closed or (channel.eof_received and channel.exit_status_ready())
                sent = self._send()
                out, err = self._received()
                if out or err:
                    return out, err
                if ended:
                    return None
                left = self._deadline - time.monotonic()
                if left <= 0:
                    raise TimeoutError
                if channel.eof_received:
                    channel.status_event.wait(left)  # its output is whole, its status is under way
                elif not sent:
                    self._news.wait(min(left, FULL) if self._input else left)

    @property
    def status(self) -> int:
        """The exit status, at the end. Raises SessionLost when the channel closed without one."""
        status = int(self._channel.recv_exit_status())
        if status < 0 and not self.stopped:
            raise SessionLost(f"the session ended during '{self.command}'", command=self.command)
        return status

    # -- the end -------------------------------------------------------------------------------

    def stop(self) -> None:
        """From any thread: ask the command to end, and close the channel."""
        import paramiko

        self.stopped = True
        with suppress(OSError, EOFError, paramiko.SSHException):  # it has ended, or the login has
            _signal(self._channel, "TERM")
        self.close()

    def close(self) -> None:
        self._channel.close()

    # -- inside --------------------------------------------------------------------------------

    def _send(self) -> bool:
        channel = self._channel
        sent = False
        with suppress(OSError):  # the command has ended and reads no more: its status tells
            while self._input and channel.send_ready() and not channel.closed:
                count = channel.send(bytes(self._input[:CHUNK]))
                del self._input[:count]
                sent = True
            if self._input_ends and not self._input and not channel.eof_sent:
                channel.shutdown_write()
        return sent

    def _received(self) -> tuple[str, str]:
        """Both streams until neither has more: reading the one may hide the other's news."""
        channel = self._channel
        pieces: tuple[bytearray, bytearray] = bytearray(), bytearray()
        while channel.recv_ready() or channel.recv_stderr_ready():
            if channel.recv_ready():
                pieces[0].extend(channel.recv(CHUNK))
            if channel.recv_stderr_ready():
                pieces[1].extend(channel.recv_stderr(CHUNK))
            if len(pieces[0]) + len(pieces[1]) > 16 * CHUNK:
                break  # whoever looks on sees it in pieces
        out, err = (decoder.decode(bytes(piece)) for decoder, piece in zip(self._decoders, pieces, strict=True))
        self.stdout.append(out)
        self.stderr.append(err)
        return out, err

    @contextmanager
    def _translated(self) -> Iterator[None]:
        import paramiko

        what = self.command
        try:
            yield
        except TimeoutError as exc:
            raise CommandTimeout(f"'{what}' did not end within {self.timeout:g} s", command=what) from exc
        except (paramiko.SSHException, OSError, EOFError) as exc:
            raise SessionLost(f"the session ended during '{what}'", command=what) from exc


def exec_on(transport: Any, command: str, stdin: str | None, timeout: float) -> ExecResult:
    """Run it and wait for its end. Raises SessionLost, CommandTimeout (the command is told to end then)."""
    running = ExecChannel(transport, command, timeout)
    try:
        running.feed(stdin or "")
        running.end_input()
        while running.move() is not None:
            pass
        return ExecResult("".join(running.stdout), "".join(running.stderr), running.status)
    except CommandTimeout:
        running.stop()
        raise
    finally:
        running.close()


def _signal(channel: Any, name: str) -> None:
    """RFC 4254, 6.9, which paramiko has no call for; OpenSSH's server knows it since 7.9."""
    from paramiko.common import cMSG_CHANNEL_REQUEST
    from paramiko.message import Message

    message = Message()
    message.add_byte(cMSG_CHANNEL_REQUEST)
    message.add_int(channel.remote_chanid)
    message.add_string("signal")
    message.add_boolean(False)
    message.add_string(name)
    channel.transport._send_user_message(message)
