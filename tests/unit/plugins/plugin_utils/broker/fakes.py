# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A device in memory, and the driver that reaches it: what the pool and the guard are tested with."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import (
    HoldfastError,
    SessionLost,
    Unsupported,
)
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.base import (
    Candidate,
    Command,
    Reply,
    Secrets,
    Target,
)
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.config_text import unified_diff


@dataclass
class FakeDevice:
    """What all sessions to one label share. ``fail`` holds errors by step, each raised once, first first."""

    running: str = "hostname a\n"
    saved: str = ""
    opens: int = 0
    closes: int = 0
    live: int = 0
    most_live: int = 0
    probes: int = 0
    alive: bool = True
    native_timer: bool = False
    calls: list[str] = field(default_factory=list)
    fail: dict[str, list[HoldfastError | None]] = field(default_factory=dict)
    during: dict[str, Callable[[], None]] = field(default_factory=dict)
    interrupted: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def step(self, name: str) -> None:
        self.calls.append(name)
        if name in self.during:
            self.during[name]()
        pending = self.fail.get(name)
        if pending:
            error = pending.pop(0)
            if error is not None:
                raise error


class FakeNetwork:
    """Devices by label, and the driver class to register."""

    def __init__(self) -> None:
        self.devices: dict[str, FakeDevice] = {}
        network = self

        class Driver(FakeDriver):
            def __init__(self, target: Target) -> None:
                super().__init__(target, network.device(target.label))

        self.driver = Driver

    def device(self, label: str) -> FakeDevice:
        return self.devices.setdefault(label, FakeDevice())


class FakeDriver:
    name = "fake"
    default_queue: Literal["pinned", "fifo"] = "pinned"

    def __init__(self, target: Target, device: FakeDevice) -> None:
        self.target = target
        self.device = device
        self.watch: Any = None
        self._open = False
        self._config = FakeConfig(device)

    def open(self) -> None:
        device = self.device
        with device.lock:
            device.opens += 1
            device.live += 1
            device.most_live = max(device.most_live, device.live)
            self._open = True
        device.step("open")

    def close(self) -> None:
        if self._open:
            self._open = False
            with self.device.lock:
                self.device.closes += 1
                self.device.live -= 1

    def interrupt(self) -> None:
        self.device.interrupted.set()

    def is_alive(self) -> bool:
        self.device.probes += 1
        return self.device.alive

    def run(self, commands: Sequence[Command], timeout: float) -> list[Reply]:
        if not self._open:
            raise SessionLost("closed")
        replies = []
        for command in commands:
            self.device.step(command.text)
            replies.append(Reply(command.text, f"did {command.text}", 0.0))
        return replies

    def get(self, getters: Sequence[str]) -> dict[str, Any]:
        self.device.step("get")
        if "get_nothing" in getters:
            raise Unsupported("fake has no getter 'get_nothing'")
        return {name: {"hostname": "a"} for name in getters}

    def config(self) -> FakeConfig:
        return self._config


class FakeConfig:
    """A candidate is the whole new configuration, so that tests can say what they expect."""

    native_diff = True

    def __init__(self, device: FakeDevice) -> None:
        self.device = device
        self.native_timer = device.native_timer
        self._staged = ""

    def read(self, source: Literal["running", "startup"] = "running") -> str:
        self.device.step("read")
        return self.device.running if source == "running" else self.device.saved

    def checkpoint(self, token: str) -> None:
        self.device.step("checkpoint")

    def stage(self, token: str, candidate: Candidate) -> str:
        self.device.step("stage")
        self._staged = candidate.text
        return unified_diff(self.device.running, candidate.text)

    def commit(self, token: str, revert_after: float | None) -> None:
        self.device.step("commit")
        self.device.running = self._staged
        self.device.step("committed")

    def confirm(self, token: str) -> None:
        self.device.step("confirm")

    def discard(self, token: str) -> None:
        self.device.step("discard")

    def restore(self, token: str, text: str) -> None:
        self.device.step("restore")
        self.device.running = text

    def save(self) -> None:
        self.device.step("save")
        self.device.saved = self.device.running


def target(host: str = "dev", **changes: Any) -> Target:
    values: dict[str, Any] = {
        "driver": "fake", "platform": "cisco_ios", "host": host, "port": 22, "user": "u",
        "secrets": Secrets(password="p"),
    }  # fmt: skip
    return Target(**{**values, **changes})


def eventually(condition: Callable[[], Any], seconds: float = 10.0) -> bool:
    """Poll until true; for what other processes and threads do."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.01)
    return bool(condition())
