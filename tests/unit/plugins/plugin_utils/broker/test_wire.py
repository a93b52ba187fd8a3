# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Frames: what goes in comes out, and nothing else gets through."""

from __future__ import annotations

import json

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker import wire
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import (
    HoldfastError,
    ProtocolError,
    VersionMismatch,
)
from hypothesis import given
from hypothesis import strategies as st

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=15,
)


@given(st.dictionaries(st.text(), VALUES, max_size=6))
def test_what_goes_in_comes_out(message: dict[str, object]) -> None:
    frame = wire.encode(message)
    header, body = frame[: wire.HEADER.size], frame[wire.HEADER.size :]
    assert wire.body_length(header) == len(body)
    assert wire.decode(body) == message


@given(st.binary(max_size=40))
def test_any_bytes_give_a_message_or_a_typed_error(data: bytes) -> None:
    for read in (wire.body_length, wire.decode):
        try:
            read(data)
        except ProtocolError as exc:
            assert exc.message


@pytest.mark.parametrize("size", range(wire.HEADER.size))
def test_truncated_header(size: int) -> None:
    with pytest.raises(ProtocolError, match="truncated"):
        wire.body_length(wire.encode({})[:size])


def test_oversized_both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ProtocolError, match="over the limit"):
        wire.body_length(wire.HEADER.pack(wire.MAGIC, wire.VERSION, wire.MAX_FRAME + 1))
    assert wire.body_length(wire.HEADER.pack(wire.MAGIC, wire.VERSION, wire.MAX_FRAME)) == wire.MAX_FRAME
    monkeypatch.setattr(wire, "MAX_FRAME", 100)
    with pytest.raises(ProtocolError, match="over the limit of 100"):
        wire.encode({"text": "x" * 100})


def test_garbage_and_another_version() -> None:
    with pytest.raises(ProtocolError, match="magic"):
        wire.body_length(b"GET / HT")
    with pytest.raises(VersionMismatch, match="version 9, this side speaks 1") as caught:
        wire.body_length(wire.HEADER.pack(wire.MAGIC, 9, 0))
    assert caught.value.detail == {"theirs": 9, "ours": 1}


@pytest.mark.parametrize(
    "body", [b"", b"{", b"nonsense", b"\xff\xfe{}", b"[" * 200_000, b'{"a":' * 200_000, b'{"n": ' + b"9" * 9999 + b"}"]
)
def test_what_is_no_json(body: bytes) -> None:
    with pytest.raises(ProtocolError, match="does not hold JSON"):
        wire.decode(body)


@pytest.mark.parametrize("value", [None, 1, "x", [], [{}], True, 1.5])
def test_json_that_is_no_object(value: object) -> None:
    with pytest.raises(ProtocolError, match="not an object"):
        wire.decode(json.dumps(value).encode())


def test_a_message_that_is_no_json_is_refused_not_a_crash() -> None:
    deep: list[object] = []
    for _unused in range(100_000):
        deep = [deep]
    for value in (object(), {1, 2}, b"bytes", deep):
        with pytest.raises(HoldfastError, match="cannot be written as JSON"):
            wire.encode({"result": value})
