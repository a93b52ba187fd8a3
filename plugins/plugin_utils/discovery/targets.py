# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One device that was heard of, and whether what neighbours tell of it fits a device that was read."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from ..broker import errors
from .identity import chassis, cleaned
from .ports import is_named, mac_digits
from .records import Candidate, Device, Failure, Neighbor

#: A device that failed in one of these ways may answer at another of its addresses. A login that was refused is not
#: tried there: it would be the same account.
ELSEWHERE = {
    one.code
    for one in (
        errors.Unreachable,
        errors.NameNotResolved,
        errors.BreakerOpen,
        errors.ConnectFailed,
        errors.CommandTimeout,
        errors.SessionLost,
        errors.PromptNotFound,
    )
}
#: What an address of a range answers where nobody is.
SILENT = (errors.Unreachable.code, errors.BreakerOpen.code)


@dataclass(slots=True, eq=False)
class Target:
    """One device that was heard of. ``claims`` are the (chassis id, name) that others told it has."""

    depth: int
    swept: bool = False
    again: bool = False
    name: str = ""
    platform: str = ""
    chassis_id: str | None = None
    addresses: deque[str] = field(default_factory=deque)
    finders: set[tuple[str, str]] = field(default_factory=set)
    claims: set[tuple[str, str]] = field(default_factory=set)
    tried: list[Failure] = field(default_factory=list)
    state: str = "waiting"  # waiting, visiting, found, failed, beyond (the depth)
    device: str | None = None

    @property
    def address(self) -> str:
        return self.addresses[0]

    def candidate(self) -> Candidate:
        by = min(self.finders, default=None)
        return Candidate(self.address, self.name, self.platform, self.chassis_id, self.depth, by, self.swept)


def told_chassis(neighbor: Neighbor) -> str:
    text = cleaned(neighbor.chassis_id or "").casefold()
    return mac_digits(text) or text


def chassis_ids(device: Device) -> set[str]:
    told = {chassis(device), *(mac_digits(one.mac) for one in device.interfaces)}
    return {one for one in told if one}


def fits(device: Device, claim: tuple[str, str]) -> bool:
    return bool((claim[0] and claim[0] == chassis(device)) or (claim[1] and is_named(device.name, claim[1])))


def contradicts(device: Device, claim: tuple[str, str]) -> bool:
    """Whether a neighbour with this chassis id and name is surely another device. Some tell a port's address as id."""
    own = mac_digits(chassis(device))
    if own and mac_digits(claim[0]):
        return claim[0] != own and claim[0] not in chassis_ids(device)
    return bool(claim[1] and device.name and not is_named(device.name, claim[1]))
