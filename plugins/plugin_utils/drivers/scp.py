# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One file by SCP over a channel: the few words of the protocol that a single file needs.

Written out here because the client libraries wait for an exit status that some devices never send, without limit.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from contextlib import suppress
from typing import Any, BinaryIO

from ..broker.errors import TransferFailed

CHUNK = 32 * 1024
LINE = 4096
Progress = Callable[[int, int], None]


class ScpRefused(Exception):
    """The device's own words for why it does not copy, for the caller to translate."""


class Scp:
    """Copies one file. Errors of the channel (OSError, EOFError) are left to the caller to translate."""

    def __init__(self, channel: Any) -> None:
        self._channel = channel

    def put(self, source: BinaryIO, size: int, path: str, progress: Progress) -> None:
        """Raises ScpRefused, TransferFailed when the local file gets shorter meanwhile."""
        channel = self._channel
        channel.exec_command(f"scp -t {shlex.quote(path)}")
        try:
            self._confirmed()
            name = path.rpartition("/")[2].rpartition(":")[2]
            channel.sendall(f"C0644 {size} {name}\n".encode())
            self._confirmed()
            done = 0
            while done < size:
                piece = source.read(min(CHUNK, size - done))
                if not piece:
                    raise TransferFailed(f"the local file became shorter while it was copied: {done} of {size} bytes")
                channel.sendall(piece)
                done += len(piece)
                progress(done, size)
            channel.sendall(b"\0")
            self._confirmed()
        except OSError as exc:
            words = self._said()
            if not words:
                raise
            raise ScpRefused(words) from exc
        channel.shutdown_write()

    def get(self, path: str, sink: BinaryIO, progress: Progress) -> None:
        """Raises ScpRefused."""
        channel = self._channel
        channel.exec_command(f"scp -f {shlex.quote(path)}")
        channel.sendall(b"\0")
        head = self._line()
        found = re.fullmatch(rb"C[0-7]{4} (\d+) .*", head)
        if found is None:
            words = _words(head + self._rest())
            if not words:
                raise EOFError("the device closed the channel")
            raise ScpRefused(words)
        size = int(found[1])
        channel.sendall(b"\0")
        done = 0
        while done < size:
            piece = channel.recv(min(CHUNK, size - done))
            if not piece:
                raise EOFError
            sink.write(piece)
            done += len(piece)
            progress(done, size)
        self._confirmed()
        channel.sendall(b"\0")

    def _confirmed(self) -> None:
        answer = self._channel.recv(1)
        if answer != b"\0":
            words = _words(answer + self._rest())
            if not words:
                raise EOFError("the device closed the channel")
            raise ScpRefused(words)

    def _line(self) -> bytes:
        line = bytearray()
        while len(line) < LINE:
            byte = self._channel.recv(1)
            if byte in (b"\n", b""):
                break
            line += byte
        return bytes(line)

    def _rest(self) -> bytes:
        """What else there is to read, for a message: the line, and standard error."""
        rest = self._line()
        while len(rest) < LINE and self._channel.recv_stderr_ready():
            rest += b" " + self._channel.recv_stderr(LINE)
        return rest

    def _said(self) -> str:
        with suppress(OSError):
            self._channel.settimeout(1.0)
            return _words(self._line() + self._rest())
        return ""


def _words(raw: bytes) -> str:
    return " ".join(raw.decode(errors="replace").strip("\x00\x01\x02 \r\n").split())
