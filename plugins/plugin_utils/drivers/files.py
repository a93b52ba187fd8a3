# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files of a device: copying by SCP or SFTP over the session's login, and what all platforms share of it.

What is known of files (size, hash, room) comes from the platform's own commands, see ``files_cli`` and
``files_shell``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, ClassVar, Protocol

from ..broker.errors import BadInput, CommandTimeout, HoldfastError, SessionLost, TransferFailed, Unsupported
from .base import Digest, Target, Watch
from .login import Login
from .scp import Scp, ScpRefused
from .vtysh import ExecResult

QUIET = 60.0  # seconds without a byte after which a copy is given up
PORTABLE = "letters, digits and _ . / : @ + ~ , = % -"


class FileHost(Protocol):
    """What a file session needs of its driver."""

    target: Target
    watch: Watch | None
    login: Login

    def exec(self, command: str, stdin: str | None = None, timeout: float = 60.0) -> ExecResult: ...


class Files:
    """Base of the platforms' file sessions. ``logins`` counts those made for copying only."""

    protocols: ClassVar[tuple[str, ...]] = ("scp",)
    replaces: ClassVar[bool] = False
    #: whether the device opens a further channel on a login that has one
    shares_login: ClassVar[bool] = True

    def __init__(self, host: FileHost) -> None:
        self._host = host
        self.logins = 0
        self.aborted = False
        self._late = False
        self._copying: Any = None

    # -- the contract that platforms fill ------------------------------------------------------

    def normal(self, path: str) -> str:
        raise NotImplementedError

    def stat(self, path: str) -> int | None:
        raise NotImplementedError

    def free(self, path: str) -> int:
        raise NotImplementedError

    def digest(self, path: str, timeout: float) -> Digest:
        raise NotImplementedError

    def delete(self, path: str) -> None:
        raise NotImplementedError

    def rename(self, old: str, new: str) -> None:
        raise NotImplementedError

    def wire_path(self, path: str) -> str:
        """As the copying protocol wants it."""
        return path

    # -- copying -------------------------------------------------------------------------------

    def begin(self) -> None:
        """Before the work of one request: forget that an earlier one was aborted."""
        self.aborted, self.logins = False, 0

    def abort(self) -> bool:
        """From another thread: end the copy under way, and any later one of this request; was there one?"""
        self.aborted = True
        return self._end()

    def put(self, source: BinaryIO, size: int, path: str, protocol: str, timeout: float) -> None:
        def work(channel: Any) -> None:
            if protocol == "scp":
                Scp(channel).put(source, size, self.wire_path(path), self._progress)
            else:
                _sftp(channel).putfo(source, path, size, self._progress, confirm=True)

        self._copy(f"copying {path} to {self._host.target.label}", protocol, timeout, work)

    def get(self, path: str, sink: BinaryIO, protocol: str, timeout: float) -> None:
        def work(channel: Any) -> None:
            if protocol == "scp":
                Scp(channel).get(self.wire_path(path), sink, self._progress)
            else:
                _sftp(channel).getfo(path, sink, self._progress)

        self._copy(f"copying {path} from {self._host.target.label}", protocol, timeout, work)

    # -- inside --------------------------------------------------------------------------------

    def _progress(self, done: int, total: int) -> None:
        if self.aborted or self._late:
            raise EOFError("given up")
        if self._host.watch is not None:
            self._host.watch.progress(done, total)

    def _copy(self, what: str, protocol: str, timeout: float, work: Callable[[Any], None]) -> None:
        """Raises TransferFailed, CommandTimeout, SessionLost, Unsupported (by such a protocol)."""
        import paramiko

        if protocol not in self.protocols:
            known = " and ".join(self.protocols)
            raise Unsupported(f"protocol: {self._host.target.platform} copies by {known}, not by {protocol}")
        self._late = False
        with self._channel(protocol) as channel:
            channel.settimeout(min(QUIET, timeout))
            watchdog = threading.Timer(timeout, self._too_late)
            watchdog.daemon = True
            watchdog.start()
            try:
                work(channel)
            except (TransferFailed, ScpRefused, paramiko.SSHException, OSError, EOFError) as exc:
                raise self._why(what, timeout, exc) from exc
            finally:
                watchdog.cancel()
                self._copying = None

    def _why(self, what: str, timeout: float, exc: Exception) -> HoldfastError:
        """What ended a copy."""
        if self._late:
            return CommandTimeout(f"{what} did not end within {timeout:.3g} s; raise timeout")
        if self.aborted:
            return TransferFailed(f"{what} was cancelled")
        if isinstance(exc, ScpRefused):
            hint = "; is 'ip scp server enable' configured?" if "isabled" in str(exc) else ""
            return TransferFailed(f"{what}: the device refused it: {exc}{hint}")
        if isinstance(exc, TransferFailed):
            return exc
        if isinstance(exc, TimeoutError):
            return TransferFailed(f"{what}: no byte moved for {QUIET:g} s")
        if self._host.login.transport.is_active():
            return TransferFailed(f"{what}: {exc or 'the channel ended'}")
        return SessionLost(f"{what}: the session ended")

    @contextmanager
    def _channel(self, protocol: str) -> Iterator[Any]:
        """A channel on this login where the device opens one, else on a login of its own, which ends with it."""
        own: Login | None = None
        channel = self._try_channel() if self.shares_login else None
        if channel is None:
            own = Login(self._host.target)
            self._copying = own
            own.connect()
            self.logins += 1
            channel = own.transport.open_session(timeout=self._host.target.connect_timeout)
        self._copying = own or channel
        try:
            if self.aborted:
                raise TransferFailed("cancelled before the copy began")
            if protocol == "sftp":
                channel.invoke_subsystem("sftp")
            yield channel
        finally:
            channel.close()
            if own is not None:
                own.close()

    def _try_channel(self) -> Any:
        import paramiko

        try:
            return self._host.login.transport.open_session(timeout=self._host.target.connect_timeout)
        except paramiko.ChannelException:
            return None

    def _too_late(self) -> None:
        self._late = True
        self._end()

    def _end(self) -> bool:
        """Close what copies, in whatever it is."""
        copying = self._copying
        if copying is None:
            return False
        if isinstance(copying, Login):
            copying.abandon()
        else:
            copying.close()
        return True


def portable(path: str, allowed: Callable[[str], bool]) -> str:
    """The path, if every character is one that no command line takes for something else. Raises BadInput."""
    bad = sorted({character for character in path if not allowed(character)})
    if not path or bad:
        what = f"has {', '.join(map(repr, bad))}" if bad else "is empty"
        raise BadInput(f"path on the device: {path!r} {what}; use {PORTABLE}", option="dest", value=path)
    return path


def _sftp(channel: Any) -> Any:
    import paramiko

    return paramiko.SFTPClient(channel)
