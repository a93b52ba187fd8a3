# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The map as one page that needs nothing else: drawing, data, style and script are in it."""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from xml.etree import ElementTree as ET

from ..state.reports.page import asset, markup, page
from ..state.reports.svg import drawing
from ..state.reports.topology import Topology
from .drawing import STYLES, legend
from .graph import Map, State

#: what would end a script element, or begin markup in it
_UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def to_html(drawn: Map, topology: Topology, title: str) -> str:
    """The page. Its policy lets no script run but ours, whatever a device is called. Raises MissingLibrary."""
    root = drawing(topology)
    root.attrib.pop("style")
    root.attrib.update({"role": "group", "aria-label": "Map", "tabindex": "0", "data-width": f"{topology.width:.0f}"})
    root.set("data-height", f"{topology.height:.0f}")
    script = asset("topology.js")
    digest = base64.b64encode(hashlib.sha256(f"\n{script}".encode()).digest()).decode()
    return page(
        "topology.html.j2",
        styles=(*STYLES, "topology.css"),
        title=title,
        counts=_counts(drawn),
        roles=sorted({node.role for node in drawn.nodes if node.role}),
        sites=sorted({node.site for node in drawn.nodes if node.site}),
        legend=legend(drawn),
        drawing=markup(ET.tostring(root, encoding="unicode")),
        data=markup(_data(drawn)),
        script=markup(script),
        digest=digest,
    )


def _data(drawn: Map) -> str:
    """The nodes and links, as JSON that can stand in a page."""
    text = json.dumps(drawn.as_dict(""), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return "".join(_UNSAFE.get(character, character) for character in text)


def _counts(drawn: Map) -> str:
    states = Counter(node.state for node in drawn.nodes)
    parts = [_number(states["found"], "device"), _number(len(drawn.links), "link")]
    words: dict[State, str] = {"unreached": "not reached", "unvisited": "not visited"}
    return ", ".join([*parts, *(f"{states[state]} {said}" for state, said in words.items() if states[state])])


def _number(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"
