# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Shell commands on a second channel, against a small SSH server that really runs them."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from typing import Any

import asyncssh
import paramiko
import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import CommandTimeout, SessionLost
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.exec_channel import exec_on


class AnyUser(asyncssh.SSHServer):
    def begin_auth(self, username: str) -> bool:
        return False


async def serve_shell(process: Any) -> None:
    """Run the command in a real shell."""
    if process.command == "vanish":
        process.channel.get_connection().abort()
        return
    given = await process.stdin.read()
    done = await asyncio.to_thread(
        subprocess.run, process.command, shell=True, input=given, capture_output=True, check=False
    )
    process.stderr.write(done.stderr)
    process.stdout.write(done.stdout)
    process.exit(done.returncode)


@pytest.fixture(scope="module")
def transport() -> Iterator[paramiko.Transport]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def wait(coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result(20)

    keys = [asyncssh.generate_private_key("ssh-ed25519")]
    options = {"server_host_keys": keys, "process_factory": serve_shell, "encoding": None, "server_factory": AnyUser}

    async def listen() -> Any:
        return await asyncssh.listen("127.0.0.1", 0, **options)

    listening = wait(listen())
    made = paramiko.Transport(("127.0.0.1", listening.get_port()))
    made.connect()
    made.auth_none("u")
    yield made
    made.close()
    loop.call_soon_threadsafe(listening.close)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    assert not thread.is_alive()


def test_output_error_and_status(transport: paramiko.Transport) -> None:
    done = exec_on(transport, "echo out; echo err >&2; exit 3", None, 10.0)
    assert (done.stdout, done.stderr, done.status) == ("out\n", "err\n", 3)


def test_input_goes_in_whole_and_ends(transport: paramiko.Transport) -> None:
    text = "ü line\n" * 60_000
    assert exec_on(transport, "wc -c", text, 20.0).stdout.strip() == str(len(text.encode()))


def test_both_streams_are_drained(transport: paramiko.Transport) -> None:
    """Either alone would fill its window and stop the command."""
    script = "head -c 3000000 /dev/zero | tr '\\0' e >&2; head -c 3000000 /dev/zero | tr '\\0' o"
    done = exec_on(transport, script, None, 30.0)
    assert (len(done.stdout), len(done.stderr), done.status) == (3_000_000, 3_000_000, 0)


def test_bytes_that_are_no_text_are_no_error(transport: paramiko.Transport) -> None:
    assert exec_on(transport, "printf 'a\\377b'", None, 10.0).stdout == "a\ufffdb"


def test_the_time_is_up(transport: paramiko.Transport) -> None:
    start = time.monotonic()
    with pytest.raises(CommandTimeout, match="'sleep 2' did not end within 0.2 s"):
        exec_on(transport, "sleep 2", None, 0.2)
    assert time.monotonic() - start < 1.5
    assert exec_on(transport, "echo on", None, 10.0).stdout == "on\n"


def test_the_login_ends_under_the_command(transport: paramiko.Transport) -> None:
    """Last here: it takes the login with it."""
    with pytest.raises(SessionLost, match="the session ended during 'vanish'"):
        exec_on(transport, "vanish", None, 10.0)


def test_the_login_has_gone() -> None:
    ours, theirs = socket.socketpair()
    dead = paramiko.Transport(ours)
    theirs.close()
    with pytest.raises(SessionLost, match="the session ended during 'true'"):
        exec_on(dead, "true", None, 1.0)
    dead.close()
