# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which devices there are, how they are cabled, and the configuration each starts with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class Spec:
    """One device: ``ports`` are the data ports (the management port is always there too).

    ``host`` is the loopback address it listens on; ``port`` and ``eapi_port`` are free ones when 0.
    """

    name: str
    platform: str
    index: int
    ports: list[str] = field(default_factory=list)
    startup: str = ""
    user: str = "admin"
    password: str = "Lab-pass-1"
    enable: str = "Lab-enable-1"
    host: str = "127.0.0.1"
    port: int = 0
    eapi_port: int = 0


@dataclass
class Link:
    """A cable: ``a`` and ``b`` are (device, port)."""

    a: tuple[str, str]
    b: tuple[str, str]


@dataclass
class Topology:
    """A lab. ``asn`` of a device is what its configuration says; nothing here repeats it."""

    devices: list[Spec]
    links: list[Link] = field(default_factory=list)


MANAGEMENT = {"ios": "GigabitEthernet0/0", "eos": "Management0", "nxos": "mgmt0"}
_PORT = {"ios": "GigabitEthernet0/{}", "eos": "Ethernet{}", "nxos": "Ethernet1/{}"}


@dataclass
class _Node:
    spec: Spec
    asn: int
    lines: list[str] = field(default_factory=list)
    bgp: list[str] = field(default_factory=list)

    def port(self) -> str:
        name = _PORT[self.spec.platform].format(len(self.spec.ports) + 1)
        self.spec.ports.append(name)
        return name

    def interface(self, name: str, address: str, length: int, *lines: str) -> None:
        eos = self.spec.platform != "ios"
        mask = (0xFFFFFFFF << (32 - length)) & 0xFFFFFFFF
        dotted = ".".join(str(mask >> shift & 255) for shift in (24, 16, 8, 0))
        self.lines += [f"interface {name}", *(f" {line}" for line in lines)]
        if self.spec.platform == "eos" and name.startswith("Ethernet"):
            self.lines.append(" no switchport")
        self.lines.append(f" ip address {address}/{length}" if eos else f" ip address {address} {dotted}")

    def neighbor(self, address: str, asn: int, description: str) -> None:
        self.bgp += [f" neighbor {address} remote-as {asn}", f" neighbor {address} description {description}"]


def _dotted(first: int, number: int, last: str) -> str:
    return f"{first}.{number >> 8}.{number & 255}.{last}"


def _node(index: int, name: str, platform: str, asn: int, routed: bool = True) -> _Node:
    node = _Node(Spec(name, platform, index), asn)
    management = MANAGEMENT[platform]
    node.interface(management, f"10.99.{index >> 8}.{index & 255}", 16, "description management")
    if routed:
        network = f"172.{16 + (index >> 8)}.{index & 255}"
        node.interface("Loopback0", f"10.255.{index >> 8}.{index & 255}", 32)
        node.interface("Loopback1", f"{network}.1", 24, "description customers")
        eos = platform == "eos"
        node.bgp.append(f" network {network}.0/24" if eos else f" network {network}.0 mask 255.255.255.0")
        router_id = f"10.255.{index >> 8}.{index & 255}"
        node.bgp.append(f" router-id {router_id}" if eos else f" bgp router-id {router_id}")
    return node


def _connect(a: _Node, b: _Node, number: int, routed: bool = True) -> Link:
    """A /31 between two nodes, with eBGP over it when ``routed``."""
    here, there = _dotted(10, number, "0"), _dotted(10, number, "1")
    ends = []
    for node, other, address, remote in ((a, b, here, there), (b, a, there, here)):
        port = node.port()
        node.interface(port, address, 31, f"description to-{other.spec.name}")
        if routed:
            node.neighbor(remote, other.asn, other.spec.name)
        ends.append((node.spec.name, port))
    return Link(*ends)


def _common(spec: Spec) -> list[str]:
    lines = [f"hostname {spec.name}"]
    if spec.platform == "ios":
        lines += [
            "service timestamps debug datetime msec", "service timestamps log datetime msec",
            f"enable secret 9 $9$lab${spec.name}", f"username {spec.user} privilege 1 secret 9 $9$lab$user",
            "ip domain name lab.example", "no ip domain lookup", "lldp run", "ip scp server enable", "archive",
            " path flash:archive", " maximum 10", "exit", "line con 0", "line vty 0 15", " login local",
            " transport input ssh",
        ]  # fmt: skip
    elif spec.platform == "eos":
        lines += [
            f"username {spec.user} privilege 1 role network-admin secret sha512 $6$lab$user", "dns domain lab.example",
            "service routing protocols model multi-agent", "ip routing", "spanning-tree mode mstp",
            "management api http-commands", " no shutdown",
        ]  # fmt: skip
    elif spec.platform == "nxos":
        lines += ["ip domain-name lab.example", "feature lldp"]
    return lines


def _finish(nodes: Sequence[_Node], links: list[Link]) -> Topology:
    for node in nodes:
        bgp = [f"router bgp {node.asn}", *node.bgp] if node.bgp else []
        node.spec.startup = "\n".join([*_common(node.spec), *node.lines, *bgp, "end"])
    return Topology([node.spec for node in nodes], links)


def _platform(platform: str | Sequence[str], index: int) -> str:
    return platform if isinstance(platform, str) else platform[index % len(platform)]


def campus(count: int, platform: str | Sequence[str] = "ios") -> Topology:
    """coreN in a ring, distN each on two of them, accN on one or two of those: a tree with loops, for discovery.

    No routing; every device has its management port, LLDP, and CDP where it is Cisco's.
    """
    cores = max(2, min(4, count // 5))
    dists = max(1, count // 10)
    names = [f"core{i}" for i in range(1, cores + 1)] + [f"dist{i}" for i in range(1, dists + 1)]
    names += [f"acc{i}" for i in range(1, count - len(names) + 1)]
    nodes = [_node(i, name, _platform(platform, i - 1), 0, routed=False) for i, name in enumerate(names[:count], 1)]
    for node in nodes:
        if node.spec.platform == "ios":
            node.lines.insert(0, "cdp run")
    top, middle, bottom = nodes[:cores], nodes[cores : cores + dists], nodes[cores + dists :]
    pairs = [(top[i], top[(i + 1) % cores]) for i in range(cores if cores > 2 else cores - 1)]
    for i, node in enumerate(middle):
        pairs += [(top[i % cores], node), (top[(i + 1) % cores], node)]
    for i, node in enumerate(bottom):
        pairs += [(middle[i % dists], node)]
        if i % 2 and dists > 1:
            pairs += [(middle[(i + 1) % dists], node)]
    return _finish(nodes, [_connect(a, b, number, routed=False) for number, (a, b) in enumerate(pairs, 1)])


def own_addresses(topology: Topology, network: str = "127.77", port: int = 2222, eapi_port: int = 2443) -> Topology:
    """Each device on a loopback address of its own (``network``.x.y), all on the same ports.

    That address is its management port's too, so neighbours tell it, and a crawl finds the way.
    """
    for spec in topology.devices:
        spec.host = f"{network}.{spec.index >> 8}.{spec.index & 255}"
        spec.port, spec.eapi_port = port, eapi_port
        spec.startup = spec.startup.replace(
            f" ip address 10.99.{spec.index >> 8}.{spec.index & 255}", f" ip address {spec.host}"
        )
    return topology


def ring(count: int, platform: str | Sequence[str] = "ios", names: Sequence[str] = ()) -> Topology:
    """r1..rN (or ``names``) in a ring: AS 65000+i, link i 10.0.i.0/31 from ri to the next, network 172.16.i.0/24."""
    called = names or [f"r{i}" for i in range(1, count + 1)]
    nodes = [_node(i, called[i - 1], _platform(platform, i - 1), 65000 + i) for i in range(1, count + 1)]
    pairs = count if count > 2 else count - 1
    return _finish(nodes, [_connect(nodes[i], nodes[(i + 1) % count], i + 1) for i in range(pairs)])


def pairs(names: Sequence[str], platform: str | Sequence[str] = "ios") -> Topology:
    """Each two names that follow each other are cabled to one another and to nobody else, with eBGP."""
    nodes = [_node(i, name, _platform(platform, i - 1), 65000 + i) for i, name in enumerate(names, 1)]
    return _finish(nodes, [_connect(nodes[i], nodes[i + 1], i + 1) for i in range(0, len(nodes), 2)])


def leaf_spine(leaves: int, spines: int, platform: str | Sequence[str] = "ios") -> Topology:
    """leafN (AS 65100+N) and spineN (AS 65000, one for all): every leaf to every spine."""
    tops = [_node(i, f"spine{i}", _platform(platform, i - 1), 65000) for i in range(1, spines + 1)]
    bottoms = [
        _node(spines + i, f"leaf{i}", _platform(platform, spines + i - 1), 65100 + i) for i in range(1, leaves + 1)
    ]
    links = [
        _connect(top, bottom, 1 + number)
        for number, (bottom, top) in enumerate((bottom, top) for bottom in bottoms for top in tops)
    ]
    return _finish([*tops, *bottoms], links)


def standalone(count: int, platform: str | Sequence[str] = "ios") -> Topology:
    """d1..dN without cables and routing, two data ports each: for scale."""
    nodes = [_node(i, f"d{i}", _platform(platform, i - 1), 0, routed=False) for i in range(1, count + 1)]
    for node in nodes:
        node.port(), node.port()
    return _finish(nodes, [])
