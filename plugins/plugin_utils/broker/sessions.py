# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The sessions the broker holds: who may use which, how long, and what happens when one breaks.

Runs in the event loop; only driver calls go to threads, one at a time for each device (its turn).
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
import secrets
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from ..drivers.base import Driver, Target
from ..drivers.registry import driver_class
from .errors import HoldfastError, SessionLost
from .lease import Caller, Lease, Session
from .turns import LOW, Turns

LOG = logging.getLogger(__name__)
T = TypeVar("T")
PROBE_AFTER = 20.0  # seconds of idleness after which a session is asked whether it is still there


@dataclass(frozen=True)
class Limits:
    """Bounds of the pool; times in seconds."""

    sessions: int = 1000
    parallel_logins: int = 20
    max_age: float = 24 * 3600.0


class SessionPool:
    """All sessions of this broker, by key."""

    def __init__(self, limits: Limits, threads: ThreadPoolExecutor) -> None:
        self.limits = limits
        self.logins = 0
        self._threads = threads
        self._sessions: dict[str, Session] = {}
        self._turns: dict[str, Turns] = {}
        self._login_slots = asyncio.Semaphore(limits.parallel_logins)
        self._hmac_key = secrets.token_bytes(32)

    # -- using a device ------------------------------------------------------------------------

    @asynccontextmanager
    async def lease(self, target: Target, caller: Caller) -> AsyncIterator[Lease]:
        """The device for the length of the block, after waiting for its turn. Raises QueueTimeout."""
        turns = self._turns.setdefault(target.label, Turns(target.label))
        try:
            async with turns.turn(caller.name, caller.queue_timeout, caller.priority):
                caller.begin()
                lease = Lease(self, target, caller)
                try:
                    yield lease
                finally:
                    await self._give_back(lease)
        finally:
            if turns.holder is None and not turns.waiting:
                self._turns.pop(target.label, None)

    async def read(self, lease: Lease, work: Callable[[Driver], T]) -> T:
        """``lease.call`` for work that changes nothing: repeated once on a fresh session when the first was lost."""
        try:
            return await lease.call(work)
        except SessionLost as exc:
            LOG.info("session to %s was lost (%s): reading once more on a fresh one", lease.target.label, exc.message)
            return await lease.call(work)

    async def in_thread(self, work: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)

    async def ready(self, lease: Lease, probe: bool) -> Session:
        key = self.key(lease.target)
        session = self._sessions.get(key)
        if session is not None:
            too_old = time.time() - session.opened > self.limits.max_age
            ask = (probe and lease.session is None) or session.idle > PROBE_AFTER
            session.busy = True
            if not too_old and (not ask or await self.in_thread(session.driver.is_alive)):
                return session
            await self.discard(session)
        return await self._open(key, lease)

    async def _open(self, key: str, lease: Lease) -> Session:
        target = lease.target
        driver = driver_class(target.driver)(target)
        async with self._login_slots:
            self.logins += 1
            opening = asyncio.ensure_future(self.in_thread(driver.open))
            try:
                await asyncio.shield(opening)
            except HoldfastError as exc:
                exc.detail["phases"] = [asdict(phase) for phase in getattr(driver, "phases", [])]
                await self.in_thread(driver.close)
                raise
            except BaseException:
                # Cancelled: a login that ends later must not leave a session that nobody knows.
                await self.in_thread(driver.interrupt)
                await asyncio.wait([opening])
                await self.in_thread(driver.close)
                raise
        strategy = str(target.options.get("queue") or driver.default_queue)
        session = Session(key, driver, float(target.options.get("idle_timeout") or 1800.0), strategy)
        self._sessions[key] = session
        lease.opened_now = True
        LOG.info("logged in to %s as %s (%s, %s)", target.label, target.user, target.driver, target.platform)
        await self._evict()
        return session

    async def _give_back(self, lease: Lease) -> None:
        session = lease.session
        if session is None:
            return
        session.used = time.monotonic()
        session.busy = False
        if session.strategy == "fifo":
            await self.discard(session)

    # -- ending sessions -----------------------------------------------------------------------

    async def discard(self, session: Session) -> None:
        """Close and forget."""
        if self._sessions.get(session.key) is session:
            del self._sessions[session.key]
        await self.in_thread(session.driver.close)

    async def _evict(self) -> None:
        """Over the cap, the idle session that was used longest ago makes room."""
        idle = sorted((s for s in self._sessions.values() if not s.busy), key=lambda s: s.used)
        for session in idle[: max(0, len(self._sessions) - self.limits.sessions)]:
            LOG.info("closing %s: over the cap of %d sessions", session.driver.target.label, self.limits.sessions)
            await self.discard(session)

    async def sweep(self) -> None:
        """Close what has been idle for its time, or is too old."""
        for session in list(self._sessions.values()):
            too_old = time.time() - session.opened > self.limits.max_age
            if not session.busy and (session.idle > session.idle_timeout or too_old):
                LOG.info("closing %s after %.0f s of idleness", session.driver.target.label, session.idle)
                await self.discard(session)

    async def close(self, target: Target | None = None, priority: int = LOW) -> int:
        """Close the sessions to this device (all devices when None), each after its turn; how many there were."""
        chosen = [s for s in self._sessions.values() if target is None or s.driver.target.label == target.label]
        for session in chosen:
            async with self.lease(session.driver.target, Caller("close", None, priority)):
                await self.discard(session)
        return len(chosen)

    # -- looking -------------------------------------------------------------------------------

    def key(self, target: Target) -> str:
        """Other credentials, other session: the key holds an HMAC of them, under a key of this process's life."""
        transport = sorted((k, v) for k, v in target.options.items() if k not in ("queue", "idle_timeout"))
        who = [target.driver, target.platform, target.host, target.port, target.user, transport]
        keys = target.secrets
        held = [keys.password, keys.private_key_file, keys.passphrase, keys.enable, asdict(target.route)]
        text = json.dumps([who, *held], default=str)
        return hmac.new(self._hmac_key, text.encode(), hashlib.sha256).hexdigest()

    def has(self, target: Target) -> bool:
        return self.key(target) in self._sessions

    def describe(self) -> list[dict[str, Any]]:
        rows = [session.describe() for session in self._sessions.values()]
        for row in rows:
            turns = self._turns.get(f"{row['host']}:{row['port']}")
            row["waiting"] = turns.waiting if turns else 0
        return sorted(rows, key=lambda row: (row["host"], row["port"], row["driver"]))
