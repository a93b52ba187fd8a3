# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The map's files: what is in them, that they are whole and harmless, and that nothing is written for nothing."""

from __future__ import annotations

import itertools
import json
import re
import time
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import igraph
import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import BadInput
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.records import Device, Found, Neighbor
from ansible_collections.holdfast.network.plugins.plugin_utils.topology.write import (
    FORMATS,
    topology_files,
    write_topology,
)
from hypothesis import given, settings
from hypothesis import strategies as st

Network = Callable[[int], Found]
SVG = "{http://www.w3.org/2000/svg}"


def written(found: Found, directory: Path) -> dict[str, str]:
    return {path.suffix[1:]: path.read_text() for path in write_topology(found, directory)}


class Page(HTMLParser):
    """Start tags with their attributes, and what stands in scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "script":
            self.scripts[-1] += data


def test_the_same_network_gives_the_same_bytes_and_is_not_written_again(network: Network, tmp_path: Path) -> None:
    paths = write_topology(network(30), tmp_path / "one")
    assert [path.name for path in paths] == [f"topology.{name}" for name in FORMATS]
    assert written(network(30), tmp_path / "one") == written(network(30), tmp_path / "two")
    before = [path.stat().st_mtime_ns for path in paths]
    paths[0].write_text("{}")
    write_topology(network(30), tmp_path / "one")
    after = [path.stat().st_mtime_ns for path in paths]
    assert after[0] != before[0] and after[1:] == before[1:] and len(paths[0].read_text()) > 1000


def test_json_is_the_whole_graph(network: Network, tmp_path: Path) -> None:
    graph = json.loads(written(network(20), tmp_path)["json"])
    ids = {node["id"] for node in graph["nodes"]}
    assert graph["format"] == 1 and len(ids) == 23 and graph["nodes"][0]["name"] == "203.0.113.7"
    assert all(link[end]["node"] in ids and link["seen_by"] == ["lldp"] for link in graph["links"] for end in "ab")


def test_another_program_reads_the_graphml(network: Network, tmp_path: Path) -> None:
    files = written(network(20), tmp_path)
    graph, whole = igraph.Graph.Read_GraphML(str(tmp_path / "topology.graphml")), json.loads(files["json"])
    assert graph.vs["name"] == [node["name"] for node in whole["nodes"]] and not graph.is_directed()
    assert [graph.vs[edge.source]["device"] for edge in graph.es] == [link["a"]["node"] for link in whole["links"]]
    assert graph.es["port_b"] == [link["b"]["interface"] for link in whole["links"]]


def rectangles(svg: str) -> dict[str, tuple[float, float, float, float]]:
    """The boxes of all devices: left, top, right, bottom."""
    found = {}
    for group in ET.fromstring(svg).iterfind(f".//{SVG}g[@data-node]"):
        rect = group.find(f"{SVG}rect")
        assert rect is not None
        x, y, wide, high = (float(rect.attrib[name]) for name in ("x", "y", "width", "height"))
        found[group.attrib["data-node"]] = (x, y, x + wide, y + high)
    return found


@pytest.mark.parametrize("count", [2, 20, 100])
def test_no_box_lies_on_another_and_each_is_wide_enough_for_its_name(
    network: Network, tmp_path: Path, count: int
) -> None:
    svg = written(network(max(count, 4)), tmp_path)["svg"]
    boxes = rectangles(svg)
    for one, other in itertools.combinations(boxes.values(), 2):
        assert one[2] < other[0] or other[2] < one[0] or one[3] < other[1] or other[3] < one[1]
    for group in ET.fromstring(svg).iterfind(f".//{SVG}g[@data-node]"):
        box, name = boxes[group.attrib["data-node"]], group.findtext(f"{SVG}text") or ""
        assert box[2] - box[0] >= 8.5 * len(name)
    _left, _top, width, height = map(float, ET.fromstring(svg).attrib["viewBox"].split())
    assert all(box[0] >= 0 and box[1] >= 0 and box[2] <= width and box[3] <= height for box in boxes.values())


def test_a_hundred_devices_fit_a_screen_at_a_size_one_can_read(network: Network, tmp_path: Path) -> None:
    _left, _top, width, height = map(
        float, ET.fromstring(written(network(100), tmp_path)["svg"]).attrib["viewBox"].split()
    )
    zoom = min(1500 / width, 800 / height)
    assert 14 * zoom > 6.5 and 0.9 < width / height < 4


def test_parallel_cables_are_drawn_apart_with_both_ports(network: Network, tmp_path: Path) -> None:
    files = written(network(20), tmp_path)
    links = json.loads(files["json"])["links"]
    root = ET.fromstring(files["svg"])
    pair = [str(n) for n, link in enumerate(links) if {link[e]["node"] for e in "ab"} == {"ams-core-1", "ams-core-2"}]
    lines = [root.find(f".//{SVG}line[@data-link='{number}']") for number in pair]
    starts = {(line.attrib["x1"], line.attrib["y1"]) for line in lines if line is not None}
    assert len(starts) == 2
    for number in pair:
        texts = [text.text for text in root.iterfind(f".//{SVG}text[@data-link='{number}']")]
        assert len(texts) == 2 and all(str(text).startswith("Gi1/0/") for text in texts)


def test_those_that_were_not_reached_are_drawn_differently_and_in_the_legend(network: Network, tmp_path: Path) -> None:
    root = ET.fromstring(written(network(20), tmp_path)["svg"])
    classes = [str(group.attrib["class"]) for group in root.iterfind(f".//{SVG}g[@data-node]")]
    assert classes.count("node unreached") == 2 and classes.count("node unvisited") == 1
    words = [text.text for text in root.iterfind(f".//{SVG}text[@class='key']")]
    assert words == ["access", "core", "distribution", "not reached", "not visited"]


def test_the_page_needs_nothing_but_itself(network: Network, tmp_path: Path) -> None:
    files = written(network(20), tmp_path)
    for text in (files["html"], files["svg"]):
        assert not re.search(r"\b(?:src|href)\s*=|@import|url\(|fetch\(|XMLHttpRequest", text)
    addresses = set(re.findall(r"https?://[^\"'\s<]+", files["html"] + files["svg"]))
    assert addresses <= {"http://www.w3.org/2000/svg"}


def test_a_hostile_name_is_text(network: Network, tmp_path: Path) -> None:
    files = written(network(20), tmp_path)
    page = Page(files["html"])
    assert len(page.scripts) == 2 and "alert" not in page.scripts[1]
    data = json.loads(page.scripts[0])
    assert any("</script><script>" in node["name"] for node in data["nodes"])
    assert "<script>alert" not in files["html"] + files["svg"]
    assert not any(name.startswith("on") for _tag, attributes in page.tags for name in attributes)


def test_the_pages_policy_lets_its_own_script_run_and_no_other(network: Network, tmp_path: Path) -> None:
    import base64
    import hashlib

    page = Page(written(network(20), tmp_path)["html"])
    policy = next(str(attributes["content"]) for _tag, attributes in page.tags if "http-equiv" in attributes)
    digest = base64.b64encode(hashlib.sha256(page.scripts[1].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}';" in policy and "default-src 'none'" in policy


def test_the_script_sets_text_and_never_markup(network: Network, tmp_path: Path) -> None:
    script = Page(written(network(20), tmp_path)["html"]).scripts[1]
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|Function\(", script)


def test_spaces_and_control_characters_in_names(tmp_path: Path) -> None:
    device = Device("r1", "r1", "192.0.2.1", neighbors=(Neighbor("e1", "Büro Süd\x00\x1b[31m", "port\x07 1"),))
    files = written(Found([device]), tmp_path)
    for kind in ("graphml", "svg"):
        ET.fromstring(files[kind])
    igraph.Graph.Read_GraphML(str(tmp_path / "topology.graphml"))


def test_five_hundred_devices(network: Network, tmp_path: Path) -> None:
    begin = time.monotonic()
    files = written(network(500), tmp_path)
    assert time.monotonic() - begin < 20 and len(rectangles(files["svg"])) == 503
    assert len(files["html"]) < 2_000_000


def test_nothing_found_is_an_empty_map(tmp_path: Path) -> None:
    files = written(Found(), tmp_path)
    assert rectangles(files["svg"]) == {} and "0 devices, 0 links" in files["html"]


def test_an_unknown_format(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="formats: 'visio' is no format"):
        write_topology(Found(), tmp_path, ["visio"])


def test_on_a_small_map_no_name_of_a_port_lies_on_a_device_or_another_name(tmp_path: Path) -> None:
    names = [f"r{number}" for number in range(1, 13)]
    ring = [
        Device(
            name,
            name,
            f"192.0.2.{number}",
            neighbors=(
                Neighbor("Gi0/1", names[(number + 1) % 12], "Gi0/2"),
                Neighbor("Gi0/2", names[number - 1], "Gi0/1"),
            ),
        )
        for number, name in enumerate(names)
    ]
    svg = written(Found(ring), tmp_path)["svg"]
    taken = list(rectangles(svg).values())
    for label in ET.fromstring(svg).iterfind(f".//{SVG}text[@class='port']"):
        x, y, wide = float(label.attrib["x"]), float(label.attrib["y"]) - 4, 6.0 * len(label.text or "")
        box = (x - wide / 2, y - 6, x + wide / 2, y + 6)
        assert all(box[2] <= t[0] or t[2] <= box[0] or box[3] <= t[1] or t[3] <= box[1] for t in taken)
        taken.append(box)
    assert len(taken) == 12 + 24


@settings(max_examples=60, deadline=None)
@given(names=st.lists(st.text(max_size=30), min_size=1, max_size=4), port=st.text(max_size=30))
def test_whatever_devices_call_themselves_the_files_are_whole(names: list[str], port: str) -> None:
    told = tuple(Neighbor("e1", name, port, chassis_id=name) for name in names)
    found = Found([Device("r1", names[0], "192.0.2.1", model=port, site=port, role=port, neighbors=told)])
    files = {file.path.suffix[1:]: file.text for file in topology_files(found, "nowhere", title=port)}
    for kind in ("graphml", "svg"):
        ET.fromstring(files[kind])
    page, whole = Page(files["html"]), json.loads(files["json"])
    assert json.loads(page.scripts[0])["nodes"] == whole["nodes"] and len(page.scripts) == 2
    tags = {tag for tag, _attributes in page.tags}
    assert not tags & {"img", "iframe", "object", "embed", "link", "form", "base"}
