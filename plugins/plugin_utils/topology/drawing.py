# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The map as a drawing: what the change report draws with, for devices with roles."""

from __future__ import annotations

import unicodedata
from xml.etree import ElementTree as ET

from ..state.reports.page import asset
from ..state.reports.svg import drawing, shown
from ..state.reports.topology import Link, Node, Topology
from ..state.xml_text import xml_text
from .graph import Map, MapNode
from .layout import Box, place

#: of a box, in pixels
HEIGHT = 32.0
#: characters of a name that are drawn; the rest is in the box's title
LONGEST = 26
#: style sheets of a drawing that stands alone
STYLES = ("palette.css", "drawing.css", "roles.css")
#: of the eight colours that devices are told apart by
_COLOURS = 8
_WORDS = {"unreached": "not reached", "unvisited": "not visited"}
_HEAD = 56.0


def roles(drawn: Map) -> dict[str, str]:
    """The style class of each role there is, ``""`` standing for devices without one."""
    names = sorted({node.role for node in drawn.nodes if node.state == "found"})
    numbered = {name: f"role-{number % _COLOURS}" for number, name in enumerate(name for name in names if name)}
    return {name: numbered.get(name, "role-none") for name in names}


def legend(drawn: Map) -> list[tuple[str, str]]:
    """(classes, words) of each kind of box in the map."""
    states = {node.state for node in drawn.nodes}
    rows = [(f"found {kind}", name or "no role") for name, kind in roles(drawn).items()]
    return rows + [(state, words) for state, words in _WORDS.items() if state in states]


def placed(drawn: Map) -> Topology:
    """The map with a place for every device, as the report's drawing wants it. Raises MissingLibrary."""
    kinds = roles(drawn)
    boxes = [Box(_width(shown(node.name, LONGEST)), HEIGHT) for node in drawn.nodes]
    index = {node.id: number for number, node in enumerate(drawn.nodes)}
    width, height = place(boxes, [(index[link.a.node], index[link.b.node]) for link in drawn.links])
    nodes = {
        node.id: Node(
            name=node.name,
            colour=" ".join([node.state, *([kinds[node.role]] if node.state == "found" else [])]),
            words=_words(node),
            x=box.x,
            y=box.y,
            width=box.width,
            height=box.height,
            longest=LONGEST,
            data={"data-node": str(number)},
        )
        for number, (node, box) in enumerate(zip(drawn.nodes, boxes, strict=True))
    }
    links = [
        Link(link.a.node, link.a.interface, link.b.node, link.b.interface, data={"data-link": str(number)})
        for number, link in enumerate(drawn.links)
    ]
    return Topology(nodes, links, width, height)


def _width(name: str) -> float:
    """Of a box around this name, with room for the widest common font."""
    wide = sum(16.0 if unicodedata.east_asian_width(one) in "WF" else 9.2 for one in name)
    return max(60.0, round(wide + 16.0))


def _words(node: MapNode) -> str:
    if node.state == "unreached":
        return f"not reached: {node.reason}"
    facts = [node.reason, node.role, " ".join(filter(None, (node.vendor, node.model))), node.version, node.address]
    return ", ".join([*([] if node.state == "found" else [_WORDS[node.state]]), *filter(None, facts)])


def to_svg(drawn: Map, topology: Topology, title: str) -> str:
    """A file of its own, with its style and a legend."""
    root = drawing(topology)
    width, height = max(topology.width, 420.0), topology.height + _HEAD
    root.attrib.pop("style")
    root.attrib.update(
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 {-_HEAD:.0f} {width:.0f} {height:.0f}",
        }
    )
    style = ET.Element("style")
    style.text = "".join(asset(name) for name in STYLES)
    sheet = {"x": "0", "y": f"{-_HEAD:.0f}", "width": f"{width:.0f}", "height": f"{height:.0f}", "class": "sheet"}
    root.insert(0, style)
    root.insert(1, ET.Element("rect", sheet))
    _key(root, legend(drawn), title)
    return ET.tostring(root, encoding="unicode") + "\n"


def _key(root: ET.Element, rows: list[tuple[str, str]], title: str) -> None:
    heading = ET.SubElement(root, "text", {"x": "20", "y": f"{24 - _HEAD:.0f}", "class": "heading"})
    heading.text = xml_text(title)
    x = 20.0
    for classes, words in rows:
        group = ET.SubElement(root, "g", {"class": f"node {classes}"})
        swatch = {"x": f"{x:.0f}", "y": f"{38 - _HEAD:.0f}", "width": "16", "height": "12", "rx": "3"}
        ET.SubElement(group, "rect", swatch)
        text = ET.SubElement(root, "text", {"x": f"{x + 22:.0f}", "y": f"{49 - _HEAD:.0f}", "class": "key"})
        text.text = xml_text(words)
        x += 22 + _width(words)
