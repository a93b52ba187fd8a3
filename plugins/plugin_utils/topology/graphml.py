# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""GraphML: for Gephi, yEd, igraph, NetworkX and whatever else reads graphs."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from ..state.xml_text import xml_text
from .graph import Map

_SPACE = "http://graphml.graphdrawing.org/xmlns"
_NODE = ("device", "name", "state", "role", "site", "address", "vendor", "model", "serial", "version", "platform",
         "reason")  # fmt: skip
_EDGE = ("port_a", "port_b", "seen_by")


def to_graphml(drawn: Map) -> str:
    """An undirected graph; parallel cables are edges of their own. ``device`` is the node's id in topology.json."""
    root = ET.Element("graphml", xmlns=_SPACE)
    for kind, names in (("node", _NODE), ("edge", _EDGE)):
        for name in names:
            ET.SubElement(root, "key", {"id": f"{kind}-{name}", "for": kind, "attr.name": name, "attr.type": "string"})
    graph = ET.SubElement(root, "graph", {"id": "network", "edgedefault": "undirected"})
    ids = {node.id: f"n{number}" for number, node in enumerate(drawn.nodes)}
    for node in drawn.nodes:
        element = ET.SubElement(graph, "node", id=ids[node.id])
        for name in _NODE:
            _data(element, f"node-{name}", node.id if name == "device" else getattr(node, name))
    for number, link in enumerate(drawn.links):
        ends = {"id": f"e{number}", "source": ids[link.a.node], "target": ids[link.b.node]}
        element = ET.SubElement(graph, "edge", ends)
        _data(element, "edge-port_a", link.a.interface)
        _data(element, "edge-port_b", link.b.interface)
        _data(element, "edge-seen_by", ", ".join(link.seen_by))
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _data(element: ET.Element, key: str, value: str) -> None:
    if value:
        ET.SubElement(element, "data", key=key).text = xml_text(value)
