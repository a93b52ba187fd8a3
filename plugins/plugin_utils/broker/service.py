# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The broker process: logging, the listening socket, the sweeper, and an orderly end."""

from __future__ import annotations

import asyncio
import json
import logging
import logging.handlers
import os
import signal
import socket
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress

from .context import Context
from .errors import HoldfastError
from .guard import Guard
from .paths import RUNTIME_ENV, STATE_ENV, Paths, default_paths, make_private
from .server import Server
from .sessions import Limits, SessionPool
from .store import ChangeStore, CheckpointStore
from .version import COLLECTION_VERSION

LOG = logging.getLogger(__name__)
SWEEP_EVERY = 5.0
IDLE_EXIT = 3600.0  # seconds without sessions, changes and requests after which the broker ends by itself
THREADS = 128
BACKLOG = 1024  # forks that may knock at the same moment


def run(runtime: str | None, state: str | None, ready_fd: int | None) -> int:
    """Serve until told to stop. Writes one JSON line to ``ready_fd`` when listening, or the error."""
    try:
        paths = default_paths(COLLECTION_VERSION, runtime, state)
        make_private(paths.runtime, RUNTIME_ENV)
        make_private(paths.state, STATE_ENV)
        stores = ChangeStore(paths.state), CheckpointStore(paths.state)
        listening = _listen(paths)
    except HoldfastError as exc:
        _report(ready_fd, {"error": exc.as_dict()})
        return 1
    _log_to(paths)
    asyncio.run(_serve(listening, stores, ready_fd))
    return 0


def _listen(paths: Paths) -> socket.socket:
    """Under the start lock, so a socket file that nobody answers on is stale and may go."""
    paths.socket.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        listening.bind(os.fspath(paths.socket))
    finally:
        os.umask(before)
    listening.listen(BACKLOG)
    return listening


def _unlink_own(path: str, mine: os.stat_result) -> None:
    """Before we stop listening, so that nobody finds a dead socket. Another broker may have put its own there."""
    with suppress(FileNotFoundError):
        if os.path.samestat(os.stat(path), mine):
            os.unlink(path)


def _log_to(paths: Paths) -> None:
    handler = logging.handlers.RotatingFileHandler(paths.log, maxBytes=5_000_000, backupCount=2)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    for noisy in ("paramiko", "netmiko", "pyeapi"):
        # At debug level these write what they send: passwords among it.
        logging.getLogger(noisy).setLevel(logging.ERROR)


def _report(ready_fd: int | None, message: dict[str, object]) -> None:
    if ready_fd is not None:
        os.write(ready_fd, json.dumps(message).encode() + b"\n")
        os.close(ready_fd)


async def _serve(listening: socket.socket, stores: tuple[ChangeStore, CheckpointStore], ready_fd: int | None) -> None:
    path = listening.getsockname()
    mine = os.stat(path)
    with ThreadPoolExecutor(THREADS, "device") as threads:
        pool = SessionPool(Limits(), threads)
        guard = Guard(pool, *stores)
        context = Context(pool, guard)
        server = Server(context)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, context.stop.set)
        async with (
            await asyncio.start_unix_server(server.client, sock=listening, backlog=BACKLOG),
            _sweeping(pool, guard, server, context),
        ):
            _report(ready_fd, {"ready": os.getpid()})
            LOG.info("serving, version %s, pid %d", COLLECTION_VERSION, os.getpid())
            await context.stop.wait()
            _unlink_own(path, mine)
            LOG.info("ending")
            await pool.close()
            await context.parsing.close()
            server.hang_up()


@asynccontextmanager
async def _sweeping(pool: SessionPool, guard: Guard, server: Server, context: Context) -> AsyncIterator[None]:
    task = asyncio.create_task(_sweep(pool, guard, server, context))
    try:
        yield
    finally:
        task.cancel()


async def _sweep(pool: SessionPool, guard: Guard, server: Server, context: Context) -> None:
    """Close idle sessions; end a drained broker, and one that nobody has used for long."""
    loop = asyncio.get_running_loop()
    seen, since = context.requests, loop.time()
    while True:
        await asyncio.sleep(SWEEP_EVERY)
        await pool.sweep()
        at_rest = not server.busy and not guard.describe()
        if context.requests != seen or not at_rest or pool.describe():
            seen, since = context.requests, loop.time()
        if at_rest and (context.draining or loop.time() - since > IDLE_EXIT):
            LOG.info("nothing left to do")
            context.stop.set()
