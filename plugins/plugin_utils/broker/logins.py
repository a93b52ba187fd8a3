# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a login may be tried: the lockout guard of accounts, the circuit breaker of devices, and who is rebooting.

The lockout guard counts refused logins by device and user, whatever the password was: it is the account that
would be locked. Credentials that have logged in before are let through even so, until they too are refused: a
wrong password of somebody else harms nobody. The breaker counts logins that did not get as far, by device.

Runs in the event loop; a device's turn makes sure that one login to it is tried at a time.
"""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from ..drivers.base import Target
from .errors import AuthenticationFailed, BreakerOpen, ConnectFailed, HoldfastError, LoginBlocked, NameNotResolved
from .settings import Trials

LOOK_EVERY = 0.05
JITTER = 0.2  # waits are up to this much longer, so that many devices are not tried in the same moment
RESET_HINT = "holdfast.network.session with state=reset forgets the failures"


@dataclass
class Gate:
    """Closed until too many failures in a row; then open for a wait that grows; then one trial. Monotonic seconds."""

    failures: int = 0
    last: float = 0.0
    until: float = 0.0
    wait: float = 0.0
    code: str = ""

    def fail(self, trials: Trials, now: float, code: str) -> None:
        if now - max(self.last, self.until) > trials.window:
            self.failures, self.wait = 0, 0.0
        self.failures, self.last, self.code = self.failures + 1, now, code
        if trials.failures and self.failures >= trials.failures:
            self.wait = min(trials.wait_most, self.wait * 2 or trials.wait)
            self.until = now + self.wait * random.uniform(1, 1 + JITTER)

    def left(self, now: float) -> float:
        """Seconds until the next login may be tried."""
        return max(0.0, self.until - now)

    def state(self, now: float, shut: str) -> str:
        if self.left(now):
            return shut
        return "half_open" if self.until else "closed"


@dataclass
class Account(Gate):
    """A user on a device. ``proven``: keys of the credentials that logged in last time."""

    proven: set[str] = field(default_factory=set)


class LoginGates:
    """The gates of all devices and accounts."""

    def __init__(self, lockout: Trials, breaker: Trials, remember: float = 600.0) -> None:
        self.lockout = lockout
        self.breaker = breaker
        self.remember = remember
        self._accounts: dict[tuple[str, str], Account] = {}
        self._devices: dict[str, Gate] = {}
        self._lost: dict[str, float] = {}
        self._trying: Counter[tuple[str, str]] = Counter()

    # -- before and after a login --------------------------------------------------------------

    @asynccontextmanager
    async def trial(self, target: Target, key: str, urgent: bool = False) -> AsyncIterator[None]:
        """Around a login. Raises LoginBlocked, BreakerOpen.

        A device has its turn, a jump host does not: of many logins through it with credentials that are not proven,
        only so many are tried together as it may refuse; the others wait for how those end.
        """
        self.admit(target, key, urgent)
        while self._crowded(target, key):
            await asyncio.sleep(LOOK_EVERY)
            self.admit(target, key, urgent)
        places = [place for place, _word in _accounts(target, key)]
        self._trying.update(places)
        try:
            yield
        finally:
            self._trying.subtract(places)
            self._trying = +self._trying

    def _crowded(self, target: Target, key: str) -> bool:
        for place, word in _accounts(target, key):
            account = self._accounts.get(place, Account())
            at_once = max(1, self.lockout.failures - account.failures)
            at_risk = bool(place[1]) and word not in account.proven  # without a user there is nothing to lock
            if self.lockout.failures and at_risk and self._trying[place] >= at_once:
                return True
        return False

    def admit(self, target: Target, key: str, urgent: bool = False) -> None:
        """Raises LoginBlocked or BreakerOpen. An undo is ``urgent``: no breaker keeps it from its device."""
        now = time.monotonic()
        device = self._devices.get(target.label)
        for place, word in _accounts(target, key):
            account = self._accounts.get(place)
            if account is not None and word not in account.proven and account.left(now):
                raise _blocked(place, account, now)
        if device is not None and not urgent and device.left(now):
            left = device.left(now)
            raise BreakerOpen(
                f"{target.label}: not tried for another {left:.0f} s, the last {device.failures} logins failed before "
                f"the password was asked for ({device.code}); {RESET_HINT}",
                device=target.label, failures=device.failures, last=device.code, **_when(left),
            )  # fmt: skip

    def succeeded(self, target: Target, key: str) -> None:
        for place, word in _accounts(target, key):
            proven = self._accounts.pop(place, Account()).proven
            self._accounts[place] = Account(proven={*proven, word})
        self._devices.pop(target.label, None)
        self._lost.pop(target.label, None)

    def _passed(self, target: Target, key: str, error: HoldfastError) -> None:
        """The login failed further on, but the proxy and these jump hosts took their part of it."""
        ok = {phase["name"] for phase in error.detail.get("phases") or [] if phase["ok"]}
        ways = _accounts(target, key)[1:]
        passed = [way for number, way in enumerate(ways, 1) if f"hop{number} auth" in ok]
        if target.route.proxy is not None and not str(error.detail.get("phase", "proxy ")).startswith("proxy "):
            passed.append(ways[-1])
        for place, word in passed:
            self._accounts.setdefault(place, Account()).proven.add(word)

    def failed(self, target: Target, key: str, error: HoldfastError) -> None:
        """Count it where it belongs; what is wrong at our end (a host key, a library) is not counted."""
        now = time.monotonic()
        self._passed(target, key, error)
        if isinstance(error, AuthenticationFailed):
            phase = str(error.detail.get("phase"))
            hop = re.match(r"hop(\d+) ", phase)
            place, word = _accounts(target, key)[int(hop[1]) if hop else -1 if phase.startswith("proxy ") else 0]
            account = self._accounts.setdefault(place, Account())
            account.proven.discard(word)
            account.fail(self.lockout, now, error.code)
            self._devices.pop(place[0], None)  # it is there
        elif transient(error):
            self._devices.setdefault(target.label, Gate()).fail(self.breaker, now, error.code)

    # -- devices that went away ----------------------------------------------------------------

    def lost(self, device: str) -> None:
        """A session's connection broke: the device may be rebooting."""
        self._lost[device] = time.monotonic()

    def was_lost(self, device: str) -> bool:
        return time.monotonic() - self._lost.get(device, -self.remember) < self.remember

    # -- for people ----------------------------------------------------------------------------

    def reset(self, device: str | None = None) -> int:
        """Forget the failures of a device (of all when None); how many rows there were."""
        rows = [row for row in (*self.accounts(), *self.breakers()) if device in (None, row["device"])]
        for (label, user), account in list(self._accounts.items()):
            if device in (None, label):
                self._accounts[label, user] = Account(proven=account.proven)
        for label in list(self._devices):
            if device in (None, label):
                del self._devices[label]
        return len(rows)

    def accounts(self) -> list[dict[str, Any]]:
        """The lockout guard: accounts with refused logins."""
        now = time.monotonic()
        return [
            {"device": label, "user": user, **_row(account, now, "blocked")}
            for (label, user), account in sorted(self._accounts.items())
            if account.failures
        ]

    def breakers(self) -> list[dict[str, Any]]:
        now = time.monotonic()
        return [{"device": label, **_row(gate, now, "open")} for label, gate in sorted(self._devices.items())]


def transient(error: HoldfastError) -> bool:
    """Whether the device could not be reached, or not in time: nothing that the caller could correct."""
    return isinstance(error, ConnectFailed) and error.retryable and not isinstance(
        error, (NameNotResolved, LoginBlocked, BreakerOpen)
    )  # fmt: skip


def _accounts(target: Target, key: str) -> list[tuple[tuple[str, str], str]]:
    """The device's account, those of its jump hosts, and its proxy's; each with a word for the credentials (of this
    process)."""
    route = target.route
    found = [((target.label, target.user or ""), key)]
    for hop in route.hops:
        word = str(hash((hop.password, hop.private_key_file, hop.private_key, hop.passphrase)))
        found.append(((hop.label, hop.user or ""), word))
    if route.proxy is not None:
        place = (f"{route.proxy.host}:{route.proxy.port}", route.proxy.user or "")
        found.append((place, str(hash(route.proxy.password))))
    return found


def _blocked(place: tuple[str, str], account: Account, now: float) -> LoginBlocked:
    left = account.left(now)
    return LoginBlocked(
        f"{place[0]}: no login as '{place[1]}' for another {left:.0f} s: {account.failures} were refused in a row, and "
        f"more could lock the account; correct the credentials, then wait ({RESET_HINT})",
        device=place[0], user=place[1], failures=account.failures, **_when(left),
    )  # fmt: skip


def _when(left: float) -> dict[str, float]:
    return {"retry_after": round(left, 1), "until": round(time.time() + left, 3)}


def _row(gate: Gate, now: float, shut: str) -> dict[str, Any]:
    left = gate.left(now)
    return {
        "state": gate.state(now, shut),
        "failures": gate.failures,
        "last": gate.code,
        "until": round(time.time() + left, 3) if left else None,
    }
