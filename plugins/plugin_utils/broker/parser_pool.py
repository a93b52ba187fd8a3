# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Warm child processes that parse, so that neither the event loop nor the broker's memory pays for it.

A child is started on first use and ends when it was idle for long, when its parse takes too long, and with
the broker (its standard input ends then, however the broker ended). Frames are those of the socket.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from . import wire
from .errors import ParseFailed, from_dict

LOG = logging.getLogger(__name__)
SIZE = 2
PARSE_TIMEOUT = 60.0  # seconds for one command's output
IDLE = 300.0  # seconds after which a child that nobody needs ends
CHILD = (sys.executable, os.fspath(Path(__file__).with_name("bootstrap.py")), "--parser-worker")


class _ChildDied(Exception):
    """The child ended before it answered."""


class _Child:
    """One process; one request at a time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.expiry: asyncio.TimerHandle | None = None

    async def ask(self, frame: bytes) -> dict[str, Any]:
        stdin, stdout = self.process.stdin, self.process.stdout
        if stdin is None or stdout is None:
            raise _ChildDied
        try:
            stdin.write(frame)
            await stdin.drain()
            header = await stdout.readexactly(wire.HEADER.size)
            return wire.decode(await stdout.readexactly(wire.body_length(header)))
        except (ConnectionError, asyncio.IncompleteReadError) as exc:
            raise _ChildDied from exc

    async def end(self) -> None:
        if self.expiry is not None:
            self.expiry.cancel()
        with suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()


class ParserPool:
    """At most ``size`` children; requests over that wait in order. Times in seconds."""

    def __init__(
        self,
        size: int = SIZE,
        timeout: float = PARSE_TIMEOUT,
        idle: float = IDLE,
        command: Sequence[str] = CHILD,
    ) -> None:
        self._slots = asyncio.Semaphore(size)
        self._timeout = timeout
        self._idle = idle
        self._command = command
        self._free: list[_Child] = []
        self._all: set[_Child] = set()
        self._ending: set[asyncio.Task[None]] = set()
        self._closed = False

    @property
    def pids(self) -> list[int]:
        """The children that run now."""
        return sorted(child.process.pid for child in self._all)

    async def parse(self, request: dict[str, Any]) -> Any:
        """Data for ``{parser, platform, command, output, template}``.

        Raises what the parser raises (ParserMissing, ParseFailed, BadInput, MissingLibrary), and ParseFailed when
        it does not end in time or its process dies twice.
        """
        frame = wire.encode(request)
        what = f"parser {request['parser']}: '{request['command']}'"
        async with self._slots:
            try:
                answer = await self._ask(frame, what)
            except _ChildDied:
                LOG.warning("%s ended its process: trying once more in a fresh one", what)
                try:
                    answer = await self._ask(frame, what)
                except _ChildDied as exc:
                    raise ParseFailed(
                        f"{what} ended the process that parses, twice: its output may need more memory than there is",
                        command=request["command"],
                    ) from exc
        if "error" in answer:
            raise from_dict(answer["error"])
        return answer["result"]

    async def close(self) -> None:
        """End all children; what they work on fails."""
        self._closed = True
        for child in list(self._all):
            await self._drop(child)
        if self._ending:
            await asyncio.wait(self._ending)

    async def _ask(self, frame: bytes, what: str) -> dict[str, Any]:
        child = self._free.pop() if self._free else await self._start()
        if child.expiry is not None:
            child.expiry.cancel()
        try:
            async with asyncio.timeout(self._timeout):
                answer = await child.ask(frame)
        except TimeoutError as exc:
            await self._drop(child)
            raise ParseFailed(f"{what} was not parsed within {self._timeout:g} s; use another parser or none") from exc
        except BaseException:
            # Cancelled, or broken: its late answer would answer the next request.
            await self._drop(child)
            raise
        self._free.append(child)
        child.expiry = asyncio.get_running_loop().call_later(self._idle, self._expire, child)
        return answer

    async def _start(self) -> _Child:
        if self._closed:
            raise ParseFailed("the broker is ending: what the device said was not parsed")
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,  # libraries may print what a device said, passwords among it
                cwd="/",
            )
        except OSError as exc:
            raise ParseFailed(f"no process to parse in could be started: {exc.strerror}") from exc
        child = _Child(process)
        self._all.add(child)
        return child

    def _expire(self, child: _Child) -> None:
        if child in self._free:
            task = asyncio.get_running_loop().create_task(self._drop(child))
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)

    async def _drop(self, child: _Child) -> None:
        self._all.discard(child)
        if child in self._free:
            self._free.remove(child)
        await child.end()
