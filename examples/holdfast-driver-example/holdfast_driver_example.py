# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""HAProxy's runtime API over TCP as a holdfast.network driver: lines out, text up to the next prompt in."""

from __future__ import annotations

import contextlib
import re
import socket
import time

from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import (
    CommandFailed,
    CommandTimeout,
    PromptNotFound,
    SessionLost,
    Unreachable,
    Unsupported,
)
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.base import Reply

PROMPT = b"\n> "
REFUSED = re.compile(r"(Unknown command|No such|Can't|Require|Permission denied|Invalid|Missing)")


class HaproxyDriver:
    name = "haproxy"
    default_queue = "pinned"
    platforms = ("haproxy",)

    def __init__(self, target):
        self.target = target
        self.watch = None
        self._sock = None

    @classmethod
    def default_port(cls, platform, options):
        return 9999

    def open(self):
        address = (self.target.host, self.target.port)
        try:
            self._sock = socket.create_connection(address, self.target.connect_timeout)
        except OSError as exc:
            raise Unreachable(f"{self.target.label} cannot be reached over TCP: {exc}") from exc
        try:
            self._ask("prompt", self.target.connect_timeout)
        except (CommandTimeout, SessionLost) as exc:
            raise PromptNotFound(f"{self.target.label} shows no prompt: {exc}") from exc

    def close(self):
        sock, self._sock = self._sock, None
        if sock is not None:
            sock.close()

    def interrupt(self):
        sock = self._sock
        if sock is not None:
            with contextlib.suppress(OSError):  # it has gone by itself
                sock.shutdown(socket.SHUT_RDWR)

    def is_alive(self):
        try:
            self._ask("", 5.0)
        except (SessionLost, CommandTimeout):
            return False
        return True

    def run(self, commands, timeout):
        replies = []
        for command in commands:
            start = time.monotonic()
            output = self._ask(command.text, timeout).strip("\n")
            if command.check and REFUSED.match(output):
                words = output.splitlines()[0]
                raise CommandFailed(
                    f"{self.target.label} refused '{command.text}': {words}", command=command.text, output=output
                )
            replies.append(Reply(command.text, output, round(time.monotonic() - start, 4)))
        return replies

    def get(self, getters):
        raise Unsupported(f"haproxy has no getter '{getters[0]}'")

    def config(self):
        raise Unsupported("haproxy has no configuration that could be changed at run time")

    def _ask(self, line, timeout):
        if self._sock is None:
            raise SessionLost(f"the session to {self.target.label} is closed")
        deadline, received = time.monotonic() + timeout, b""
        try:
            self._sock.sendall(line.encode() + b"\n")
            while not received.endswith(PROMPT):
                self._sock.settimeout(max(0.001, deadline - time.monotonic()))
                piece = self._sock.recv(65536)
                if not piece:
                    raise SessionLost(f"{self.target.label} closed the session during '{line}'", command=line)
                received += piece
        except TimeoutError as exc:
            raise CommandTimeout(f"{self.target.label} did not finish '{line}' in time", command=line) from exc
        except OSError as exc:
            raise SessionLost(f"{self.target.label} closed the session during '{line}'", command=line) from exc
        text = received.removesuffix(PROMPT).decode(errors="replace")
        if text and self.watch is not None:
            self.watch.output(text)
        return text
