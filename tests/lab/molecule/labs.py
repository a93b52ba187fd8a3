# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The two labs as a scenario sees them: groups of two routers, and what can be asked of a router past the product.

What an answer needs is in ``facts``, which is JSON: the question comes from another process than the lab's keeper.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

PORTS = {"ios": "GigabitEthernet0/1", "eos": "Ethernet1", "frr": "eth1"}
_PLATFORMS = ("ios", "eos")


class Lab(Protocol):
    """``groups``: names of the two routers of each group. ``facts``: what ``ask`` needs."""

    groups: dict[str, list[str]]
    facts: dict[str, Any]

    def start(self, inventory: Path) -> None:
        """Bring it up and write its inventory, without the groups."""

    def stop(self) -> None:
        """Take it down."""

    def port(self, name: str) -> str:
        """The router's port towards the other of its group."""


class Emulated:
    """GROUP-ios and GROUP-eos of each group, cabled to one another and to nobody else; no root needed."""

    def __init__(self, groups: list[str], directory: Path) -> None:
        from ..emulated import EmulatedLab, own_addresses, pairs

        self.groups = {group: [f"{group.replace('_', '-')}-{one}" for one in _PLATFORMS] for group in groups}
        names = [name for members in self.groups.values() for name in members]
        # An address for each router, because discovery has to find them by it; two labs at once differ in it.
        self._topology = own_addresses(pairs(names, _PLATFORMS), f"127.{20 + os.getpid() % 230}")
        self._lab = EmulatedLab(self._topology, directory)
        self.facts: dict[str, Any] = {}

    def start(self, inventory: Path) -> None:
        self._lab.start()
        self._lab.write_inventory(inventory)
        socket = json.loads((self._lab.directory / "lab.json").read_text())["socket"]
        self.facts = {"lab": "emulated", "socket": socket}

    def stop(self) -> None:
        self._lab.stop()

    def port(self, name: str) -> str:
        return PORTS[self._lab.devices[name].platform]


class Frr:
    """Two real routers a group, next to one another in a ring of all; needs root."""

    def __init__(self, groups: list[str], directory: Path) -> None:
        from ..frr import FrrLab

        self.groups = {group: [f"r{2 * at + 1}", f"r{2 * at + 2}"] for at, group in enumerate(groups)}
        self._lab = FrrLab(2 * len(groups), directory=directory)
        self.facts: dict[str, Any] = {}

    def start(self, inventory: Path) -> None:
        self._lab.up()
        self._lab.wait_converged(60)
        self._lab.write_inventory(inventory)
        self.facts = {"lab": "frr", "routers": {name: one.pid for name, one in self._lab.routers.items()}}

    def stop(self) -> None:
        self._lab.down()

    def port(self, name: str) -> str:
        at = next(names.index(name) for names in self.groups.values() if name in names)
        return f"eth{at + 1}"  # eth1 leads to the next router, eth2 to the one before


LABS: dict[str, Callable[[list[str], Path], Lab]] = {"emulated": Emulated, "frr": Frr}


def ask(facts: dict[str, Any], question: str, name: str) -> Any:
    """``running`` and ``startup`` are configurations, ``bgp`` the state of each session by the neighbor's address."""
    return (_ask_frr if facts["lab"] == "frr" else _ask_emulated)(facts, question, name)


def _ask_emulated(facts: dict[str, Any], question: str, name: str) -> Any:
    from ..emulated.client import ControlClient

    control = ControlClient(facts["socket"])
    try:
        found = control.ask(question, device=name)
    finally:
        control.close()
    return found[name] if question == "counters" else found


def _ask_frr(facts: dict[str, Any], question: str, name: str) -> Any:
    from ..frr import system
    from ..frr.lab import inside

    def run(*command: str) -> str:
        return system.run([*inside(facts["routers"][name]), *command])

    if question == "bgp":
        peers = json.loads(run("vtysh", "-c", "show bgp ipv4 unicast summary json")).get("peers", {})
        return {address: peer["state"] for address, peer in peers.items()}
    return run("cat", "/etc/frr/frr.conf") if question == "startup" else run("vtysh", "-c", "show running-config")


def peer(running: str, other_asn: int) -> str:
    """The address of the neighbor with this AS number, in a running configuration."""
    return next(
        address for address, asn in re.findall(r"neighbor (\S+) remote-as (\d+)", running) if int(asn) == other_asn
    )


def asn(running: str) -> int:
    """The AS number of a running configuration."""
    found = re.search(r"^router bgp (\d+)", running, re.M)
    assert found, running
    return int(found[1])
