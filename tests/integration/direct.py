# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Asking a real broker without a playbook: what a test needs that counts single requests."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker import lifecycle
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.client import Client
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import HoldfastError
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.paths import Paths
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.version import COLLECTION_VERSION

from tests.integration.conftest import Controller
from tests.lab.emulated import EmulatedLab


def paths_of(controller: Controller) -> Paths:
    return Paths(controller.runtime, controller.state, COLLECTION_VERSION)


def configure(controller: Controller, monkeypatch: pytest.MonkeyPatch, text: str) -> Path:
    """A settings file for this controller's broker, and for what this process starts."""
    path = controller.directory / "broker.toml"
    path.write_text(text)
    controller.env["HOLDFAST_CONFIG"] = str(path)
    monkeypatch.setenv("HOLDFAST_CONFIG", str(path))
    return path


def target(lab: EmulatedLab, name: str, password: str | None = None, **changes: Any) -> dict[str, Any]:
    """A request's ``target`` for a device of the lab."""
    device = lab.devices[name]
    return {
        "host": device.host,
        "port": device.port,
        "user": device.user,
        "platform": device.platform,
        "secrets": {"password": password or device.password, "enable": device.enable},
        "connect_timeout": 10,
        "options": {"known_hosts": str(lab.known_hosts)},
        **changes,
    }


def show(client: Client, where: dict[str, Any], line: str = "show version", **params: Any) -> dict[str, Any]:
    """One command; raises as the broker does."""
    answer: dict[str, Any] = client.call("run", {"target": where, "commands": [line], **params}, timeout=60)
    return answer


def code(work: Callable[[], Any]) -> str:
    """``ok``, or the code of the error."""
    try:
        work()
    except HoldfastError as exc:
        return exc.code
    return "ok"


@pytest.fixture
def connected(controller: Controller) -> Iterator[Callable[[], Client]]:
    """Makes clients of the controller's broker, which is started by the first."""
    made: list[Client] = []

    def connect() -> Client:
        made.append(lifecycle.connect(paths_of(controller)))
        return made[-1]

    yield connect
    for client in made:
        client.close()


def in_forks(count: int, work: Callable[[int], str]) -> list[str]:
    """What ``work`` returns in so many processes, all let go in the same moment."""
    gate, answers = os.pipe(), os.pipe()
    children = []
    for number in range(count):
        child = os.fork()
        if child == 0:
            try:
                os.close(gate[1])
                os.read(gate[0], 1)
                os.write(answers[1], f"{work(number)}\n".encode())
            finally:
                os._exit(0)
        children.append(child)
    os.close(gate[0]), os.close(gate[1])
    for child in children:
        os.waitpid(child, 0)
    os.close(answers[1])
    with open(answers[0]) as stream:
        return stream.read().split()


def eventually(condition: Callable[[], Any], seconds: float = 8.0) -> bool:
    """Poll until true."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return bool(condition())
