# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Commands about the sessions and the broker itself."""

from __future__ import annotations

import os
import time
from dataclasses import asdict
from typing import Any

from .. import memory, requests
from ..context import Context, Table
from ..lease import Caller
from ..turns import LOW, URGENT
from ..version import COLLECTION_VERSION
from ..wire import VERSION


class StatusCommands:
    def __init__(self, context: Context) -> None:
        self._context = context

    def table(self) -> Table:
        return {
            "hello": self.hello,
            "session.list": self.session_list,
            "session.open": self.session_open,
            "session.close": self.session_close,
            "session.handle": self.session_handle,
            "login.reset": self.login_reset,
            "broker.drain": self.broker_drain,
            "broker.stop": self.broker_stop,
        }

    async def hello(self, params: dict[str, Any], caller: Caller) -> dict[str, Any]:
        return {
            "protocol": VERSION,
            "version": COLLECTION_VERSION,
            "pid": os.getpid(),
            "draining": self._context.draining,
        }

    async def session_list(self, params: dict[str, Any], caller: Caller) -> dict[str, Any]:
        sessions = self._context.pool.describe()
        return {
            "sessions": sessions,
            "changes": self._context.guard.describe(),
            "jobs": [job.describe() for job in self._context.jobs if job.caller.uid == caller.uid],
            "logins": self._context.pool.gates.accounts(),
            "breakers": self._context.pool.gates.breakers(),
            "broker": {
                **await self.hello(params, caller),
                "started": self._context.started,
                "uptime": round(time.time() - self._context.started, 3),
                "requests": self._context.requests,
                "logins": self._context.pool.logins,
                "sessions": len(sessions),
                "memory_bytes": memory.resident(),
                "settings": asdict(self._context.settings),
            },
        }

    async def session_open(self, params: dict[str, Any], caller: Caller) -> dict[str, Any]:
        async with self._context.guard.device(requests.target(params), caller) as lease:
            await lease.call(lambda driver: None, probe=True)
            return {"changed": lease.opened_now}

    async def session_close(self, params: dict[str, Any], caller: Caller) -> dict[str, Any]:
        """Close sessions after the work that waits for them, or (``now``) after the work that is under way."""
        target = None if params.get("all") else requests.target(params)
        closed = await self._context.pool.close(target, URGENT if params.get("now", True) else LOW)
        return {"changed": closed > 0, "closed": closed}

    async def session_handle(self, params: dict[str, Any], caller: Caller) -> dict[str, Any]:
        """A random word that stands for this request's target, so that a child process needs no credentials."""
        requests.target(params)
        return {"handle": self._context.handles.add(params["target"])}

    async def login_reset(self, params: dict[str, Any], caller: Caller) -> dict[str, Any]:
        """Forget the failed logins of a device or of all: its breaker and its accounts' lockout guards are closed."""
        device = None if params.get("all") else requests.target(params).label
        forgotten = self._context.pool.gates.reset(device)
        return {"changed": forgotten > 0, "forgotten": forgotten}

    async def broker_drain(self, params: dict[str, Any], caller: Caller) -> dict[str, Any]:
        """Take no more work, end when the work that is here and every pending change is done."""
        return {"changed": self._context.drain()}

    async def broker_stop(self, params: dict[str, Any], caller: Caller) -> dict[str, Any]:
        self._context.stop.set()
        return {"changed": True}
