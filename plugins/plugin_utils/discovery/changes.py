# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is different from the last crawl: who appeared, vanished, was not reached, moved or changed.

A device vanished when it was known and nobody tells of it any more. It is only *unreached* when its visit failed, or
when the way to it led through a device that was not reached: what is behind a dead device cannot be seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from .identity import telling_addresses
from .links import links
from .ports import host_key
from .records import Device, Failure, Link

FIELDS = ("name", "address", "platform", "vendor", "model", "serial", "version")


@dataclass(slots=True)
class Changes:
    """Plain rows, each with ``id`` and ``name``, in order of the ids.

    ``unreached`` have a ``reason``, ``moved`` the links that they ``lost`` and ``gained``, ``changed`` the ``field``
    with its value ``before`` and ``after``.
    """

    appeared: list[dict[str, Any]] = field(default_factory=list)
    vanished: list[dict[str, Any]] = field(default_factory=list)
    unreached: list[dict[str, Any]] = field(default_factory=list)
    moved: list[dict[str, Any]] = field(default_factory=list)
    changed: list[dict[str, Any]] = field(default_factory=list)

    def as_dict(self) -> dict[str, list[dict[str, Any]]]:
        return {name: getattr(self, name) for name in self.__slots__}

    def lines(self) -> list[str]:
        """One line each, for people."""
        found = [f"+ {row['id']} appeared at {row['address']}" for row in self.appeared]
        found += [f"- {row['id']} vanished, it was at {row['address']}" for row in self.vanished]
        found += [f"? {row['id']} was not reached: {row['reason']}" for row in self.unreached]
        for row in self.moved:
            found += [f"- {row['id']} {one}" for one in row["lost"]] + [f"+ {row['id']} {one}" for one in row["gained"]]
        found += [
            f"~ {row['id']} {row['field']}: {row['before'] or 'nothing'} -> {row['after'] or 'nothing'}"
            for row in self.changed
        ]
        return found


def changes(
    before: Sequence[Device], now: Sequence[Device], failures: Sequence[Failure], silent: Iterable[str] = ()
) -> Changes:
    """``now`` are the devices that were read, ``silent`` addresses that were tried and where nobody answered."""
    old = {device.id: device for device in before}
    new = {device.id: device for device in now}
    missing = {one: old[one] for one in sorted(set(old) - set(new))}
    old_links = links(list(old.values()))
    reasons = _unreached(missing, old_links, failures, set(silent))
    if not now:  # rather we are cut off than all of them gone
        reasons = dict.fromkeys(missing, "no device was reached at all") | reasons
    found = Changes()
    found.appeared = [_row(new[one], address=new[one].address) for one in sorted(set(new) - set(old))]
    found.unreached = [_row(device, reason=reasons[one]) for one, device in missing.items() if one in reasons]
    found.vanished = [_row(device, address=device.address) for one, device in missing.items() if one not in reasons]
    both = sorted(set(old) & set(new))
    for one in both:
        for name in FIELDS:
            values = getattr(old[one], name), getattr(new[one], name)
            if values[0] != values[1]:
                found.changed.append(_row(new[one], field=name, before=values[0], after=values[1]))
    kept = [device for one, device in missing.items() if one in reasons]
    found.moved = _moved(both, new, old_links, links([*now, *kept]))
    return found


def _row(device: Device, **more: Any) -> dict[str, Any]:
    return {"id": device.id, "name": device.name, **more}


def _unreached(
    missing: dict[str, Device], known: Sequence[Link], failures: Sequence[Failure], silent: set[str]
) -> dict[str, str]:
    """Why devices were not read: their own failure, or somebody's on the way to them."""
    reasons: dict[str, str] = {}
    at = {one.address: one for one in failures if one.address}
    named = {host_key(one.name): one for one in failures if one.name}
    for one, device in missing.items():
        addresses = {device.address} | telling_addresses(device)
        failure = next((at[address] for address in sorted(addresses) if address in at), None)
        failure = failure or (named.get(host_key(device.name)) if device.name else None)
        if failure is not None:
            reasons[one] = failure.reason
        elif device.address in silent:
            reasons[one] = f"nobody answers at {device.address}"
    around: dict[str, set[str]] = {}
    for link in known:
        if link.a.device and link.b.device:
            around.setdefault(link.a.device, set()).add(link.b.device)
            around.setdefault(link.b.device, set()).add(link.a.device)
    reached = sorted(reasons)
    for near in reached:  # grows while it is walked
        for far in sorted(around.get(near, ())):
            if far in missing and far not in reasons:
                reasons[far] = f"the way to it led through {near}, which was not reached"
                reached.append(far)
    return reasons


def _moved(
    ids: Iterable[str], now: dict[str, Device], before: Sequence[Link], after: Sequence[Link]
) -> list[dict[str, Any]]:
    old, new = _ends(before), _ends(after)
    found = []
    for one in ids:
        had, has = old.get(one, set()), new.get(one, set())
        if had != has:
            lost, gained = [sorted(map(_words, ends)) for ends in (had - has, has - had)]
            found.append(_row(now[one], lost=lost, gained=gained))
    return found


def _ends(every: Sequence[Link]) -> dict[str, set[tuple[str, str, str]]]:
    """Device id -> (its port, name of the other, the other's port)."""
    found: dict[str, set[tuple[str, str, str]]] = {}
    for link in every:
        for near, far in ((link.a, link.b), (link.b, link.a)):
            if near.device:
                found.setdefault(near.device, set()).add((near.interface, host_key(far.name), far.interface))
    return found


def _words(end: tuple[str, str, str]) -> str:
    return f"{end[0]} to {end[1]} {end[2]}".rstrip()
