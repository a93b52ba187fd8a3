# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where a crawl starts, and where it may go: addresses, names and ranges as they are given."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from ..broker.errors import BadInput
from .records import Failure

#: Addresses that all ranges together may hold before somebody has to say that this is meant.
MAX_ADDRESSES = 4096
_NAME = re.compile(
    r"(?=.{1,253}\Z)[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?"
)
Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Seed:
    """One device to start from: all addresses of its name, or one. ``swept`` is one address of a range."""

    addresses: tuple[str, ...]
    name: str = ""
    swept: bool = False


@dataclass(frozen=True, slots=True)
class Ranges:
    """Where a crawl may go: in one of ``allow`` (anywhere without any) and in none of ``deny``.

    Neighbours that match one of ``ignore``, in their name or in what they say they are, are not visited either.
    """

    allow: tuple[Network, ...] = ()
    deny: tuple[Network, ...] = ()
    ignore: tuple[re.Pattern[str], ...] = ()

    @classmethod
    def parsed(cls, allow: Iterable[str], deny: Iterable[str], ignore: Iterable[str] = ()) -> Ranges:
        """Raises BadInput, naming the option."""
        return cls(
            tuple(_network("allow", one) for one in allow),
            tuple(_network("deny", one) for one in deny),
            tuple(_pattern("ignore", one) for one in ignore),
        )

    def ignored(self, name: str, platform: str) -> str | None:
        """Why a neighbour that says this of itself is not visited; None when it may be."""
        for pattern in self.ignore:
            if pattern.search(name) or pattern.search(platform):
                return f"{name or 'it'} matches '{pattern.pattern}', which ignore names"
        return None

    def refusal(self, address: str) -> str | None:
        """Why this address is not visited; None when it may be."""
        try:
            found = ip_address(address.partition("%")[0])
        except ValueError:
            return f"'{address}' is no address"
        for network in self.deny:
            if found in network:
                return f"{address} is in {network}, which deny names"
        if self.allow and not any(found in network for network in self.allow):
            return f"{address} is in no range that allow names"
        return None


class Seeds:
    """Seeds in the order they are given. Ranges are counted, never held as lists. Raises BadInput."""

    def __init__(self, given: Sequence[str], max_addresses: int = MAX_ADDRESSES) -> None:
        self.given = [str(one).strip() for one in given]
        self._seeds: list[Network | str] = []
        self.names: list[str] = []
        for text in self.given:
            seed = _seed(text)
            self._seeds.append(seed)
            if isinstance(seed, str) and _address(seed) is None:
                self.names.append(seed)
        if not self._seeds:
            raise BadInput("seeds: none given; name addresses, names or ranges (10.0.0.0/24)", option="seeds")
        self.count = sum(_hosts(seed) for seed in self._seeds if not isinstance(seed, str))
        if self.count > max_addresses:
            ranges = [str(seed) for seed in self._seeds if not isinstance(seed, str)]
            words = ", ".join(ranges[:3]) + (f" and {len(ranges) - 3} more" if len(ranges) > 3 else "")
            raise BadInput(
                f"seeds: {words}: {self.count} addresses, more than max_addresses ({max_addresses}); name smaller "
                f"ranges, or set max_addresses: {self.count} if all of them are to be tried",
                option="seeds",
                count=self.count,
            )

    @property
    def single(self) -> set[str]:
        """Addresses and names that were given one by one."""
        return {seed for seed in self._seeds if isinstance(seed, str)}

    async def resolved(self, ranges: Ranges, at_once: int = 20) -> tuple[Iterator[Seed], list[Failure]]:
        """All seeds, ranges one address at a time, without what may not be visited; and names that do not resolve."""
        gate = asyncio.Semaphore(at_once)

        async def resolve(name: str) -> tuple[str, ...] | Failure:
            async with gate:
                return await _resolve(name)

        answers = dict(zip(self.names, await asyncio.gather(*map(resolve, self.names)), strict=True))
        failures = [answer for answer in answers.values() if isinstance(answer, Failure)]
        addresses = {name: answer for name, answer in answers.items() if not isinstance(answer, Failure)}
        return self._all(addresses, ranges), failures

    def _all(self, addresses: dict[str, tuple[str, ...]], ranges: Ranges) -> Iterator[Seed]:
        for seed in self._seeds:
            if isinstance(seed, str):
                if seed in addresses:
                    yield Seed(addresses[seed], seed)
                elif seed not in self.names:
                    yield Seed((seed,))
            else:
                for address in seed.hosts():
                    if ranges.refusal(str(address)) is None:
                        yield Seed((str(address),), swept=True)


def may_be_elsewhere(address: str) -> bool:
    """Whether a neighbour can be reached at the address that it tells: not at 127.0.0.1, which is us."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    scoped = isinstance(found, IPv6Address) and found.scope_id
    here = found in (IPv4Address("127.0.0.1"), IPv6Address("::1"))
    return not (here or found.is_unspecified or found.is_multicast or (found.is_link_local and not scoped))


def _seed(text: str) -> Network | str:
    """A range, an address or a name. Raises BadInput."""
    if "/" in text:
        network = _network("seeds", text)
        return network if network.num_addresses > 1 else str(network.network_address)
    found = _address(text)
    if found is not None:
        return found
    if not _NAME.fullmatch(text) or re.fullmatch(r"[\d.]+", text):
        raise BadInput(
            f"seeds: {text!r} is no address, no name and no range; examples: 192.0.2.1, core1.example.com, "
            "192.0.2.0/24, 2001:db8::1",
            option="seeds",
            value=text,
        )
    return text


def _address(text: str) -> str | None:
    try:
        return str(ip_address(text))
    except ValueError:
        return None


def _network(option: str, given: str) -> Network:
    text = str(given).strip()
    try:
        return ip_network(text)
    except ValueError as exc:
        fix = "write it as 192.0.2.0/24 or 2001:db8::/64"
        if "host bits" in str(exc):
            address = text.partition("/")[0]
            fix = f"write {ip_network(text, strict=False)} for the range, or {address} for the one address"
        raise BadInput(f"{option}: '{text}' is no range; {fix}", option=option, value=text) from exc


def _pattern(option: str, given: str) -> re.Pattern[str]:
    try:
        return re.compile(str(given), re.IGNORECASE)
    except re.error as exc:
        raise BadInput(
            f"{option}: '{given}' is no regular expression: {exc}; to mean it as it is, put a backslash before special "
            "characters",
            option=option,
            value=str(given),
        ) from exc


def _hosts(network: Network) -> int:
    """How many addresses ``network.hosts()`` gives, without asking it for them."""
    bits = network.max_prefixlen - network.prefixlen
    if bits <= 1:
        return int(network.num_addresses)
    return int(network.num_addresses) - (2 if network.version == 4 else 1)


async def _resolve(name: str) -> tuple[str, ...] | Failure:
    """All addresses of a name, those of IPv4 first as most management networks have them."""
    try:
        rows = await asyncio.get_running_loop().getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as exc:
        return Failure(name, "dns", f"the name {name} does not resolve: {exc}", name=name)
    found = dict.fromkeys(str(row[4][0]) for row in sorted(rows, key=lambda row: row[0] != socket.AF_INET))
    return tuple(found)
