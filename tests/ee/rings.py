# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The demo's labs, each in a network of its own that nothing else is in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.demo.labs import ROUTERS, Lab, chosen
from tests.ee.account import Account
from tests.ee.network import Network, made


@dataclass(frozen=True)
class Ring:
    """Four routers, and the way to them from a container."""

    kind: str
    lab: Lab
    network: Network
    known_hosts: Path
    _inventory: Path

    def inventory(self, known_hosts: str) -> str:
        """The lab's own, with this path of known_hosts."""
        return self._inventory.read_text().replace(str(self.known_hosts), known_hosts)

    def logins(self) -> dict[str, int]:
        """Of each device, as it counts them."""
        return {router: self.lab.logins(router) for router in ROUTERS}

    def described(self, word: str) -> list[str]:
        """Routers on which the good change of the job with this word stands."""
        return [one for one in ROUTERS if f"description core link of {one} {word}" in self.lab.config(one)]


@contextmanager
def up(kind: str, directory: Path, account: Account, image: str) -> Iterator[Ring]:
    """``kind`` is emulated or frr."""
    with made(account, image) as network, ExitStack() as stack:
        lab = chosen(kind, directory / f"lab-{kind}")
        with network.inside():
            inventory = lab.start(stack)
        try:
            yield Ring(kind, lab, network, inventory.with_name("known_hosts"), inventory)
        finally:
            with network.inside():
                stack.close()
