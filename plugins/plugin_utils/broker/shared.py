# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A client's way to a broker that it was told of, which may be in another container, of another user or version.

Only the socket is common: no process id means anything here, and the reasons why there is no answer are many.
"""

from __future__ import annotations

import errno
import os
import stat
import time
from pathlib import Path

from .client import Client
from .errors import BrokerSilent, BrokerUnavailable, HoldfastError, StateDirError, VersionMismatch
from .paths import SOCKET_ENV, Paths
from .wire import VERSION

RESTART = 10.0  # seconds in which a broker's container is there again after its restart
HELLO = 10.0
OWN = f"or unset {SOCKET_ENV} (client.socket in the settings) to have a broker of your own"


def reach(paths: Paths, patience: float = RESTART) -> Client:
    """A client on the broker at ``paths.shared``; waits so many seconds for one that was there and restarts.

    Raises BrokerUnavailable, StateDirError for one that is not trusted, VersionMismatch.
    """
    end = time.monotonic() + patience
    while True:
        try:
            return _compatible(_connected(_told(paths)), paths)
        except BrokerUnavailable as exc:
            if not exc.retryable or isinstance(exc, BrokerSilent) or time.monotonic() > end:
                raise
        time.sleep(0.1)


def _told(paths: Paths) -> Path:
    if paths.shared is None:
        raise StateDirError(f"{SOCKET_ENV}: no socket is named")
    return paths.shared


def _connected(path: Path) -> Client:
    client = Client(path)
    try:
        client.connect()
        _check_trust(client, path)
    except BrokerUnavailable as exc:
        why, passing = _obstacle(path, exc.__cause__)
        error = BrokerUnavailable(f"{SOCKET_ENV}: the shared broker does not answer at {path}: {why}", path=str(path))
        error.retryable = passing
        raise error from exc
    except StateDirError:
        client.close()
        raise
    return client


def _check_trust(client: Client, path: Path) -> None:
    """Credentials are sent there: it must be our own broker, or one where nobody else could have put a socket."""
    if client.server_uid() == os.getuid():
        return
    folder = path.resolve().parent
    if folder.stat().st_mode & 0o022:
        raise StateDirError(
            f"{SOCKET_ENV}: {folder} can be written by others than its owner, who could put a socket of their own "
            "there; make it 2750",
            path=str(folder),
        )


def _compatible(client: Client, paths: Paths) -> Client:
    """Versions that differ in the last number alone work together.

    A broker of this very version may still be there, draining: the changes that it made wait for their confirmation.
    """
    try:
        theirs = str(client.call("hello", timeout=HELLO)["version"])
    except VersionMismatch as exc:
        client.close()
        raise VersionMismatch(
            f"{SOCKET_ENV}: the broker at {paths.shared} speaks {exc.message}; run the job with the collection "
            f"(execution environment) that the broker has, or restart the broker with {paths.version}",
            **exc.detail,
        ) from exc
    except HoldfastError:
        client.close()
        raise
    if _series(theirs) == _series(paths.version):
        return client
    client.close()
    beside = _told(paths).resolve().parent / f"broker-{VERSION}-{paths.version}.sock"
    if beside.exists():
        try:
            return _connected(beside)
        except BrokerUnavailable as exc:
            raise _mismatch(theirs, paths) from exc
    raise _mismatch(theirs, paths)


def _series(version: str) -> str:
    return version.rpartition(".")[0]


def _mismatch(theirs: str, paths: Paths) -> VersionMismatch:
    return VersionMismatch(
        f"{SOCKET_ENV}: the broker at {paths.shared} is of version {theirs}, this collection is {paths.version}; run "
        f"the job with the collection (execution environment) of {theirs}, or restart the broker with {paths.version}",
        theirs=theirs,
        ours=paths.version,
    )


def _obstacle(path: Path, cause: BaseException | None) -> tuple[str, bool]:
    """Why nobody answers, with the fix; and whether that may pass by itself in a moment."""
    number = cause.errno if isinstance(cause, OSError) else None
    if number == errno.EACCES:
        return (
            f"uid {os.getuid()} may not open it (the directory is {_owned(path.parent)}); run as that user, be on the "
            "list of service.users and in the group of service.group, and with SELinux give the mount :z",
            False,
        )
    if not os.path.isdir(path.parent):
        return (
            f"there is no directory {path.parent}; in a container mount the broker's there "
            f"(--volume {path.parent}:{path.parent}), {OWN}",
            False,
        )
    if not os.path.lexists(path):
        return f"there is no such socket; start its service, check that its own directory is mounted, {OWN}", True
    if not os.path.exists(path):
        return f"it leads to {os.readlink(path)}, which is not there; start its service, {OWN}", True
    if not stat.S_ISSOCK(path.stat().st_mode):
        return f"it is no socket; correct the path, {OWN}", False
    return f"nobody listens there; start its service, mount its directory with :z and never :O, {OWN}", True


def _owned(folder: Path) -> str:
    try:
        found = folder.stat()
    except OSError:
        return "closed to it"
    return f"of uid {found.st_uid}, gid {found.st_gid}, mode {stat.S_IMODE(found.st_mode):o}"
