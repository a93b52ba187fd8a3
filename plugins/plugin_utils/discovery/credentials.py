# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which credentials are tried on a device, in which order, and when no more: accounts must not be locked.

Runs in one event loop: nothing here is for several threads.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network

from .settings import CredentialSet, VisitSettings


@dataclass
class Record:
    """How a set did so far in this run. ``row`` counts refusals since it last opened one; ``trying`` is under way."""

    opened: int = 0
    row: int = 0
    trying: int = 0
    subnets: Counter[str] = field(default_factory=Counter)


class Credentials:
    """The sets of a run. ``aside`` names those that are not tried any more, with the reason."""

    def __init__(self, settings: VisitSettings) -> None:
        self._sets = settings.credentials
        self._most = settings.set_aside_after
        self._last = dict(settings.opened_by)
        self._records = {one.name: Record() for one in self._sets}
        self._changed = asyncio.Condition()
        self.aside: dict[str, str] = {}

    def order(self, address: str, platform: str | None) -> list[CredentialSet]:
        """For this device: what opened it last, what opened most in its subnet, then as given.

        A set for other platforms than the one it seems to be is left out, and so is one that is set aside, unless it
        opened this very device before.
        """
        subnet = subnet_of(address)
        usable = [
            one
            for one in self._sets
            if (not one.platforms or platform is None or platform in one.platforms)
            and (one.name not in self.aside or self._last.get(address) == one.name)
        ]
        return sorted(
            usable,
            key=lambda one: (self._last.get(address) != one.name, -self._records[one.name].subnets[subnet]),
        )

    @asynccontextmanager
    async def trial(self, chosen: CredentialSet, address: str) -> AsyncIterator[bool]:
        """Around a login; False when the set was set aside meanwhile.

        A set that has opened nothing yet is tried on so few devices at the same time that its refusals cannot
        outrun the limit.
        """
        record = self._records[chosen.name]
        async with self._changed:
            await self._changed.wait_for(lambda: self._may(chosen, record))
            usable = chosen.name not in self.aside or self._last.get(address) == chosen.name
            record.trying += 1
        try:
            yield usable
        finally:
            async with self._changed:
                record.trying -= 1
                self._changed.notify_all()

    def _may(self, chosen: CredentialSet, record: Record) -> bool:
        decided = record.opened > 0 or chosen.name in self.aside or self._most < 1
        return decided or record.trying + record.row < self._most

    def opened(self, chosen: CredentialSet, address: str) -> None:
        record = self._records[chosen.name]
        record.opened += 1
        record.row = 0
        record.subnets[subnet_of(address)] += 1
        self._last[address] = chosen.name
        self.aside.pop(chosen.name, None)

    def refused(self, chosen: CredentialSet, address: str) -> None:
        """By the device, for good: not a device that did not answer."""
        record = self._records[chosen.name]
        record.row += 1
        if self._last.get(address) == chosen.name:
            del self._last[address]
        if 0 < self._most <= record.row and not record.opened:
            self.aside.setdefault(chosen.name, f"the first {record.row} devices refused it")


def subnet_of(address: str) -> str:
    """The /24 or /64 around an address; a name is its own."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((found, 24 if found.version == 4 else 64), strict=False))
