# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The guard: who may change a device, and what becomes of a change that nobody confirms.

A pending change is undone at its deadline, retried until the device is reachable; one that a dead broker
left behind is undone before anything else reaches that device.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from ..drivers.base import Candidate, Target
from .errors import ChangeExpired, ChangeUnknown, DeviceHeld, HoldfastError
from .lease import Caller, Lease
from .sessions import SessionPool
from .store import Change, ChangeStore, CheckpointStore, new_id
from .transaction import Order, Outcome, Transaction, restore_and_verify
from .turns import URGENT

LOG = logging.getLogger(__name__)
RETRY_FIRST, RETRY_MOST = 1.0, 15.0


@dataclass
class Pending:
    """A change of ours that waits for its confirmation (or, past its deadline, for its undo).

    ``due`` is its deadline on the monotonic clock: somebody may set the machine's other one meanwhile.
    """

    change: Change
    target: Target
    due: float
    settled: asyncio.Event = field(default_factory=asyncio.Event)
    timer: asyncio.Task[None] | None = None


class Guard:
    """All pending changes of this broker, by device."""

    def __init__(self, pool: SessionPool, changes: ChangeStore, checkpoints: CheckpointStore) -> None:
        self.checkpoints = checkpoints
        self._pool = pool
        self._changes = changes
        self._pending: dict[str, Pending] = {}

    # -- entering a device ---------------------------------------------------------------------

    @asynccontextmanager
    async def device(self, target: Target, caller: Caller, confirming: str | None = None) -> AsyncIterator[Lease]:
        """A lease on a device that no orphaned change is left on. Every operation enters through here.

        ``confirming`` is the id of the change that the caller has come to confirm: it is not undone
        while its deadline lies ahead.
        """
        async with self._pool.lease(target, caller) as lease:
            for change in self._changes.orphans(target.label):
                if change.id == confirming and change.deadline and time.time() < change.deadline:
                    self._hold(change, target)
                else:
                    await self._settle_orphan(lease, change)
            yield lease

    async def _settle_orphan(self, lease: Lease, change: Change) -> None:
        LOG.warning("change %s on %s was orphaned by %s: undoing it", change.id, change.device, change.owner)
        work = self._work(lease, change)
        try:
            text = self._checkpoint_text(change)
            if text is not None:
                await restore_and_verify(work, text)
        except HoldfastError as exc:
            self._changes.release(change.id)  # the next operation tries again, and is refused like this one
            raise DeviceHeld(
                f"{change.device}: change {change.id} of {change.owner} was orphaned and cannot be undone yet: "
                f"{exc.message}",
                change=change.id,
                owner=change.owner,
                deadline=change.deadline,
            ) from exc
        work.settle("reverted", "its broker ended before it was confirmed")

    def _checkpoint_text(self, change: Change) -> str | None:
        """None for a change that had not got as far as a checkpoint: the device was not touched."""
        return (
            self.checkpoints.text(self.checkpoints.find(change.device, change.checkpoint))
            if change.checkpoint
            else None
        )

    @asynccontextmanager
    async def writable(self, target: Target, caller: Caller) -> AsyncIterator[Lease]:
        """A lease on a device without any pending change. Waits for one to settle; raises DeviceHeld after that."""
        deadline = None if caller.queue_timeout is None else time.monotonic() + caller.queue_timeout
        while True:
            await self._wait_settled(target.label, deadline)
            async with self.device(target, caller) as lease:
                foreign = self._changes.foreign(target.label)
                if target.label in self._pending or foreign:
                    caller.started = False
                else:
                    yield lease
                    return
            if foreign:
                if deadline is not None and time.monotonic() > deadline:
                    raise _held(foreign)
                await asyncio.sleep(0.2)

    async def _wait_settled(self, device: str, deadline: float | None) -> None:
        pending = self._pending.get(device)
        if pending is None:
            return
        try:
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            await asyncio.wait_for(pending.settled.wait(), left)
        except TimeoutError as exc:
            raise _held(pending.change) from exc

    # -- changing ------------------------------------------------------------------------------

    async def apply(self, target: Target, caller: Caller, order: Order) -> Outcome:
        """Run the order; a change that asks for confirmation is pending when this returns."""
        entrance = self.device if order.check else self.writable
        async with entrance(target, caller) as lease:
            change = Change(
                id=new_id(),
                device=target.label,
                host=target.host,
                port=target.port,
                platform=target.platform,
                checkpoint="",
                owner=order.owner,
                comment=order.comment,
                commands=[line for line in order.candidate.text.splitlines() if line.strip()],
            )
            work = self._work(lease, change, order)
            try:
                outcome = await work.run()
                if change.state == "pending":
                    change.native_timer = await lease.call(lambda driver: driver.config().native_timer)
            finally:
                if change.state == "pending":
                    self._hold(change, target)
        return outcome

    async def confirm(self, target: Target, caller: Caller, change_id: str | None, save: bool) -> dict[str, Any]:
        """Keep a pending change. Raises ChangeExpired when it was undone, ChangeUnknown when there is none."""
        async with self.device(target, caller, confirming=change_id) as lease:
            pending = self._pending.get(target.label)
            if pending is None or change_id not in (None, pending.change.id):
                return await self._confirm_again(lease, change_id, save)
            change = pending.change
            if time.monotonic() >= pending.due:
                await self._undo(lease, pending, "not confirmed in time")
                raise _expired(change)
            work = self._work(lease, change)
            try:
                await work._step("confirm", lambda config: config.confirm(change.id))
            except ChangeExpired:
                self._settle(pending, work, "reverted", "the device's own timer had undone it")
                raise
            self._settle(pending, work, "confirmed")
            if save:
                await work._step("save", lambda config: config.save())
            return {"changed": True, "change": asdict(change)}

    async def _confirm_again(self, lease: Lease, change_id: str | None, save: bool) -> dict[str, Any]:
        """Not pending: say what became of it. A second confirm changes nothing."""
        self._refuse_foreign(lease.target.label, change_id)
        settled = self._changes.settled(change_id) if change_id else None
        if settled is None:
            what = f"change {change_id}" if change_id else "a pending change"
            raise ChangeUnknown(f"change: {lease.target.label} has no {what} to confirm", change=change_id)
        if settled.state not in ("confirmed", "committed", "unchanged"):
            raise _expired(settled)
        if save:
            await lease.call(lambda driver: driver.config().save())
        return {"changed": False, "change": asdict(settled)}

    async def revert(self, target: Target, caller: Caller, change_id: str, check: bool) -> dict[str, Any]:
        """Undo a pending change now, verified."""
        async with self.device(target, caller) as lease:
            pending = self._pending.get(target.label)
            if pending is None or pending.change.id != change_id:
                self._refuse_foreign(target.label, change_id)
                settled = self._changes.settled(change_id)
                if settled is None or settled.state not in ("reverted", "rejected", "unchanged"):
                    why = "was confirmed: roll back to its checkpoint instead" if settled else "is unknown here"
                    raise ChangeUnknown(f"change: {change_id} on {target.label} {why}", change=change_id)
                return {"changed": False, "change": asdict(settled)}
            if not check:
                await self._undo(lease, pending, "rolled back on request")
            return {"changed": True, "change": asdict(pending.change)}

    def _refuse_foreign(self, device: str, change_id: str | None) -> None:
        """Raises DeviceHeld when another broker guards this change (the device's pending one, for None)."""
        change = self._changes.foreign(device)
        if change is not None and change_id in (None, change.id):
            left = max(0.0, (change.deadline or time.time()) - time.time())
            raise DeviceHeld(
                f"change {change.id} on {device} is guarded by another broker, which is draining: it cannot be settled "
                f"from here, and is undone in {left:.0f} s",
                change=change.id,
                owner=change.owner,
                deadline=change.deadline,
            )

    # -- the deadline --------------------------------------------------------------------------

    def _hold(self, change: Change, target: Target) -> None:
        due = time.monotonic() + (change.deadline or 0.0) - time.time()
        pending = self._pending[target.label] = Pending(change, target, due)
        pending.timer = asyncio.get_running_loop().create_task(self._expire(pending))

    async def _expire(self, pending: Pending) -> None:
        """Sleep to the deadline, then undo, until it is done: the device may be unreachable for long."""
        change = pending.change
        await asyncio.sleep(max(0.0, pending.due - time.monotonic()))
        reason = change.reason or "not confirmed in time"
        wait = RETRY_FIRST
        while not pending.settled.is_set():
            try:
                async with self._pool.lease(pending.target, Caller("guard", None, URGENT)) as lease:
                    if not pending.settled.is_set():
                        await self._undo(lease, pending, reason)
            except HoldfastError as exc:
                change.attempts += 1
                LOG.error("undoing change %s on %s failed (%s), trying again", change.id, change.device, exc.message)
                await asyncio.sleep(wait)
                wait = min(RETRY_MOST, wait * 2)

    async def _undo(self, lease: Lease, pending: Pending, reason: str) -> None:
        work = self._work(lease, pending.change)
        text = self._checkpoint_text(pending.change) or ""
        await restore_and_verify(work, text)
        LOG.warning("change %s on %s was undone: %s", pending.change.id, pending.change.device, reason)
        self._settle(pending, work, "reverted", reason)

    def _settle(self, pending: Pending, work: Transaction, state: str, reason: str = "") -> None:
        work.settle(state, reason)
        self._pending.pop(pending.change.device, None)
        pending.settled.set()
        if pending.timer is not None and pending.timer is not asyncio.current_task():
            pending.timer.cancel()

    # -- looking -------------------------------------------------------------------------------

    def _work(self, lease: Lease, change: Change, order: Order | None = None) -> Transaction:
        return Transaction(lease, order or Order(Candidate("")), change, (self._changes, self.checkpoints))

    def describe(self, device: str | None = None) -> list[dict[str, Any]]:
        return [asdict(p.change) for p in self._pending.values() if device in (None, p.change.device)]


def _held(change: Change) -> DeviceHeld:
    left = max(0.0, (change.deadline or time.time()) - time.time())
    return DeviceHeld(
        f"{change.device} is held by change {change.id} of {change.owner}, pending for another {left:.0f} s; "
        "confirm it, roll it back, or wait (holdfast_queue_timeout)",
        change=change.id,
        owner=change.owner,
        deadline=change.deadline,
    )


def _expired(change: Change) -> ChangeExpired:
    why = change.reason or "not confirmed in time"
    return ChangeExpired(
        f"change {change.id} on {change.device} cannot be confirmed: it was undone ({why}); "
        "the device is back at its checkpoint",
        change=change.id,
        checkpoint=change.checkpoint,
    )
