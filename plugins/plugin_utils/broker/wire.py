# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Frames on the broker's socket: pure encode and decode, described for users in docs/protocol.md.

A frame is ``HFN`` and one version byte, a 4-byte big-endian length, and that many bytes of JSON (an
object). JSON and never pickle: a frame can only ever be data.
"""

from __future__ import annotations

import json
import struct
from typing import Any

from .errors import ProtocolError, VersionMismatch

MAGIC = b"HFN"
VERSION = 1
HEADER = struct.Struct("!3sBI")
MAX_FRAME = 128 * 1024 * 1024  # room for the largest `show tech`, not for a runaway peer


def encode(message: dict[str, Any]) -> bytes:
    """One frame. Raises ProtocolError for what JSON cannot hold, and for more than MAX_FRAME bytes."""
    try:
        body = json.dumps(message, separators=(",", ":")).encode()
    except (TypeError, ValueError, RecursionError) as exc:
        raise ProtocolError(f"message cannot be written as JSON: {type(exc).__name__}") from exc
    if len(body) > MAX_FRAME:
        raise ProtocolError(f"message of {len(body)} bytes is over the limit of {MAX_FRAME}", size=len(body))
    return HEADER.pack(MAGIC, VERSION, len(body)) + body


def body_length(header: bytes) -> int:
    """Length of the body that follows this header, in bytes.

    Raises VersionMismatch for another protocol version, ProtocolError for anything that is no header.
    """
    if len(header) != HEADER.size:
        raise ProtocolError(f"truncated header: {len(header)} of {HEADER.size} bytes")
    magic, version, length = HEADER.unpack(header)
    if magic != MAGIC:
        raise ProtocolError("not a holdfast frame (wrong magic bytes)")
    if version != VERSION:
        raise VersionMismatch(f"protocol version {version}, this side speaks {VERSION}", theirs=version, ours=VERSION)
    if length > MAX_FRAME:
        raise ProtocolError(f"frame of {length} bytes is over the limit of {MAX_FRAME}", size=length)
    return int(length)


def decode(body: bytes) -> dict[str, Any]:
    """The message in a body. Raises ProtocolError when it is not a JSON object."""
    try:
        message = json.loads(body)
    except (ValueError, RecursionError) as exc:
        raise ProtocolError(f"frame does not hold JSON: {type(exc).__name__}") from exc
    if not isinstance(message, dict):
        raise ProtocolError(f"frame holds a JSON {type(message).__name__}, not an object")
    return message
