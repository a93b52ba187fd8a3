# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The control socket: one JSON object a line, ``{"do": NAME, ...}``, answered with ``{"ok": ..., ...}``."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any

from .device import Device
from .faults import KINDS, Counters, Fault

if TYPE_CHECKING:
    from .process import Lab


class Control:
    """Runs requests on a lab."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client."""
        while line := await reader.readline():
            try:
                request = json.loads(line)
                answer = {"ok": True, "result": getattr(self, f"do_{request.pop('do')}")(**request)}
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                answer = {"ok": False, "error": f"{type(error).__name__}: {error}"}
            writer.write(json.dumps(answer).encode() + b"\n")
            await writer.drain()
        writer.close()

    def _devices(self, device: str | None) -> list[Device]:
        return list(self._lab.devices.values()) if device is None else [self._lab.devices[device]]

    def do_hello(self) -> dict[str, Any]:
        """Who answers."""
        return {"lab": str(self._lab.directory), "devices": len(self._lab.devices), "faults": KINDS}

    def do_counters(self, device: str | None = None) -> dict[str, Any]:
        """Counters of each device, by name."""
        found = {}
        for one in self._devices(device):
            found[one.name] = {
                **one.counters.as_dict(),
                "open_sessions": len(one.sessions),
                "open_connections": len(self._lab.ssh[one.name].connections),
            }
        return found

    def do_reset_counters(self, device: str | None = None) -> None:
        """All counters to zero."""
        for one in self._devices(device):
            one.counters = Counters()

    def do_fault(
        self, device: str | None, kind: str, count: int | None = None, command: str | None = None, **args: Any
    ) -> None:
        """Start a fault."""
        for one in self._devices(device):
            one.fault(Fault(kind, count, command, args))
            if kind == "black_hole" and command is None:
                self._lab.ssh[one.name].black_hole()

    def do_clear(self, device: str | None = None, kind: str | None = None) -> None:
        """End faults."""
        for one in self._devices(device):
            one.clear(kind)

    def do_reset(self, device: str | None = None) -> None:
        """Faults, files and configurations as at the start; open sessions are dropped."""
        for one in self._devices(device):
            one.reset()
            one.on_drop(False)

    def do_running(self, device: str) -> str:
        """The running configuration without changing lines."""
        return self._lab.devices[device].running.text()

    def do_startup(self, device: str) -> str:
        """The startup configuration."""
        return self._lab.devices[device].startup

    def do_files(self, device: str) -> dict[str, str]:
        """Names and texts of the files in flash."""
        return self._lab.devices[device].files

    def do_write_file(self, device: str, name: str, text: str) -> None:
        """A file into flash."""
        self._lab.devices[device].write_file(name, text)

    def do_delete_file(self, device: str, name: str) -> None:
        """A file out of flash."""
        self._lab.devices[device].files.pop(name, None)

    def do_drop(self, device: str, reset: bool = False) -> None:
        """End all connections to a device now."""
        self._lab.devices[device].on_drop(reset)

    def do_cpu(self) -> float:
        """Seconds of processor time the lab has used."""
        return time.process_time()

    def do_configure(self, device: str, text: str, replace: bool = False) -> None:
        """Change the running configuration behind everybody's back. Raises ValueError."""
        one = self._lab.devices[device]
        one.replace(one.parse(text if replace else f"{one.running.text()}\n{text}"), "lab")

    def do_set(self, device: str | None = None, **values: float) -> None:
        """Settings of a device: vty_lines, minute (seconds), reload_seconds."""
        for one in self._devices(device):
            for name, value in values.items():
                if name not in ("vty_lines", "minute", "reload_seconds"):
                    raise ValueError(f"unknown setting {name!r}")
                setattr(one, name, value)

    def do_advertise(self, device: str, **told: str) -> None:
        """What a device tells its neighbours of itself: name, address (empty for none), description."""
        self._lab.devices[device].advertised = told

    def do_cable(self, device: str, port: str, plugged: bool) -> None:
        """Pull a cable out, or put it back."""
        network = self._lab.network
        here = (device, port)
        if not plugged:
            other = network.cables.pop(here)
            network.cables.pop(other)
            network.pulled[here], network.pulled[other] = other, here
        else:
            other = network.pulled.pop(here)
            network.pulled.pop(other)
            network.cables[here], network.cables[other] = other, here
        for name, _port in (here, other):
            network.changed(network.devices[name])

    def do_bgp(self, device: str) -> dict[str, str]:
        """State of each BGP session, by the neighbor's address."""
        one = self._lab.devices[device]
        return {peer.neighbor.address: peer.state.split(maxsplit=1)[0] for peer in self._lab.network.bgp(one)}

    def do_stop(self) -> None:
        """End the lab."""
        self._lab.stopped.set()
