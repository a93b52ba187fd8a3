# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The labs as the demo sees them: routers, what a good and a bad change are, and the truth read past the product."""

from __future__ import annotations

import json
import re
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol

ROUTERS = ("r1", "r2", "r3", "r4")


class Lab(Protocol):
    """Four routers in a ring, r1 next to r2; BGP AS 65001 to 65004."""

    words: str
    peers: dict[str, str]  # the address of each router's next neighbor

    def start(self, stack: ExitStack) -> Path:
        """Bring it up inside an ExitStack; the inventory's path."""

    def bgp(self, router: str) -> str:
        """State of the session with the next router, in the device's own word."""

    def config(self, router: str) -> str:
        """Running configuration, not read through the product."""

    def logins(self, router: str) -> int:
        """How many logins the device has taken, as it counts them itself."""


class EmulatedRing:
    words = "four emulated devices (r1 and r3 speak IOS, r2 and r4 EOS), eBGP around the ring, SSH on loopback"

    def __init__(self, directory: Path) -> None:
        from tests.lab.emulated import EmulatedLab
        from tests.lab.emulated.topology import ring

        self._lab = EmulatedLab(ring(4, ["ios", "eos"]), directory=directory)
        self.peers: dict[str, str] = {}

    def start(self, stack: ExitStack) -> Path:
        stack.enter_context(self._lab)
        inventory = self._lab.directory / "inventory.yml"
        self._lab.write_inventory(inventory)
        for number, router in enumerate(ROUTERS, 1):
            neighbors = re.findall(r"neighbor (\S+) remote-as (\d+)", self.config(router))
            self.peers[router] = next(address for address, asn in neighbors if int(asn) == 65001 + number % 4)
        return inventory

    def bgp(self, router: str) -> str:
        return self._lab.bgp(router)[self.peers[router]]

    def config(self, router: str) -> str:
        return self._lab.running_config(router)

    def logins(self, router: str) -> int:
        return int(self._lab.counters(router)["logins"])


class FrrRing:
    words = "four real FRRouting routers in network namespaces, eBGP and OSPF around the ring, OpenSSH into vtysh"

    def __init__(self, directory: Path) -> None:
        from tests.lab.frr import FrrLab

        self._lab = FrrLab(4, shape="ring", directory=directory)
        self.peers: dict[str, str] = {}

    def start(self, stack: ExitStack) -> Path:
        stack.enter_context(self._lab)
        self._lab.wait_converged(60)
        inventory = self._lab.directory / "inventory.yml"
        self._lab.write_inventory(inventory)
        for number, router in enumerate(ROUTERS, 1):
            summary = self._summary(router)
            self.peers[router] = next(a for a, row in summary.items() if row["remoteAs"] == 65001 + number % 4)
        return inventory

    def _summary(self, router: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._lab.vtysh(router, "show bgp summary json"))["ipv4Unicast"]["peers"]
        return found

    def bgp(self, router: str) -> str:
        return str(self._summary(router)[self.peers[router]]["state"])

    def config(self, router: str) -> str:
        return self._lab.vtysh(router, "show running-config")

    def logins(self, router: str) -> int:
        return self._lab.logins(router)


def chosen(name: str, directory: Path) -> Lab:
    return FrrRing(directory) if name == "frr" else EmulatedRing(directory)
