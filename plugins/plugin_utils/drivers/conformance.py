# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Does a driver keep the contract? Rules that try one against a device, for authors of drivers.

Run as a program (``python -m``, with the module's whole name) it prints a line for each rule; ``examine`` does the same
for a test. The driver reaches the device through a relay of ours, so that connections can be counted, held up and
cut. Commands of the trial only read.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from ..broker import errors
from .base import Command, ConfigSession, Driver, Reply, Secrets, Target
from .registry import driver_class, fault
from .relay import HOST, Relay

#: How long a call that is given up may take to end, in seconds.
PATIENCE = 5.0
#: How long the broker waits for an interrupted call before it closes the session.
GENTLY = 3.0


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


@dataclass(frozen=True)
class Finding:
    """``kept`` is None for a rule that the trial has nothing for; ``words`` say what is wrong, or missing."""

    rule: str
    kept: bool | None
    words: str = ""


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

    def must_be(self, *kinds: type[errors.HoldfastError], doing: str) -> errors.HoldfastError:
        """The error, which must be one of these. Raises NotKept."""
        if isinstance(self.error, kinds):
            return self.error
        wanted = " or ".join(kind.__name__ for kind in kinds)
        raise NotKept(f"{doing} must raise {wanted}, not {_shown(self.error)}")

    def must_be_none(self, doing: str) -> None:
        """Nothing was raised. Raises NotKept."""
        if self.error is not None:
            raise NotKept(f"{doing} raised {_shown(self.error)}")


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


# -- the rules: each raises NotKept or NotTried, or returns ---------------------------------------------


def refused_connection(bench: Bench) -> None:
    """open() says Unreachable where nobody listens, in time, and close() works after that"""
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
    driver = bench.make(port=port, connect_timeout=5.0)
    with bench.catch() as opening:
        driver.open()
    opening.must_be(errors.Unreachable, doing="open() where nobody listens")
    if opening.seconds > 5.0 + PATIENCE:
        raise NotKept(f"open() took {opening.seconds:.0f} s with a connect_timeout of 5 s")
    with bench.catch() as closing:
        driver.close()
    closing.must_be_none("close() after a failed open()")


def silent_login(bench: Bench) -> None:
    """open() says a kind of ConnectFailed when the device takes the connection and says nothing, in time"""
    bench.relay.silence(True)
    driver = bench.make(connect_timeout=2.0)
    with bench.catch() as opening:
        driver.open()
    opening.must_be(errors.ConnectFailed, doing="open() with a silent device")
    if opening.seconds > 2.0 + PATIENCE:
        raise NotKept(f"open() took {opening.seconds:.0f} s with a connect_timeout of 2 s")


def never_opened(bench: Bench) -> None:
    """is_alive() is false, interrupt() and close() do nothing, before open() was called"""
    driver = bench.make()
    with bench.catch() as asking:
        alive = driver.is_alive()
        driver.interrupt()
        driver.close()
    asking.must_be_none("is_alive(), interrupt() or close() before open()")
    if alive:
        raise NotKept("is_alive() is true before open()")


def wrong_password(bench: Bench) -> None:
    """open() says AuthenticationFailed for a wrong password"""
    secrets = bench.target.secrets
    if not bench.trial.wrong_login or secrets.password is None:
        raise NotTried("it takes a password, and wrong_login (one refused login)")
    driver = bench.make(secrets=Secrets(password=f"not-{secrets.password}"))
    with bench.catch() as opening:
        driver.open()
    opening.must_be(errors.AuthenticationFailed, doing="open() with a wrong password")


def runs(bench: Bench) -> None:
    """run() answers each command with a Reply, in order, and is_alive() is true before and after"""
    driver, text = bench.opened(), bench.trial.command
    with bench.catch() as asking:
        alive = driver.is_alive()
        replies = driver.run([Command(text), Command(text)], 30.0)
        alive = alive and driver.is_alive()
    asking.must_be_none(f"run() of '{text}' twice")
    if not alive:
        raise NotKept("is_alive() is false on an open session")
    if not isinstance(replies, list) or [getattr(one, "command", None) for one in replies] != [text, text]:
        raise NotKept(f"run() of two commands must return a list of two Replies with their texts, not {replies!r:.80}")
    for reply in replies:
        if not isinstance(reply.output, str) or not isinstance(reply.seconds, int | float) or reply.seconds < 0:
            raise NotKept(f"a Reply needs output (text) and seconds (a number), not {reply!r:.80}")


def watched(bench: Bench) -> None:
    """run() works while somebody looks on, and shows text"""
    seen: list[Any] = []

    class Onlooker:
        def output(self, text: str) -> None:
            seen.append(text)

        def progress(self, done: int, total: int) -> None:
            seen.append("")

    driver = bench.opened()
    with bench.catch() as asking:
        driver.watch = Onlooker()
        bench.ask(driver, bench.trial.command)
        driver.watch = None
    asking.must_be_none("run() with a watch")
    if not all(isinstance(one, str) for one in seen):
        raise NotKept("watch.output() must get text")


def refused_command(bench: Bench) -> None:
    """run() says CommandFailed with command and output, and the session goes on; check=False takes the words"""
    text = bench.trial.refused
    if text is None:
        raise NotTried("it takes refused, a command that the device refuses")
    driver = bench.opened()
    with bench.catch() as asking:
        driver.run([Command(text)], 30.0)
    found = asking.must_be(errors.CommandFailed, doing=f"run() of '{text}'")
    if found.detail.get("command") != text or not isinstance(found.detail.get("output"), str):
        raise NotKept("detail of CommandFailed needs command and output")
    with bench.catch() as going_on:
        taken = bench.ask(driver, text, check=False)
        bench.ask(driver, bench.trial.command)
    going_on.must_be_none("run() after a refused command, or with check=False")
    if not taken.output:
        raise NotKept("with check=False the device's words must be the output")


def timeout(bench: Bench) -> None:
    """run() says CommandTimeout when the device is silent, in time, and is_alive() is false then"""
    driver = bench.opened()
    bench.relay.silence(True)
    with bench.catch() as asking:
        driver.run([Command(bench.trial.command)], 1.0)
    asking.must_be(errors.CommandTimeout, doing="run() with a timeout of 1 s and a silent device")
    if asking.seconds > 1.0 + PATIENCE:
        raise NotKept(f"run() took {asking.seconds:.0f} s with a timeout of 1 s")
    with bench.catch() as probing:
        alive = driver.is_alive()
    probing.must_be_none("is_alive() with a silent device")
    if alive:
        raise NotKept("is_alive() is true although the device is silent")


def lost(bench: Bench) -> None:
    """run() says SessionLost when the connection ends, at once, and is_alive() is false then"""
    driver = bench.opened()
    bench.ask(driver, bench.trial.command)
    bench.relay.hang_up()
    with bench.catch() as asking:
        driver.run([Command(bench.trial.command)], 30.0)
    asking.must_be(errors.SessionLost, doing="run() on a connection that has ended")
    if asking.seconds > PATIENCE:
        raise NotKept(f"run() took {asking.seconds:.0f} s to notice that the connection has ended")
    with bench.catch() as probing:
        alive = driver.is_alive()
    probing.must_be_none("is_alive() on a connection that has ended")
    if alive:
        raise NotKept("is_alive() is true although the connection has ended")


def interrupted(bench: Bench) -> None:
    """interrupt() from another thread returns at once; it ends the command, or close() after it does"""
    text = bench.trial.slow
    if text is None:
        raise NotTried("it takes slow, a command that takes ten seconds or more")
    driver, ended = bench.opened(), threading.Event()

    def call() -> None:
        with bench.catch():
            driver.run([Command(text)], 60.0)
        ended.set()

    threading.Thread(target=call, daemon=True).start()
    time.sleep(0.5)
    if ended.is_set():
        raise NotKept(f"'{text}' has ended within half a second: it is not slow")
    with bench.catch() as stopping:
        driver.interrupt()
    stopping.must_be_none("interrupt()")
    if stopping.seconds > 1.0:
        raise NotKept(f"interrupt() took {stopping.seconds:.1f} s; it must return at once")
    if not ended.wait(GENTLY):  # the device need not listen; the broker closes the session then
        driver.close()
    if not ended.wait(PATIENCE):
        raise NotKept(f"the command still ran {PATIENCE:.0f} s after interrupt() and close()")


def abilities(bench: Bench) -> None:
    """get() and config() give what the contract says, or say Unsupported"""
    driver = bench.opened()
    with bench.catch() as getting:
        facts = driver.get(["get_facts"])
    if getting.error is None and (not isinstance(facts, dict) or "hostname" not in facts.get("get_facts", {})):
        raise NotKept("get(['get_facts']) must return {'get_facts': {...}} in NAPALM's schema")
    if getting.error is not None:
        getting.must_be(errors.Unsupported, doing="get(), if it cannot")
    with bench.catch() as configuring:
        session = driver.config()
    if configuring.error is None and not isinstance(session, ConfigSession):
        raise NotKept("config() must return what base.ConfigSession says")
    if configuring.error is not None:
        configuring.must_be(errors.Unsupported, doing="config(), if it cannot")


def closed(bench: Bench) -> None:
    """close() ends every connection, may be called twice, and the driver never connects by another way"""
    driver = bench.opened()
    if bench.relay.made == 0:
        raise NotKept("open() did not connect to target.host and target.port")
    with bench.catch() as closing:
        driver.close()
        driver.close()
        alive = driver.is_alive()
    closing.must_be_none("close() twice, or is_alive() after it")
    if alive:
        raise NotKept("is_alive() is true after close()")
    end = time.monotonic() + PATIENCE
    while bench.relay.open and time.monotonic() < end:
        time.sleep(0.02)
    if bench.relay.open:
        raise NotKept(f"{bench.relay.open} connections were open {PATIENCE:.0f} s after close()")


RULES: tuple[Callable[[Bench], None], ...] = (
    refused_connection, silent_login, never_opened, wrong_password, runs, watched, refused_command, timeout, lost,
    interrupted, abilities, closed,
)  # fmt: skip


def examine(cls: type[Driver], trial: Trial) -> list[Finding]:
    """Every rule tried on a session of its own; the last two are about all errors that were seen meanwhile.

    A driver whose class does not fit is not tried: then there is one finding.
    """
    wrong = fault(str(getattr(cls, "name", "")), cls)
    if wrong:
        return [Finding("class", False, f"{cls!r} {wrong}")]
    found, raised = [Finding("class", True)], []
    for rule in RULES:
        with Relay(trial.target.host, trial.target.port) as relay:
            bench = Bench(cls, trial, relay)
            found.append(_tried(rule, bench))
            raised += bench.raised
    return [*found, _only_ours(raised), _no_secrets(raised, trial.target.secrets)]


def broken(found: Sequence[Finding]) -> list[str]:
    """What is wrong, a line each; nothing when all rules that were tried are kept."""
    return [f"{one.rule}: {one.words}" for one in found if one.kept is False]


def _tried(rule: Callable[[Bench], None], bench: Bench) -> Finding:
    name = rule.__name__
    try:
        rule(bench)
    except NotTried as exc:
        return Finding(name, None, str(exc))
    except (NotKept, errors.HoldfastError) as exc:
        return Finding(name, False, str(exc))
    finally:
        bench.tidy()
    return Finding(name, True)


def _only_ours(raised: Sequence[BaseException]) -> Finding:
    others = sorted({_shown(one) for one in raised if not isinstance(one, errors.HoldfastError)})
    return Finding("own_errors", not others, f"only classes of broker.errors may be raised, not {', '.join(others)}")


def _no_secrets(raised: Sequence[BaseException], secrets: Secrets) -> Finding:
    values = [one for one in (secrets.password, secrets.passphrase, secrets.enable) if one]
    if not values:
        return Finding("no_secrets", None, "it takes a target with secrets")
    for error in raised:
        text = f"{error} {getattr(error, 'detail', '')}"
        if any(value in text for value in values):
            return Finding("no_secrets", False, f"a secret is in the message or detail of a {type(error).__name__}")
    return Finding("no_secrets", True)


def _shown(error: BaseException | None) -> str:
    return "nothing" if error is None else f"{type(error).__name__}: {error!s:.120}"


# -- from the command line ----------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point; 1 when a rule is not kept."""
    options = _parser().parse_args(arguments)
    try:
        cls = driver_class(options.driver)
    except errors.HoldfastError as exc:
        sys.stderr.write(f"{exc.message}\n")
        return 2
    secrets = Secrets(os.environ.get("HOLDFAST_PASSWORD"), enable=os.environ.get("HOLDFAST_ENABLE_SECRET"))
    port = options.port or cls.default_port(options.platform, {})
    target = Target(options.driver, options.platform, options.host, port, options.user, secrets, 10.0)
    found = examine(cls, Trial(target, options.command, options.refused, options.slow, options.wrong_login))
    for one in found:
        mark = {True: "kept", False: "NOT KEPT", None: "not tried"}[one.kept]
        sys.stdout.write(f"{mark:<10} {one.rule}{'' if one.kept else f': {one.words}'}\n")
    return 1 if broken(found) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="conformance", description="Try a driver against a device.")
    parser.add_argument("driver", help="its name, as holdfast_driver has it")
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, help="the driver's default when omitted")
    parser.add_argument("--platform", default="generic", help="what the driver gets as target.platform")
    parser.add_argument("--user", help="the password is read from the variable HOLDFAST_PASSWORD of the environment")
    parser.add_argument("--command", required=True, help="a command that works and only reads")
    parser.add_argument("--refused", help="a command that the device refuses")
    parser.add_argument("--slow", help="a command that takes ten seconds or more, and only reads")
    parser.add_argument("--wrong-login", action="store_true", help="try one login with a wrong password")
    return parser


if __name__ == "__main__":
    sys.exit(main())
