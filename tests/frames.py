# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Bytes for a broker's socket, as anybody may send them, and what it says to them."""

from __future__ import annotations

import socket
from contextlib import suppress
from pathlib import Path
from typing import Any

from ansible_collections.holdfast.network.plugins.plugin_utils.broker import wire


def frame(body: bytes, version: int = wire.VERSION, magic: bytes = wire.MAGIC, length: int | None = None) -> bytes:
    return wire.HEADER.pack(magic, version, len(body) if length is None else length) + body


def raw(path: Path, data: bytes) -> list[dict[str, Any]]:
    """Send bytes, say that no more come, and read all answers. Raises TimeoutError when it does not hang up."""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(10)
        sock.connect(str(path))
        with suppress(BrokenPipeError):  # hung up on already
            sock.sendall(data)
            sock.shutdown(socket.SHUT_WR)
        answers, stream = [], sock.makefile("rb")
        with suppress(ConnectionResetError):  # it closed with bytes of ours unread
            while header := stream.read(wire.HEADER.size):
                answers.append(wire.decode(stream.read(wire.body_length(header))))
        return answers
