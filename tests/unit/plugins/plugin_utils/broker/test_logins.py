# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The gates of logins, by the clock: who is let through, who waits, and how long."""

from __future__ import annotations

import asyncio

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker import logins
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import (
    AuthenticationFailed,
    BreakerOpen,
    ConnectFailed,
    HoldfastError,
    HostKeyUnknown,
    LoginBlocked,
    MissingLibrary,
    NameNotResolved,
    PromptNotFound,
    Unreachable,
)
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.logins import LoginGates
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.settings import Trials
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.route import parse_route

from .fakes import target

LOCKOUT = Trials(failures=3, window=1000, wait=300, wait_most=1000)
BREAKER = Trials(failures=2, window=1000, wait=10, wait_most=35)
NO, AWAY = AuthenticationFailed("no"), Unreachable("away")


class Clock:
    now = 5000.0

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return self.now + 1_000_000


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(logins, "time", made)
    monkeypatch.setattr(logins, "JITTER", 0.0)
    return made


@pytest.fixture
def gates(clock: Clock) -> LoginGates:
    return LoginGates(LOCKOUT, BREAKER, remember=60)


def fail(gates: LoginGates, error: HoldfastError, times: int = 1, key: str = "k") -> None:
    for _unused in range(times):
        gates.admit(target(), key)
        gates.failed(target(), key, error)


def test_an_account_is_blocked_whatever_the_password(gates: LoginGates, clock: Clock) -> None:
    for key in ("a", "b", "c"):
        fail(gates, NO, key=key)
    with pytest.raises(LoginBlocked, match="dev:22: no login as 'u' for another 300 s: 3 were refused") as caught:
        gates.admit(target(), "d")
    assert caught.value.detail == {
        "device": "dev:22", "user": "u", "failures": 3, "retry_after": 300, "until": clock.time() + 300,
    }  # fmt: skip
    gates.admit(target(user="other"), "a")
    gates.admit(target("other"), "a")
    (row,) = gates.accounts()
    assert (row["state"], row["until"]) == ("blocked", clock.time() + 300) and gates.breakers() == []


def test_one_trial_after_the_wait_then_twice_as_long_up_to_the_most(gates: LoginGates, clock: Clock) -> None:
    fail(gates, NO, 3)
    for wait in (300, 600, 1000, 1000):
        with pytest.raises(LoginBlocked, match=f"another {wait} s"):
            gates.admit(target(), "k")
        clock.now += wait
        assert gates.accounts()[0]["state"] == "half_open" and gates.accounts()[0]["until"] is None
        fail(gates, NO)


def test_a_success_forgets_the_failures(gates: LoginGates) -> None:
    fail(gates, NO, 2)
    gates.succeeded(target(), "good")
    assert gates.accounts() == []
    fail(gates, NO, 2)
    assert gates.accounts()[0]["state"] == "closed"


def test_credentials_that_have_logged_in_are_let_through_until_they_fail(gates: LoginGates) -> None:
    gates.succeeded(target(), "good")
    fail(gates, NO, 3, key="bad")
    gates.admit(target(), "good")
    gates.failed(target(), "good", NO)  # the password was changed
    with pytest.raises(LoginBlocked):
        gates.admit(target(), "good")


def test_failures_are_forgotten_after_the_window(gates: LoginGates, clock: Clock) -> None:
    fail(gates, NO, 2)
    clock.now += 1001
    fail(gates, NO, 2)
    assert gates.accounts()[0]["failures"] == 2


def test_a_refusal_at_a_jump_host_is_counted_there(gates: LoginGates) -> None:
    hops = [{"host": "j1", "user": "x", "password": "1"}, {"host": "j2", "user": "y", "password": "2"}]
    behind = [target(f"d{number}", route=parse_route(hops, None)) for number in range(4)]
    gates.succeeded(target("d9", route=parse_route(hops[:1], None)), "k")
    for one in behind[:3]:
        gates.admit(one, "k")
        gates.failed(one, "k", AuthenticationFailed("no", phase="hop2 auth"))
    with pytest.raises(LoginBlocked, match="j2:22: no login as 'y'"):
        gates.admit(behind[3], "k")
    assert [row["device"] for row in gates.accounts()] == ["j2:22"]
    gates.admit(target("d9", route=parse_route(hops[:1], None)), "k")
    gates.admit(target("d9"), "k")


def test_a_refusal_at_a_proxy_is_counted_there(gates: LoginGates) -> None:
    behind = [target(f"d{number}", route=parse_route("j1", "http://pat:1@p:81")) for number in range(4)]
    for one in behind[:3]:
        gates.failed(one, "k", AuthenticationFailed("no", phase="proxy auth"))
    with pytest.raises(LoginBlocked, match="p:81: no login as 'pat'"):
        gates.admit(behind[3], "k")
    assert [row["device"] for row in gates.accounts()] == ["p:81"]
    gates.admit(target("d0"), "k")


async def test_first_logins_through_a_jump_host_wait_for_each_other(gates: LoginGates) -> None:
    route = parse_route([{"host": "jump", "user": "x", "password": "1"}], "http://pat:1@p:81")
    now, most, tried = 0, 0, 0

    async def login(number: int, error: HoldfastError | None) -> str:
        nonlocal now, most, tried
        one = target(f"d{number}", route=route)
        try:
            async with gates.trial(one, "k"):
                now, tried = now + 1, tried + 1
                most = max(most, now)
                await asyncio.sleep(0.01)
                now -= 1
                if error is None:
                    gates.succeeded(one, "k")
                else:
                    gates.failed(one, "k", error)
                return "tried"
        except LoginBlocked:
            return "blocked"

    refused = AuthenticationFailed("no", phase="hop1 auth", phases=[{"name": "hop1 auth", "ok": False}])
    found = await asyncio.gather(*(login(number, refused) for number in range(20)))
    assert (found.count("tried"), found.count("blocked"), most, tried) == (3, 17, 3, 3)
    gates.reset()
    now = most = 0
    behind = Unreachable("away", phase="tcp", phases=[{"name": "hop1 auth", "ok": True}, {"name": "tcp", "ok": False}])
    assert await asyncio.gather(*(login(number, behind) for number in range(20))) == ["tried"] * 20
    assert most == 17, "the first three showed that the jump host lets us in"
    assert gates._trying == {}


def test_the_breaker_opens_for_a_device_and_closes(gates: LoginGates, clock: Clock) -> None:
    fail(gates, AWAY, 2)
    with pytest.raises(BreakerOpen, match=r"not tried for another 10 s, the last 2 logins failed .*\(unreachable\)"):
        gates.admit(target(user="other"), "k")
    gates.admit(target(), "k", urgent=True)  # an undo
    assert gates.breakers()[0]["state"] == "open" and gates.accounts() == []
    for wait in (10, 20, 35, 35):
        clock.now += wait - 0.5
        with pytest.raises(BreakerOpen):
            gates.admit(target(), "k")
        clock.now += 0.5
        assert gates.breakers()[0]["state"] == "half_open"
        fail(gates, AWAY)
    gates.succeeded(target(), "k")
    assert gates.breakers() == []


def test_a_refused_login_shows_that_the_device_is_there(gates: LoginGates) -> None:
    fail(gates, AWAY)
    fail(gates, NO)
    assert gates.breakers() == []


@pytest.mark.parametrize(
    ("error", "counts"),
    [
        (Unreachable("x"), True), (ConnectFailed("x"), True), (PromptNotFound("x"), True),
        (NameNotResolved("x"), False), (HostKeyUnknown("x"), False), (MissingLibrary("x"), False),
        (BreakerOpen("x"), False), (LoginBlocked("x"), False),
    ],
)  # fmt: skip
def test_what_the_breaker_counts(gates: LoginGates, error: HoldfastError, counts: bool) -> None:
    gates.failed(target(), "k", error)
    assert bool(gates.breakers()) is counts and gates.accounts() == []


def test_zero_failures_switch_a_gate_off(clock: Clock) -> None:
    gates = LoginGates(Trials(failures=0), Trials(failures=0))
    fail(gates, NO, 50)
    fail(gates, AWAY, 50)


def test_waits_differ_a_little(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logins, "JITTER", 0.2)
    gates = LoginGates(LOCKOUT, BREAKER)
    for number in range(20):
        for _unused in range(2):
            gates.failed(target(f"d{number}"), "k", AWAY)
    waits = [row["until"] - clock.time() for row in gates.breakers()]
    assert len(set(waits)) > 5 and min(waits) >= 10 and max(waits) <= 12


def test_reset_forgets_but_not_who_is_proven(gates: LoginGates) -> None:
    gates.succeeded(target(), "good")
    fail(gates, NO, 3, key="bad")
    fail(gates, AWAY, 2, key="good")
    assert gates.reset("elsewhere:22") == 0 and gates.reset("dev:22") == 2 and gates.reset() == 0
    gates.admit(target(), "bad")
    fail(gates, NO, 3, key="bad")
    gates.admit(target(), "good")


def test_a_lost_device_is_remembered_for_a_while(gates: LoginGates, clock: Clock) -> None:
    assert not gates.was_lost("dev:22")
    gates.lost("dev:22")
    clock.now += 59
    assert gates.was_lost("dev:22")
    clock.now += 2
    assert not gates.was_lost("dev:22")
    gates.lost("dev:22")
    gates.succeeded(target(), "k")
    assert not gates.was_lost("dev:22")
