# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Start the broker when nobody answers, once, however many forks ask at the same moment."""

from __future__ import annotations

import fcntl
import json
import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from . import shared
from .client import Client
from .errors import BrokerUnavailable, CommandTimeout, ProtocolError, StateDirError, from_dict
from .paths import RUNTIME_ENV, STATE_ENV, Paths, make_private

#: The second line names options whose values may have a password in them.
_PRIVATE = re.compile(
    r"^ANSIBLE_|(^|_)PASS(_|$)|PASS(WORD|WD|PHRASE)|SECRET|TOKEN|CREDENTIAL|PRIVATE_?KEY|API_?KEY"
    r"|^HOLDFAST_(PROXY|JUMP_HOSTS)$",
    re.IGNORECASE,
)
START_TIMEOUT = 20.0
DRAIN_TIMEOUT = 2.0


def connect(paths: Paths) -> Client:
    """A client on a running broker, starting one if need be.

    Raises StateDirError when a directory cannot be used and BrokerUnavailable when the broker does not
    come up; the message says where its log is. A broker that the client was told of is not started: see ``shared``.
    """
    if paths.shared is not None:
        return shared.reach(paths)
    try:
        return existing(paths)
    except BrokerUnavailable:
        start(paths)
    return existing(paths)


def existing(paths: Paths) -> Client:
    """A client on a broker that runs already.

    Raises BrokerUnavailable, StateDirError for one we do not trust, and VersionMismatch.
    """
    if paths.shared is not None:
        return shared.reach(paths, patience=0.0)
    client = Client(paths.socket)
    client.connect()
    owner = client.server_uid()
    if owner != os.getuid():
        client.close()
        raise StateDirError(
            f"{RUNTIME_ENV}: the broker at {paths.socket} is of uid {owner}, not yours ({os.getuid()}); remove the "
            "socket or choose another directory",
            path=str(paths.socket),
        )
    return client


@contextmanager
def starting(paths: Paths) -> Iterator[None]:
    """The lock that whoever starts a broker holds."""
    try:
        lock = open(paths.lock, "w")  # noqa: SIM115  closed below, after the start
    except OSError as exc:
        raise StateDirError(f"{RUNTIME_ENV}: cannot write {paths.lock}: {exc.strerror}") from exc
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def start(paths: Paths) -> None:
    """Start a broker unless one answers by the time the lock is ours: of 100 forks one starts it."""
    make_private(paths.runtime, RUNTIME_ENV)
    make_private(paths.state, STATE_ENV)
    with starting(paths):
        if not _answers(paths):
            _spawn(paths)


def take_over(paths: Paths) -> None:
    """Have a broker of the same version, which serves in our place, drain. Raises BrokerUnavailable.

    It is not found any more once the socket is ours, so it must not have changes that wait to be confirmed.
    """
    try:
        with Client(paths.socket, DRAIN_TIMEOUT) as other:
            pid = other.call("hello", timeout=DRAIN_TIMEOUT)["pid"]
            changes = other.call("change.list", timeout=DRAIN_TIMEOUT)
            if not changes:
                other.call("broker.drain", timeout=DRAIN_TIMEOUT)
                return
    except (BrokerUnavailable, CommandTimeout, ProtocolError):
        return  # it has ended, or hangs: nothing to take over
    raise BrokerUnavailable(
        f"a broker (pid {pid}) serves at {paths.socket} already and has {len(changes)} pending changes; confirm them "
        "or roll them back, then start this one again",
        pid=pid,
    )


def _answers(paths: Paths) -> bool:
    try:
        with Client(paths.socket, connect_timeout=2.0):
            return True
    except BrokerUnavailable:
        return False


def _spawn(paths: Paths) -> None:
    entry = Path(__file__).with_name("bootstrap.py")
    reader, writer = os.pipe()
    try:
        log = open(paths.log, "ab")  # noqa: SIM115
        os.chmod(paths.log, 0o600)
    except OSError as exc:
        os.close(reader)
        os.close(writer)
        raise StateDirError(f"{STATE_ENV}: cannot write {paths.log}: {exc.strerror}", path=str(paths.log)) from exc
    with log, open(reader, "rb", closefd=True) as ready:
        child = subprocess.Popen(
            [
                *(sys.executable, str(entry), "--ready-fd", str(writer)),
                *("--runtime-dir", str(paths.runtime), "--state-dir", str(paths.state)),
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=(writer,),
            start_new_session=True,
            cwd="/",
            env=_environment(),
        )
        os.close(writer)
        # The bootstrap forks and leaves at once, so that the broker is nobody's child and never a zombie.
        child.wait(START_TIMEOUT)
        _await_ready(ready, paths)
    drain_others(paths)


def drain_others(paths: Paths) -> None:
    """Brokers of other versions take no more work: after an upgrade a device must not be reached from two."""
    for socket in paths.runtime.glob("broker-*.sock"):
        if socket == paths.socket:
            continue
        try:
            with Client(socket, DRAIN_TIMEOUT) as other:
                other.call("broker.drain", timeout=DRAIN_TIMEOUT)
        except (BrokerUnavailable, CommandTimeout, ProtocolError):
            continue  # it has ended, hangs, or speaks another protocol: nothing that this start could do


def _environment() -> dict[str, str]:
    """What the broker need not have it does not keep for hours: ANSIBLE_* settings, so no password file either, and
    variables that are, or are called like, a secret.
    """
    return {key: value for key, value in os.environ.items() if not _PRIVATE.search(key)}


def _await_ready(ready: IO[bytes], paths: Paths) -> None:
    """The broker writes one JSON line when it listens, or the error that keeps it from listening."""
    deadline = time.monotonic() + START_TIMEOUT
    line = b""
    while not line.endswith(b"\n"):
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([ready], [], [], left)[0]:
            raise BrokerUnavailable(f"the broker was not ready after {START_TIMEOUT:g} s; see {paths.log}")
        chunk = os.read(ready.fileno(), 65536)
        if not chunk:
            raise BrokerUnavailable(f"the broker ended while starting; see {paths.log}", log=str(paths.log))
        line += chunk
    answer: dict[str, Any] = json.loads(line)
    if "error" in answer:
        raise from_dict(answer["error"])
