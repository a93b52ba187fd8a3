# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Draws a topology as inline SVG. Colours come from the page's style sheet, by class."""

from __future__ import annotations

import math
from collections import Counter
from xml.etree import ElementTree as ET

from ..xml_text import xml_text
from .labels import HEIGHT, Labels, width
from .topology import Link, Node, Topology

#: pixels between two cables of one pair of devices, and between all of them at most
_APART, _ALL_APART = 26.0, 104.0


def draw(topology: Topology) -> str:
    """An ``<svg>`` element as text; empty without nodes."""
    return ET.tostring(drawing(topology), encoding="unicode") if topology.nodes else ""


def drawing(topology: Topology) -> ET.Element:
    """The ``<svg>`` element: in its group ``view`` first the lines, then the boxes, then the labels of ports."""
    root = ET.Element(
        "svg",
        {
            "viewBox": f"0 0 {topology.width:.0f} {topology.height:.0f}",
            "class": "topology",
            "role": "img",
            "style": f"max-width:{topology.width:.0f}px",
        },
    )
    ET.SubElement(root, "title").text = f"{len(topology.nodes)} devices and {len(topology.links)} links"
    view = ET.SubElement(root, "g", {"class": "view"})
    parallel: Counter[tuple[str, str]] = Counter((link.a, link.b) for link in topology.links)
    drawn: Counter[tuple[str, str]] = Counter()
    places = Labels((node.x, node.y, node.width, node.height) for node in topology.nodes.values())
    labels: list[ET.Element] = []
    for link in topology.links:
        pair = (link.a, link.b)
        apart = min(_APART, _ALL_APART / parallel[pair])
        shift = (drawn[pair] - (parallel[pair] - 1) / 2) * apart
        drawn[pair] += 1
        labels += _link(view, link, (topology.nodes[link.a], topology.nodes[link.b]), shift, places)
    for node in topology.nodes.values():
        _node(view, node)
    # labels over lines and boxes, so that no line runs through a word
    view.extend(labels)
    return root


def _link(view: ET.Element, link: Link, nodes: tuple[Node, Node], shift: float, places: Labels) -> list[ET.Element]:
    a, b = nodes
    length = math.hypot(b.x - a.x, b.y - a.y) or 1.0
    along = ((b.x - a.x) / length, (b.y - a.y) / length)
    aside = (-along[1] * shift, along[0] * shift)
    start, end = (a.x + aside[0], a.y + aside[1]), (b.x + aside[0], b.y + aside[1])
    state = f" bgp-{link.bgp}" if link.bgp else ""
    line = ET.SubElement(
        view,
        "line",
        {
            "x1": f"{start[0]:.1f}",
            "y1": f"{start[1]:.1f}",
            "x2": f"{end[0]:.1f}",
            "y2": f"{end[1]:.1f}",
            "class": f"link {link.kind}{state}",
            **link.data,
        },
    )
    ends = f"{a.name} {link.port_a} to {b.name} {link.port_b}"
    ET.SubElement(line, "title").text = xml_text(f"{' '.join(ends.split())}. {link.words}".strip())
    labels = []
    if link.a != link.b:
        back = (-along[0], -along[1])
        labels = [
            _port(link.port_a, start, along, (_leave(along, a), length - _leave(along, b)), places),
            _port(link.port_b, end, back, (_leave(along, b), length - _leave(along, a)), places),
        ]
    if link.bgp == "down" or link.kind == "session":
        labels.append(_label(link.words, (start[0] + end[0]) / 2, (start[1] + end[1]) / 2, f"state{state}"))
    for label in labels:
        label.attrib.update(link.data)
    return [label for label in labels if label.text]


def _leave(along: tuple[float, float], node: Node) -> float:
    """How far from its middle a line leaves a node's box in this direction."""
    across = node.width / 2 / abs(along[0]) if along[0] else math.inf
    down = node.height / 2 / abs(along[1]) if along[1] else math.inf
    return min(across, down)


def _port(
    text: str, start: tuple[float, float], along: tuple[float, float], between: tuple[float, float], places: Labels
) -> ET.Element:
    """A port's name on the part of its line that is between the boxes, in the half that is the port's."""
    short = _short(text)
    across = width(short) / 2 / abs(along[0]) if along[0] else math.inf
    down = HEIGHT / 2 / abs(along[1]) if along[1] else math.inf
    free = between[1] - between[0]
    first = between[0] + max(min(min(across, down) + 4, free / 4), 0)
    x, y = places.put(short, start, along, first, between[0] + free * 0.45)
    return _label(short, x, y)


def _label(text: str, x: float, y: float, kind: str = "port") -> ET.Element:
    label = ET.Element("text", {"x": f"{x:.1f}", "y": f"{y + 4:.1f}", "class": kind})
    label.text = xml_text(text)
    return label


def _short(text: str) -> str:
    """``GigabitEthernet0/1`` as ``Gi0/1``: what an engineer writes at the end of a line."""
    head = text.rstrip("0123456789/.:")
    known = {"ethernet": "Et", "loopback": "Lo", "management": "Ma", "port-channel": "Po", "tunnel": "Tu"}
    if head.lower() in known:
        return known[head.lower()] + text[len(head) :]
    if head.lower().endswith("ethernet") or head.lower().endswith("gige"):
        return head[:2] + text[len(head) :]
    return text if len(text) <= 18 else f"{text[:17]}…"


def _node(view: ET.Element, node: Node) -> None:
    group = ET.SubElement(view, "g", {"class": f"node {node.colour}", **node.data})
    ET.SubElement(group, "title").text = xml_text(f"{node.name}: {node.words}")
    ET.SubElement(
        group,
        "rect",
        {
            "x": f"{node.x - node.width / 2:.1f}",
            "y": f"{node.y - node.height / 2:.1f}",
            "width": f"{node.width:.0f}",
            "height": f"{node.height:.0f}",
            "rx": "8",
        },
    )
    name = ET.SubElement(group, "text", {"x": f"{node.x:.1f}", "y": f"{node.y + 5:.1f}", "class": "name"})
    name.text = xml_text(shown(node.name, node.longest))


def shown(name: str, longest: int) -> str:
    """What stands in a box, the whole name being in its title: no domain (an address has none), no end too long."""
    short = name if name[:1].isdigit() or ":" in name else name.split(".")[0] or name
    return short if len(short) <= longest else f"{short[: longest - 1]}…"
