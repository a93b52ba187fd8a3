# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One session, who asks for it, and the lease on it: a device for the length of one turn."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from ..drivers.base import Driver, Target, Watch
from .errors import CommandTimeout, HoldfastError, SessionLost
from .turns import NORMAL

LOG = logging.getLogger(__name__)
T = TypeVar("T")
GENTLY = 3.0  # seconds that a device gets to come back to its prompt when its work is cancelled
HARD = 10.0  # seconds after which a thread that does not end is given up with its session


@dataclass
class Caller:
    """Who asks, for messages and for cancelling: a request that has begun on a device is never cut off."""

    name: str
    queue_timeout: float | None = 120.0
    priority: int = NORMAL
    started: bool = False
    watch: Watch | None = None
    uid: int | None = None
    on_start: Callable[[], None] | None = None

    def begin(self) -> None:
        """The device's turn has come."""
        self.started = True
        if self.on_start is not None:
            self.on_start()


@dataclass
class Session:
    """One login."""

    key: str
    driver: Driver
    idle_timeout: float
    strategy: str
    opened: float = field(default_factory=time.time)
    born: float = field(default_factory=time.monotonic)
    used: float = field(default_factory=time.monotonic)
    requests: int = 0
    busy: bool = True

    def follow(self, target: Target) -> None:
        """The session is one for all, but how it is kept is what the request that has it says."""
        self.strategy = str(target.options.get("queue") or self.driver.default_queue)
        self.idle_timeout = float(target.options.get("idle_timeout") or 1800.0)

    @property
    def idle(self) -> float:
        return time.monotonic() - self.used

    @property
    def age(self) -> float:
        return time.monotonic() - self.born

    def describe(self) -> dict[str, Any]:
        target = self.driver.target
        return {
            "id": self.key[:12],
            "host": target.host,
            "port": target.port,
            "user": target.user,
            "driver": target.driver,
            "platform": target.platform,
            "queue": self.strategy,
            "state": "busy" if self.busy else "idle",
            "opened": self.opened,
            "age": round(self.age, 3),
            "idle": 0.0 if self.busy else round(self.idle, 3),
            "idle_timeout": self.idle_timeout,
            "requests": self.requests,
        }


class Holder(Protocol):
    """What a lease needs of the pool."""

    async def ready(self, lease: Lease, probe: bool) -> Session: ...

    async def discard(self, session: Session, lost: bool = False) -> None: ...

    def in_thread(self, work: Callable[..., T], *arguments: Any) -> Awaitable[T]: ...


class Lease:
    """A device during one turn. ``call`` runs a blocking function of its driver in a thread."""

    def __init__(self, pool: Holder, target: Target, caller: Caller) -> None:
        self._pool = pool
        self.caller = caller
        self.target = target
        self.session: Session | None = None
        self.opened_now = False

    async def call(self, work: Callable[[Driver], T], *, probe: bool = False) -> T:
        """Open the session if there is none, then run ``work``. A broken session is closed before the error leaves.

        Cancelled, it interrupts the device and returns only when the thread has ended: nobody else finds the
        session in the middle of something.
        """
        session = self.session = await self._pool.ready(self, probe)
        session.driver.watch = self.caller.watch
        running = asyncio.ensure_future(self._pool.in_thread(work, session.driver))
        try:
            result = await asyncio.shield(running)
        except (SessionLost, CommandTimeout) as exc:
            # Late bytes would answer the next command: such a session is never used again.
            await self.drop(lost=isinstance(exc, SessionLost))
            raise
        except HoldfastError:
            raise
        except asyncio.CancelledError:
            await self._interrupt(session, running)
            raise
        except BaseException:
            await self.drop()
            raise
        finally:
            session.driver.watch = None
        session.requests += 1
        return result

    async def _interrupt(self, session: Session, running: asyncio.Future[T]) -> None:
        """First as a person would (the session is kept if its prompt comes back), then by closing the connection."""
        await self._pool.in_thread(session.driver.interrupt)
        await asyncio.wait([running], timeout=GENTLY)
        ended = running.done() and (running.cancelled() or running.exception() is None)
        if ended and await self._pool.in_thread(session.driver.is_alive):
            LOG.info("%s: work was cancelled, its session is at a prompt again", self.target.label)
            return
        LOG.info("%s: work was cancelled, its session is replaced", self.target.label)
        await self.drop()
        await asyncio.wait([running], timeout=HARD)
        with suppress(HoldfastError, asyncio.InvalidStateError):
            running.exception()  # looked at, so that asyncio does not report it as forgotten

    async def drop(self, lost: bool = False) -> None:
        session, self.session = self.session, None
        if session is not None:
            await self._pool.discard(session, lost)
