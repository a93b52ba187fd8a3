# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Banners of servers that speak, refuse, keep silent and babble, on real sockets."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import (
    ConnectFailed,
    HoldfastError,
    NameNotResolved,
    Unreachable,
)
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.banner import platform_of_banner, read_banner


@asynccontextmanager
async def server(said: bytes | None) -> AsyncIterator[int]:
    """Says this and hangs up; says nothing and stays for None."""

    async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if said is None:
            await asyncio.sleep(5)
        else:
            writer.write(said)
            await writer.drain()
        writer.close()

    running = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield running.sockets[0].getsockname()[1]
    running.close()


async def read(said: bytes | None) -> str:
    async with server(said) as port:
        return await read_banner("127.0.0.1", port, 0.5)


@pytest.mark.parametrize(
    ("said", "software"),
    [
        (b"SSH-2.0-Cisco-1.25\r\n", "Cisco-1.25"),
        (b"Authorised users only\r\n\r\nSSH-1.99-OpenSSH_9.3 FIPS\n", "OpenSSH_9.3 FIPS"),
        (b"SSH-2.0-\xff\xfe\r\n", "\ufffd\ufffd"),
    ],
)
def test_what_a_server_calls_itself(said: bytes, software: str) -> None:
    assert asyncio.run(read(said)) == software


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (b"", ConnectFailed),
        (None, ConnectFailed),
        (b"HTTP/1.1 400 Bad Request\r\n" * 60, ConnectFailed),
        (b"x" * 100_000, ConnectFailed),
    ],
)
def test_what_is_no_ssh_server(said: bytes | None, error: type[HoldfastError]) -> None:
    with pytest.raises(error):
        asyncio.run(read(said))


def test_nobody_there() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(Unreachable, match="cannot be reached"):
            asyncio.run(read_banner("127.0.0.1", taken.getsockname()[1], 2.0))
    with pytest.raises(NameNotResolved, match="no-such-name.invalid does not resolve"):
        asyncio.run(read_banner("no-such-name.invalid", 22, 5.0))


@pytest.mark.parametrize(
    ("software", "platform"),
    [
        ("Cisco-1.25", "cisco_ios"),
        ("HUAWEI-1.5", "huawei"),
        ("OpenSSH_9.3", None),
        ("dropbear_2022.83", None),
        ("", None),
    ],
)
def test_only_a_maker_of_its_own_server_is_a_hint(software: str, platform: str | None) -> None:
    assert platform_of_banner(software) == platform
