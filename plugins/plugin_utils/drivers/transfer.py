# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One file to or from a device: looked at first, copied under another name, verified, then put in its place."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO, Literal

from ..broker.errors import BadInput, CommandTimeout, HoldfastError, NoSpace, TransferFailed, Unsupported
from .base import Digest, Driver, FileSession

CHUNK = 1024 * 1024


@dataclass(frozen=True)
class Order:
    """What to copy. ``local`` is absolute; ``token`` (hex) makes the name that the file has meanwhile."""

    direction: Literal["put", "get"]
    local: str
    remote: str
    protocol: str = "auto"
    timeout: float = 3600.0
    check: bool = False
    token: str = "0"

    def beside(self, path: str) -> str:
        return f"{path}.{self.token}.part"


@dataclass
class Outcome:
    """``size`` in bytes; ``hash`` None when nothing had to be compared. ``logins`` made for copying only."""

    changed: bool
    path: str
    size: int
    algorithm: str | None = None
    hash: str | None = None
    protocol: str | None = None
    logins: int = 0
    seconds: float = 0.0
    replaced: int | None = None

    def describe(self) -> dict[str, Any]:
        return asdict(self)


def sessions_files(driver: Driver) -> FileSession:
    """Raises Unsupported when the driver copies no files."""
    make = getattr(driver, "files", None)
    if make is None:
        raise Unsupported(f"holdfast_driver: {driver.name} copies no files; use netmiko, or paramiko for Linux")
    found: FileSession = make()
    return found


class Transfer:
    """One order at one driver, in the driver's thread. ``run`` once."""

    def __init__(self, driver: Driver, order: Order) -> None:
        self._order = order
        self._files = sessions_files(driver)
        self._files.begin()
        self._where = driver.target.label
        self._deadline = time.monotonic() + order.timeout
        self._protocol = self._files.protocols[0] if order.protocol == "auto" else order.protocol
        if self._protocol not in self._files.protocols:
            raise Unsupported(
                f"protocol: {driver.target.platform} copies by {' and '.join(self._files.protocols)}, "
                f"not by {order.protocol}"
            )
        self._remote = self._files.normal(order.remote)

    def run(self) -> Outcome | None:
        """Nothing half done stays, whatever is raised. None when it was aborted: the session is fit for use then.

        Raises BadInput, NoSpace, TransferFailed, Unsupported, CommandFailed, CommandTimeout, SessionLost.
        """
        try:
            with _local_errors(self._order):
                return self._put() if self._order.direction == "put" else self._get()
        except HoldfastError:
            if self._files.aborted:
                return None
            raise

    # -- to the device -------------------------------------------------------------------------

    def _put(self) -> Outcome:
        size = local_size(self._order.local)
        there = self._files.stat(self._remote)
        if there == size:
            digest = self._digest(self._remote)
            if digest.value == self._local_hash(self._order.local, digest.algorithm):
                return self._unchanged(size, digest)
        self._room("the device", f"{self._where} {self._remote}", size, self._files.free(self._remote), there)
        if self._order.check:
            return Outcome(True, self._remote, size, protocol=self._protocol, replaced=there)
        start = time.monotonic()
        part = self._order.beside(self._remote)
        digest = self._upload(part, size)
        try:
            self._rename(part, there)
        except Unsupported:  # then the half file would bear the name, and is deleted if it stays half
            self._sweep(part)
            digest = self._upload(self._remote, size)
        except BaseException:
            self._sweep(part)
            raise
        return self._done(size, digest, start, there)

    def _upload(self, path: str, size: int) -> Digest:
        try:
            with open(self._order.local, "rb") as source:
                self._files.put(source, size, path, self._protocol, self._left())
            there = self._files.stat(path)
            digest = self._digest(path)
            if there != size or digest.value != self._local_hash(self._order.local, digest.algorithm):
                raise TransferFailed(
                    f"{self._where}: {digest.algorithm} or size of the copy differ from those of {self._order.local}; "
                    "the copy was deleted"
                )
            return digest
        except BaseException:
            self._sweep(path)
            raise

    def _rename(self, part: str, there: int | None) -> None:
        """Raises Unsupported before anything is touched, where the device cannot rename."""
        if there is None or self._files.replaces:
            self._files.rename(part, self._remote)
            return
        old = f"{part}.old"
        self._files.rename(self._remote, old)  # so that one of the two is always there
        try:
            self._files.rename(part, self._remote)
        except BaseException:
            with suppress(HoldfastError):
                self._files.rename(old, self._remote)
            raise
        self._files.delete(old)

    def _sweep(self, path: str) -> None:
        """What is half there goes; the error that brought us here is the one to tell."""
        with suppress(HoldfastError):
            if self._files.stat(path) is not None:
                self._files.delete(path)

    # -- from the device -----------------------------------------------------------------------

    def _get(self) -> Outcome:
        order = self._order
        size = self._files.stat(self._remote)
        if size is None:
            raise BadInput(f"src: {self._where} has no file {self._remote}", option="src", value=order.remote)
        here = local_size(order.local) if os.path.lexists(order.local) else None
        digest = self._digest(self._remote)
        if here == size and digest.value == self._local_hash(order.local, digest.algorithm):
            return self._unchanged(size, digest)
        folder = os.path.dirname(order.local)
        if not os.access(folder, os.W_OK):
            raise BadInput(f"dest: {folder} cannot be written", option="dest", value=order.local)
        self._room("the controller", folder, size, shutil.disk_usage(folder).free, here)
        if order.check:
            return Outcome(True, self._remote, size, digest.algorithm, digest.value, self._protocol, replaced=here)
        start = time.monotonic()
        part = order.beside(order.local)
        try:
            with open(part, "xb") as sink:
                self._files.get(self._remote, sink, self._protocol, self._left())
            if self._local_hash(part, digest.algorithm) != digest.value:
                raise TransferFailed(
                    f"{self._where}: the copy's {digest.algorithm} differs from {self._remote}'s; it was deleted"
                )
            os.replace(part, order.local)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(part)
            raise
        return self._done(size, digest, start, here)

    # -- both ----------------------------------------------------------------------------------

    def _digest(self, path: str) -> Digest:
        return self._files.digest(path, self._left())

    def _left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise CommandTimeout(f"the transfer did not end within {self._order.timeout:g} s; raise timeout")
        if self._files.aborted:
            raise TransferFailed("the transfer was cancelled")
        return left

    def _local_hash(self, path: str, algorithm: str) -> str:
        made = hashlib.new(algorithm, usedforsecurity=False)
        with open(path, "rb") as source:
            _each(source, made.update, self._left)
        return made.hexdigest()

    def _room(self, whose: str, where: str, size: int, free: int, replaced: int | None) -> None:
        if size <= free:
            return
        advice = f"; deleting the old one first would free {replaced}" if replaced else ""
        raise NoSpace(
            f"{where}: {size} bytes are needed and {free} are free on {whose}{advice}", needed=size, free=free
        )

    def _unchanged(self, size: int, digest: Digest) -> Outcome:
        return Outcome(False, self._remote, size, digest.algorithm, digest.value, self._protocol)

    def _done(self, size: int, digest: Digest, start: float, replaced: int | None) -> Outcome:
        seconds = round(time.monotonic() - start, 3)
        return Outcome(
            changed=True,
            path=self._remote,
            size=size,
            algorithm=digest.algorithm,
            hash=digest.value,
            protocol=self._protocol,
            logins=self._files.logins,
            seconds=seconds,
            replaced=replaced,
        )


def local_size(path: str) -> int:
    """Raises BadInput for anything but a file."""
    if not os.path.exists(path):
        raise BadInput(f"src: there is no file {path} on the controller", option="src", value=path)
    if not os.path.isfile(path):
        raise BadInput(f"{path} is no regular file; name one", option="src", value=path)
    return os.path.getsize(path)


def _each(source: BinaryIO, use: Callable[[bytes], Any], check: Callable[[], Any]) -> None:
    while piece := source.read(CHUNK):
        check()
        use(piece)


class _local_errors:  # noqa: N801  used as a function
    """The controller's own files: errors of the system as ours."""

    def __init__(self, order: Order) -> None:
        self._order = order

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, OSError):
            option = "src" if self._order.direction == "put" else "dest"
            if error.errno == errno.ENOSPC:
                raise NoSpace(f"{option}: {self._order.local}: {error.strerror}") from error
            raise BadInput(
                f"{option}: {error.filename or self._order.local}: {error.strerror or error}",
                option=option,
                value=self._order.local,
            ) from error
