# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an SSH server calls itself, read before any login: whether there is one, and a hint of what it is."""

from __future__ import annotations

import asyncio
import os
import re
import socket
from contextlib import suppress

from ..broker.errors import ConnectFailed, NameNotResolved, Unreachable

LONGEST_LINE = 1024  # bytes; RFC 4253 allows 255, and lines of other text before it
LINES = 50
#: server software -> netmiko's device type. OpenSSH (EOS, NX-OS, FRRouting's boxes) and dropbear say nothing.
SERVERS: tuple[tuple[str, str], ...] = (
    (r"^Cisco-", "cisco_ios"),
    (r"^CISCO_WLC", "cisco_wlc"),
    (r"^HUAWEI-", "huawei"),
    (r"^Comware-", "hp_comware"),
    (r"^ROSSSH", "mikrotik_routeros"),
    (r"^NetScreen", "juniper_screenos"),
)


async def read_banner(address: str, port: int, timeout: float) -> str:
    """The software of ``SSH-2.0-SOFTWARE COMMENT``. Costs no login, and no thread while a device is silent.

    Raises NameNotResolved, Unreachable, and ConnectFailed where somebody is there who is silent, or no SSH server.
    """
    label = f"{address}:{port}"
    try:
        async with asyncio.timeout(timeout):
            reader, writer = await asyncio.open_connection(address, port, limit=LONGEST_LINE)
    except socket.gaierror as exc:
        raise NameNotResolved(f"{address} does not resolve: {exc.strerror}") from exc
    except TimeoutError as exc:
        raise Unreachable(f"{label} did not answer within {timeout:g} s") from exc
    except OSError as exc:
        why = os.strerror(exc.errno) if exc.errno else str(exc)  # asyncio's own words name the call, not the reason
        raise Unreachable(f"{label} cannot be reached: {why}") from exc
    try:
        async with asyncio.timeout(timeout):
            return await _software(reader, label)
    except TimeoutError as exc:
        raise ConnectFailed(f"{label} takes connections, but said nothing within {timeout:g} s") from exc
    except (OSError, asyncio.IncompleteReadError) as exc:
        raise ConnectFailed(f"{label} ended the connection before it said what it is") from exc
    except (asyncio.LimitOverrunError, ValueError) as exc:
        raise ConnectFailed(f"{label} is no SSH server") from exc
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def _software(reader: asyncio.StreamReader, label: str) -> str:
    for _line in range(LINES):
        line = (await reader.readuntil(b"\n")).decode("utf-8", "replace").strip()
        found = re.match(r"SSH-\d+\.\d+-(.*)", line)
        if found:
            return found[1].strip()
    raise ConnectFailed(f"{label} is no SSH server")


def platform_of_banner(software: str) -> str | None:
    """The platform that only this server software is found on; None when it may be any."""
    return next((platform for words, platform in SERVERS if re.search(words, software)), None)
