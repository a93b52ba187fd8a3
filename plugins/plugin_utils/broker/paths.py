# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where the broker's socket and state live.

The socket's path must fit AF_UNIX's 108 bytes (with the closing NUL) whatever $HOME is, so it is never under
$HOME. Both directories are 0700 and ours, or they are refused.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, replace
from pathlib import Path

from .errors import BadInput, StateDirError
from .wire import VERSION

AF_UNIX_MAX = 107
RUNTIME_ENV = "HOLDFAST_RUNTIME_DIR"
STATE_ENV = "HOLDFAST_STATE_DIR"
SOCKET_ENV = "HOLDFAST_SOCKET"
CONFIG_ENV = "HOLDFAST_CONFIG"
SYSTEM_SETTINGS = "/etc/holdfast/broker.toml"


@dataclass(frozen=True)
class Paths:
    """The directories of one broker; the collection's version is in the socket's name, so an upgrade gets its own."""

    runtime: Path
    state: Path
    version: str
    #: the socket of a shared broker, which a client then uses instead of one of its own
    shared: Path | None = None

    @property
    def socket(self) -> Path:
        return self.shared or self.runtime / f"broker-{VERSION}-{self.version}.sock"

    @property
    def link(self) -> Path:
        """A service's socket under a name without version, for clients that are told of it."""
        return self.runtime / "broker.sock"

    @property
    def claims(self) -> Path:
        return self.runtime / "devices.lock"

    @property
    def lock(self) -> Path:
        return self.runtime / "broker.lock"

    @property
    def log(self) -> Path:
        return self.state / "broker.log"


def default_paths(
    version: str, runtime: str | None = None, state: str | None = None, *, serving: bool = False
) -> Paths:
    """Paths from arguments, else environment, else the XDG places. Makes nothing.

    A client that is told of a shared broker gets its socket. Raises StateDirError, BadInput (settings).
    """
    paths = _own_paths(version, runtime, state)
    named = None if serving or runtime else os.environ.get(SOCKET_ENV) or shared_socket()
    if not named:
        return paths
    _check_length(Path(named), SOCKET_ENV, "/run/holdfast/broker.sock")
    return replace(paths, shared=Path(named))


def _own_paths(version: str, runtime: str | None, state: str | None) -> Paths:
    chosen_state = state or os.environ.get(STATE_ENV)
    if not chosen_state:
        home = os.environ.get("XDG_STATE_HOME") or os.path.join(os.path.expanduser("~"), ".local", "state")
        chosen_state = os.path.join(home, "holdfast")
    chosen_runtime = runtime or os.environ.get(RUNTIME_ENV)
    if chosen_runtime:
        paths = Paths(Path(chosen_runtime), Path(chosen_state), version)
        _check_length(paths.socket, RUNTIME_ENV, "/run/user/UID/holdfast")
        return paths
    fallback = Path("/tmp") / f"holdfast-{os.getuid()}"
    runtime_home = os.environ.get("XDG_RUNTIME_DIR")
    if runtime_home and os.path.isdir(runtime_home):
        paths = Paths(Path(runtime_home) / "holdfast", Path(chosen_state), version)
        if len(os.fsencode(paths.socket)) <= AF_UNIX_MAX:
            return paths
    return Paths(fallback, Path(chosen_state), version)


def _check_length(socket: Path, option: str, example: str) -> None:
    size = len(os.fsencode(socket))
    if size > AF_UNIX_MAX:
        raise StateDirError(
            f"{option}: the socket path {socket} has {size} bytes, a unix socket allows {AF_UNIX_MAX}; "
            f"choose a shorter one, for example {example}",
            path=str(socket),
            size=size,
        )


def settings_file() -> Path | None:
    """The first that exists of ``$HOLDFAST_CONFIG``, ``$XDG_CONFIG_HOME/holdfast/broker.toml`` and the system's.

    Raises BadInput when HOLDFAST_CONFIG names one that is not there.
    """
    named = os.environ.get(CONFIG_ENV)
    if named:
        if not os.path.isfile(named):
            raise BadInput(f"{CONFIG_ENV}: there is no file {named}; correct the path or unset it", option=CONFIG_ENV)
        return Path(named)
    home = os.environ.get("XDG_CONFIG_HOME") or os.path.join(os.path.expanduser("~"), ".config")
    own = os.path.join(home, "holdfast", "broker.toml")
    return next((Path(path) for path in (own, SYSTEM_SETTINGS) if os.path.isfile(path)), None)


def shared_socket() -> str:
    """What the settings tell a client, read only where they have a word for clients: this runs in every task."""
    file = settings_file()
    if file is None:
        return ""
    try:
        told = b"[client]" in file.read_bytes()
    except OSError as exc:
        raise StateDirError(f"{file}: cannot be read: {exc.strerror}", path=str(file)) from exc
    if not told:
        return ""
    from . import settings  # most tasks have no use for it

    return settings.load(file).client.socket


def make_shared(directory: Path, option: str, gid: int) -> Path:
    """The directory of a shared socket: ours, and the group may look for the socket in it. Raises StateDirError."""
    make_private(directory, option)
    try:
        os.chown(directory, -1, gid)
        directory.chmod(0o2750)
    except OSError as exc:
        raise StateDirError(
            f"{option}: cannot give {directory} to group {gid}: {exc.strerror}; be a member of the group",
            path=str(directory),
        ) from exc
    return directory


def make_private(directory: Path, option: str) -> Path:
    """Make the directory 0700 if need be; refuse one that others could have prepared. Raises StateDirError."""
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        found = directory.lstat()
        if stat.S_ISLNK(found.st_mode):
            raise StateDirError(f"{option}: {directory} is a symbolic link; use a real directory", path=str(directory))
        if found.st_uid != os.getuid():
            raise StateDirError(
                f"{option}: {directory} belongs to uid {found.st_uid}, not to you ({os.getuid()}); "
                "remove it or choose another directory",
                path=str(directory),
            )
        if stat.S_IMODE(found.st_mode) != 0o700:
            directory.chmod(0o700)
        if not os.access(directory, os.W_OK | os.X_OK):
            raise StateDirError(f"{option}: {directory} cannot be written; check its mode", path=str(directory))
    except OSError as exc:
        raise StateDirError(
            f"{option}: cannot use {directory}: {exc.strerror}; make it writable or choose another directory",
            path=str(directory),
        ) from exc
    return directory
