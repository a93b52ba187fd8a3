# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The life of a running broker: it closes what is idle, reads its settings again, drains, and ends.

As a service (``serve`` in the foreground) the first SIGTERM drains: no new work, what is under way ends, pending
changes may be confirmed. Started by a client it ends as soon as the work that has begun on devices is done. A
second SIGTERM ends either at once; pending changes are on disk, the next broker settles them.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from .context import Context
from .errors import HoldfastError
from .jobs import Terms
from .logins import LoginGates
from .notify import notify
from .paths import settings_file
from .server import Server
from .settings import Settings, load
from .sharing import Sharing

LOG = logging.getLogger(__name__)
SWEEP_EVERY = 5.0
LOOK_EVERY = 0.1


def gates(settings: Settings) -> LoginGates:
    return LoginGates(settings.lockout, settings.breaker, settings.reboot.remember)


class Life:
    """``reopen`` starts the log anew under these settings; ``leave`` is called before an end at once.

    ``found`` is false once callers do not find this broker any more.
    """

    def __init__(
        self, context: Context, server: Server, *, foreground: bool,
        reopen: Callable[[Settings], None], leave: Callable[[], None], found: Callable[[], bool] = lambda: True,
    ) -> None:  # fmt: skip
        self._context = context
        self._server = server
        self._foreground = foreground
        self._reopen = reopen
        self._leave = leave
        self._found = found
        self._deadline: float | None = None
        self._signals = 0

    @asynccontextmanager
    async def lived(self) -> AsyncIterator[None]:
        """With signals handled and the background at work."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._asked_to_end)
        loop.add_signal_handler(signal.SIGHUP, self._reload)
        tasks = [loop.create_task(self._sweep()), loop.create_task(self._drain())]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()

    # -- ending --------------------------------------------------------------------------------

    def _asked_to_end(self) -> None:
        self._signals += 1
        if self._signals > 1:
            self.end_at_once("a second signal")
        self._context.drain()
        if self._foreground:
            timeout = self._context.settings.service.drain_timeout
            self._deadline = asyncio.get_running_loop().time() + timeout
            LOG.info("draining, for at most %g s", timeout)
        else:
            self._context.stop.set()

    def end_at_once(self, why: str) -> None:
        LOG.warning("ending at once: %s", why)
        self._leave()
        logging.shutdown()
        os._exit(128 + signal.SIGTERM)  # threads that talk to devices would keep an orderly end waiting

    async def _drain(self) -> None:
        """Once asked to, end when nothing is left to do, or at the deadline."""
        context, loop = self._context, asyncio.get_running_loop()
        await context.drain_begun.wait()
        notify(STOPPING="1", STATUS="draining: what is under way ends, no new work is taken")
        await context.pool.retire()
        while not self._at_rest():
            if self._deadline is not None and loop.time() > self._deadline:
                if self._working():
                    self.end_at_once("work was still under way at the end of service.drain_timeout")
                LOG.warning("leaving %d pending changes to the next broker", len(context.guard.describe()))
                break
            await asyncio.sleep(LOOK_EVERY)
        LOG.info("drained")
        context.stop.set()

    def _working(self) -> bool:
        return self._server.busy or self._context.jobs.busy

    def _at_rest(self) -> bool:
        return not self._working() and not self._context.guard.describe()

    # -- living --------------------------------------------------------------------------------

    async def _sweep(self) -> None:
        """Close idle sessions; end a broker that nobody has used for long, unless it is a service."""
        context, loop = self._context, asyncio.get_running_loop()
        seen, since = context.requests, loop.time()
        while True:
            await asyncio.sleep(SWEEP_EVERY)
            if not self._found() and not context.draining:
                LOG.warning("the socket file was removed or replaced: no caller finds this broker, so it drains")
                context.drain()
            await context.pool.sweep()
            context.jobs.forget()
            if context.requests != seen or not self._at_rest() or context.pool.describe():
                seen, since = context.requests, loop.time()
            if not self._foreground and loop.time() - since > context.settings.service.idle_exit:
                LOG.info("nobody has asked for anything in %.0f s", loop.time() - since)
                context.stop.set()

    def _reload(self) -> None:
        """SIGHUP: the settings' file again, and a new log file. A bad one changes nothing, and is reported."""
        try:
            settings = load(settings_file())
            sharing = Sharing.of(settings) if self._foreground else Sharing()
        except HoldfastError as exc:
            LOG.error("settings not taken: %s", exc.message)
            notify(STATUS=f"settings not taken: {exc.message}")
            return
        apply(self._context, settings)
        self._server.sharing = sharing
        self._reopen(settings)
        LOG.info("settings read from %s", settings.file or "nowhere: the defaults")
        notify(STATUS="settings read again")


def apply(context: Context, settings: Settings) -> None:
    """These settings from now on; the counts of failures so far stay."""
    context.settings = settings
    context.pool.limit(settings.limits)
    own = context.pool.gates
    own.lockout, own.breaker, own.remember = settings.lockout, settings.breaker, settings.reboot.remember
    context.jobs.limit(settings.jobs.most)
    context.terms = Terms(
        queue_ttl=settings.jobs.queue_ttl, result_ttl=settings.jobs.result_ttl, metadata_ttl=settings.jobs.metadata_ttl
    )
