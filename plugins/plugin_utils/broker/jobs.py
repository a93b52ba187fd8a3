# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Jobs: requests that outlive whoever asked. queued -> started -> finished | failed | cancelled.

All in memory: a job's parameters and result may hold what must not be on disk. Runs in the event loop; only
``output`` and ``progress`` are called from a driver's thread.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

from .errors import CommandTimeout, HoldfastError, JobUnknown, TooManyJobs
from .lease import Caller
from .webhook import Delivery, Webhook

LOG = logging.getLogger(__name__)
State = Literal["queued", "started", "finished", "failed", "cancelled"]
STATES: tuple[State, ...] = ("queued", "started", "finished", "failed", "cancelled")
ENDED = STATES[2:]
OUTPUT_KEPT = 4 * 1024 * 1024  # characters of incremental output; the result has all of it


@dataclass(frozen=True)
class Terms:
    """How long a job may wait and run, and how long it is remembered; seconds. No ``timeout``: the request's own."""

    queue_ttl: float = 3600.0
    timeout: float | None = None
    result_ttl: float = 300.0
    metadata_ttl: float = 1800.0
    webhook: Webhook | None = None


@dataclass
class Job:
    """One job, and the watch on its work. Times in seconds since the epoch."""

    id: str
    command: str
    device: str
    label: str
    caller: Caller
    terms: Terms
    state: State = "queued"
    queued: float = field(default_factory=time.time)
    started: float | None = None
    ended: float | None = None
    ended_clock: float = 0.0  # the same on the clock that nobody sets
    result: Any = None
    error: dict[str, Any] | None = None
    delivery: Delivery | None = None
    task: asyncio.Task[None] | None = None
    done: int | None = None
    total: int | None = None
    expired: bool = False
    over: asyncio.Event = field(default_factory=asyncio.Event)
    _kept: tuple[str, int] = ("", 0)  # output, and how many characters were dropped before it; one assignment

    # -- the watch: in the driver's thread -----------------------------------------------------

    def output(self, text: str) -> None:
        kept, cut = self._kept[0] + text, self._kept[1]
        over = max(0, len(kept) - OUTPUT_KEPT)
        self._kept = kept[over:], cut + over

    def progress(self, done: int, total: int) -> None:
        self.done, self.total = done, total

    # -- looking -------------------------------------------------------------------------------

    def _left(self, ttl: float) -> float | None:
        return None if self.ended is None else round(max(0.0, self.ended_clock + ttl - time.monotonic()), 1)

    def since(self, offset: int) -> tuple[str, int]:
        """The output from character ``offset`` on (or what is kept of it), and the offset to ask for next."""
        text, cut = self._kept
        return text[max(0, offset - cut) :], cut + len(text)

    def describe(self) -> dict[str, Any]:
        """Everything but output and result."""
        until = self.ended or time.time()
        row = {
            "id": self.id,
            "command": self.command,
            "device": self.device,
            "label": self.label,
            "owner": self.caller.name,
            "state": self.state,
            "ended": self.state in ENDED,
            "queued_at": self.queued,
            "started_at": self.started,
            "ended_at": self.ended,
            "wait_seconds": round((self.started or until) - self.queued, 3),
            "run_seconds": round(until - self.started, 3) if self.started else 0.0,
            "output_characters": self._kept[1] + len(self._kept[0]),
            "result_expires_in": self._left(self.terms.result_ttl),
            "forgotten_in": self._left(self.terms.metadata_ttl),
        }
        if self.total is not None:
            row["progress"] = {"done": self.done, "total": self.total}
        if self.delivery is not None:
            row["webhook"] = self.delivery.describe()
        if self.error is not None:
            row["error"] = self.error
        return row


class Jobs:
    """All jobs of this broker."""

    def __init__(self, most: int = 10_000) -> None:
        self._most = most
        self._jobs: dict[str, Job] = {}
        self._counts: Counter[State] = Counter()

    def limit(self, most: int) -> None:
        """How many are remembered, from now on."""
        self._most = most

    @property
    def busy(self) -> bool:
        """Whether a job has not ended, or its webhook is still to be told."""
        return any(job.task is not None and not job.task.done() for job in self._jobs.values())

    def start(self, job: Job, work: Callable[[Caller], Awaitable[Any]]) -> Job:
        """Queue it. Raises TooManyJobs."""
        self.forget()
        if len(self._jobs) >= self._most:
            raise TooManyJobs(
                f"the broker remembers {self._most} jobs already; wait for some to be forgotten, or give them a "
                "shorter metadata_ttl",
                jobs=len(self._jobs),
            )
        job.caller.watch = job
        job.caller.queue_timeout = job.terms.queue_ttl
        self._jobs[job.id] = job
        job.task = asyncio.create_task(self._run(job, work))
        return job

    async def _run(self, job: Job, work: Callable[[Caller], Awaitable[Any]]) -> None:
        doing = asyncio.ensure_future(work(job.caller))
        clock: list[asyncio.TimerHandle] = []

        def begun() -> None:
            job.state, job.started = "started", time.time()
            if job.terms.timeout is not None:
                clock.append(asyncio.get_running_loop().call_later(job.terms.timeout, self._expire, job, doing))

        job.caller.on_start = begun
        try:
            job.result = await doing
            job.state = "finished"
        except HoldfastError as exc:
            job.state, job.error = "failed", exc.as_dict()
        except asyncio.CancelledError:
            # The task waits for the work to end when both are cancelled: its session is at a prompt, or closed.
            job.state, job.error = ("failed", _too_long(job).as_dict()) if job.expired else ("cancelled", None)
        except Exception as exc:  # a job has no request loop above it that could catch a defect
            LOG.exception("job %s failed", job.id)
            job.state, job.error = "failed", HoldfastError(f"defect in the broker: {type(exc).__name__}").as_dict()
        finally:
            for timer in clock:
                timer.cancel()
        job.ended, job.ended_clock = time.time(), time.monotonic()
        self._counts[job.state] += 1
        job.over.set()
        LOG.info("job %s on %s: %s", job.id, job.device, job.state)
        if job.terms.webhook is not None:
            job.delivery = Delivery(job.terms.webhook)
            body = {"job": job.describe()}
            await job.delivery.run({**body, "result": job.result} if job.terms.webhook.result else body)

    def _expire(self, job: Job, doing: asyncio.Future[Any]) -> None:
        job.expired = True
        doing.cancel()

    async def cancel(self, job: Job) -> bool:
        """False when it had ended. Returns when the device is not being worked on any more."""
        if job.state in ENDED or job.task is None:
            return False
        job.task.cancel()
        await job.over.wait()
        return job.state == "cancelled"

    async def wait(self, job: Job, seconds: float) -> None:
        """Until it has ended, at most so long."""
        with suppress(TimeoutError):
            await asyncio.wait_for(job.over.wait(), seconds)

    def find(self, name: str, uid: int | None) -> Job:
        """Raises JobUnknown; the jobs of other users of a shared broker are unknown too."""
        self.forget()
        if name not in self._jobs or self._jobs[name].caller.uid != uid:
            raise JobUnknown(
                f"id: there is no job '{name}': it was forgotten after its metadata_ttl, or its broker ended", id=name
            )
        return self._jobs[name]

    def __iter__(self) -> Iterator[Job]:
        """All of them, oldest first."""
        self.forget()
        return iter(list(self._jobs.values()))

    def statistics(self) -> dict[str, int]:
        """How many are in each state now (queued, started), and ended in each since the broker began."""
        now = Counter(job.state for job in self._jobs.values() if job.state not in ENDED)
        return {state: (self._counts if state in ENDED else now)[state] for state in STATES}

    def forget(self) -> None:
        """Drop results and jobs whose time is over."""
        now = time.monotonic()
        for job in list(self._jobs.values()):
            if job.ended is None or (job.task is not None and not job.task.done()):
                continue
            if now > job.ended_clock + job.terms.metadata_ttl:
                del self._jobs[job.id]
            elif now > job.ended_clock + job.terms.result_ttl:
                job.result, job._kept = None, ("", job._kept[1] + len(job._kept[0]))


def new_job(command: str, device: str, label: str, caller: Caller, terms: Terms) -> Job:
    return Job(secrets.token_hex(6), command, device, label, caller, terms)


def _too_long(job: Job) -> CommandTimeout:
    return CommandTimeout(
        f"job {job.id} on {job.device} was stopped: it ran longer than its timeout of {job.terms.timeout:g} s",
        job=job.id,
    )
