# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The socket's side of the broker: accept, check who it is, read frames, answer each in its own task."""

from __future__ import annotations

import asyncio
import logging
import os
import select
import socket
import struct
from contextlib import suppress
from typing import Any, cast

from . import memory, requests, wire
from .commands import table
from .context import Context
from .errors import BadInput, BrokerUnavailable, HoldfastError, NotAllowed, ProtocolError
from .lease import Caller
from .sharing import Sharing

LOG = logging.getLogger(__name__)
REFUSE_WITHIN = 2.0
WHILE_DRAINING = (
    *("hello", "change.confirm", "change.revert", "change.list", "session.list"),
    *("job.info", "job.cancel", "broker.stop"),
)


class Server:
    """Serves the table of commands on a listening unix socket."""

    def __init__(self, context: Context, sharing: Sharing | None = None) -> None:
        self.sharing = sharing or Sharing()
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
            uid = _user(writer.get_extra_info("socket"))
            if not self.sharing.admits(uid):
                LOG.warning("refused a client of another user (uid %d)", uid)
                await _refuse(reader, writer, uid)
                return
            await self._read_requests(reader, writer, mine, uid)
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
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        mine: dict[asyncio.Task[None], Caller],
        uid: int,
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
            caller = Caller(f"request {message.get('id')}", uid=uid)
            task = asyncio.create_task(self._answer(message, caller, writer))
            mine[task] = caller
            self._work.add(task)
            task.add_done_callback(self._work.discard)
            task.add_done_callback(mine.pop)

    async def _answer(self, message: dict[str, Any], caller: Caller, writer: asyncio.StreamWriter) -> None:
        request = message.get("id")
        if _has_left(writer.get_extra_info("socket")):
            LOG.info("the client of '%s' left before it was begun", message.get("command"))
            return
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
            raise BrokerUnavailable("the broker is draining: it takes no new work", draining=True)
        self._context.requests += 1
        params = self._context.handles.expand(params)
        if caller.uid is not None:
            self.sharing.check(str(name), params, caller.uid)
        asked = requests.caller(params, caller.name)
        caller.name, caller.queue_timeout, caller.priority = asked.name, asked.queue_timeout, asked.priority
        return await handler(params, caller)


def _has_left(peer: socket.socket) -> bool:
    """Whether the other side is closed, however much of it is still to be read: we may have been stopped for long."""
    looking = select.poll()
    looking.register(peer.fileno(), 0)
    return bool(looking.poll(0))


async def _send(writer: asyncio.StreamWriter, message: dict[str, Any]) -> None:
    try:
        frame = wire.encode(message)
    except ProtocolError as exc:  # an answer over the size limit: say so instead
        frame = wire.encode({"id": message.get("id"), "error": exc.as_dict()})
    big = len(frame) > memory.BIG
    writer.write(frame)
    await writer.drain()
    if big:
        del frame, message
        memory.give_back()


def _user(peer: socket.socket) -> int:
    """Who is at the other end, as the kernel says: modes of directories alone do not stop a socket handed in."""
    credentials = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _pid, uid, _gid = struct.unpack("3i", credentials)
    return int(uid)


async def _refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, uid: int) -> None:
    """Say why, once it has begun to speak: a client that finds the door shut while it asks does not read the answer."""
    with suppress(TimeoutError):
        await asyncio.wait_for(reader.read(wire.HEADER.size), REFUSE_WITHIN)
    words = f"uid {uid} may not use this broker of uid {os.getuid()}; its settings list who may: service.users"
    await _send(writer, {"id": None, "error": NotAllowed(words).as_dict()})
