# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The network as the records show it: devices, and the links that LLDP and BGP tell of, with a place for each."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any

from ..names import natural, same_host, same_port
from .model import OUTCOMES, Host

#: of a node's box, in pixels
WIDTH, HEIGHT = 132.0, 40.0
#: words in host names that tell a device's layer, from the top
_LAYERS = (
    r"internet|isp|wan|edge|border",
    r"core|super",
    r"spine|dist|agg",
    r"leaf|tor|access|acc",
    r"server|srv|host",
)


@dataclass
class Node:
    """``colour`` is a class of the style sheet: one of model.OUTCOMES, or ``unseen`` for a neighbor that is in no
    record. ``x``, ``y`` (the middle), ``width`` and ``height`` are in pixels, ``longest`` in characters.
    ``data`` are further attributes of its drawing."""

    name: str
    colour: str
    words: str
    x: float = 0.0
    y: float = 0.0
    width: float = WIDTH
    height: float = HEIGHT
    longest: int = 15
    data: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Link:
    """``kind``: cable (LLDP) or session (BGP without a cable). ``bgp``: up, down, or None without a session."""

    a: str
    port_a: str
    b: str
    port_b: str
    kind: str = "cable"
    bgp: str | None = None
    data: Mapping[str, str] = field(default_factory=dict)

    @property
    def words(self) -> str:
        return f"BGP {self.bgp}" if self.bgp else ""


@dataclass
class Topology:
    """``width`` and ``height`` are in pixels."""

    nodes: dict[str, Node] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)
    width: float = 0.0
    height: float = 0.0


def build_topology(hosts: Sequence[Host]) -> Topology:
    """Nodes and links of all records, placed; the same records always give the same picture."""
    topology = Topology()
    for host in hosts:
        topology.nodes[host["host"]] = Node(host["host"], OUTCOMES[host["outcome"]][1], host["words"])
    for host in hosts:
        _add_cables(topology, host)
    _add_sessions(topology, hosts)
    topology.links.sort(key=lambda link: [natural(part) for part in (link.a, link.port_a, link.b, link.port_b)])
    _place(topology)
    return topology


def _add_cables(topology: Topology, host: Host) -> None:
    me = host["host"]
    for port, neighbors in _entries(host["topology"].get("lldp")):
        for neighbor in neighbors if isinstance(neighbors, list) else []:
            if not isinstance(neighbor, Mapping) or not neighbor.get("hostname"):
                continue
            other = _known(topology, str(neighbor["hostname"]))
            far = str(neighbor.get("port", ""))
            if other == me or any(_is_cable(link, me, port, other, far) for link in topology.links):
                continue
            # the record's own view of its neighbor comes second when the neighbor told of the cable first
            one, two = sorted([(me, port), (other, far)], key=lambda end: natural(end[0]))
            topology.links.append(Link(one[0], one[1], two[0], two[1]))


def _known(topology: Topology, hostname: str) -> str:
    """The node that goes by this name, a new one when none does."""
    for name in topology.nodes:
        if same_host(name, hostname):
            return name
    topology.nodes[hostname] = Node(hostname, "unseen", "not part of this report")
    return hostname


def _is_cable(link: Link, a: str, port_a: str, b: str, port_b: str) -> bool:
    ends = ((link.a, link.port_a, link.b, link.port_b), (link.b, link.port_b, link.a, link.port_a))
    return any(end[0] == a and end[2] == b and same_port(end[1], port_a) and same_port(end[3], port_b) for end in ends)


def _add_sessions(topology: Topology, hosts: Sequence[Host]) -> None:
    """BGP sessions colour the cable their addresses are on; those over no cable get a line of their own."""
    owners = {address: (host["host"], port) for host in hosts for port, address in _addresses(host)}
    for host in hosts:
        for address, peer in _peers(host):
            if address not in owners or owners[address][0] == host["host"]:
                continue
            other, far_port = owners[address]
            state = "up" if peer.get("is_up") else "down"
            link = _carrier(topology, host["host"], other, far_port)
            if link is None:
                one, two = sorted([host["host"], other], key=natural)
                link = Link(one, "", two, "", kind="session")
                topology.links.append(link)
            # one side that says down is enough
            link.bgp = "down" if "down" in (state, link.bgp) else "up"


def _carrier(topology: Topology, me: str, other: str, far_port: str) -> Link | None:
    for link in topology.links:
        if {link.a, link.b} != {me, other}:
            continue
        port = link.port_b if link.b == other else link.port_a
        if link.kind == "session" or same_port(port, far_port):
            return link
    return None


def _addresses(host: Host) -> Iterator[tuple[str, str]]:
    for port, data in _entries(host["topology"].get("interfaces")):
        for family in ("ipv4", "ipv6"):
            for address in (data.get(family) or {}) if isinstance(data, Mapping) else ():
                yield port, _address(str(address))


def _peers(host: Host) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for _name, vrf in _entries(host["topology"].get("bgp")):
        if isinstance(vrf, Mapping):
            for address, peer in _entries(vrf.get("peers")):
                if isinstance(peer, Mapping) and (peer.get("is_enabled", True) or peer.get("is_up")):
                    yield _address(address), peer


def _entries(value: Any) -> Iterable[tuple[str, Any]]:
    return sorted(value.items(), key=lambda item: natural(str(item[0]))) if isinstance(value, Mapping) else ()


def _address(text: str) -> str:
    try:
        return str(ip_address(text.split("/")[0]))
    except ValueError:
        # a neighbor by interface name or host name: nothing owns it
        return text


# -- places ------------------------------------------------------------------------------------


def _place(topology: Topology) -> None:
    names = sorted(topology.nodes, key=natural)
    layers = [layer(name) for name in names]
    if len({rank for rank in layers if rank is not None}) > 1:
        _rows(topology, names)
    else:
        _circle(topology, _walk(topology, names))
    _crop(topology)


def layer(name: str) -> int | None:
    """The layer that a device's name tells, 0 (towards other networks) to 4 (hosts); None when it tells none."""
    whole = r"(?<![a-z])(?:{})(?![a-z])"
    return next((rank for rank, words in enumerate(_LAYERS) if re.search(whole.format(words), name.lower())), None)


def _rows(topology: Topology, names: Sequence[str]) -> None:
    """A row for each layer; a device whose name tells nothing stands below."""
    rows: dict[int, list[str]] = defaultdict(list)
    for name in names:
        rank = layer(name)
        rows[len(_LAYERS) if rank is None else rank].append(name)
    width = max(len(row) for row in rows.values()) * 210.0
    for number, rank in enumerate(sorted(rows)):
        row = rows[rank]
        for index, name in enumerate(row):
            topology.nodes[name].x = width * (index + 0.5) / len(row)
            topology.nodes[name].y = 190.0 * number


def _walk(topology: Topology, names: Sequence[str]) -> list[str]:
    """Names so that neighbors follow each other: a ring of devices comes out as a ring."""
    near: dict[str, set[str]] = defaultdict(set)
    for link in topology.links:
        near[link.a].add(link.b)
        near[link.b].add(link.a)
    order: list[str] = []
    for start in names:
        stack = [start]
        while stack:
            name = stack.pop()
            if name not in order:
                order.append(name)
                stack.extend(sorted(near[name], key=natural, reverse=True))
    return order


def _circle(topology: Topology, order: Sequence[str]) -> None:
    count = len(order)
    across = 170.0 if count < 3 else max(230.0, count * 42.0)
    for index, name in enumerate(order):
        # two devices stand side by side; a ring of more has a side on top, not a corner
        angle = math.pi + 2 * math.pi * index / count + (math.pi / count if count > 2 else 0)
        topology.nodes[name].x = across * math.cos(angle)
        topology.nodes[name].y = across * 0.55 * math.sin(angle)


def _crop(topology: Topology) -> None:
    """Move the picture to where its left and top are, with a margin for a box around each middle."""
    margin_x, margin_y = 90.0, 40.0
    nodes = list(topology.nodes.values())
    left = min((node.x for node in nodes), default=0.0) - margin_x
    top = min((node.y for node in nodes), default=0.0) - margin_y
    for node in nodes:
        node.x, node.y = node.x - left, node.y - top
    topology.width = max((node.x for node in nodes), default=0.0) + margin_x
    topology.height = max((node.y for node in nodes), default=0.0) + margin_y
