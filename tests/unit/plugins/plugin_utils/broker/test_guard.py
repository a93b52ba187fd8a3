# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Guarded changes: every way one can end, and what the device runs afterwards."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker import guard as guard_module
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import (
    BadInput,
    ChangeExpired,
    ChangeUnknown,
    CommandTimeout,
    ConfigRejected,
    DeviceHeld,
    HoldfastError,
    OutcomeUnknown,
    RollbackFailed,
    SessionLost,
    StateDirError,
    Unreachable,
)
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.guard import Guard
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.lease import Caller
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.sessions import SessionPool
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.store import Change, ChangeStore, CheckpointStore
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.transaction import Order, Outcome
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.base import Candidate

from .fakes import FakeDevice, FakeNetwork, target

OLD, NEW = "hostname a\n", "hostname b\n"


class Desk:
    """A guard with its stores: one broker. ``again`` is the next broker on the same state directory."""

    def __init__(self, pool: SessionPool, state: Path) -> None:
        self.pool, self.state = pool, state
        self.changes, self.checkpoints = ChangeStore(state), CheckpointStore(state)
        self.guard = Guard(pool, self.changes, self.checkpoints)

    async def apply(self, text: str = NEW, within: float | None = None, **more: Any) -> Outcome:
        order = Order(Candidate(text), confirm_within=within, owner="me", **more)
        return await self.guard.apply(target(), Caller("me"), order)

    async def confirm(self, change: str | None = None, save: bool = False) -> dict[str, Any]:
        return await self.guard.confirm(target(), Caller("me"), change, save)

    async def revert(self, change: str, check: bool = False) -> dict[str, Any]:
        return await self.guard.revert(target(), Caller("me"), change, check)

    async def read(self) -> str:
        async with self.guard.device(target(), Caller("reader")) as lease:
            return await lease.call(lambda driver: driver.config().read())

    async def settled(self) -> None:
        """Wait until no change is pending."""
        while pending := list(self.guard._pending.values()):
            await asyncio.wait_for(pending[0].settled.wait(), 10)

    def die(self) -> Desk:
        """This broker is killed (timers stop, the kernel drops its locks); another takes over."""
        for pending in self.guard._pending.values():
            if pending.timer:
                pending.timer.cancel()
        for lock in self.changes._locks.values():
            lock.close()
        return Desk(self.pool, self.state)

    def on_disk(self) -> list[dict[str, Any]]:
        return [json.loads(path.read_text()) for path in (self.state / "changes").glob("*.json")]


@pytest.fixture
def device(network: FakeNetwork) -> FakeDevice:
    return network.device("dev:22")


@pytest.fixture
async def desk(pool: SessionPool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    monkeypatch.setattr(guard_module, "RETRY_FIRST", 0.01)
    made = Desk(pool, tmp_path)
    yield made
    made.die()


# -- for good ----------------------------------------------------------------------------------


async def test_committed_for_good(desk: Desk, device: FakeDevice) -> None:
    outcome = await desk.apply(comment="NET-1", label="golden")
    change = outcome.change
    assert outcome.changed and (outcome.before, outcome.after, device.running) == (OLD, NEW, NEW)
    assert (change.state, change.comment, change.diff) == ("committed", "NET-1", "-hostname a\n+hostname b\n")
    assert device.calls == [
        *("open", "read", "checkpoint", "stage", "commit", "committed", "read", "confirm"),
    ]
    assert desk.checkpoints.text(desk.checkpoints.find("dev:22", "golden")) == OLD
    assert desk.changes.settled(change.id).state == "committed" and desk.on_disk() == []  # type: ignore[union-attr]
    assert [phase["result"] for phase in change.phases] == ["ok"] * len(change.phases)


async def test_nothing_to_do_leaves_no_trace(desk: Desk, device: FakeDevice) -> None:
    outcome = await desk.apply(OLD, within=60)
    assert not outcome.changed and outcome.change.state == "unchanged"
    assert "commit" not in device.calls and device.calls[-1] == "discard"
    assert desk.checkpoints.known("dev:22") == [] and desk.guard.describe() == []


async def test_check_mode_touches_and_keeps_nothing(desk: Desk, device: FakeDevice) -> None:
    outcome = await desk.apply(check=True)
    assert outcome.changed and outcome.prediction == "native" and outcome.change.state == "predicted"
    assert device.running == OLD and "commit" not in device.calls and desk.checkpoints.known("dev:22") == []


async def test_it_is_on_disk_before_the_device_is_touched(desk: Desk, device: FakeDevice) -> None:
    found: list[Any] = []
    device.during["checkpoint"] = lambda: found.append(desk.on_disk())
    device.during["commit"] = lambda: found.append(desk.on_disk())
    await desk.apply(within=60)
    (before,), (armed,) = found
    assert before["state"] == "armed" and before["checkpoint"] and before["deadline"] is None
    assert armed["deadline"] > time.time() + 50


# -- refused, broken -----------------------------------------------------------------------------


async def test_refused_and_the_device_is_as_before(desk: Desk, device: FakeDevice) -> None:
    device.fail["commit"] = [ConfigRejected("dev refused 'hostnam b'", line="hostnam b")]
    with pytest.raises(ConfigRejected) as caught:
        await desk.apply(within=60)
    assert caught.value.detail == {"line": "hostnam b", "restored": True}
    assert "restore" not in device.calls and desk.guard.describe() == [] and desk.checkpoints.known("dev:22") == []
    assert (await desk.apply()).changed


async def test_refused_but_something_stayed(desk: Desk, device: FakeDevice) -> None:
    """A driver that breaks its promise is not believed: the guard reads, and goes back."""
    device.fail["committed"] = [ConfigRejected("no")]
    with pytest.raises(ConfigRejected) as caught:
        await desk.apply()
    assert caught.value.detail["restored"] and device.running == OLD and "restore" in device.calls


async def test_refused_and_the_undo_fails_then_works(desk: Desk, device: FakeDevice) -> None:
    device.fail["committed"] = [ConfigRejected("no")]
    device.fail["restore"] = [RollbackFailed("flash is gone"), SessionLost("gone")]
    with pytest.raises(ConfigRejected, match=r"going back to the checkpoint failed \(flash is gone\) and goes on"):
        await desk.apply()
    assert desk.guard.describe()[0]["state"] == "pending"
    await desk.settled()
    assert device.running == OLD and desk.on_disk() == []


STEPS = ["checkpoint", "stage", "commit", "committed", "confirm"]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("error", [SessionLost, CommandTimeout])
async def test_session_lost_at_any_step(desk: Desk, device: FakeDevice, step: str, error: type[HoldfastError]) -> None:
    device.fail[step] = [error("gone")]
    with pytest.raises(OutcomeUnknown, match="equals the checkpoint again") as caught:
        await desk.apply()
    assert caught.value.detail["restored"] is True
    assert device.running == OLD and device.opens == 2 and device.calls.count("commit") <= 1
    assert desk.guard.describe() == [] and desk.on_disk() == []
    assert desk.changes.settled(caught.value.detail["change"]).state == "reverted"  # type: ignore[union-attr]


async def test_lost_before_anything_was_done_is_just_lost(desk: Desk, device: FakeDevice) -> None:
    device.fail["read"] = [SessionLost("gone")]
    with pytest.raises(SessionLost):
        await desk.apply()
    assert desk.on_disk() == [] and device.calls == ["open", "read"]


async def test_lost_and_unreachable_is_undone_when_it_is_back(
    desk: Desk, device: FakeDevice, pool: SessionPool
) -> None:
    pool.gates.remember = 0.0  # it does not wait for a device that may be rebooting
    device.fail["committed"] = [SessionLost("gone")]
    device.fail["open"] = [None, Unreachable("down"), Unreachable("down"), Unreachable("down")]
    with pytest.raises(OutcomeUnknown, match="the broker keeps trying") as caught:
        await desk.apply()
    assert caught.value.detail["restored"] is False and device.running == NEW
    await desk.settled()
    assert device.running == OLD and desk.on_disk() == []
    with pytest.raises(ChangeExpired):
        await desk.confirm(caught.value.detail["change"])


async def test_a_rollback_is_proven_not_believed(desk: Desk, device: FakeDevice) -> None:
    device.fail["committed"] = [SessionLost("gone")]
    real = device.step
    stubborn = [True]

    def step(name: str) -> None:
        real(name)
        if name == "read" and "restore" in device.calls and stubborn:
            stubborn.pop()
            device.running = "hostname c\n"  # somebody else's line came in between

    device.step = step  # type: ignore[method-assign]
    with pytest.raises(OutcomeUnknown, match="differs from the checkpoint after the rollback"):
        await desk.apply()
    await desk.settled()
    assert device.running == OLD


async def test_any_other_failure_before_the_commit_is_settled(desk: Desk, device: FakeDevice) -> None:
    device.fail["checkpoint"] = [RollbackFailed("flash is full")]
    with pytest.raises(RollbackFailed):
        await desk.apply()
    assert desk.on_disk() == [] and device.running == OLD
    assert (await desk.apply()).changed


# -- with a deadline -------------------------------------------------------------------------------


async def test_confirmed_in_time_and_then_again(desk: Desk, device: FakeDevice) -> None:
    change = (await desk.apply(within=60)).change
    assert change.state == "pending" and device.saved == ""
    done = await desk.confirm(change.id, save=True)
    assert done["changed"] and done["change"]["state"] == "confirmed" and device.saved == NEW
    again = await desk.confirm(change.id)
    assert not again["changed"] and device.calls.count("confirm") == 1
    with pytest.raises(ChangeUnknown, match="was confirmed: roll back to its checkpoint instead"):
        await desk.revert(change.id)
    assert device.running == NEW and desk.on_disk() == []


async def test_without_an_id_the_devices_pending_change_is_meant(desk: Desk, device: FakeDevice) -> None:
    with pytest.raises(ChangeUnknown, match="has no a pending change|has no pending change"):
        await desk.confirm()
    await desk.apply(within=60)
    assert (await desk.confirm())["changed"]


async def test_unknown_and_malformed_ids(desk: Desk, device: FakeDevice) -> None:
    await desk.apply(within=60)
    with pytest.raises(ChangeUnknown):
        await desk.confirm("0123456789ab")
    with pytest.raises(BadInput):
        await desk.confirm("../etc")
    with pytest.raises(ChangeUnknown, match="is unknown here"):
        await desk.revert("0123456789ab")
    assert desk.guard.describe()[0]["state"] == "pending"


async def test_not_confirmed_is_undone_and_a_late_confirm_is_told(desk: Desk, device: FakeDevice) -> None:
    change = (await desk.apply(within=0.05)).change
    await desk.settled()
    assert device.running == OLD and desk.changes.settled(change.id).state == "reverted"  # type: ignore[union-attr]
    with pytest.raises(ChangeExpired, match="not confirmed in time"):
        await desk.confirm(change.id)
    assert device.running == OLD
    assert not (await desk.revert(change.id))["changed"]


async def test_confirm_that_gets_its_turn_after_the_deadline_undoes(desk: Desk, device: FakeDevice) -> None:
    change = (await desk.apply(within=60)).change
    desk.guard._pending[change.device].due = time.monotonic() - 1  # the timer sleeps still
    with pytest.raises(ChangeExpired):
        await desk.confirm(change.id)
    assert device.running == OLD and desk.guard.describe() == []


async def test_the_devices_own_timer_was_first(desk: Desk, device: FakeDevice) -> None:
    change = (await desk.apply(within=60)).change
    device.fail["confirm"] = [ChangeExpired("the commit timer had undone it")]
    with pytest.raises(ChangeExpired):
        await desk.confirm(change.id)
    assert desk.changes.settled(change.id).state == "reverted" and desk.guard.describe() == []  # type: ignore[union-attr]


async def test_a_confirm_that_broke_can_be_tried_again(desk: Desk, device: FakeDevice) -> None:
    change = (await desk.apply(within=60)).change
    device.fail["confirm"] = [SessionLost("gone")]
    with pytest.raises(SessionLost):
        await desk.confirm(change.id)
    assert (await desk.confirm(change.id))["changed"] and device.running == NEW


async def test_the_undo_goes_on_until_the_device_is_back(desk: Desk, device: FakeDevice) -> None:
    await desk.apply(within=0.05)
    device.fail["restore"] = [RollbackFailed("flash busy"), SessionLost("gone"), CommandTimeout("slow")]
    await desk.settled()
    assert device.running == OLD and device.calls.count("restore") == 4


async def test_reverted_on_request_and_its_check_mode(desk: Desk, device: FakeDevice) -> None:
    change = (await desk.apply(within=60)).change
    assert (await desk.revert(change.id, check=True))["changed"] and device.running == NEW
    done = await desk.revert(change.id)
    assert done["changed"] and done["change"]["state"] == "reverted" and device.running == OLD
    assert not (await desk.revert(change.id))["changed"]


# -- others ------------------------------------------------------------------------------------------


async def test_others_read_while_it_is_pending_but_do_not_write(desk: Desk, device: FakeDevice) -> None:
    change = (await desk.apply(within=60)).change
    assert await desk.read() == NEW
    assert (await desk.apply("hostname c\n", check=True)).changed
    order = Order(Candidate("hostname c\n"), owner="you")
    with pytest.raises(DeviceHeld, match=f"held by change {change.id} of me") as caught:
        await desk.guard.apply(target(), Caller("you", queue_timeout=0.05), order)
    assert caught.value.detail["owner"] == "me" and caught.value.detail["deadline"] == change.deadline
    waiting = asyncio.create_task(desk.guard.apply(target(), Caller("you"), order))
    await asyncio.sleep(0.02)
    assert not waiting.done()
    await desk.confirm(change.id)
    assert (await waiting).before == NEW and device.running == "hostname c\n"


async def test_another_live_brokers_change_holds_the_device(desk: Desk, device: FakeDevice) -> None:
    other = Desk(desk.pool, desk.state)
    change = (await other.apply(within=60)).change
    with pytest.raises(DeviceHeld, match=change.id):
        await desk.guard.apply(target(), Caller("you", queue_timeout=0.05), Order(Candidate("x\n"), owner="you"))
    assert await desk.read() == NEW and device.running == NEW
    waiting = asyncio.create_task(desk.apply("hostname c\n"))
    await asyncio.sleep(0.02)
    await other.confirm(change.id)
    assert (await asyncio.wait_for(waiting, 10)).changed


# -- a broker that died ------------------------------------------------------------------------------


async def test_an_orphan_is_settled_before_anything_else(desk: Desk, device: FakeDevice) -> None:
    change = (await desk.apply(within=60)).change
    after = desk.die()
    device.calls.clear()
    assert await after.read() == OLD
    assert device.calls[:3] == ["restore", "read", "read"] and device.running == OLD
    assert after.changes.settled(change.id).state == "reverted"  # type: ignore[union-attr]
    with pytest.raises(ChangeExpired, match="its broker ended"):
        await after.confirm(change.id)


async def test_killed_before_the_checkpoint_was_taken(desk: Desk, device: FakeDevice) -> None:
    desk.changes.save(Change("0123456789ab", "dev:22", "dev", 22, "cisco_ios", "", "me", ""))
    after = desk.die()
    assert await after.read() == OLD
    assert "restore" not in device.calls and after.on_disk() == []


async def test_an_orphan_is_confirmed_before_its_deadline(desk: Desk, device: FakeDevice) -> None:
    change = (await desk.apply(within=60)).change
    after = desk.die()
    assert (await after.confirm(change.id))["changed"]
    assert device.running == NEW and after.on_disk() == []


async def test_an_orphan_past_its_deadline_cannot_be_confirmed(desk: Desk, device: FakeDevice) -> None:
    change = (await desk.apply(within=60)).change
    change.deadline = time.time() - 1
    desk.changes.save(change)
    after = desk.die()
    with pytest.raises(ChangeExpired):
        await after.confirm(change.id)
    assert device.running == OLD


async def test_confirming_another_change_does_not_spare_the_orphan(desk: Desk, device: FakeDevice) -> None:
    await desk.apply(within=60)
    after = desk.die()
    with pytest.raises(ChangeUnknown):
        await after.confirm("0123456789ab")
    assert device.running == OLD


async def test_an_orphan_that_cannot_be_undone_stops_everything(desk: Desk, device: FakeDevice) -> None:
    change = (await desk.apply(within=60)).change
    after = desk.die()
    device.fail["restore"] = [RollbackFailed("flash is gone"), RollbackFailed("flash is gone")]
    for _unused in range(2):
        with pytest.raises(DeviceHeld, match=r"was orphaned and cannot be undone yet: flash is gone"):
            await after.read()
    assert await after.read() == OLD and after.changes.settled(change.id).state == "reverted"  # type: ignore[union-attr]


async def test_an_orphan_without_its_checkpoint_stops_everything(desk: Desk, device: FakeDevice) -> None:
    """Nothing to go back to: a person must look. It must not be passed over the second time."""
    change = (await desk.apply(within=60)).change
    desk.checkpoints.drop("dev:22", change.checkpoint)
    after = desk.die()
    for _unused in range(3):
        with pytest.raises(DeviceHeld, match="no checkpoint"):
            await after.read()


async def test_an_orphan_whose_checkpoint_file_is_gone_stops_everything(desk: Desk, device: FakeDevice) -> None:
    change = (await desk.apply(within=60)).change
    Path(desk.checkpoints.find("dev:22", change.checkpoint)["path"]).unlink()
    after = desk.die()
    for _unused in range(3):
        with pytest.raises(HoldfastError, match="cannot be read"):
            await after.read()


async def test_a_damaged_change_stops_its_device(desk: Desk, device: FakeDevice) -> None:
    await desk.apply(within=60)
    next((desk.state / "changes").glob("*.json")).write_text("{")
    after = desk.die()
    for _unused in range(2):
        with pytest.raises(StateDirError, match="settle the device by hand"):
            await after.read()


# -- a full disk -------------------------------------------------------------------------------------


@pytest.mark.parametrize("good_writes", range(5))
async def test_a_full_disk_at_any_write(
    desk: Desk, device: FakeDevice, monkeypatch: pytest.MonkeyPatch, good_writes: int
) -> None:
    """Whichever write fails, an error comes, and the device ends up at its checkpoint or the change is pending."""
    from ansible_collections.holdfast.network.plugins.plugin_utils.broker import store

    real, left = store.write_whole, [good_writes]

    def write(path: Path, text: str) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise StateDirError("no space")
        real(path, text)

    monkeypatch.setattr(store, "write_whole", write)
    try:
        await desk.apply(within=60)
    except StateDirError:
        assert device.running == OLD
    else:
        assert desk.guard.describe()
    monkeypatch.setattr(store, "write_whole", real)
    after = desk.die()
    assert await after.read() == OLD
