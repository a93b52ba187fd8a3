# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who was met, by which addresses, and who is to be visited next: each device once, however many tell of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, collapse_addresses, ip_address

from ..broker import errors
from .identity import cleaned, telling_addresses
from .ports import host_key, is_named
from .records import Device, Failure, Neighbor
from .seeds import Ranges, Seed, may_be_elsewhere
from .targets import ELSEWHERE, SILENT, Target, chassis_ids, contradicts, fits, told_chassis


class Frontier:
    """Breadth first, seeds before all others. ``seeds`` is read as far as it is needed."""

    def __init__(self, seeds: Iterable[Seed], ranges: Ranges, max_depth: int | None = None) -> None:
        self.seeds: Iterator[Seed] = iter(seeds)
        self.ranges = ranges
        self.max_depth = max_depth
        self.silent: set[str] = set()
        self.untried = 0  # addresses of ranges
        self.gone: set[str] = set()  # of known devices that nobody tells of: silent, too
        self._waiting: deque[Target] = deque()
        self._targets: dict[str, Target] = {}  # by address
        self._marks: dict[tuple[str, str], Target] = {}  # by chassis id and name
        self._owners: dict[str, str | None] = {}  # address -> device that says it has it, None for several
        self._devices: dict[str, tuple[Device, Target]] = {}
        self._denied: dict[str, Failure] = {}
        self._unaddressed: dict[tuple[str, ...], set[tuple[str, str]]] = {}
        self._ids: set[str] = set()  # chassis ids, and addresses of ports, of all devices that were visited
        self._names: dict[str, dict[str, Device]] = {}

    def take(self) -> Target | None:
        """Who is next."""
        for seed in self.seeds:
            first = self._seed(seed)
            if first is not None:
                first.state = "visiting"
                return first
        while self._waiting:
            target = self._waiting.popleft()
            if target.state == "waiting" and not self._met(target):
                target.state = "visiting"
                return target
        return None

    def found(self, target: Target, device: Device) -> None:
        """The target is this device; whom it tells of is to be visited too."""
        target.state, target.device = "found", device.id
        known = self._devices.get(device.id)
        if known is not None and known[1] is not target:
            target.depth = min(target.depth, known[1].depth)
        self._devices[device.id] = (device, target)
        self._names.setdefault(host_key(device.name), {})[device.id] = device
        self._ids |= chassis_ids(device)
        for address in telling_addresses(device):
            self._owners[address] = device.id if self._owners.get(address, device.id) == device.id else None
        for neighbor in device.neighbors:
            self._heard(device, neighbor, target.depth + 1)

    def known(self, device: Device, depth: int, addresses: Iterable[str]) -> None:
        """A device that was visited at these addresses before the crawl was interrupted."""
        target = Target(depth, addresses=deque(addresses))
        self._targets.update(dict.fromkeys(target.addresses, target))
        self.found(target, device)

    def refused(self, failure: Failure) -> None:
        """An address that failed before the crawl was interrupted."""
        target = Target(0, name=failure.name, addresses=deque([failure.address]), tried=[failure], state="failed")
        target.finders |= {failure.found_by} if failure.found_by else set()
        self._targets[failure.address] = target

    def attempts(self) -> list[Failure]:
        """What was tried in vain, for ``refused``."""
        every = {id(target): target for target in self._targets.values() if target.state == "failed"}
        found = [replace(one, found_by=min(t.finders, default=None)) for t in every.values() for one in t.tried]
        return [one for one in found if one.code != errors.LimitReached.code and not self.nobody(one.address)]

    def failed(self, target: Target, failure: Failure) -> bool:
        """The target was not read. Whether that is the end of it: another address of it may be left to try."""
        failure = replace(failure, name=failure.name or target.name)
        target.tried.append(failure)
        target.addresses.rotate(-1)
        if failure.code in ELSEWHERE and len(target.tried) < len(target.addresses):
            target.state = "waiting"
            self._waiting.append(target)
            return False
        target.state = "failed"
        if target.again and not target.claims and failure.code in SILENT:
            self.gone.add(failure.address)
        elif target.swept and not target.claims and failure.code in SILENT:
            self.silent.add(failure.address)
        return True

    def again(self, devices: Iterable[Device]) -> None:
        """Known devices that nobody told of: they are asked, and may be gone."""
        for device in devices:
            if device.address not in self._targets and self.ranges.refusal(device.address) is None:
                target = Target(0, again=True, name=device.name, addresses=deque([device.address]))
                self._targets[device.address] = target
                self._waiting.append(target)

    def renamed(self, old: str, new: Device) -> None:
        """A device got another id."""
        _device, target = self._devices.pop(old)
        target.device = new.id
        self._devices[new.id] = (new, target)
        names = self._names[host_key(new.name)]
        del names[old]
        names[new.id] = new
        self._owners.update({address: new.id for address, owner in self._owners.items() if owner == old})

    def left(self, reason: str) -> None:
        """Nobody else is visited, for this reason; who waits is a failure."""
        for target in self._waiting:
            if target.state == "waiting" and not self._met(target):
                self._give_up(target, reason)
        for seed in self.seeds:
            other = self._seed(seed)
            if other is not None and other.swept:
                self.untried += 1
            elif other is not None:
                self._give_up(other, reason)

    def failures(self) -> list[Failure]:
        """Everybody who was heard of and not read, once each, in order; not the silent addresses of ranges."""
        every = {id(target): target for target in self._targets.values()}
        found = [self._failure(target) for target in every.values() if self._lost(target)]
        found += [one for one in self._denied.values() if not self._visited("", one.name)]
        found += self._without_address() + self._shadowed(every.values())
        return sorted(found, key=lambda one: (one.address, one.name, one.code))

    def told(self) -> dict[str, tuple[set[str], set[str]]]:
        """What others told of the devices that were visited: addresses not found wanting, and chassis ids."""
        found: dict[str, tuple[set[str], set[str]]] = {one: (set(), set()) for one in self._devices}
        for target in self._targets.values():
            if target.state == "found" and target.device in found:
                addresses, chassis_ids = found[target.device]
                addresses |= set(target.addresses) - {row.address for row in target.tried}
                name = self._devices[target.device][0].name
                chassis_ids |= {one for one, told in target.claims if one and told and is_named(name, told)}
        return found

    def silent_ranges(self) -> list[str]:
        """Addresses of ranges where nobody answered, as few ranges."""
        every = [ip_address(one) for one in self.silent]
        fours = collapse_addresses(IPv4Network(one) for one in every if isinstance(one, IPv4Address))
        sixes = collapse_addresses(IPv6Network(one) for one in every if isinstance(one, IPv6Address))
        return [str(one) for one in (*fours, *sixes)]

    def waiting(self) -> int:
        return len(self._waiting)

    # -- who is met ---------------------------------------------------------------------------

    def _seed(self, seed: Seed) -> Target | None:
        """A target, unless it is known already."""
        allowed = []
        for address in seed.addresses:
            reason = self.ranges.refusal(address)
            if reason is None:
                allowed.append(address)
            elif not seed.swept:
                self._denied[address] = Failure(address, errors.AddressDenied.code, reason, name=seed.name)
        if not allowed or allowed[0] in self.silent:
            return None
        known = next((self._targets[one] for one in allowed if one in self._targets), None)
        if known is not None:
            self._nearer(known, 0)
            return None
        target = Target(0, seed.swept, name=seed.name, addresses=deque(allowed))
        self._targets.update(dict.fromkeys(allowed, target))
        return None if seed.swept and self._met(target) else target

    def _heard(self, device: Device, neighbor: Neighbor, depth: int) -> None:
        mark = (told_chassis(neighbor), cleaned(neighbor.name))
        finder = (device.id, neighbor.interface)
        address = neighbor.address or ""
        if not may_be_elsewhere(address):
            self._unaddressed.setdefault(mark if any(mark) else ("", "", *finder), set()).add(finder)
            return
        reason = self.ranges.refusal(address) or self.ranges.ignored(mark[1], neighbor.platform)
        target = self._targets.get(address) or (self._marks.get(mark) if all(mark) else None)
        if reason is not None:
            known = self._denied.get(address)
            by = min(finder, known.found_by) if known and known.found_by else finder
            self._denied[address] = Failure(address, errors.AddressDenied.code, reason, mark[1], found_by=by)
            return
        if target is None:
            target = Target(depth, addresses=deque([address]))
            self._targets[address] = target
            self._tell(target, neighbor, mark, finder)
            if self.max_depth is not None and depth > self.max_depth:
                target.state = "beyond"
            else:
                self._waiting.append(target)
            return
        self._tell(target, neighbor, mark, finder)
        if address not in target.addresses:
            self._another(target, address)
        self._nearer(target, depth)

    def _tell(self, target: Target, neighbor: Neighbor, mark: tuple[str, str], finder: tuple[str, str]) -> None:
        target.finders.add(finder)
        target.name = target.name or mark[1]
        target.platform = target.platform or neighbor.platform
        target.chassis_id = target.chassis_id or neighbor.chassis_id
        if any(mark):
            target.claims.add(mark)
        if all(mark):
            self._marks.setdefault(mark, target)

    def _another(self, target: Target, address: str) -> None:
        """One more address of a device that we know of: for when the others do not answer."""
        self._targets[address] = target
        if target.state == "failed" and target.tried[-1].code in ELSEWHERE:
            target.addresses.appendleft(address)
            target.state = "waiting"
            self._waiting.append(target)
        else:
            target.addresses.append(address)

    def _nearer(self, target: Target, depth: int) -> None:
        """A shorter way to it was found: those behind it may be within the depth now."""
        if depth >= target.depth:
            return
        target.depth = depth
        if target.state == "beyond" and (self.max_depth is None or depth <= self.max_depth):
            target.state = "waiting"
            self._waiting.append(target)
        if target.device in self._devices:
            device = self._devices[target.device][0]
            for neighbor in device.neighbors:
                self._heard(device, neighbor, depth + 1)

    def _met(self, target: Target) -> bool:
        """Whether this address is one of a device that was visited, and nothing speaks against it being that one."""
        owner = self._devices.get(self._owners.get(target.address) or "")
        if owner is None:
            return False
        device, visited = owner
        same = target.swept or any(fits(device, claim) for claim in target.claims)
        if not same or any(contradicts(device, claim) for claim in target.claims):
            return False
        target.state, target.device = "found", device.id
        visited.finders |= target.finders
        return True

    # -- who was not ----------------------------------------------------------------------------

    def _give_up(self, target: Target, reason: str) -> None:
        target.state = "failed"
        target.tried.append(Failure(target.address, errors.LimitReached.code, reason, name=target.name))

    def nobody(self, address: str) -> bool:
        """Whether silence at this address is no failure."""
        return address in self.silent or address in self.gone

    def _lost(self, target: Target) -> bool:
        if target.state == "found" or (target.state == "failed" and self.nobody(target.tried[-1].address)):
            return False
        # it may have turned out to be a device that was visited at another address
        return not (self._met(target) or any(all(claim) and self._visited(*claim) for claim in target.claims))

    def _failure(self, target: Target) -> Failure:
        by = min(target.finders, default=None)
        if not target.tried:
            limit = f"max_depth {self.max_depth} was reached: it is {target.depth} steps away from the seeds"
            return Failure(target.address, errors.LimitReached.code, limit, target.name, by)
        first = target.tried[0]
        reason = "; ".join(dict.fromkeys(one.reason for one in target.tried))
        tried = tuple(dict.fromkeys(name for one in target.tried for name in one.tried))
        return replace(first, reason=reason, name=target.name or first.name, found_by=by, tried=tried)

    def _without_address(self) -> list[Failure]:
        told = {claim for target in self._targets.values() for claim in target.claims}
        ids, names = {one[0] for one in told}, {host_key(one[1]) for one in told}
        names |= {host_key(mark[1]) for mark in self._unaddressed if mark[0]}  # one port told more of it than another
        found = []
        for (chassis_id, name, *_where), finders in self._unaddressed.items():
            elsewhere = chassis_id in ids if chassis_id else bool(name) and host_key(name) in names
            if elsewhere or self._visited(chassis_id, name):
                continue
            by = min(finders)
            who = name or chassis_id or "a neighbor without a name"
            reason = f"{who}, seen by {by[0]} on {by[1]}, tells no management address that it can be reached at"
            found.append(Failure("", errors.NoAddress.code, reason, name, by))
        return found

    def _shadowed(self, targets: Iterable[Target]) -> list[Failure]:
        """Neighbours that tell the address of another one, and were therefore not visited."""
        found = []
        for target in targets:
            if target.device not in self._devices or len({one[0] for one in target.claims if one[0]}) < 2:
                continue
            device = self._devices[target.device][0]
            for claim in sorted(target.claims):
                if contradicts(device, claim) and not self._visited(*claim):
                    reason = f"{claim[1] or claim[0]} tells the address {target.address}, where {device.name} is"
                    found.append(Failure(target.address, errors.NoAddress.code, reason, claim[1], min(target.finders)))
        return found

    def _visited(self, chassis_id: str, name: str) -> bool:
        """Whether a device that is known by these was read."""
        if chassis_id and chassis_id in self._ids:
            return True
        called = self._names.get(host_key(name), {}).values() if name else ()
        return any(is_named(one.name, name) and not contradicts(one, (chassis_id, name)) for one in called)
