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
import random
import secrets
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import asdict, replace
from typing import Any, TypeVar

from ..drivers.base import Driver, Target
from ..drivers.detecting import AUTODETECT
from ..drivers.registry import driver_class
from ..drivers.route import check_way
from .claims import Claims
from .errors import HoldfastError, QueueTimeout, SessionLost
from .lease import Caller, Lease, Session
from .logins import LoginGates, transient
from .settings import Limits, Settings
from .turns import LOW, URGENT, Turns

LOG = logging.getLogger(__name__)
T = TypeVar("T")
CLAIM_EVERY = 0.1  # seconds between two looks at whether another broker has given up a device
BACK_FIRST, BACK_MOST = 0.25, 2.0  # seconds between two tries at a device that is away, as after a reboot


class SessionPool:
    """All sessions of this broker, by key."""

    def __init__(
        self, limits: Limits, threads: ThreadPoolExecutor, gates: LoginGates | None = None, claims: Claims | None = None
    ) -> None:
        usual = Settings()
        self.limits = limits
        self.gates = gates or LoginGates(usual.lockout, usual.breaker, usual.reboot.remember)
        self.logins = 0
        self.retiring = False
        #: whether a device's session must stay although the broker retires: a pending change may need it
        self.kept: Callable[[str], bool] = lambda device: False
        self._claims = claims
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
        lease = Lease(self, target, caller)
        try:
            async with turns.turn(caller.name, caller.queue_timeout, caller.priority):
                caller.begin()
                try:
                    yield lease
                finally:
                    await self._give_back(lease)
        finally:
            if turns.holder is None and not turns.waiting:
                self._turns.pop(target.label, None)
                if lease.session is None or lease.session.key not in self._sessions:
                    self._unclaim(target.label)

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
        if lease.target.platform == AUTODETECT:
            lease.target = self._recognized(lease.target)
        key = self.key(lease.target)
        session = self._sessions.get(key)
        if session is not None:
            too_old = session.age > self.limits.max_age
            ask = (probe and lease.session is None) or session.idle > self.limits.probe_after
            session.busy = True
            if not too_old and (not ask or await self.in_thread(session.driver.is_alive)):
                session.follow(lease.target)
                return session
            await self.discard(session, lost=not too_old)
        return await self._open(key, lease)

    def _recognized(self, target: Target) -> Target:
        """The target as the platform of a session that is open to it, with the same credentials."""
        for session in self._sessions.values():
            known = session.driver.target
            if known.label == target.label and self.key(replace(known, platform=AUTODETECT)) == self.key(target):
                return known
        return target

    # -- logging in ----------------------------------------------------------------------------

    async def _open(self, key: str, lease: Lease) -> Session:
        target = lease.target
        async with self.gates.trial(target, key, urgent=lease.caller.priority == URGENT):
            await self._claim(target.label, lease.caller)
            try:
                driver = await self._logged_in(target)
            except HoldfastError as exc:
                self.gates.failed(target, key, exc)
                raise
            target = lease.target = driver.target  # its platform may have been detected
            key = self.key(target)
            self.gates.succeeded(target, key)
        strategy = str(target.options.get("queue") or driver.default_queue)
        session = Session(key, driver, float(target.options.get("idle_timeout") or 1800.0), strategy)
        self._sessions[key] = session
        lease.opened_now = True
        LOG.info("logged in to %s as %s (%s, %s)", target.label, target.user, target.driver, target.platform)
        await self._evict()
        return session

    async def _logged_in(self, target: Target) -> Driver:
        """A driver at a prompt. A device that went away under a session is waited for, within the connect timeout."""
        cls, deadline, pause, now = driver_class(target.driver), time.monotonic() + target.connect_timeout, 0.0, target
        while True:
            driver = cls(now)
            check_way(target.route, driver)
            try:
                async with self._login_slots:
                    await self._login(driver)
                driver.target = replace(target, platform=driver.target.platform)
                return driver
            except HoldfastError as exc:
                pause = min(BACK_MOST, pause * 2 or BACK_FIRST) * random.uniform(0.8, 1.2)
                if not (transient(exc) and self.gates.was_lost(target.label)) or time.monotonic() + pause > deadline:
                    raise
            await asyncio.sleep(pause)
            now = replace(target, connect_timeout=max(0.1, deadline - time.monotonic()))

    async def _login(self, driver: Driver) -> None:
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

    async def _claim(self, device: str, caller: Caller) -> None:
        """Wait until no other broker of this runtime directory has the device. Raises QueueTimeout."""
        if self._claims is None:
            return
        deadline = None if caller.queue_timeout is None else time.monotonic() + caller.queue_timeout
        while not self._claims.take(device):
            if deadline is not None and time.monotonic() > deadline:
                raise QueueTimeout(
                    f"{device} stayed with another broker for {caller.queue_timeout:g} s: an older version is ending, "
                    "but still works on the device or has a pending change there; raise holdfast_queue_timeout",
                    device=device,
                )
            await asyncio.sleep(CLAIM_EVERY)

    def _unclaim(self, device: str) -> None:
        """Once nobody works on it, no session to it is left and no change is pending there."""
        if self._claims is None or device in self._turns or self.kept(device):
            return
        if not any(session.driver.target.label == device for session in self._sessions.values()):
            self._claims.drop(device)

    async def _give_back(self, lease: Lease) -> None:
        session = lease.session
        if session is None:
            return
        session.used = time.monotonic()
        session.busy = False
        if session.strategy == "fifo" or self._gives_up(session):
            await self.discard(session)

    # -- ending sessions -----------------------------------------------------------------------

    async def discard(self, session: Session, lost: bool = False) -> None:
        """Close and forget; ``lost`` when it was the device that ended it."""
        device = session.driver.target.label
        if lost:
            self.gates.lost(device)
        if self._sessions.get(session.key) is session:
            del self._sessions[session.key]
        await self.in_thread(session.driver.close)
        self._unclaim(device)

    async def retire(self) -> None:
        """From now on a session is closed when its work is done: a newer broker waits for its device."""
        self.retiring = True
        for session in list(self._sessions.values()):
            if not session.busy and self._gives_up(session):
                await self.discard(session)

    def _gives_up(self, session: Session) -> bool:
        device = session.driver.target.label
        turns = self._turns.get(device)
        return self.retiring and not (turns and turns.waiting) and not self.kept(device)

    async def _evict(self) -> None:
        """Over the cap, the idle session that was used longest ago makes room."""
        idle = sorted((s for s in self._sessions.values() if not s.busy), key=lambda s: s.used)
        for session in idle[: max(0, len(self._sessions) - self.limits.sessions)]:
            LOG.info("closing %s: over the cap of %d sessions", session.driver.target.label, self.limits.sessions)
            await self.discard(session)

    async def sweep(self) -> None:
        """Close what has been idle for its time, or is too old."""
        for session in list(self._sessions.values()):
            too_old = session.age > self.limits.max_age
            if not session.busy and (session.idle > session.idle_timeout or too_old):
                why = f"its age of {session.age:.0f} s" if too_old else f"{session.idle:.0f} s of idleness"
                LOG.info("closing %s after %s", session.driver.target.label, why)
                await self.discard(session)

    async def close(self, target: Target | None = None, priority: int = LOW) -> int:
        """Close the sessions to this device (all devices when None), each after its turn; how many there were."""
        chosen = [s for s in self._sessions.values() if target is None or s.driver.target.label == target.label]
        for session in chosen:
            async with self.lease(session.driver.target, Caller("close", None, priority)):
                await self.discard(session)
        return len(chosen)

    # -- looking and setting -------------------------------------------------------------------

    def limit(self, limits: Limits) -> None:
        """Other bounds from now on; logins under way end under the old ones."""
        if limits.parallel_logins != self.limits.parallel_logins:
            self._login_slots = asyncio.Semaphore(limits.parallel_logins)
        self.limits = limits

    def key(self, target: Target) -> str:
        """Other credentials, other session: the key holds an HMAC of them, under a key of this process's life."""
        transport = sorted((k, v) for k, v in target.options.items() if k not in ("queue", "idle_timeout"))
        who = [target.driver, target.platform, target.host, target.port, target.user, transport]
        keys = target.secrets
        held = [asdict(keys), asdict(target.route)]
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
