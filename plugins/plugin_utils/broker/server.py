# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The socket's side of the broker: accept, check who it is, read frames, answer each in its own task."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import struct
from typing import Any, cast

from . import requests, wire
from .commands import table
from .context import Context
from .errors import BadInput, BrokerUnavailable, HoldfastError, ProtocolError
from .lease import Caller

LOG = logging.getLogger(__name__)
WHILE_DRAINING = (
    *("hello", "change.confirm", "change.revert", "change.list", "session.list"),
    *("job.info", "job.cancel", "broker.stop"),
)


class Server:
    """Serves the table of commands on a listening unix socket."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._table = table(context)
        self._work: set[asyncio.Task[None]] = set()
        self._clients: set[asyncio.Task[None]] = set()

    @property
    def busy(self) -> bool:
        return bool(self._work)

    def hang_up(self) -> None:
        """End all connections: since Python 3.12 a server that closes waits for its clients to leave."""
        for client in self._clients:
            client.cancel()

    async def client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, from accept to close."""
        mine: dict[asyncio.Task[None], Caller] = {}
        this = cast("asyncio.Task[None]", asyncio.current_task())  # the server runs each client in a task
        self._clients.add(this)
        try:
            if not _same_user(writer.get_extra_info("socket")):
                LOG.warning("refused a client of another user")
                return
            await self._read_requests(reader, writer, mine)
        except (ConnectionError, asyncio.IncompleteReadError):
            LOG.debug("a client left")
        finally:
            self._clients.discard(this)
            for task, caller in mine.items():
                # What waits is dropped with its client; what has begun on a device is finished, for its sake.
                if not caller.started:
                    task.cancel()
            writer.close()

    async def _read_requests(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, mine: dict[asyncio.Task[None], Caller]
    ) -> None:
        while True:
            try:
                header = await reader.readexactly(wire.HEADER.size)
            except asyncio.IncompleteReadError as exc:
                if exc.partial:
                    LOG.warning("a client left in the middle of a header")
                return
            try:
                message = wire.decode(await reader.readexactly(wire.body_length(header)))
            except ProtocolError as exc:
                LOG.warning("closing a client: %s", exc.message)
                await _send(writer, {"id": None, "error": exc.as_dict()})
                return  # the frames' borders are lost: nothing after this can be trusted
            caller = Caller(f"request {message.get('id')}")
            task = asyncio.create_task(self._answer(message, caller, writer))
            mine[task] = caller
            self._work.add(task)
            task.add_done_callback(self._work.discard)
            task.add_done_callback(mine.pop)

    async def _answer(self, message: dict[str, Any], caller: Caller, writer: asyncio.StreamWriter) -> None:
        request = message.get("id")
        try:
            answer = {"id": request, "result": await self._dispatch(message, caller)}
        except HoldfastError as exc:
            answer = {"id": request, "error": exc.as_dict()}
        except asyncio.CancelledError:
            raise
        except Exception as exc:  # the request loop: one request's defect must not end the others'
            LOG.exception("request '%s' failed", message.get("command"))
            error = HoldfastError(f"defect in the broker: {type(exc).__name__}; see its log")
            answer = {"id": request, "error": error.as_dict()}
        try:
            await _send(writer, answer)
        except ConnectionError:
            LOG.info("the client of '%s' left before its answer", message.get("command"))

    async def _dispatch(self, message: dict[str, Any], caller: Caller) -> Any:
        name, params = message.get("command"), message.get("params") or {}
        handler = self._table.get(name) if isinstance(name, str) else None
        if handler is None:
            raise BadInput(f"command: there is no '{name}'", option="command")
        if not isinstance(params, dict):
            raise BadInput("params: must be an object", option="params")
        if self._context.draining and name not in WHILE_DRAINING:
            raise BrokerUnavailable("the broker is draining: it takes no new work")
        self._context.requests += 1
        params = self._context.handles.expand(params)
        asked = requests.caller(params, caller.name)
        caller.name, caller.queue_timeout, caller.priority = asked.name, asked.queue_timeout, asked.priority
        return await handler(params, caller)


async def _send(writer: asyncio.StreamWriter, message: dict[str, Any]) -> None:
    try:
        frame = wire.encode(message)
    except ProtocolError as exc:  # an answer over the size limit: say so instead
        frame = wire.encode({"id": message.get("id"), "error": exc.as_dict()})
    writer.write(frame)
    await writer.drain()


def _same_user(peer: socket.socket) -> bool:
    """The socket's directory is 0700 already; this also stops one handed in from elsewhere."""
    credentials = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _pid, uid, _gid = struct.unpack("3i", credentials)
    return bool(uid == os.getuid())
