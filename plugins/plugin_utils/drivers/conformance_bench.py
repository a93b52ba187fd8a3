# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the conformance rules are tried on: objects of a driver, a device behind a relay, and whatever was raised."""

from __future__ import annotations

import dataclasses
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from ..broker.errors import HoldfastError
from .base import Command, Driver, Reply, Target
from .relay import HOST, Relay


@dataclass(frozen=True)
class Trial:
    """A device and what can be asked of it.

    ``command`` works and only reads. ``refused`` is one that the device refuses, ``slow`` one that takes ten seconds or
    more; rules that need one are left out without it. ``wrong_login`` allows one login with a wrong password.
    """

    target: Target
    command: str
    refused: str | None = None
    slow: str | None = None
    wrong_login: bool = False


class NotKept(Exception):
    """A rule is not kept; the message says what happened."""


class NotTried(Exception):
    """The trial has nothing to try this rule with; the message says what it would take."""


@dataclass
class Caught:
    """A ``with`` block that ends with any exception, which is kept in ``error``; how long it took in ``seconds``."""

    error: BaseException | None = None
    seconds: float = 0.0
    _start: float = field(default=0.0, repr=False)

    def __enter__(self) -> Caught:
        self._start = time.monotonic()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _where: TracebackType | None
    ) -> bool:
        self.seconds = time.monotonic() - self._start
        self.error = error
        return isinstance(error, Exception)

    def must_be(self, *kinds: type[HoldfastError], doing: str) -> HoldfastError:
        """The error, which must be one of these. Raises NotKept."""
        if isinstance(self.error, kinds):
            return self.error
        wanted = " or ".join(kind.__name__ for kind in kinds)
        raise NotKept(f"{doing} must raise {wanted}, not {shown(self.error)}")

    def must_be_none(self, doing: str) -> None:
        """Nothing was raised. Raises NotKept."""
        if self.error is not None:
            raise NotKept(f"{doing} raised {shown(self.error)}")


class Bench:
    """Makes objects of the driver and takes them apart again; what they raised is in ``raised``."""

    def __init__(self, cls: type[Driver], trial: Trial, relay: Relay) -> None:
        self.cls, self.trial, self.relay = cls, trial, relay
        options = {**trial.target.options, "host_key_checking": False, "validate_certs": False}  # the relay's address
        self.target = dataclasses.replace(trial.target, host=HOST, port=relay.port, options=options)
        self.raised: list[BaseException] = []
        self._made: list[Driver] = []

    def make(self, **changes: Any) -> Driver:
        driver = self.cls(dataclasses.replace(self.target, **changes))
        self._made.append(driver)
        return driver

    def opened(self) -> Driver:
        driver = self.make()
        with self.catch() as opening:
            driver.open()
        opening.must_be_none("open()")
        return driver

    def catch(self) -> _Noted:
        return _Noted(self)

    def ask(self, driver: Driver, text: str, timeout: float = 30.0, **more: Any) -> Reply:
        """The reply to one command. Raises NotKept for anything else than one."""
        replies = driver.run([Command(text, **more)], timeout)
        if not isinstance(replies, list) or len(replies) != 1 or not isinstance(replies[0], Reply):
            raise NotKept(f"run() of one command must return a list with one Reply, not {replies!r:.80}")
        return replies[0]

    def tidy(self) -> None:
        self.relay.silence(False)
        for driver in self._made:
            with Caught():  # the rule that is about close() tells it
                driver.close()
        self._made.clear()


class _Noted(Caught):
    def __init__(self, bench: Bench) -> None:
        super().__init__()
        self._bench = bench

    def __exit__(self, *error: Any) -> bool:
        taken = super().__exit__(*error)
        if self.error is not None:
            self._bench.raised.append(self.error)
        return taken


def shown(error: BaseException | None) -> str:
    """For messages: its class and the beginning of its words."""
    return "nothing" if error is None else f"{type(error).__name__}: {error!s:.120}"
