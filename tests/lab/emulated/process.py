# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lab's own process: builds the devices, listens, and obeys a control socket.

Started as ``python -m tests.lab.emulated.process DIRECTORY``; what to build is in DIRECTORY/topology.json.
One JSON line on standard output says that it is ready; then it serves until SIGTERM, ``stop``, or, when told
to live with its parent, the end of standard input.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import resource
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

import asyncssh

from .control import Control
from .device import Device
from .eapi import ApiListener, make_context
from .network import Network
from .ssh import SERVERS, SshListener, make_options
from .topology import Link, Spec


def _key(path: Path) -> asyncssh.SSHKey:
    """An ed25519 key, made once for a directory."""
    if not path.exists():
        key = asyncssh.generate_private_key("ssh-ed25519", comment="emulated lab")
        path.touch(mode=0o600)
        key.write_private_key(str(path))
        key.write_public_key(f"{path}.pub")
    return asyncssh.read_private_key(str(path))


class Lab:
    """Everything that runs."""

    def __init__(self, directory: Path, plan: dict[str, Any]) -> None:
        self.directory = directory
        self.plan = plan
        self.network = Network()
        self.devices: dict[str, Device] = {}
        self.ssh: dict[str, SshListener] = {}
        self.api: dict[str, ApiListener] = {}
        self.host_key = _key(directory / "ssh_host_ed25519_key")
        self.client_key = _key(directory / "id_ed25519")
        self.stopped = asyncio.Event()

    async def start(self) -> dict[str, Any]:
        """Build and listen. Returns what a client needs to know."""
        options = {platform: await make_options(self.host_key, server) for platform, server in SERVERS.items()}
        hosts = [device["host"] for device in self.plan["devices"] if device["platform"] == "eos"]
        context = make_context(self.directory / "eapi.pem", hosts)
        client_key = self.client_key.export_public_key().decode().split()[1]
        base = int(self.plan.get("base_port") or 0)
        for spec in (Spec(**values) for values in self.plan["devices"]):
            device = self.devices[spec.name] = Device(spec, self.network)
            device.minute = float(self.plan.get("minute", 60.0))
            port, eapi_port = (base + 2 * spec.index + i if base else 0 for i in (0, 1))
            self.ssh[spec.name] = SshListener(device, spec.port or port, options[spec.platform], client_key)
            if spec.platform == "eos":
                self.api[spec.name] = ApiListener(device, spec.eapi_port or eapi_port, context)
            device.on_drop = self._dropper(device)
        for link in (Link(**values) for values in self.plan["links"]):
            a, b = (link.a[0], link.a[1]), (link.b[0], link.b[1])
            self.network.cables[a], self.network.cables[b] = b, a
        for device in self.devices.values():
            self.network.changed(device)
        self.network.settle()
        path = str(self.directory / "control.sock")
        if len(path) > 100:  # AF_UNIX paths are at most 108 bytes
            path = str(Path(tempfile.mkdtemp(prefix="lab-")) / "control.sock")
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        await asyncio.start_unix_server(Control(self).serve, path, limit=64_000_000)
        os.chmod(path, 0o600)
        return {
            "pid": os.getpid(),
            "socket": path,
            "devices": {
                name: {"port": self.ssh[name].port, "eapi_port": self.api[name].port if name in self.api else None}
                for name in self.devices
            },
            "host_key": self.host_key.export_public_key().decode().strip(),
        }

    def _dropper(self, device: Device) -> Any:
        def drop(reset: bool) -> None:
            listeners = [self.ssh[device.name], *([self.api[device.name]] if device.name in self.api else [])]
            for listener in listeners:
                if not device.powered:
                    listener.down()
                listener.drop(reset)

        def boot() -> None:
            self.ssh[device.name].up()
            if device.name in self.api:
                self.api[device.name].up()

        device.on_boot = boot
        return drop


async def _main(directory: Path) -> None:
    plan = json.loads((directory / "topology.json").read_text())
    lab = Lab(directory, plan)
    ready = await lab.start()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, lab.stopped.set)
    loop.add_signal_handler(signal.SIGINT, lab.stopped.set)
    (directory / "lab.json").write_text(json.dumps(ready))
    print(json.dumps(ready), flush=True)
    if plan.get("with_parent"):
        loop.add_reader(0, lambda: lab.stopped.set() if not os.read(0, 4096) else None)
    await lab.stopped.wait()
    for name in lab.devices:
        lab.ssh[name].drop(False)
    for path in (ready["socket"], directory / "lab.json"):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)


def main() -> None:
    """Entry point."""
    directory = Path(sys.argv[1]).resolve()
    os.umask(0o077)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard if hard != resource.RLIM_INFINITY else 65536, hard))
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    asyncssh.set_log_level(logging.CRITICAL)
    asyncio.run(_main(directory))


if __name__ == "__main__":
    main()
