# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sockets for modules: who may come, when they go, and a module that leaves before its turn."""

from __future__ import annotations

import asyncio
import json
import os
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.cliconf import endpoints
from ansible_collections.holdfast.network.plugins.plugin_utils.cliconf.endpoints import (
    HEADER,
    Answer,
    Endpoints,
    method_and_arguments,
)


async def echo(request: bytes, touched: Callable[[], None]) -> bytes:
    touched()
    return request.upper()


def made(answer: Answer) -> Callable[[], Awaitable[Answer]]:
    async def make() -> Answer:
        return answer

    return make


async def asked(path: Path, *requests: bytes) -> list[bytes]:
    reader, writer = await asyncio.open_unix_connection(path)
    answers = []
    for request in requests:
        writer.write(HEADER.pack(len(request)) + request)
        (length,) = HEADER.unpack(await reader.readexactly(HEADER.size))
        answers.append(await reader.readexactly(length))
    writer.close()
    return answers


async def test_one_socket_for_each_key_and_several_requests_on_one_connection(tmp_path: Path) -> None:
    every = Endpoints(tmp_path)
    one = await every.get("a", made(echo))
    assert await every.get("a", made(echo)) is one and await every.get("b", made(echo)) is not one
    assert one.path.stat().st_mode & 0o777 == 0o600
    at_once = await asyncio.gather(*(every.get("c", made(echo)) for _each in range(5)))
    assert len(set(at_once)) == 1 and len(list(tmp_path.iterdir())) == 3
    assert await asked(one.path, b"x", b"yy") == [b"X", b"YY"]
    await every.close()
    assert list(tmp_path.iterdir()) == []


async def test_what_a_killed_broker_left_goes_and_what_lives_stays(tmp_path: Path) -> None:
    dead, living = (socket.socket(socket.AF_UNIX) for _each in range(2))
    dead.bind(os.fspath(tmp_path / "rpc-1-1"))
    dead.close()
    living.bind(os.fspath(tmp_path / "rpc-2-1"))
    living.listen()
    every = Endpoints(tmp_path)
    await every.get("a", made(echo))
    assert not (tmp_path / "rpc-1-1").exists() and (tmp_path / "rpc-2-1").exists()
    await every.close()
    living.close()


async def test_a_module_that_leaves_before_its_turn_is_not_served(tmp_path: Path) -> None:
    ended = asyncio.Event()

    async def waiting(request: bytes, touched: Callable[[], None]) -> bytes:
        try:
            await asyncio.sleep(30)
        finally:
            ended.set()
        return request

    every = Endpoints(tmp_path)
    found = await every.get("a", made(waiting))
    _reader, writer = await asyncio.open_unix_connection(found.path)
    writer.write(HEADER.pack(1) + b"x")
    await asyncio.sleep(0.05)
    writer.close()
    await asyncio.wait_for(ended.wait(), 2)
    await every.close()


async def test_a_request_that_is_too_long_ends_the_connection(tmp_path: Path) -> None:
    every = Endpoints(tmp_path)
    found = await every.get("a", made(echo))
    reader, writer = await asyncio.open_unix_connection(found.path)
    writer.write(HEADER.pack(1 << 40))
    assert await asyncio.wait_for(reader.read(), 2) == b""
    writer.close()
    await every.close()


async def test_an_unused_socket_is_closed_and_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoints, "SWEEP_EVERY", 0.02)
    monkeypatch.setattr(endpoints, "UNUSED", 0.05)
    every = Endpoints(tmp_path)
    first = await every.get("a", made(echo))
    await asyncio.sleep(0.3)
    assert not first.path.exists()
    assert await asked((await every.get("a", made(echo))).path, b"x") == [b"X"]
    await every.close()


def test_requests_are_read() -> None:
    good = {"jsonrpc": "2.0", "id": "1", "method": "get", "params": [["show clock"], {"output": "text"}]}
    assert method_and_arguments(json.dumps(good).encode()) == ("get", ["show clock"], {"output": "text"})
    for bad in (b"", b"[]", b'{"method": "get"}', b'{"method": "get", "params": 1}'):
        with pytest.raises(ValueError, match=r"."):
            method_and_arguments(bad)
