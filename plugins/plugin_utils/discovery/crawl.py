# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The crawl: visits many devices at the same time, breadth first, each once, and never stops for one of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Protocol

from ..broker.errors import (
    BadInput,
    BrokerUnavailable,
    CommandTimeout,
    HoldfastError,
    MissingLibrary,
    NotAllowed,
    StateDirError,
)
from .frontier import Frontier
from .identity import Register
from .records import Candidate, Device, Failure
from .targets import Target

HEARTBEAT = 1.0  # seconds after which the counts are told although nothing happened


class Visitor(Protocol):
    """Reads one device."""

    async def visit(self, candidate: Candidate) -> Device | Failure:
        """The device at this address, or why it could not be read; raises HoldfastError's kinds too."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a crawl goes. ``visit_timeout`` in seconds; None is no limit. Raises BadInput."""

    max_depth: int | None = None
    max_devices: int | None = None
    parallel: int = 20
    visit_timeout: float = 300.0

    def __post_init__(self) -> None:
        for name, least in (("max_depth", 0), ("max_devices", 1), ("parallel", 1)):
            value = getattr(self, name)
            if value is not None and value < least:
                raise BadInput(f"{name}: {value} is less than {least}", option=name)
        if self.visit_timeout <= 0:
            raise BadInput(f"visit_timeout: {self.visit_timeout} is not more than 0", option="visit_timeout")


@dataclass(frozen=True, slots=True)
class Counts:
    """How far the crawl is. ``merged`` are visits to a device that was known from another address."""

    found: int = 0
    failed: int = 0
    merged: int = 0
    visiting: int = 0
    waiting: int = 0
    silent: int = 0


@dataclass(frozen=True, slots=True)
class Event:
    """What happened: a device was found (``device``), an address given up (``failure``), or nothing for a while."""

    counts: Counts
    device: Device | None = None
    failure: Failure | None = None


class Keeper(Protocol):
    """Keeps devices as they come."""

    def save(self, device: Device) -> None: ...

    def rename(self, old: str, device: Device) -> None: ...

    def checkpoint(self, crawl: Crawl) -> None:
        """Called after every visit."""


class Crawl:
    """One crawl. Its state is only changed between two visits, by ``run``."""

    def __init__(
        self,
        visitor: Visitor,
        frontier: Frontier,
        register: Register,
        limits: Limits,
        keeper: Keeper,
        watch: Callable[[Event], None] = lambda event: None,
    ) -> None:
        self.frontier = frontier
        self.register = register
        #: device id -> (depth, addresses it was reached at)
        self.visited: dict[str, tuple[int, list[str]]] = {}
        self._visitor = visitor
        self._limits = limits
        self._keeper = keeper
        self._watch = watch
        self._counts = Counts()
        self._running: dict[asyncio.Task[Device | Failure], Target] = {}

    async def run(self) -> None:
        """Until nobody is left to visit. Raises what ``keeper`` raises, and of the visitor's what holds for all."""
        try:
            while True:
                self._start()
                if not self._running:
                    break
                done, _rest = await asyncio.wait(self._running, timeout=HEARTBEAT, return_when=asyncio.FIRST_COMPLETED)
                if not done:
                    self._tell()
                for task in done:
                    self._settle(self._running.pop(task), _outcome(task))
                    self._keeper.checkpoint(self)
        finally:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)
        if self._limits.max_devices is not None and len(self.visited) >= self._limits.max_devices:
            self.frontier.left(f"max_devices {self._limits.max_devices} was reached")

    @property
    def merged(self) -> int:
        """Visits to a device that was known from another address."""
        return self._counts.merged

    def failures(self) -> list[Failure]:
        """Who was not read, and why, under the ids that the devices have in the end."""
        return [
            replace(one, found_by=(self.register.current(one.found_by[0]), one.found_by[1])) if one.found_by else one
            for one in self.frontier.failures()
        ]

    def resume(self, device: Device, depth: int, addresses: Iterable[str]) -> None:
        """Take over a device that was visited before the crawl was interrupted."""
        reached = list(addresses)
        self.register.keep(device)
        self.visited[device.id] = (depth, reached)
        self._counts = replace(self._counts, found=len(self.visited))
        self.frontier.known(device, depth, reached)

    def _start(self) -> None:
        """Begin as many visits as may run."""
        most = self._limits.max_devices
        while len(self._running) < self._limits.parallel:
            if most is not None and len(self.visited) + len(self._running) >= most:
                return
            target = self.frontier.take()
            if target is None:
                return
            self._running[asyncio.create_task(self._visit(target.candidate()))] = target

    async def _visit(self, candidate: Candidate) -> Device | Failure:
        limit = asyncio.timeout(self._limits.visit_timeout)
        try:
            async with limit:
                return await self._visitor.visit(candidate)
        except TimeoutError as exc:
            words = str(exc) or "it did not answer in time"
            if limit.expired():
                words = (
                    f"the visit to {candidate.address} did not end in {self._limits.visit_timeout:g} s (visit_timeout)"
                )
            return Failure(candidate.address, CommandTimeout.code, words)
        except (BrokerUnavailable, MissingLibrary, NotAllowed, StateDirError):
            raise
        except HoldfastError as exc:
            return Failure(candidate.address, exc.code, exc.message)

    def _settle(self, target: Target, outcome: Device | Failure | BaseException) -> None:
        address = target.address
        if isinstance(outcome, BaseException):
            words = f"a defect in reading {address}: {type(outcome).__name__}: {outcome}"
            outcome = Failure(address, HoldfastError.code, words)
        if isinstance(outcome, Failure):
            ended = self.frontier.failed(target, outcome)
            counts = ended and not self.frontier.nobody(outcome.address)
            self._tell(failed=int(counts), failure=outcome if counts else None)
            return
        added = self.register.add(outcome, [one.address for one in target.tried])
        if added.gave_up is not None:
            self._rename(added.gave_up)
        device = added.device
        depth, reached = self.visited.get(device.id, (target.depth, []))
        self.frontier.found(target, device)
        self.visited[device.id] = (min(depth, target.depth), [*reached, address])
        if device != added.before:
            self._keeper.save(device)
        self._tell(found=int(added.new), merged=int(not added.new), device=device)

    def _rename(self, old: str) -> None:
        device = self.register.devices[self.register.current(old)]
        self.visited[device.id] = self.visited.pop(old)
        self.frontier.renamed(old, device)
        self._keeper.rename(old, device)

    def _tell(
        self,
        found: int = 0,
        failed: int = 0,
        merged: int = 0,
        device: Device | None = None,
        failure: Failure | None = None,
    ) -> None:
        counts = self._counts
        self._counts = Counts(
            counts.found + found, counts.failed + failed, counts.merged + merged, len(self._running),
            self.frontier.waiting(), len(self.frontier.silent),
        )  # fmt: skip
        self._watch(Event(self._counts, device, failure))


def _outcome(task: asyncio.Task[Device | Failure]) -> Device | Failure | BaseException:
    """A defect of the visitor's is its result, too; what no other visit would fare better with ends the crawl."""
    if task.cancelled():
        return RuntimeError("the visit was cancelled")
    found = task.exception()
    if found is None:
        return task.result()
    if not isinstance(found, Exception) or isinstance(found, HoldfastError):
        raise found
    return found
