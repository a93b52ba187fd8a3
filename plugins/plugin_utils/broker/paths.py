# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where the broker's socket and state live.

The socket's path must fit AF_UNIX's 108 bytes (with the closing NUL) whatever $HOME is, so it is never under
$HOME. Both directories are 0700 and ours, or they are refused.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from .errors import StateDirError
from .wire import VERSION

AF_UNIX_MAX = 107
RUNTIME_ENV = "HOLDFAST_RUNTIME_DIR"
STATE_ENV = "HOLDFAST_STATE_DIR"


@dataclass(frozen=True)
class Paths:
    """The directories of one broker; the collection's version is in the socket's name, so an upgrade gets its own."""

    runtime: Path
    state: Path
    version: str

    @property
    def socket(self) -> Path:
        return self.runtime / f"broker-{VERSION}-{self.version}.sock"

    @property
    def lock(self) -> Path:
        return self.runtime / "broker.lock"

    @property
    def log(self) -> Path:
        return self.state / "broker.log"


def default_paths(version: str, runtime: str | None = None, state: str | None = None) -> Paths:
    """Paths from arguments, else environment, else the XDG places. Makes nothing."""
    chosen_state = state or os.environ.get(STATE_ENV)
    if not chosen_state:
        home = os.environ.get("XDG_STATE_HOME") or os.path.join(os.path.expanduser("~"), ".local", "state")
        chosen_state = os.path.join(home, "holdfast")
    chosen_runtime = runtime or os.environ.get(RUNTIME_ENV)
    if chosen_runtime:
        paths = Paths(Path(chosen_runtime), Path(chosen_state), version)
        _check_length(paths.socket)
        return paths
    fallback = Path("/tmp") / f"holdfast-{os.getuid()}"
    runtime_home = os.environ.get("XDG_RUNTIME_DIR")
    if runtime_home and os.path.isdir(runtime_home):
        paths = Paths(Path(runtime_home) / "holdfast", Path(chosen_state), version)
        if len(os.fsencode(paths.socket)) <= AF_UNIX_MAX:
            return paths
    return Paths(fallback, Path(chosen_state), version)


def _check_length(socket: Path) -> None:
    size = len(os.fsencode(socket))
    if size > AF_UNIX_MAX:
        raise StateDirError(
            f"{RUNTIME_ENV}: the socket path {socket} has {size} bytes, a unix socket allows {AF_UNIX_MAX}; "
            "choose a shorter directory, for example /run/user/UID/holdfast",
            path=str(socket),
            size=size,
        )


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
