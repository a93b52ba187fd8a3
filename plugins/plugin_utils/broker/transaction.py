# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One change on one device, step by step, each step timed.

``checkpoint -> stage -> commit -> read back``: the caller (the guard) holds the device's turn throughout.
The change is on disk before the device is touched.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from ..drivers.base import Candidate, ConfigSession
from ..drivers.config_text import unified_diff
from .errors import (
    CommandTimeout,
    ConfigRejected,
    HoldfastError,
    OutcomeUnknown,
    RollbackFailed,
    SessionLost,
    StateDirError,
)
from .lease import Lease
from .store import Change, ChangeStore, CheckpointStore

T = TypeVar("T")
BACKUP_MARGIN = 3.0  # the device's own timer runs this much longer: the broker, which can report, goes first


@dataclass(frozen=True)
class Order:
    """What is asked for. ``confirm_within`` in seconds; None commits for good."""

    candidate: Candidate
    check: bool = False
    confirm_within: float | None = None
    comment: str = ""
    owner: str = ""
    label: str = ""


@dataclass
class Outcome:
    """``before`` and ``after`` are whole configurations; ``after`` is a prediction in check mode (None)."""

    change: Change
    changed: bool
    prediction: str
    before: str
    after: str | None


class Transaction:
    """Runs an order over a lease. ``change`` tells how far it came, whatever happens."""

    def __init__(self, lease: Lease, order: Order, change: Change, stores: tuple[ChangeStore, CheckpointStore]) -> None:
        self.lease = lease
        self.order = order
        self.change = change
        self._changes, self._checkpoints = stores
        self._before = ""

    async def run(self) -> Outcome:
        self._before = await self._step("read", lambda config: config.read(), probe=True)
        if self.order.check:
            return await self._predict()
        device = self.lease.target.label
        meta = self._checkpoints.add(device, self.change.platform, self._before, self.order.label)
        self.change.checkpoint = meta["id"]
        try:
            self._changes.save(self.change)
            return await self._commit()
        except ConfigRejected as exc:
            await self._undo_rejected(exc)
            raise
        except (SessionLost, CommandTimeout) as exc:
            raise await self._undo_unknown(exc) from exc
        except StateDirError as exc:
            await self._undo_unrecorded(exc)
            raise
        except HoldfastError as exc:
            self.settle("rejected", exc.message)
            raise

    async def _predict(self) -> Outcome:
        token = self.change.id
        diff = await self._step("predict", lambda config: config.stage(token, self.order.candidate))
        native = await self.lease.call(lambda driver: driver.config().native_diff)
        await self._step("discard", lambda config: config.discard(token))
        self.change.diff, self.change.state = diff, "predicted"
        return Outcome(self.change, bool(diff), "native" if native else "computed", self._before, None)

    async def _commit(self) -> Outcome:
        token, within = self.change.id, self.order.confirm_within
        await self._step("checkpoint", lambda config: config.checkpoint(token))
        diff = await self._step("stage", lambda config: config.stage(token, self.order.candidate))
        if not diff:
            await self._step("discard", lambda config: config.discard(token))
            self.settle("unchanged", "the device has this configuration already")
            return Outcome(self.change, False, "native", self._before, self._before)
        if within is not None:
            self.change.deadline = time.time() + within
            self.change.diff = diff
            self._changes.save(self.change)
        revert_after = None if within is None else within + BACKUP_MARGIN
        await self._step("commit", lambda config: config.commit(token, revert_after))
        after = await self._step("read back", lambda config: config.read())
        self.change.diff = unified_diff(self._before, after)
        if within is not None and self.change.diff:
            self.change.state = "pending"
            self._changes.save(self.change)
        else:
            await self._step("confirm", lambda config: config.confirm(token))
            self.settle("committed" if self.change.diff else "unchanged")
        return Outcome(self.change, bool(self.change.diff), "native", self._before, after)

    async def _undo_rejected(self, rejected: ConfigRejected) -> None:
        """The driver promised that nothing stays: see for ourselves before anybody believes it."""
        try:
            if await self._step("verify", lambda config: config.read()) != self._before:
                await restore_and_verify(self, self._before)
        except HoldfastError as exc:
            self._keep_pending(f"refused ({rejected.message}), and the undo failed: {exc.message}")
            rejected.detail["restored"] = False
            rejected.message += f"; going back to the checkpoint failed ({exc.message}) and goes on in the background"
            rejected.args = (rejected.message,)
            return
        rejected.detail["restored"] = True
        self.settle("rejected", rejected.message)

    async def _undo_unknown(self, lost: HoldfastError) -> OutcomeUnknown:
        """The session broke under the change: never sent again; the device goes back on a fresh session."""
        what = f"the session to {self.lease.target.label} broke under the change ({lost.message})"
        try:
            await restore_and_verify(self, self._before)
        except HoldfastError as exc:
            self._keep_pending(f"{what}; undo failed: {exc.message}")
            return OutcomeUnknown(
                f"{what}; the device cannot be reached to undo it ({exc.message}), the broker keeps trying",
                change=self.change.id,
                restored=False,
            )
        self.settle("reverted", what)
        return OutcomeUnknown(
            f"{what}; its running configuration was read back and equals the checkpoint again",
            change=self.change.id,
            restored=True,
        )

    async def _undo_unrecorded(self, error: StateDirError) -> None:
        """No room on the disk: what cannot be recorded could not be undone by the next broker, so it goes now."""
        self.change.state, self.change.reason, self.change.deadline = "pending", error.message, time.time()
        if any(phase["name"] == "commit" for phase in self.change.phases):
            await restore_and_verify(self, self._before)
        else:
            self._checkpoints.drop(self.change.device, self.change.checkpoint)
        self.change.state = "failed"
        self._changes.forget(self.change)

    def _keep_pending(self, reason: str) -> None:
        self.change.state, self.change.reason, self.change.deadline = "pending", reason, time.time()
        self._changes.save(self.change)

    def settle(self, state: str, reason: str = "") -> None:
        self.change.state, self.change.reason, self.change.finished = state, reason, time.time()
        self._changes.save(self.change)
        if state in ("unchanged", "rejected"):
            self._checkpoints.drop(self.change.device, self.change.checkpoint)

    async def _step(self, name: str, work: Callable[[ConfigSession], T], probe: bool = False) -> T:
        with self.timed(name):
            return await self.lease.call(lambda driver: work(driver.config()), probe=probe)

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        phase = {"name": name, "started": time.time(), "result": "failed"}
        self.change.phases.append(phase)
        start = time.monotonic()
        try:
            yield
            phase["result"] = "ok"
        finally:
            phase["seconds"] = round(time.monotonic() - start, 4)


async def restore_and_verify(work: Transaction, text: str) -> None:
    """Back to ``text``, proven by reading it again. Raises RollbackFailed when it still differs."""
    token = work.change.id
    await work._step("restore", lambda config: config.restore(token, text))
    after = await work._step("verify", lambda config: config.read())
    if after != text:
        raise RollbackFailed(
            f"{work.lease.target.label} differs from the checkpoint after the rollback",
            change=token,
            differences=unified_diff(text, after),
        )
