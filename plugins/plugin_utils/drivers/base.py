# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The driver contract: what the broker asks of a device, whatever library talks to it.

A driver is one class. Its methods block and are called from one thread at a time, under the
session's turn; the broker needs no more than what is named here. All of them raise the errors of
``broker.errors`` only: library errors are translated inside the driver.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO, ClassVar, Literal, Protocol, runtime_checkable

from .route import Route

QueueStrategy = Literal["pinned", "fifo"]


@dataclass(frozen=True)
class Secrets:
    """Credentials in memory. ``repr`` shows nothing, so that no traceback or log can."""

    password: str | None = field(default=None, repr=False)
    private_key_file: str | None = None
    private_key: str | None = field(default=None, repr=False)
    passphrase: str | None = field(default=None, repr=False)
    enable: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Target:
    """One device and how to reach it. ``options`` are the transport's: plain JSON values.

    ``platform`` is a netmiko device type (``cisco_ios``, ``arista_eos``, ``frr`` ...), as
    ``drivers.platforms`` maps it from any common name. Times are in seconds.
    """

    driver: str
    platform: str
    host: str
    port: int
    user: str | None
    secrets: Secrets = field(default_factory=Secrets)
    connect_timeout: float = 30.0
    command_timeout: float = 60.0
    options: Mapping[str, Any] = field(default_factory=dict)
    route: Route = field(default_factory=Route)

    @property
    def label(self) -> str:
        """For messages and logs: ``host:port``."""
        return f"{self.host}:{self.port}"


@dataclass(frozen=True)
class Command:
    """One line for the device. ``prompt`` is a regular expression that ``answer`` answers.

    ``check`` false returns the device's words even when they are an error message. Only shells (the paramiko
    driver) have use for the rest: ``stdin`` is all that the command gets to read, ``environment`` are variables for
    it, and ``become`` names the user that it runs as. A CLI driver leaves ``become`` aside.
    """

    text: str
    prompt: str | None = None
    answer: str | None = None
    check: bool = True
    stdin: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    become: str | None = None


@dataclass(frozen=True)
class Reply:
    """What one command gave: text, or already structured ``data`` (eAPI); ``seconds`` it took.

    ``status`` and ``stderr`` are those of a shell command; None where there is no such thing.
    """

    command: str
    output: str
    seconds: float
    data: Any = None
    status: int | None = None
    stderr: str | None = None


@dataclass(frozen=True)
class Candidate:
    """Configuration to load: ``text`` in the device's own syntax, merged, or replacing all of it."""

    text: str
    replace: bool = False


class Watch(Protocol):
    """Looks on while work is done; called from the driver's thread, so it must be quick and thread-safe."""

    def output(self, text: str) -> None:
        """A piece of what the device is printing."""

    def progress(self, done: int, total: int) -> None:
        """So many bytes of a file are through."""


@runtime_checkable
class Driver(Protocol):
    """Opened once, used for many requests, closed once.

    A class may also have ``platforms``: names that it takes as they are, for what netmiko does not know; and
    ``files()``, which gives a FileSession or raises Unsupported. ``interrupt`` then ends a copy by its ``abort``.
    """

    name: ClassVar[str]
    default_queue: ClassVar[QueueStrategy]
    target: Target
    #: set for the length of one call by the broker, when somebody wants to look on
    watch: Watch | None

    def __init__(self, target: Target) -> None: ...

    @classmethod
    def default_port(cls, platform: str, options: Mapping[str, Any]) -> int:
        """TCP port of a target that names none; ``options`` are the transport's."""

    def open(self) -> None:
        """Log in and reach a prompt. Raises ConnectFailed's kinds, MissingLibrary, UnknownPlatform."""

    def close(self) -> None:
        """End the session; never raises."""

    def interrupt(self) -> None:
        """Ask the device to stop the call that runs in another thread (Ctrl-C, or closing the connection).

        Returns at once and never raises; also ends a login that is under way.
        """

    def is_alive(self) -> bool:
        """Application-level probe: does the device still answer at a known prompt? Cheap, never raises."""

    def run(self, commands: Sequence[Command], timeout: float) -> list[Reply]:
        """Run in order; stop at the first that fails. ``timeout`` is for each command.

        Raises SessionLost, CommandTimeout, CommandFailed.
        """

    def get(self, getters: Sequence[str]) -> dict[str, Any]:
        """Named NAPALM getters (``get_facts`` ...), each in NAPALM's documented schema. Raises Unsupported."""

    def config(self) -> ConfigSession:
        """The device's configuration operations. Raises Unsupported."""


@runtime_checkable
class ConfigSession(Protocol):
    """A device's configuration as the guard uses it. ``token`` names one change: ``[a-z0-9]{8,16}``.

    Order of calls: ``checkpoint``, ``stage``, then ``discard`` or ``commit``; then, if the commit was
    armed, ``confirm`` or ``restore``. Nothing but ``commit``, ``confirm``, ``restore`` and ``save``
    changes what the device does.
    """

    #: who undoes an unconfirmed change when nobody is there: the device itself, or only the broker
    native_timer: bool
    #: whether ``stage`` returns the device's own comparison or a computed prediction
    native_diff: bool

    def read(self, source: Literal["running", "startup"] = "running") -> str:
        """Whole configuration without lines that change by themselves (timestamps, byte counts)."""

    def checkpoint(self, token: str) -> None:
        """Keep the running configuration on the device where it can (a file); else do nothing."""

    def stage(self, token: str, candidate: Candidate) -> str:
        """Prepare a candidate; return the unified diff it would make, empty when it would change nothing.

        Raises ConfigRejected when the device refuses a line here already (nothing is left behind).
        """

    def commit(self, token: str, revert_after: float | None) -> None:
        """Make the staged candidate the running configuration.

        With ``revert_after`` (seconds) the device's own timer is armed where it has one. Raises
        ConfigRejected when a line is refused: the device is back at the checkpoint then.
        """

    def confirm(self, token: str) -> None:
        """Disarm the device's timer and remove what ``checkpoint`` left on the device."""

    def discard(self, token: str) -> None:
        """Drop what ``stage`` and ``checkpoint`` left; the running configuration stays as it is."""

    def restore(self, token: str, text: str) -> None:
        """Back to the checkpoint: ``text`` is what ``read`` gave then; uses the device's copy if it is there.

        Also disarms the timer. Raises RollbackFailed, SessionLost, CommandTimeout.
        """

    def save(self) -> None:
        """Copy running to startup."""


@dataclass(frozen=True)
class Digest:
    """A file's hash in hexadecimal, by an algorithm that ``hashlib`` knows too."""

    algorithm: str
    value: str


class FileSession(Protocol):
    """A device's files. Paths are as ``normal`` gives them, sizes in bytes, timeouts in seconds.

    Raises BadInput (a path that cannot be), TransferFailed, CommandFailed, CommandTimeout, SessionLost, Unsupported.
    """

    #: ``scp``, ``sftp``; the first is used when nobody chooses
    protocols: ClassVar[tuple[str, ...]]
    #: whether ``rename`` puts a file in the place of another one at once
    replaces: ClassVar[bool]
    #: logins made for copying since ``begin``, because the device opens no second channel on one
    logins: int
    #: whether ``abort`` was called since ``begin``
    aborted: bool

    def begin(self) -> None:
        """Before the work of one request."""

    def normal(self, path: str) -> str:
        """The whole path of a file, with what the device would add to it."""

    def stat(self, path: str) -> int | None:
        """Its size; None when there is no such file."""

    def free(self, path: str) -> int:
        """Room for a file of this path."""

    def digest(self, path: str, timeout: float) -> Digest:
        """Computed by the device."""

    def put(self, source: BinaryIO, size: int, path: str, protocol: str, timeout: float) -> None:
        """Copy to the device; the driver's ``watch`` sees the progress. Half a file may stay when this raises."""

    def get(self, path: str, sink: BinaryIO, protocol: str, timeout: float) -> None:
        """Copy from the device."""

    def delete(self, path: str) -> None:
        """Remove a file."""

    def rename(self, old: str, new: str) -> None:
        """To a name that is free, unless ``replaces``. Raises Unsupported before anything is touched."""

    def abort(self) -> bool:
        """From another thread: end the copy under way; whether there was one. Never raises."""
