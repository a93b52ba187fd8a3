# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The broker's commands: the table of what a client may ask, each with the method that answers it."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from .. import reading
from ..drivers import borrow, platforms
from ..drivers.base import Driver
from ..state.features import feature_names
from . import parsers, requests
from .errors import BadInput, HoldfastError, OutcomeUnknown, SessionLost, Unsupported
from .guard import Guard
from .handles import Handles
from .sessions import Caller, SessionPool
from .transaction import Outcome
from .turns import LOW, URGENT
from .version import COLLECTION_VERSION
from .wire import VERSION

Handler = Callable[[dict[str, Any], Caller], Awaitable[Any]]


class Commands:
    """One method a command. A handler gets the request's parameters and its caller, and returns plain JSON."""

    def __init__(self, pool: SessionPool, guard: Guard) -> None:
        self._pool = pool
        self._guard = guard
        self._started = time.time()
        self._handles = Handles()
        self.requests = 0
        self.draining = False
        self.stop = asyncio.Event()

    def table(self) -> dict[str, Handler]:
        """Every command there is; what is not here cannot be asked for."""
        return {
            "hello": self.hello,
            "run": self.run,
            "get": self.get,
            "facts": self.facts,
            "ping": self.ping,
            "diagnose": self.diagnose,
            "config.read": self.config_read,
            "config.apply": self.config_apply,
            "change.confirm": self.change_confirm,
            "change.revert": self.change_revert,
            "change.list": self.change_list,
            "checkpoint.add": self.checkpoint_add,
            "checkpoint.find": self.checkpoint_find,
            "session.list": self.session_list,
            "session.open": self.session_open,
            "session.close": self.session_close,
            "session.handle": self.session_handle,
            "broker.drain": self.broker_drain,
            "broker.stop": self.broker_stop,
        }

    # -- devices -------------------------------------------------------------------------------

    async def run(self, params: dict[str, Any], caller: Caller) -> dict[str, Any]:
        """Commands in one trip: ``{replies: [{command, output, seconds, data?, parsed?}], login}``."""
        target, commands = requests.target(params), requests.commands(params)
        parser = parsers.check(str(params.get("parser") or "none"))
        timeout = requests.number(params, "timeout", target.command_timeout, 0.01, 86400)
        reads = all(platforms.READ_ONLY.match(command.text) for command in commands)

        def work(driver: Driver) -> list[dict[str, Any]]:
            rows = [asdict(reply) for reply in driver.run(commands, timeout)]
            for row in rows:
                if row["data"] is None:
                    del row["data"]
                if parser != "none":
                    given = row.get("data")
                    row["parsed"] = given or parsers.parse(parser, target.platform, row["command"], row["output"])
            return rows

        async with self._guard.device(target, caller) as lease:
            try:
                replies = await (self._pool.read(lease, work) if reads else lease.call(work, probe=True))
            except SessionLost as exc:
                if reads:
                    raise
                raise OutcomeUnknown(
                    f"{exc.message}; whether the device ran it is not known, it was not sent again", **exc.detail
                ) from exc
            return {"replies": replies, "login": lease.opened_now}

    async def get(self, params: dict[str, Any], caller: Caller) -> dict[str, Any]:
        """NAPALM getters, and ``config`` for the running configuration: ``{data, unsupported: {name: why}}``."""
        target, names = requests.target(params), requests.getters(params)

        def work(driver: Driver) -> dict[str, Any]:
            data: dict[str, Any] = {}
            unsupported: dict[str, str] = {}
            for name in names:
                try:
                    data[name] = driver.config().read() if name == "config" else driver.get([name])[name]
                except Unsupported as exc:
                    unsupported[name] = exc.message
            return {"data": data, "unsupported": unsupported}

        async with self._guard.device(target, caller) as lease:
            return {**await self._pool.read(lease, work), "platform": target.platform}

    async def facts(self, params: dict[str, Any], caller: Caller) -> dict[str, Any]:
        """Features as Ansible facts: ``{ansible_facts, skipped_features}``. Raises Unsupported when there are none."""
        names = feature_names(params.get("gather_subset") or (), "gather_subset")
        found = reading.collected(names, await self.get({**params, "getters": reading.needed(names)}, caller))
        if found.skipped and not found.features:
            raise Unsupported(f"gather_subset: {'; '.join(found.skipped.values())}", skipped=found.skipped)
        return {"ansible_facts": reading.as_ansible_facts(found.features), "skipped_features": found.skipped}

    async def ping(self, params: dict[str, Any], caller: Caller) -> dict[str, Any]:
        """Ping from the device, in NAPALM's schema."""
        target, destination = requests.target(params), str(params.get("destination") or "")
        allowed = ("source", "ttl", "timeout", "size", "count", "vrf")
        options = {key: value for key, value in requests.mapping(params, "options", {}).items() if key in allowed}
        if not destination:
            raise BadInput("destination: an address or name is needed", option="destination")
        async with self._guard.device(target, caller) as lease:
            return await self._pool.read(lease, lambda driver: borrow.ping(driver, destination, **options))

    async def diagnose(self, params: dict[str, Any], caller: Caller) -> dict[str, Any]:
        """How reaching the device went, phase by phase; a failure is an answer here, not an error."""
        target, start = requests.target(params), time.monotonic()
        pinned = self._pool.has(target)
        phases: list[dict[str, Any]] = []
        result: dict[str, Any] = {"reachable": True, "pinned": pinned, "phases": phases, "fingerprint": None}

        def probe(driver: Driver) -> None:
            for phase in getattr(driver, "phases", []):
                phases.append(asdict(phase))
            result["fingerprint"] = getattr(getattr(driver, "login", driver), "fingerprint", None)

        try:
            async with self._guard.device(target, caller) as lease:
                await lease.call(probe, probe=True)
                result["pinned"] = pinned and not lease.opened_now
        except HoldfastError as exc:
            phases += exc.detail.pop("phases", [])
            failed = next((phase["name"] for phase in phases if not phase["ok"]), exc.code)
            result.update(reachable=False, error=exc.as_dict(), failed=failed)
        return {**result, "seconds": round(time.monotonic() - start, 4)}

    # -- configuration -------------------------------------------------------------------------

    async def config_read(self, params: dict[str, Any], caller: Caller) -> dict[str, Any]:
        target, source = requests.target(params), requests.source(params)
        async with self._guard.device(target, caller) as lease:
            return {"text": await self._pool.read(lease, lambda driver: driver.config().read(source))}

    async def config_apply(self, params: dict[str, Any], caller: Caller) -> dict[str, Any]:
        """Change the configuration under guard; see ``_outcome`` for the answer."""
        outcome = await self._guard.apply(requests.target(params), caller, requests.order(params))
        save = bool(params.get("save")) and outcome.change.state in ("committed", "unchanged")
        if save:
            async with self._guard.device(requests.target(params), caller) as lease:
                await lease.call(lambda driver: driver.config().save())
        return _outcome(outcome, bool(params.get("backup")))

    async def change_confirm(self, params: dict[str, Any], caller: Caller) -> dict[str, Any]:
        change, save = params.get("change"), bool(params.get("save"))
        return await self._guard.confirm(requests.target(params), caller, change, save)

    async def change_revert(self, params: dict[str, Any], caller: Caller) -> dict[str, Any]:
        change, check = str(params.get("change") or ""), bool(params.get("check"))
        return await self._guard.revert(requests.target(params), caller, change, check)

    async def change_list(self, params: dict[str, Any], caller: Caller) -> list[dict[str, Any]]:
        return self._guard.describe(requests.target(params).label if "target" in params else None)

    async def checkpoint_add(self, params: dict[str, Any], caller: Caller) -> dict[str, Any]:
        target, label = requests.target(params), str(params.get("label") or "")
        async with self._guard.device(target, caller) as lease:
            text = await self._pool.read(lease, lambda driver: driver.config().read())
            return self._guard.checkpoints.add(target.label, target.platform, text, label)

    async def checkpoint_find(self, params: dict[str, Any], caller: Caller) -> dict[str, Any]:
        store = self._guard.checkpoints
        meta = store.find(requests.target(params).label, str(params.get("wanted") or "latest"))
        return {**meta, "text": store.text(meta)}

    # -- the broker itself ---------------------------------------------------------------------

    async def hello(self, params: dict[str, Any], caller: Caller) -> dict[str, Any]:
        return {"protocol": VERSION, "version": COLLECTION_VERSION, "pid": os.getpid(), "draining": self.draining}

    async def session_list(self, params: dict[str, Any], caller: Caller) -> dict[str, Any]:
        sessions = self._pool.describe()
        return {
            "sessions": sessions,
            "changes": self._guard.describe(),
            "broker": {
                **await self.hello(params, caller),
                "started": self._started,
                "uptime": round(time.time() - self._started, 3),
                "requests": self.requests,
                "logins": self._pool.logins,
                "sessions": len(sessions),
                "memory_bytes": _resident(),
                "limits": asdict(self._pool.limits),
            },
        }

    async def session_open(self, params: dict[str, Any], caller: Caller) -> dict[str, Any]:
        async with self._guard.device(requests.target(params), caller) as lease:
            await lease.call(lambda driver: None, probe=True)
            return {"changed": lease.opened_now}

    async def session_close(self, params: dict[str, Any], caller: Caller) -> dict[str, Any]:
        """Close sessions after the work that waits for them, or (``now``) after the work that is under way."""
        target = None if params.get("all") else requests.target(params)
        closed = await self._pool.close(target, URGENT if params.get("now", True) else LOW)
        return {"changed": closed > 0, "closed": closed}

    async def session_handle(self, params: dict[str, Any], caller: Caller) -> dict[str, Any]:
        """A random word that stands for this request's target, so that a child process needs no credentials."""
        requests.target(params)
        return {"handle": self._handles.add(params["target"])}

    def expand(self, params: dict[str, Any]) -> dict[str, Any]:
        """Parameters with a handle's target in place."""
        return {**params, "target": self._handles.find(str(params["handle"]))} if "handle" in params else params

    async def broker_drain(self, params: dict[str, Any], caller: Caller) -> dict[str, Any]:
        """Take no more work, end when the work that is here and every pending change is done."""
        changed, self.draining = not self.draining, True
        return {"changed": changed}

    async def broker_stop(self, params: dict[str, Any], caller: Caller) -> dict[str, Any]:
        self.stop.set()
        return {"changed": True}


def _outcome(outcome: Outcome, texts: bool) -> dict[str, Any]:
    """``{changed, change, prediction}``, and with ``texts`` the whole configurations before and after."""
    answer = {"changed": outcome.changed, "prediction": outcome.prediction, "change": asdict(outcome.change)}
    if texts:
        answer |= {"before": outcome.before, "after": outcome.after}
    return answer


def _resident() -> int:
    """Resident memory of this process in bytes."""
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
