# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A small SNMP v2c agent on loopback that answers from a table, or as wrongly as a test wants.

Values: bytes are an OCTET STRING, str an OBJECT IDENTIFIER, int an INTEGER, None noSuchObject.
"""

from __future__ import annotations

import socket
import threading
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Self

Oid = tuple[int, ...]
Value = bytes | str | int | None
Answer = list[tuple[Oid, Value]]
#: kind (get, next, bulk), the OIDs asked for, how many values each; None is silence
Answerer = Callable[[str, list[Oid], int], Answer | None]
_V2C = b"\x01"
_KINDS = {0xA0: "get", 0xA1: "next", 0xA5: "bulk"}


def oid(text: str) -> Oid:
    return tuple(map(int, text.split(".")))


class Agent:
    """Answers on ``port`` of 127.0.0.1 for the length of a ``with`` block. ``asked`` are the requests that came."""

    def __init__(self, answer: Answerer | Mapping[str, Value], community: str = "public") -> None:
        self.asked: list[tuple[str, list[Oid]]] = []
        self._answer = answer if callable(answer) else from_table(answer)
        self._community = community.encode()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.sendto(b"", ("127.0.0.1", self.port))
        self._thread.join(5)
        self._socket.close()

    def _serve(self) -> None:
        while True:
            data, peer = self._socket.recvfrom(65535)
            if not data:
                return
            (_tag, message) = next(_parts(data))
            version, *rest = _parts(message)
            if version[1] != _V2C:
                self.asked.append(("other version", []))
                continue
            community, (tag, pdu) = rest
            number, _first, most, bindings = _parts(pdu)
            asked = [_oid_of(next(_parts(one))[1]) for _kind, one in _parts(bindings[1])]
            kind = _KINDS[tag]
            self.asked.append((kind, asked))
            given = self._answer(kind, asked, int.from_bytes(most[1], "big") if kind == "bulk" else 1)
            if given is None or community[1] != self._community:
                continue
            rows = b"".join(_packed(0x30, _oid(name) + _value(value)) for name, value in given)
            reply = _packed(2, number[1]) + _integer(0) + _integer(0) + _packed(0x30, rows)
            self._socket.sendto(_packed(0x30, _packed(*version) + _packed(*community) + _packed(0xA2, reply)), peer)


def from_table(table: Mapping[str, Value]) -> Answerer:
    """An agent that has these objects and does nothing wrong."""
    values = {oid(name): value for name, value in table.items()}
    order = sorted(values)

    def answer(kind: str, asked: list[Oid], most: int) -> Answer:
        if kind == "get":
            return [(name, values.get(name)) for name in asked]
        start = bisect_right(order, asked[0])
        return [(name, values[name]) for name in order[start : start + most]]

    return answer


# -- BER, as much of it as is needed ---------------------------------------------------------------


def _packed(tag: int, body: bytes) -> bytes:
    if len(body) < 128:
        return bytes([tag, len(body)]) + body
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + body


def _integer(value: int) -> bytes:
    return _packed(2, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def _oid(parts: Sequence[int]) -> bytes:
    body = bytearray([parts[0] * 40 + parts[1]])
    for part in parts[2:]:
        group = [part & 0x7F]
        while part := part >> 7:
            group.append(0x80 | part & 0x7F)
        body += bytes(reversed(group))
    return _packed(6, bytes(body))


def _value(value: Value) -> bytes:
    if value is None:
        return bytes([0x80, 0])
    if isinstance(value, bytes):
        return _packed(4, value)
    return _oid(oid(value)) if isinstance(value, str) else _integer(value)


def _parts(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(data):
        tag, size, at = data[at], data[at + 1], at + 2
        if size & 0x80:
            width = size & 0x7F
            size, at = int.from_bytes(data[at : at + width], "big"), at + width
        yield tag, data[at : at + size]
        at += size


def _oid_of(body: bytes) -> Oid:
    parts, number = [body[0] // 40, body[0] % 40], 0
    for octet in body[1:]:
        number = number << 7 | octet & 0x7F
        if not octet & 0x80:
            parts.append(number)
            number = 0
    return tuple(parts)
