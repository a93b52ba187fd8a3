# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What merging lines into an FRRouting configuration will make of it: computed, because FRR has no candidate.

Knows how vtysh treats sections, ``no`` lines and options that exist once. Used for the predicted diff and to
leave out lines that change nothing, so that a second run changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

_SECTION = re.compile(
    r"(interface|router|vrf|route-map|key chain|key|line vty|nexthop-group|pbr-map|bfd|peer|segment-routing|rpki"
    r"|address-family|vni|pw|l2vpn|mpls ldp)\b(?! .*\bset\b)"
)
_INNER = re.compile(r"(address-family|vni|key \d+|peer |ip (address|ospf|igmp|pim)|ipv6 (address|nd|ospf6))")
_TOP = re.compile(
    r"(no )?(interface|router|vrf|route-map|ip route|ipv6 route|ip prefix-list|ipv6 prefix-list|access-list"
    r"|bgp (as-path|community-list|large-community-list)|hostname|log|service|frr|line|debug|ip forwarding"
    r"|ipv6 forwarding|key chain|ip nht|password|enable|username)\b"
)
_ENDS = {"exit": 1, "exit-address-family": 1, "exit-vrf": 1, "exit-vni": 1, "end": 99}
_NOISE = re.compile(r"(Building configuration\.\.\.|Current configuration:.*|!.*)?$")
#: A new value takes the place of the line with the same key.
_SINGLE = re.compile(
    r"(description|hostname|bandwidth|frr defaults|frr version|log \S+|bgp router-id|ospf router-id|timers bgp"
    r"|timers throttle spf|timers lsa min-arrival|maximum-paths(?: ibgp)?|bgp default local-preference"
    r"|ip ospf (?:\S+)|neighbor \S+ (?:description|remote-as|update-source|ebgp-multihop|password|timers connect"
    r"|timers(?! connect)|local-as|advertisement-interval|maximum-prefix|peer-group|ttl-security|allowas-in|weight)"
    r"|set (?:local-preference|metric|weight|origin|tag|ip next-hop|community|as-path prepend)"
    r"|match (?:ip address|as-path|community|interface|metric|tag|peer))(?= |$)"
)
_FILTER = re.compile(r"(neighbor \S+ (?:route-map|prefix-list|filter-list|distribute-list)) \S+ (in|out)$")
#: Negations that FRR keeps and shows as configuration of their own.
_KEPT_NO = re.compile(
    r"(bgp (ebgp-requires-policy|default \S+|suppress-duplicates|network import-check|enforce-first-as|fast-convergence"
    r"|hard-administrative-reset|graceful-restart notification)|neighbor \S+ (activate|send-community( \S+)?"
    r"|capability \S+)|ip forwarding|ipv6 forwarding|ipv6 nd suppress-ra|link-detect|zebra nexthop kernel enable)$"
)
#: What FRR does anyway and therefore does not show.
_DEFAULT = re.compile(r"(no shutdown|link-detect|bgp ebgp-requires-policy|bgp network import-check)$")
#: Typed under ``router bgp``, shown under its IPv4 unicast family.
_IPV4_UNICAST = re.compile(
    r"(network|redistribute|aggregate-address|neighbor \S+ (route-map|prefix-list|filter-list|next-hop-self|activate"
    r"|soft-reconfiguration|send-community|default-originate|allowas-in|maximum-prefix|route-reflector-client|weight))\b"
)
_FAMILY = "address-family ipv4 unicast"


@dataclass
class Node:
    """A line and what stands below it."""

    line: str
    below: list[Node] = field(default_factory=list)

    def child(self, line: str) -> Node | None:
        return next((node for node in self.below if node.line == line), None)


def parse(text: str) -> Node:
    """The configuration as a tree, by sections; indented or not, with ``exit`` lines or without."""
    root = Node("")
    stack: list[tuple[int, Node]] = [(-1, root)]
    for raw in text.replace("\r", "").splitlines():
        line = " ".join(raw.split())
        if _NOISE.match(line):
            continue
        if line in _ENDS:
            del stack[max(1, len(stack) - _ENDS[line]) :]
            continue
        indent = len(raw) - len(raw.lstrip())
        while len(stack) > 1 and not _belongs(indent, line, stack[-1]):
            stack.pop()
        parent = stack[-1][1]
        node = (parent.child(line) if _SECTION.match(line) else None) or Node(line)
        if node not in parent.below or not _SECTION.match(line):
            parent.below.append(node)
        if _opens(line, parent):
            stack.append((indent, node))
    return root


def _belongs(indent: int, line: str, top: tuple[int, Node]) -> bool:
    if indent > top[0]:
        return True
    # The same column: written without indentation, unless this line opens a section of the same kind.
    if indent < top[0] or _TOP.match(line):
        return False
    return not (top[1].line.startswith("address-family") and line.startswith("address-family"))


def _opens(line: str, parent: Node) -> bool:
    if not _SECTION.match(line):
        return False
    inner = _INNER.match(line) is not None
    return inner if parent.line else not inner


def render(root: Node) -> str:
    """Sections and lines, one blank deeper for each level, without ``!`` and ``exit``: for comparing."""
    return "".join(line + "\n" for line in _lines(root.below, 0, exits=False))


def merge(running: str, lines: str) -> tuple[str, str]:
    """(the configuration that merging should give, for comparing; the lines that change something, for vtysh)."""
    tree = parse(running)
    effective = _merge_into(tree, parse(lines).below)
    return render(tree), "".join(line + "\n" for line in _lines(effective, 0, exits=True))


def _lines(nodes: Iterable[Node], depth: int, exits: bool) -> list[str]:
    out: list[str] = []
    for node in nodes:
        out.append(" " * depth + node.line)
        out.extend(_lines(node.below, depth + 1, exits))
        if exits and _SECTION.match(node.line):
            end = {"address-family": "exit-address-family", "vrf": "exit-vrf"}.get(node.line.split()[0], "exit")
            out.append(" " * depth + end)
    return out


def _merge_into(place: Node, lines: Iterable[Node]) -> list[Node]:
    """Apply in order; returns those that had an effect, below the sections that they need."""
    effective: list[Node] = []
    for line in lines:
        if _SECTION.match(line.line) and (line.below or place.child(line.line) is None):
            existing = place.child(line.line)
            target = existing or Node(line.line)
            if existing is None:
                place.below.append(target)
            inside = _merge_into(target, line.below)
            if inside or existing is None:
                effective.append(Node(line.line, inside))
        elif _apply(place, line.line):
            effective.append(Node(line.line))
    return effective


def _apply(place: Node, line: str) -> bool:
    if place.line.startswith("router bgp") and _IPV4_UNICAST.match(line.removeprefix("no ")):
        family = place.child(_FAMILY)
        if family is None:
            family = Node(_FAMILY)
            place.below.append(family)
        return _apply(family, line)
    if line.startswith("no "):
        return _remove(place, line[3:])
    negated = place.child(f"no {line}")
    if negated is not None:
        place.below.remove(negated)
        return True
    if place.child(line) is not None or _DEFAULT.match(line):
        return False
    for at, node in enumerate(place.below):
        if _key(node.line) is not None and _key(node.line) == _key(line):
            place.below[at] = Node(line)
            return True
    place.below.insert(_position(place, line), Node(line))
    return True


def _position(place: Node, line: str) -> int:
    """Beside its like: after the last line that starts with the same words, and before any inner section."""
    words = line.split()
    for length in (2, 1):
        same = [at for at, node in enumerate(place.below) if node.line.split()[:length] == words[:length]]
        if same:
            return same[-1] + 1
    return next((at for at, node in enumerate(place.below) if node.below), len(place.below))


def _remove(place: Node, rest: str) -> bool:
    peer = re.fullmatch(r"neighbor (\S+)( remote-as.*| peer-group)?", rest)
    if peer:
        return _remove_peer(place, f"neighbor {peer[1]} ")
    gone = [node for node in place.below if node.line == rest or node.line.startswith(rest + " ")]
    if not gone and _key(rest) is not None:
        gone = [node for node in place.below if _key(node.line) == _key(rest)]
    if gone:
        place.below = [node for node in place.below if node not in gone]
        return True
    if _KEPT_NO.match(rest) and place.child(f"no {rest}") is None:
        place.below.append(Node(f"no {rest}"))
        return True
    return False


def _remove_peer(place: Node, start: str) -> bool:
    """A neighbor goes with all its options, those in the address families too."""
    before = len(place.below)
    place.below = [node for node in place.below if not node.line.removeprefix("no ").startswith(start)]
    if len(place.below) == before:
        return False
    for family in place.below:
        if family.below:
            _remove_peer(family, start)
    return True


def _key(line: str) -> tuple[str, ...] | None:
    """What two lines share when the later replaces the earlier; None for lines that exist side by side."""
    found = _FILTER.match(line)
    if found:
        return found.groups()
    single = _SINGLE.match(line)
    return (single[1],) if single else None
