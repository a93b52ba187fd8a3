# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where one section works: a directory, a broker of its own in it, and labs of emulated devices."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.holdfast.network.plugins.plugin_utils.broker.client import Client
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import BrokerUnavailable
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.paths import default_paths
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.version import COLLECTION_VERSION
from ansible_collections.holdfast.network.plugins.plugin_utils.requester import Requester

from tests.bench import peer
from tests.bench.runs import COMMAND, Bench, BenchError, NotMeasured
from tests.bench.sizes import Sizes
from tests.lab.broker import stop
from tests.lab.emulated import EmulatedLab, LabDevice, standalone

ROOT = Path(__file__).resolve().parents[2]
PEERS = ROOT / ".venv-bench"
OPENERS = 20  # clients at a time that have sessions opened


@dataclass
class Place:
    """``directory`` must be short and exist. Everything ends with ``stack``."""

    sizes: Sizes
    directory: Path
    stack: ExitStack
    env: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.env = environment(self.directory)
        os.environ.clear()
        os.environ.update(self.env)
        self.stack.callback(stop, self.env)

    def lab(self, devices: int) -> EmulatedLab:
        """IOS-like devices without cables, until the section ends."""
        return self.stack.enter_context(EmulatedLab(standalone(devices, "ios")))

    def bench(self, lab: EmulatedLab) -> Bench:
        return Bench(lab, self.directory, self.env, self.broker_pid)

    def stop_broker(self) -> None:
        stop(self.env)

    def broker_pid(self) -> int:
        """0 when none runs."""
        try:
            with Client(default_paths(COLLECTION_VERSION).socket) as client:
                return int(client.call("hello", timeout=30.0)["pid"])
        except BrokerUnavailable:
            return 0

    def requester(self, lab: EmulatedLab, device: LabDevice, **changes: Any) -> Requester:
        """A client for one device, as the connection plugin makes it."""
        options: dict[str, Any] = {
            "host": device.host, "port": device.port, "user": device.user, "password": device.password,
            "platform": device.platform, "driver": "netmiko", "connect_timeout": 30, "command_timeout": 60,
            "enable_secret": device.enable, "host_key_checking": True, "known_hosts": str(lab.known_hosts),
        }  # fmt: skip
        return Requester({**options, **changes}, 120.0)

    def ask(self, lab: EmulatedLab, device: LabDevice) -> str:
        """One command over a connection of its own."""
        requester = self.requester(lab, device)
        try:
            return str(requester.call("run", {"commands": [COMMAND]})["replies"][0]["output"])
        finally:
            requester.close()

    def open_sessions(self, lab: EmulatedLab, devices: Iterable[LabDevice]) -> None:
        """One command on each, by OPENERS clients at a time."""
        with ThreadPoolExecutor(OPENERS) as clients:
            list(clients.map(lambda device: self.ask(lab, device), devices))

    def need_module(self, name: str, kind: str = "modules") -> None:
        """Raises NotMeasured when the collection has no such plugin."""
        if not (ROOT / "plugins" / kind / f"{name}.py").exists():
            raise NotMeasured(f"holdfast.network.{name} does not exist")

    def need_peers(self) -> Path:
        """The peers' virtual environment, with what is in it. Raises NotMeasured when they are left out."""
        if not self.sizes.peers:
            raise NotMeasured("peers left out")
        peer.installed(PEERS)
        return PEERS

    def beside(self, measure: Callable[[Path], dict[str, Any]]) -> dict[str, Any]:
        """What ``measure`` found with the peers' virtual environment, and ``versions``; or why it is ``missing``.

        A peer that fails does not take our own figures with it.
        """
        if not self.sizes.peers:
            return {"missing": "peers left out"}
        try:
            return {"versions": peer.installed(PEERS), **measure(PEERS)}
        except (BenchError, OSError, ValueError, subprocess.SubprocessError) as error:
            return {"missing": str(error).strip().splitlines()[-1][:300]}


def environment(directory: Path) -> dict[str, str]:
    """A user's environment with a broker of its own in this directory."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("ANSIBLE_", "HOLDFAST_"))}
    return {
        **kept,
        "HOLDFAST_RUNTIME_DIR": str(directory),
        "HOLDFAST_STATE_DIR": str(directory / "state"),
        "ANSIBLE_HOME": str(directory / "ansible"),
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_LOCALHOST_WARNING": "0",
    }
