# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The pool: one login for many uses, and what becomes of a session that breaks, ages or is one too many."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker import sessions
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import (
    AuthenticationFailed,
    CommandFailed,
    CommandTimeout,
    LoginBlocked,
    QueueTimeout,
    SessionLost,
    Unreachable,
)
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.lease import Caller
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.sessions import SessionPool
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.settings import Limits
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.base import (
    Command,
    Driver,
    Reply,
    Secrets,
    Target,
)
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.detecting import AUTODETECT

from .fakes import FakeNetwork, target


def show(driver: Driver) -> list[Reply]:
    return driver.run([Command("show")], 1.0)


async def use(pool: SessionPool, where: Target, name: str = "c") -> bool:
    """One read; whether it logged in."""
    async with pool.lease(where, Caller(name)) as lease:
        await pool.read(lease, show)
        return lease.opened_now


async def test_one_login_serves_many_and_never_two_at_once(pool: SessionPool, network: FakeNetwork) -> None:
    device, inside = network.device("dev:22"), 0

    def alone() -> None:
        nonlocal inside
        inside += 1
        assert inside == 1
        time.sleep(0.002)
        inside -= 1

    device.during["show"] = alone
    logins = await asyncio.gather(*(use(pool, target()) for _unused in range(20)))
    assert (device.opens, sum(logins), pool.logins, device.calls.count("show")) == (1, 1, 1, 20)
    assert pool.describe()[0]["requests"] == 20 and pool.describe()[0]["state"] == "idle"


async def test_a_read_is_repeated_once_a_write_never(pool: SessionPool, network: FakeNetwork) -> None:
    device = network.device("dev:22")
    device.fail["show"] = [SessionLost("gone")]
    assert await use(pool, target())
    assert (device.opens, device.closes, device.calls.count("show")) == (2, 1, 2)
    device.fail["show"] = [SessionLost("gone"), SessionLost("gone again")]
    with pytest.raises(SessionLost, match="gone again"):
        await use(pool, target())
    assert device.calls.count("show") == 4 and pool.describe() == []
    device.fail["show"] = [SessionLost("gone")]
    async with pool.lease(target(), Caller("w")) as lease:
        with pytest.raises(SessionLost):
            await lease.call(show)
    assert device.calls.count("show") == 5 and device.live == 0


async def test_a_timeout_closes_the_session_a_refusal_does_not(pool: SessionPool, network: FakeNetwork) -> None:
    device = network.device("dev:22")
    device.fail["show"] = [CommandFailed("no"), CommandTimeout("late")]
    with pytest.raises(CommandFailed):
        await use(pool, target())
    assert device.live == 1
    with pytest.raises(CommandTimeout):
        await use(pool, target())
    assert device.live == 0 and pool.describe() == []


async def test_a_defect_closes_the_session_too(pool: SessionPool, network: FakeNetwork) -> None:
    async with pool.lease(target(), Caller("c")) as lease:
        with pytest.raises(ZeroDivisionError):
            await lease.call(lambda driver: 1 // 0)
    assert network.device("dev:22").live == 0


async def test_probe_after_idleness_only(pool: SessionPool, network: FakeNetwork) -> None:
    device = network.device("dev:22")
    await use(pool, target())
    await use(pool, target())
    assert device.probes == 0
    pool.limit(Limits(probe_after=-1.0))
    assert not await use(pool, target())
    assert (device.probes, device.opens) == (1, 1)
    device.alive = False
    assert await use(pool, target())
    assert (device.probes, device.opens, device.live) == (2, 2, 1)


async def test_probe_before_the_first_call_of_a_change(pool: SessionPool, network: FakeNetwork) -> None:
    device = network.device("dev:22")
    await use(pool, target())
    async with pool.lease(target(), Caller("w")) as lease:
        await lease.call(show, probe=True)
        await lease.call(show, probe=True)
    assert device.probes == 1


async def test_sweep_closes_the_idle_and_the_old(network: FakeNetwork, threads: ThreadPoolExecutor) -> None:
    pool = SessionPool(Limits(max_age=1000), threads)
    quick, slow, busy = (target(h, options={"idle_timeout": t}) for h, t in (("q", 5), ("s", 50), ("b", 5)))
    for one in (quick, slow, busy):
        await use(pool, one)
    for session in pool._sessions.values():
        session.used -= 10
    async with pool.lease(busy, Caller("c")) as lease:
        await lease.call(show)
        lease.session.used -= 10  # type: ignore[union-attr]
        await pool.sweep()
    assert sorted(row["host"] for row in pool.describe()) == ["b", "s"]
    for session in pool._sessions.values():
        session.born -= 2000
    assert await use(pool, slow)  # too old to be used, even unswept
    assert network.device("s:22").opens == 2
    await pool.sweep()
    assert [row["host"] for row in pool.describe()] == ["s"]


async def test_over_the_cap_the_longest_unused_goes(network: FakeNetwork, threads: ThreadPoolExecutor) -> None:
    pool = SessionPool(Limits(sessions=2), threads)
    for host in ("a", "b", "a", "c"):
        await use(pool, target(host))
    assert sorted(row["host"] for row in pool.describe()) == ["a", "c"]
    assert network.device("b:22").live == 0


async def test_no_more_parallel_logins_than_allowed(network: FakeNetwork, threads: ThreadPoolExecutor) -> None:
    pool, lock, now, most = SessionPool(Limits(parallel_logins=3), threads), threading.Lock(), 0, 0

    def logging_in() -> None:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.01)
        with lock:
            now -= 1

    for number in range(12):
        network.device(f"d{number}:22").during["open"] = logging_in
    await asyncio.gather(*(use(pool, target(f"d{number}")) for number in range(12)))
    assert most == 3 and pool.logins == 12


async def test_fifo_opens_for_each_job(pool: SessionPool, network: FakeNetwork) -> None:
    device, where = network.device("dev:22"), target(options={"queue": "fifo"})
    assert await use(pool, where) and await use(pool, where)
    assert (device.opens, device.live, pool.describe()) == (2, 0, [])
    async with pool.lease(where, Caller("c")) as lease:
        await lease.call(show)
        await lease.call(show)
    assert device.opens == 3


@pytest.mark.parametrize(
    "other",
    [
        {"user": "v"},
        {"secrets": Secrets(password="q")},
        {"secrets": Secrets(password="p", enable="e")},
        {"secrets": Secrets(password="p", private_key_file="/k")},
        {"secrets": Secrets(password="p", private_key="k")},
        {"secrets": Secrets(password="p", passphrase="x")},
        {"secrets": Secrets()},
        {"platform": "cisco_xe"},
        {"driver": "other"},
        {"port": 23},
        {"options": {"host_key_checking": False}},
    ],
)
async def test_other_credentials_never_share(pool: SessionPool, network: FakeNetwork, other: dict[str, object]) -> None:
    assert pool.key(target()) != pool.key(target(**other))
    await use(pool, target())
    assert await use(pool, target(**other))


async def test_keys_tell_nothing_and_are_of_one_process(pool: SessionPool, threads: ThreadPoolExecutor) -> None:
    assert pool.key(target()) == pool.key(target(options={"queue": "fifo", "idle_timeout": 3}))
    assert pool.key(target()) != SessionPool(Limits(), threads).key(target())
    secret = target(secrets=Secrets(password="sesame", enable="sesame2", passphrase="sesame3"))
    assert "sesame" not in repr(secret) + pool.key(secret)


async def test_a_failed_login_leaves_nothing(pool: SessionPool, network: FakeNetwork) -> None:
    device = network.device("dev:22")
    device.fail["open"] = [AuthenticationFailed("no"), Unreachable("no")]
    with pytest.raises(AuthenticationFailed):
        await use(pool, target())
    with pytest.raises(Unreachable):
        await use(pool, target())
    assert (device.live, pool.describe(), pool._turns) == (0, [], {})
    assert await use(pool, target())


async def test_close_waits_for_its_turn(pool: SessionPool, network: FakeNetwork) -> None:
    await use(pool, target("a"))
    await use(pool, target("b"))
    async with pool.lease(target("a"), Caller("c")) as lease:
        await lease.call(show)
        closing = asyncio.create_task(pool.close(target("a")))
        await asyncio.sleep(0.01)
        assert not closing.done() and network.device("a:22").live == 1
    assert await closing == 1
    assert [row["host"] for row in pool.describe()] == ["b"]
    assert await pool.close() == 1 and await pool.close() == 0


async def test_waiting_has_an_end_and_is_shown(pool: SessionPool, network: FakeNetwork) -> None:
    await use(pool, target())
    async with pool.lease(target(), Caller("long job")) as lease:
        await lease.call(show)
        waiter = asyncio.create_task(use(pool, target()))
        await asyncio.sleep(0.01)
        assert pool.describe()[0]["waiting"] == 1 and pool.describe()[0]["state"] == "busy"
        with pytest.raises(QueueTimeout, match="long job"):
            async with pool.lease(target(), Caller("late", 0.01)):
                raise AssertionError("must not get the device")
    assert not await waiter


# -- gates, claims, retiring -------------------------------------------------------------------------------


async def test_a_refused_account_is_not_tried_again(pool: SessionPool, network: FakeNetwork) -> None:
    device, wrong = network.device("dev:22"), target(secrets=Secrets(password="q"))
    await use(pool, target())
    device.fail["open"] = [AuthenticationFailed("no")] * 3
    found = await asyncio.gather(*(use(pool, wrong) for _unused in range(10)), return_exceptions=True)
    assert [type(one) for one in found] == [AuthenticationFailed] * 3 + [LoginBlocked] * 7 and device.opens == 4
    assert not await use(pool, target()), "the session of other credentials goes on"


async def test_a_device_that_went_away_is_waited_for_within_the_connect_timeout(
    pool: SessionPool, network: FakeNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "BACK_FIRST", 0.01)
    device, where = network.device("dev:22"), target(connect_timeout=0.3)
    device.fail["open"] = [Unreachable("down")]
    with pytest.raises(Unreachable):  # it never had a session: no patience
        await use(pool, where)
    await use(pool, where)
    device.fail = {"show": [SessionLost("gone")], "open": [Unreachable("down"), Unreachable("booting")]}
    assert await use(pool, where) and device.opens == 5
    assert pool._sessions[pool.key(where)].driver.target.connect_timeout == 0.3
    device.fail = {"show": [SessionLost("gone")], "open": [Unreachable("down")] * 100}
    start = time.monotonic()
    with pytest.raises(Unreachable):
        await use(pool, where)
    assert 0.1 < time.monotonic() - start < 0.5 and pool.gates.breakers()[0]["failures"] == 1


class FakeClaims:
    """What another process has, and what we have."""

    def __init__(self) -> None:
        self.others: set[str] = set()
        self.ours: set[str] = set()

    def take(self, device: str) -> bool:
        if device in self.others:
            return False
        self.ours.add(device)
        return True

    def drop(self, device: str) -> None:
        self.ours.discard(device)


async def test_a_device_is_claimed_while_it_is_used_or_kept(network: FakeNetwork, threads: ThreadPoolExecutor) -> None:
    claims, kept = FakeClaims(), {"k:22"}
    pool = SessionPool(Limits(), threads, claims=claims)  # type: ignore[arg-type]
    pool.kept = lambda device: device in kept
    await use(pool, target("a"))
    await use(pool, target("f", options={"queue": "fifo"}))
    await use(pool, target("k", options={"queue": "fifo"}))
    network.device("u:22").fail["open"] = [Unreachable("down")]
    with pytest.raises(Unreachable):
        await use(pool, target("u"))
    assert claims.ours == {"a:22", "k:22"}
    await pool.close()
    kept.clear()
    async with pool.lease(target("k"), Caller("settles")):
        pass
    assert claims.ours == set()


async def test_a_device_of_another_broker_is_waited_for(network: FakeNetwork, threads: ThreadPoolExecutor) -> None:
    claims = FakeClaims()
    pool = SessionPool(Limits(), threads, claims=claims)  # type: ignore[arg-type]
    claims.others = {"dev:22"}
    with pytest.raises(QueueTimeout, match="dev:22 stayed with another broker for 0.05 s"):
        async with pool.lease(target(), Caller("c", 0.05)) as lease:
            await lease.call(show)
    waiting = asyncio.create_task(use(pool, target()))
    await asyncio.sleep(0.05)
    assert network.device("dev:22").opens == 0
    claims.others.clear()
    assert await waiting


async def test_a_retiring_pool_gives_up_what_nobody_needs(pool: SessionPool, network: FakeNetwork) -> None:
    kept = {"kept:22"}
    pool.kept = lambda device: device in kept
    for host in ("idle", "kept", "busy"):
        await use(pool, target(host))
    async with pool.lease(target("busy"), Caller("c")) as lease:
        await lease.call(show)
        waiting = asyncio.create_task(use(pool, target("busy")))
        await asyncio.sleep(0.01)
        await pool.retire()
        assert sorted(row["host"] for row in pool.describe()) == ["busy", "kept"]
    assert not await waiting, "what waited had the session still"
    assert [row["host"] for row in pool.describe()] == ["kept"]
    kept.clear()
    await use(pool, target("kept"))
    assert pool.describe() == []


async def test_a_detected_platform_is_the_sessions_own_from_then_on(
    pool: SessionPool, network: FakeNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Detecting(network.driver):  # type: ignore[name-defined,misc]
        def open(self) -> None:
            super().open()
            self.target = replace(self.target, platform="arista_eos")

    monkeypatch.setattr(network, "driver", Detecting)
    unknown, known = target(platform=AUTODETECT), target(platform="arista_eos")
    async with pool.lease(unknown, Caller("c")) as lease:
        await pool.read(lease, show)
        assert (lease.target, lease.opened_now) == (known, True)
    assert pool.has(known)
    assert not await use(pool, known)
    assert not await use(pool, unknown)
    assert await use(pool, replace(unknown, secrets=Secrets(password="another")))
    assert network.device("dev:22").opens == 2
