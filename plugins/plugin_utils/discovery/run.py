# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One discovery: a crawl, the store that it fills, and what is different from the last one."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from .changes import Changes, changes
from .crawl import Crawl, Event, Limits, Visitor
from .frontier import Frontier
from .identity import Register
from .links import links
from .records import Device, Failure, Found, Link
from .resume import Journal
from .seeds import Ranges, Seeds
from .store import DiscoveryStore


@dataclass(frozen=True, slots=True)
class Plan:
    """What to discover. Without ``write`` nothing is written, as in check mode.

    ``revisit`` asks known devices that nobody told of, where no ``max_depth`` forbids it.
    """

    seeds: Seeds
    directory: Path
    ranges: Ranges = field(default_factory=Ranges)
    limits: Limits = field(default_factory=Limits)
    resume: bool = False
    remove_vanished: bool = False
    revisit: bool = True
    write: bool = True


@dataclass(slots=True)
class Outcome:
    """``devices`` are those that were read now, ``found`` is what the store holds in the end.

    ``files`` are the names of files that changed (would change), ``silent`` ranges where nobody answered, ``untried``
    how many addresses of ranges were not tried, ``resumed`` how many devices an interrupted crawl had found.
    """

    devices: list[Device]
    failures: list[Failure]
    links: list[Link]
    changes: Changes
    found: Found
    files: list[str]
    silent: list[str]
    untried: int
    merged: int
    resumed: int
    warnings: list[str]
    seconds: float


async def discover(plan: Plan, visitor: Visitor, watch: Callable[[Event], None] = lambda event: None) -> Outcome:
    """Raises BadInput for a store that cannot be read, StateDirError for one that cannot be written."""
    start = time.monotonic()
    store = DiscoveryStore(plan.directory)
    journal = Journal(store, plan.seeds.given, plan.write)
    with store.locked() if plan.write else nullcontext():
        before = journal.before()
        seeds, unresolved = await plan.seeds.resolved(plan.ranges)
        frontier = Frontier(seeds, plan.ranges, plan.limits.max_depth)
        crawl = Crawl(visitor, frontier, Register(before.devices), plan.limits, journal, watch)
        resumed = journal.resume(crawl) if plan.resume else 0
        journal.write(crawl)
        try:
            await crawl.run()
            if plan.revisit and plan.limits.max_depth is None:
                frontier.again(device for device in before.devices if device.id not in crawl.visited)
                await crawl.run()
        finally:
            journal.write(crawl)
        for device_id, (addresses, chassis_ids) in frontier.told().items():
            more = crawl.register.also(device_id, addresses, chassis_ids)
            if more is not None:
                journal.save(more)
        devices = sorted(crawl.register.devices.values(), key=lambda one: one.id)
        failures = [*unresolved, *crawl.failures()]
        differs = changes(before.devices, devices, failures, frontier.silent)
        settled = store.settled(failures)
        gone = [row["id"] for row in differs.vanished] if plan.remove_vanished else []
        files = journal.end(devices, settled, gone)
    read = {device.id for device in devices}
    kept = [device for device in before.devices if device.id not in read.union(gone)]
    whole = Found(sorted([*devices, *kept], key=lambda one: one.id), settled)
    return Outcome(
        devices=devices, failures=failures, links=links(whole.devices), changes=differs, found=whole,
        files=files, silent=frontier.silent_ranges(), untried=frontier.untried,
        merged=crawl.merged, resumed=resumed, warnings=crawl.register.shared_names(),
        seconds=time.monotonic() - start,
    )  # fmt: skip
