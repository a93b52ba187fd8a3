# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Brokers of a test's own, and a pool over devices in memory."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker import sessions
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.paths import Paths
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.sessions import SessionPool
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.settings import Limits
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.version import COLLECTION_VERSION

from .fakes import FakeNetwork, eventually


def broker_pids(runtime: Path) -> list[int]:
    """Broker processes that serve this runtime directory."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                words = (entry / "cmdline").read_bytes().split(b"\0")
                if b"--ready-fd" in words and os.fsencode(runtime) in words:
                    found.append(int(entry.name))
    return found


@pytest.fixture
def short() -> Iterator[Path]:
    """A directory whose path is short enough for a socket."""
    made = Path(tempfile.mkdtemp(prefix="hfu-", dir="/tmp"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def paths(short: Path) -> Iterator[Paths]:
    """A broker's directories; whatever broker was started in them is ended."""
    made = Paths(short / "run", short / "state", COLLECTION_VERSION)
    yield made
    for pid in broker_pids(made.runtime):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    if not eventually(lambda: not broker_pids(made.runtime), 5):
        for pid in broker_pids(made.runtime):
            os.kill(pid, signal.SIGKILL)
        raise AssertionError("a broker did not end on SIGTERM")


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> FakeNetwork:
    made = FakeNetwork()
    monkeypatch.setattr(sessions, "driver_class", lambda name: made.driver)
    return made


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(16) as made:
        yield made


@pytest.fixture
def pool(network: FakeNetwork, threads: ThreadPoolExecutor) -> SessionPool:
    return SessionPool(Limits(), threads)
