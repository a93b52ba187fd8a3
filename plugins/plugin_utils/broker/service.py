# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The broker process: directories, the listening socket, the log, and the parts put together.

Started by a client it detaches and is private; ``serve`` in the foreground is for a service manager, and may share
its socket with a group.
"""

from __future__ import annotations

import asyncio
import json
import logging
import logging.handlers
import os
import resource
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path

from . import lifecycle, settings
from .claims import Claims
from .context import Context
from .errors import HoldfastError, StateDirError
from .guard import Guard
from .life import Life, apply, gates
from .notify import notify
from .paths import RUNTIME_ENV, STATE_ENV, Paths, default_paths, make_private, make_shared, settings_file
from .server import Server
from .sessions import SessionPool
from .settings import Log, Settings
from .sharing import Sharing
from .store import ChangeStore, CheckpointStore
from .version import COLLECTION_VERSION

LOG = logging.getLogger(__name__)
THREADS = 128
BACKLOG = 1024  # forks that may knock at the same moment
FILES = 65536  # open files: a session has one, a client another


@dataclass
class Prepared:
    """What can fail is done: listening, with the stores at hand."""

    paths: Paths
    settings: Settings
    sharing: Sharing
    stores: tuple[ChangeStore, CheckpointStore]
    claims: Claims
    listening: socket.socket
    foreground: bool

    def leave(self) -> None:
        """Before we stop listening, so that nobody finds a dead socket. Another broker may have put its own there."""
        own = self.paths.socket
        with suppress(FileNotFoundError):
            if os.path.samestat(os.stat(own), self.found):
                own.unlink()
                if self.foreground and os.readlink(self.paths.link) == own.name:
                    self.paths.link.unlink()

    def is_found(self) -> bool:
        """Whether the socket file is there, and leads to us."""
        try:
            return os.path.samestat(os.stat(self.paths.socket), self.found)
        except OSError:
            return False

    def __post_init__(self) -> None:
        self.found = os.stat(self.paths.socket)


def run(runtime: str | None, state: str | None, ready_fd: int | None) -> int:
    """Serve until told to stop. Writes one JSON line to ``ready_fd`` when listening, or the error.

    Without ``ready_fd`` it is a service in the foreground: a service manager is told, or the error printed.
    """
    try:
        prepared = _prepare(runtime, state, foreground=ready_fd is None)
    except HoldfastError as exc:
        _report(ready_fd, {"error": exc.as_dict()})
        return 1
    for name, place in ((RUNTIME_ENV, prepared.paths.runtime), (STATE_ENV, prepared.paths.state)):
        os.environ[name] = str(place)  # whatever asks for them in this process gets the same
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core would have passwords in it
    _allow_many_files()
    _log_to(prepared.paths, prepared.settings.log)
    asyncio.run(_serve(prepared, ready_fd))
    return 0


def _prepare(runtime: str | None, state: str | None, *, foreground: bool) -> Prepared:
    chosen = settings.load(settings_file())
    paths = default_paths(COLLECTION_VERSION, runtime, state, serving=True)
    sharing = Sharing.of(chosen) if foreground else Sharing()
    if sharing.gid is None:
        make_private(paths.runtime, RUNTIME_ENV)
    else:
        make_shared(paths.runtime, RUNTIME_ENV, sharing.gid)
    make_private(paths.state, STATE_ENV)
    stores = ChangeStore(paths.state), CheckpointStore(paths.state)
    claims = Claims(paths.claims)
    with lifecycle.starting(paths) if foreground else nullcontext():  # a client that starts us has the lock
        if foreground:
            lifecycle.take_over(paths)
        listening = _listen(paths, sharing)
    if foreground:
        _link(paths)
    return Prepared(paths, chosen, sharing, stores, claims, listening, foreground)


def _listen(paths: Paths, sharing: Sharing) -> socket.socket:
    """Under the start lock, so a socket file that nobody answers on is stale and may go."""
    paths.socket.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        listening.bind(os.fspath(paths.socket))
    finally:
        os.umask(before)
    if sharing.gid is not None:
        os.chown(paths.socket, -1, sharing.gid)
        paths.socket.chmod(0o660)
    listening.listen(BACKLOG)
    return listening


def _link(paths: Paths) -> None:
    """The name without version leads to us from this moment on; there is none in which it leads nowhere."""
    new = paths.runtime / f".broker-{os.getpid()}.link"
    try:
        new.unlink(missing_ok=True)
        new.symlink_to(paths.socket.name)
        os.replace(new, paths.link)
    except OSError as exc:
        raise StateDirError(f"{RUNTIME_ENV}: cannot write {paths.link}: {exc.strerror}", path=str(paths.link)) from exc


def _allow_many_files() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


class PrivateLog(logging.handlers.RotatingFileHandler):
    """Rotates by size; every file of it is for the owner only."""

    def _open(self) -> TextIOWrapper:
        return open(self.baseFilename, "a", encoding="utf-8", opener=lambda name, how: os.open(name, how, 0o600))


def _log_to(paths: Paths, wanted: Log) -> None:
    """From the beginning, or again: the former log is closed, and the file opened anew."""
    handler: logging.Handler
    if wanted.to == "stderr":
        handler = logging.StreamHandler()
    else:
        handler = PrivateLog(paths.log, maxBytes=wanted.size, backupCount=wanted.backups)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for noisy in ("paramiko", "netmiko", "pyeapi", "ncclient", "napalm", "genie", "unicon", "pyats", "ats"):
        # At debug level these write what they send: passwords among it. Genie writes what it learns.
        logging.getLogger(noisy).setLevel(logging.ERROR)


def _report(ready_fd: int | None, message: dict[str, object]) -> None:
    line = json.dumps(message) + "\n"
    if ready_fd is not None:
        os.write(ready_fd, line.encode())
        os.close(ready_fd)
    elif "error" in message:
        sys.stderr.write(line)


async def _serve(prepared: Prepared, ready_fd: int | None) -> None:
    with ThreadPoolExecutor(THREADS, "device") as threads:
        pool = SessionPool(prepared.settings.limits, threads, gates(prepared.settings), prepared.claims)
        guard = Guard(pool, *prepared.stores)
        pool.kept = lambda device: bool(guard.describe(device))
        context = Context(pool, guard)
        apply(context, prepared.settings)
        server = Server(context, prepared.sharing)
        paths = prepared.paths
        life = Life(
            context,
            server,
            foreground=prepared.foreground,
            reopen=lambda chosen: _log_to(paths, chosen.log),
            leave=prepared.leave,
            found=prepared.is_found,
        )
        listening = await asyncio.start_unix_server(server.client, sock=prepared.listening, backlog=BACKLOG)
        async with listening, life.lived():
            _report(ready_fd, {"ready": os.getpid()})
            _announce(prepared)
            if prepared.foreground:
                await asyncio.to_thread(lifecycle.drain_others, paths)
            await context.stop.wait()
            prepared.leave()
            LOG.info("ending")
            await pool.close()
            await context.parsing.close()
            server.hang_up()


def _announce(prepared: Prepared) -> None:
    LOG.info("serving, version %s, pid %d", COLLECTION_VERSION, os.getpid())
    read = Path(prepared.settings.file).name if prepared.settings.file else "no settings file"
    notify(READY="1", STATUS=f"serving at {prepared.paths.socket} ({read})", MAINPID=str(os.getpid()))
