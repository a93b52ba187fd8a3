# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The broker's socket for a module: one request, one reply.

A module runs in a process of its own, on the controller, where plugin_utils cannot be imported; it has the
socket's path and a handle for its device from the connection plugin. The frame is that of docs/protocol.md.
"""

from __future__ import annotations

import json
import socket
import struct

HEADER = struct.Struct("!3sBI")
MAGIC = b"HFN"
VERSION = 1


class BrokerError(Exception):
    """What the broker answered instead of a result; ``code`` is stable."""

    def __init__(self, message, code):
        super().__init__(message)
        self.code = code


def ask(socket_path, command, params, timeout=300.0):
    """The result of a command about the device of ``socket_path`` (``SOCKET#HANDLE``). Raises BrokerError, OSError."""
    path, _sep, handle = socket_path.partition("#")
    body = json.dumps({"id": 1, "command": command, "params": dict(params, handle=handle)}).encode()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.settimeout(timeout)
        sock.connect(path)
        sock.sendall(HEADER.pack(MAGIC, VERSION, len(body)) + body)
        with sock.makefile("rb") as stream:
            _magic, _version, length = HEADER.unpack(stream.read(HEADER.size))
            reply = json.loads(stream.read(length))
    if "error" in reply:
        raise BrokerError(reply["error"]["message"], reply["error"]["code"])
    return reply["result"]
