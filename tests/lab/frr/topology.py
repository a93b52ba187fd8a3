# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a lab looks like before anything is started: routers, links, addresses, routing configuration.

Router number n has loopback 10.255.0.n, AS 65000+n and originates 172.16.n.0/24; link number k is 10.0.k.0/31.
"""

from __future__ import annotations

from dataclasses import dataclass, field

LARGEST = 200
SHAPES = ("ring", "leaf-spine")


class LabError(Exception):
    """The lab cannot be built or taken down; the message says what to do."""


@dataclass(frozen=True)
class Port:
    """One end of a link. ``address`` is without the /31."""

    name: str
    address: str
    peer: str
    peer_port: str
    peer_address: str
    peer_asn: int


@dataclass
class RouterPlan:
    name: str
    number: int
    ports: list[Port] = field(default_factory=list)

    @property
    def asn(self) -> int:
        return 65000 + self.number

    @property
    def loopback(self) -> str:
        return f"10.255.0.{self.number}"

    @property
    def prefix(self) -> str:
        return f"172.16.{self.number}.0/24"


@dataclass(frozen=True)
class Link:
    a: str
    a_port: str
    b: str
    b_port: str


def build(count: int, shape: str = "ring") -> tuple[list[RouterPlan], list[Link]]:
    """Routers and links of a shape.

    A ring is r1 to rN, eth1 towards the next and eth2 towards the previous router. Leaf-spine has two spines
    (one when there are fewer than four routers) and every leaf on every spine. Raises LabError.
    """
    if shape not in SHAPES:
        raise LabError(f"shape: {shape!r} is not known; choose one of {', '.join(SHAPES)}")
    if not 2 <= count <= LARGEST:
        raise LabError(f"count: {count} routers cannot be built; choose 2 to {LARGEST}")
    names, links = _ring(count) if shape == "ring" else _leaf_spine(count)
    routers = {name: RouterPlan(name, number) for number, name in enumerate(names, 1)}
    for index, link in enumerate(links):
        a, b = routers[link.a], routers[link.b]
        low, high = f"10.0.{index // 128}.{index % 128 * 2}", f"10.0.{index // 128}.{index % 128 * 2 + 1}"
        a.ports.append(Port(link.a_port, low, b.name, link.b_port, high, b.asn))
        b.ports.append(Port(link.b_port, high, a.name, link.a_port, low, a.asn))
    for router in routers.values():
        router.ports.sort(key=lambda port: int(port.name.removeprefix("eth")))
    return list(routers.values()), links


def _ring(count: int) -> tuple[list[str], list[Link]]:
    names = [f"r{number}" for number in range(1, count + 1)]
    return names, [Link(name, "eth1", names[(at + 1) % count], "eth2") for at, name in enumerate(names)]


def _leaf_spine(count: int) -> tuple[list[str], list[Link]]:
    spines = [f"spine{number}" for number in range(1, 3 if count >= 4 else 2)]
    leaves = [f"leaf{number}" for number in range(1, count - len(spines) + 1)]
    links = [
        Link(leaf, f"eth{up}", spine, f"eth{down}")
        for down, leaf in enumerate(leaves, 1)
        for up, spine in enumerate(spines, 1)
    ]
    return spines + leaves, links


def configuration(router: RouterPlan) -> str:
    """The router's frr.conf: OSPF in area 0 and eBGP on every port, fast timers so that tests see changes soon."""
    lines = ["frr defaults traditional", f"hostname {router.name}", "ipv6 forwarding"]
    lines += ["service integrated-vtysh-config", "!"]
    lines += [f"ip route {router.prefix} Null0", "!"]
    for port in router.ports:
        lines += [f"interface {port.name}", f" description to-{port.peer}", f" ip address {port.address}/31"]
        lines += [" ip ospf area 0", " ip ospf dead-interval 4", " ip ospf hello-interval 1"]
        lines += [" ip ospf network point-to-point", "exit", "!"]
    lines += ["interface lo", f" ip address {router.loopback}/32", " ip ospf area 0", " ip ospf passive", "exit", "!"]
    lines += [f"router bgp {router.asn}", f" bgp router-id {router.loopback}", " no bgp ebgp-requires-policy"]
    # Equal paths by router id, not by age: after a session's reset the same paths win as before.
    lines += [" timers bgp 1 3", " bgp bestpath compare-routerid"]
    for port in router.ports:
        lines += [f" neighbor {port.peer_address} remote-as {port.peer_asn}"]
        lines += [f" neighbor {port.peer_address} description {port.peer}"]
        lines += [f" neighbor {port.peer_address} timers connect 1"]
    lines += [" !", " address-family ipv4 unicast", f"  network {router.prefix}", " exit-address-family", "exit", "!"]
    lines += ["router ospf", f" ospf router-id {router.loopback}", " timers lsa min-arrival 0", "exit", "!", ""]
    return "\n".join(lines)
