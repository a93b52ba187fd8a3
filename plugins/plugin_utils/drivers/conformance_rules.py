# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The rules that a driver has to keep. Each raises NotKept or NotTried, or returns."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from ..broker.errors import (
    AuthenticationFailed,
    CommandFailed,
    CommandTimeout,
    ConnectFailed,
    SessionLost,
    Unreachable,
    Unsupported,
)
from .base import Command, ConfigSession, Driver, Secrets
from .conformance_bench import Bench, NotKept, NotTried
from .relay import HOST

#: How long a call that is given up may take to end, in seconds.
PATIENCE = 5.0
#: How long the broker waits for an interrupted call before it closes the session.
GENTLY = 3.0


def refused_connection(bench: Bench) -> None:
    """open() says Unreachable where nobody listens, in time, and close() works after that"""
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
    driver = bench.make(port=port, connect_timeout=5.0)
    with bench.catch() as opening:
        driver.open()
    opening.must_be(Unreachable, doing="open() where nobody listens")
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
    opening.must_be(ConnectFailed, doing="open() with a silent device")
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
    opening.must_be(AuthenticationFailed, doing="open() with a wrong password")


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
    found = asking.must_be(CommandFailed, doing=f"run() of '{text}'")
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
    asking.must_be(CommandTimeout, doing="run() with a timeout of 1 s and a silent device")
    if asking.seconds > 1.0 + PATIENCE:
        raise NotKept(f"run() took {asking.seconds:.0f} s with a timeout of 1 s")
    _not_alive(bench, driver, "although the device is silent")


def lost(bench: Bench) -> None:
    """run() says SessionLost when the connection ends, at once, and is_alive() is false then"""
    driver = bench.opened()
    bench.ask(driver, bench.trial.command)
    bench.relay.hang_up()
    with bench.catch() as asking:
        driver.run([Command(bench.trial.command)], 30.0)
    asking.must_be(SessionLost, doing="run() on a connection that has ended")
    if asking.seconds > PATIENCE:
        raise NotKept(f"run() took {asking.seconds:.0f} s to notice that the connection has ended")
    _not_alive(bench, driver, "although the connection has ended")


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
        getting.must_be(Unsupported, doing="get(), if it cannot")
    with bench.catch() as configuring:
        session = driver.config()
    if configuring.error is None and not isinstance(session, ConfigSession):
        raise NotKept("config() must return what base.ConfigSession says")
    if configuring.error is not None:
        configuring.must_be(Unsupported, doing="config(), if it cannot")


def closed(bench: Bench) -> None:
    """close() ends every connection, may be called twice, and the driver never connects by another way"""
    driver = bench.opened()
    if not _soon(lambda: bench.relay.made > 0):
        raise NotKept("open() did not connect to target.host and target.port")
    with bench.catch() as closing:
        driver.close()
        driver.close()
        alive = driver.is_alive()
    closing.must_be_none("close() twice, or is_alive() after it")
    if alive:
        raise NotKept("is_alive() is true after close()")
    if not _soon(lambda: bench.relay.open == 0):
        raise NotKept(f"{bench.relay.open} connections were open {PATIENCE:.0f} s after close()")


def _not_alive(bench: Bench, driver: Driver, when: str) -> None:
    with bench.catch() as probing:
        alive = driver.is_alive()
    probing.must_be_none(f"is_alive(), {when},")
    if alive:
        raise NotKept(f"is_alive() is true {when}")


def _soon(true: Callable[[], bool]) -> bool:
    end = time.monotonic() + PATIENCE
    while not true() and time.monotonic() < end:
        time.sleep(0.02)
    return true()


RULES: tuple[Callable[[Bench], None], ...] = (
    refused_connection, silent_login, never_opened, wrong_password, runs, watched, refused_command, timeout, lost,
    interrupted, abilities, closed,
)  # fmt: skip
