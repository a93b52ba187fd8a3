# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One request for many devices: each is served as a request of its own would be, so many at the same time."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from typing import Any

from .. import requests
from ..context import Handler, Table
from ..errors import BadInput, HoldfastError, ProtocolError
from ..lease import Caller
from ..wire import MAX_FRAME

LOG = logging.getLogger(__name__)
ROOM = MAX_FRAME - 8 * 1024 * 1024  # bytes of answers that one reply takes; the rest is for what holds them together


class FleetCommands:
    """``handlers`` are the single devices' commands that may be fanned out."""

    def __init__(self, handlers: dict[str, Handler]) -> None:
        self._handlers = handlers

    def table(self) -> Table:
        return {"fleet.run": self.run}

    async def run(self, params: dict[str, Any], caller: Caller) -> dict[str, Any]:
        """``{results: {name: {result, seconds} or {error, seconds}}}`` for ``requests`` ({name: parameters}).

        A device that fails is an answer, not an error. ``seconds`` do not count the wait for a free place.
        """
        handler = self._handlers.get(str(params.get("command")))
        if handler is None:
            words = f"command: '{params.get('command')}' is none of: {', '.join(sorted(self._handlers))}"
            raise BadInput(words, option="command")
        wanted = requests.mapping(params, "requests")
        places = asyncio.Semaphore(int(requests.number(params, "parallel", 50, 1, 1000)))
        room = [ROOM]

        callers: dict[str, Caller] = {}
        shared: dict[str, Any] = {key: params[key] for key in ("owner", "queue_timeout", "priority") if key in params}

        async def serve(name: str, request: Any) -> dict[str, Any]:
            async with places:
                start = time.monotonic()
                try:
                    if not isinstance(request, dict):
                        raise BadInput(f"requests: that of {name} is no object", option="requests")
                    mine = callers[name] = requests.caller(shared | request, caller.name)
                    answer = {"result": _fitting(await handler(request, mine), room)}
                except HoldfastError as exc:
                    answer = {"error": exc.as_dict()}
                return {**answer, "seconds": round(time.monotonic() - start, 4)}

        tasks = {name: asyncio.create_task(serve(name, wanted[name])) for name in wanted}
        try:
            if tasks:
                await asyncio.wait(tasks.values())  # not gather: it would cancel what has begun, too
        except asyncio.CancelledError:
            await _give_up(tasks, callers)
            raise
        return {"results": {name: _ended(name, task) for name, task in tasks.items()}}


async def _give_up(tasks: dict[str, asyncio.Task[Any]], callers: dict[str, Caller]) -> None:
    """What waits is dropped, what has begun on a device is finished, as for a single request."""
    for name, task in tasks.items():
        if name not in callers or not callers[name].started:
            task.cancel()
    await asyncio.wait(tasks.values())


def _ended(name: str, task: asyncio.Task[dict[str, Any]]) -> dict[str, Any]:
    """One device's answer; a defect met on one device must not take the others' answers."""
    defect = task.exception()
    if defect is None:
        return task.result()
    LOG.error("the request for %s failed", name, exc_info=defect)
    error = HoldfastError(f"defect in the broker: {type(defect).__name__}; see its log")
    return {"error": error.as_dict(), "seconds": 0.0}


def _fitting(answer: Any, room: list[int]) -> Any:
    """The answer, if there is still room for it in the one reply. Raises ProtocolError."""
    size = len(json.dumps(answer, default=str))
    if size > room[0]:
        raise ProtocolError(
            f"the answers of all devices are over the limit of {ROOM} bytes together; ask fewer devices at once "
            "(serial), or for less"
        )
    room[0] -= size
    return answer
