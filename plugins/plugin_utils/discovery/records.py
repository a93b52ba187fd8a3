# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What discovery knows of a network: plain values, the same in the store, the inventory, the map and the drift report.

Everything here is deterministic: two looks at an unchanged device give equal records, so nothing with a clock in it
(uptimes, counters, when it was seen) has a place here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Interface:
    """A port as the device names it. ``speed`` in Mbit/s, ``addresses`` as ``10.0.0.1/30``; None is not known."""

    name: str
    enabled: bool | None = None
    up: bool | None = None
    description: str = ""
    mac: str | None = None
    mtu: int | None = None
    speed: float | None = None
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Neighbor:
    """Who is at the other end of ``interface``, as told by LLDP or CDP. ``name`` is cleaned of control characters.

    ``platform`` is the neighbour's own description of itself (free text), ``address`` its management address.
    ``protocol`` is lldp or cdp.
    """

    interface: str
    name: str = ""
    port: str = ""
    chassis_id: str | None = None
    address: str | None = None
    platform: str = ""
    protocol: str = "lldp"


@dataclass(frozen=True, slots=True)
class Device:
    """One device, however many addresses it was met at.

    ``id`` is stable and fit for a file name (``discovery.identity``). ``platform`` is a netmiko device type as
    ``drivers.platforms`` gives it, or the source's own word when that is not known. ``via`` is how it was read:
    ssh, eapi or snmp. ``credential`` names the set that opened it, never its values. ``address`` is where it was
    reached, ``addresses`` all others of its own, sorted. ``site`` is where it says it stands (sysLocation), if it does.
    ``notes`` say what could not be read of it, and why.
    """

    id: str
    name: str
    address: str
    port: int | None = None
    platform: str = "unknown"
    driver: str | None = None
    via: str = "ssh"
    credential: str | None = None
    vendor: str = ""
    model: str = ""
    serial: str = ""
    version: str = ""
    chassis_id: str | None = None
    role: str = ""
    site: str = ""
    addresses: tuple[str, ...] = ()
    interfaces: tuple[Interface, ...] = ()
    neighbors: tuple[Neighbor, ...] = ()
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values, interfaces and neighbours in order of their names."""
        found = asdict(self)
        found["interfaces"] = sorted(found["interfaces"], key=lambda one: one["name"])
        found["neighbors"] = sorted(found["neighbors"], key=lambda one: (one["interface"], one["name"], one["port"]))
        return found

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> Self:
        """The reverse of ``as_dict``. Raises KeyError, TypeError, ValueError for what is no device."""
        known = {one.name for one in fields(cls)}
        values = {name: value for name, value in given.items() if name in known}
        values["addresses"] = tuple(values.get("addresses") or ())
        values["notes"] = tuple(values.get("notes") or ())
        values["interfaces"] = tuple(_interface(one) for one in given.get("interfaces") or ())
        values["neighbors"] = tuple(Neighbor(**one) for one in given.get("neighbors") or ())
        return cls(**values)


def _interface(given: Mapping[str, Any]) -> Interface:
    return Interface(**{**given, "addresses": tuple(given.get("addresses") or ())})


@dataclass(frozen=True, slots=True)
class Candidate:
    """An address to be visited. ``found_by`` is (device id, its interface), None for a seed.

    ``name`` and ``platform`` are what the neighbour was told to be: a hint, free text. ``swept`` is one address of a
    range, where nobody may be.
    """

    address: str
    name: str = ""
    platform: str = ""
    chassis_id: str | None = None
    depth: int = 0
    found_by: tuple[str, str] | None = None
    swept: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """An address, or a neighbour without one, that could not be read, and why. ``code`` is one of docs/errors.md.

    ``tried`` names the credential sets that were tried.
    """

    address: str
    code: str
    reason: str
    name: str = ""
    found_by: tuple[str, str] | None = None
    tried: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class End:
    """One end of a link. ``device`` is a Device's id, None for a neighbour that was not visited."""

    device: str | None
    name: str
    interface: str


@dataclass(frozen=True, slots=True)
class Link:
    """A cable between two ports; ``a`` sorts before ``b``. ``seen_by`` are the protocols that told of it."""

    a: End
    b: End
    seen_by: tuple[str, ...] = ()


@dataclass(slots=True)
class Found:
    """All that a discovery store holds."""

    devices: list[Device] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
