# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A place for each device, so that cables are short and no box lies on another (docs/adr/0010)."""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ..state.libraries import require

#: pixels: between the middles of neighbours, between boxes (to the side, downwards), around the whole
_CABLE, _BESIDE, _BELOW, _MARGIN = 190.0, 26.0, 26.0, 40.0
#: with few devices there is room for the names of ports: how much more
_FEW, _ROOMY = 40, 1.5
#: a map is wider than it is high, as screens are
_LANDSCAPE = 1.6
_SIDEWAYS = 0.45
#: up to here every pair of devices is looked at, which gives the better picture; its time grows with the square
_PAIRWISE = 1500


@dataclass(slots=True)
class Box:
    """A device's box: its middle and its size, in pixels."""

    width: float
    height: float
    x: float = 0.0
    y: float = 0.0


def place(boxes: Sequence[Box], edges: Iterable[tuple[int, int]]) -> tuple[float, float]:
    """Give each box its middle; returns width and height of the whole. ``edges`` are indexes of boxes.

    The same input always gives the same places. Raises MissingLibrary without igraph.
    """
    igraph = require("igraph", "igraph", "drawing a map")
    pairs = sorted({(min(one), max(one)) for one in edges if one[0] != one[1]})
    graph = igraph.Graph(n=len(boxes), edges=pairs)
    parts = sorted(graph.connected_components(), key=lambda part: (-len(part), part[0]))
    alone = [boxes[part[0]] for part in parts if len(part) == 1]
    groups = [[boxes[index] for index in part] for part in parts if len(part) > 1]
    room = _ROOMY if len(boxes) <= _FEW else 1.0
    for part, group in zip(parts, groups, strict=False):
        for box, (x, y) in zip(group, _spread(igraph, graph.induced_subgraph(part)), strict=True):
            box.x, box.y = x * _CABLE * room, y * _CABLE * room
        separate(group, room)
    _pack([*groups, *_rows(alone)])
    left, top = _corner(boxes)
    for box in boxes:
        box.x, box.y = box.x - left + _MARGIN, box.y - top + _MARGIN
    right = max((box.x + box.width / 2 for box in boxes), default=0.0)
    bottom = max((box.y + box.height / 2 for box in boxes), default=0.0)
    return right + _MARGIN, bottom + _MARGIN


def _spread(igraph: Any, graph: Any) -> list[tuple[float, float]]:
    """Places with neighbours about 1 apart, the longer side of the whole lying down."""
    count = graph.vcount()
    if count == 2:
        return [(0.0, 0.0), (1.3, 0.0)]
    # one of these draws random numbers: ours, so that they are the same each time
    igraph.set_random_number_generator(random.Random(1))
    try:
        found = _forces(graph, graph.layout_circle())
    finally:
        igraph.set_random_number_generator(random)
    mean = _mean_length(graph, found)
    return _lying([(x / mean, y / mean) for x, y in found])


def _forces(graph: Any, begin: Any) -> list[tuple[float, float]]:
    """Distances first, which unfolds the whole; then few crossings; then room between those that share a neighbour."""
    if graph.vcount() <= _PAIRWISE:
        begin = graph.layout_kamada_kawai(seed=begin)
    found = graph.layout_fruchterman_reingold(seed=begin.coords, niter=500, start_temp=1.0)
    scale = 40.0 / _mean_length(graph, found.coords)
    near = [[x * scale, y * scale] for x, y in found.coords]
    points: list[tuple[float, float]] = graph.layout_graphopt(seed=near, niter=800, node_charge=0.01).coords
    return points


def _mean_length(graph: Any, points: Sequence[Sequence[float]]) -> float:
    lengths = [math.dist(points[a], points[b]) for a, b in graph.get_edgelist()]
    return sum(lengths) / len(lengths) or 1.0


def _lying(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Turned about the middle so that they reach further to the sides than up and down."""
    count = len(points)
    middle = (sum(x for x, _y in points) / count, sum(y for _x, y in points) / count)
    moved = [(x - middle[0], y - middle[1]) for x, y in points]
    across, down = sum(x * x for x, _y in moved), sum(y * y for _x, y in moved)
    both = sum(x * y for x, y in moved)
    # a ring has no longer side: what rounding makes of it is no reason to turn it
    lopsided = math.hypot(across - down, 2 * both) > 0.02 * (across + down)
    angle = 0.5 * math.atan2(2 * both, across - down) if lopsided else 0.0
    cosine, sine = math.cos(angle), math.sin(angle)
    turned = [(x * cosine + y * sine, y * cosine - x * sine) for x, y in moved]
    return [(round(x * 1.3, 6), round(y * 0.8, 6)) for x, y in turned]


def separate(boxes: Sequence[Box], room: float = 1.0) -> None:
    """Move boxes apart until none is nearer to another than the gaps between boxes, times ``room``."""
    gaps = (_BESIDE * room, _BELOW * room)
    for _unused in range(20):
        if not _crowded(boxes):
            break
        _grow(boxes, 1.1)
    for turn in range(2000):
        moved = sum(_part(one, other, gaps) for one, other in _near(boxes, gaps))
        if not moved:
            return
        if turn % 20 == 19:
            # too crowded still to be solved by pushing
            _grow(boxes, 1.06)


def _crowded(boxes: Sequence[Box]) -> bool:
    """Whether so many boxes lie on others that pushing them apart would hide how they are placed."""
    covering = sum(
        abs(one.x - other.x) < (one.width + other.width) / 2 and abs(one.y - other.y) < (one.height + other.height) / 2
        for one, other in _near(boxes, (0.0, 0.0))
    )
    return covering > len(boxes) / 2


def _grow(boxes: Sequence[Box], factor: float) -> None:
    for box in boxes:
        box.x, box.y = box.x * factor, box.y * factor


def _near(boxes: Sequence[Box], gaps: tuple[float, float]) -> list[tuple[Box, Box]]:
    """Pairs of boxes that may be too near to each other; no others are worth a look."""
    wide = max(box.width for box in boxes) + gaps[0]
    high = max(box.height for box in boxes) + gaps[1]
    cells: dict[tuple[int, int], list[int]] = defaultdict(list)
    places = [(int(box.x // wide), int(box.y // high)) for box in boxes]
    for index, place_ in enumerate(places):
        cells[place_].append(index)
    return [
        (boxes[index], boxes[other])
        for index, (column, row) in enumerate(places)
        for x in (column - 1, column, column + 1)
        for y in (row - 1, row, row + 1)
        for other in cells.get((x, y), ())
        if other > index
    ]


def _part(one: Box, other: Box, gaps: tuple[float, float]) -> bool:
    """Push two boxes apart, the shorter way, half of it each; whether they were too near."""
    across = (one.width + other.width) / 2 + gaps[0] - abs(one.x - other.x)
    down = (one.height + other.height) / 2 + gaps[1] - abs(one.y - other.y)
    if across <= 0 or down <= 0:
        return False
    # boxes are wide: to the side they have a longer way to go for the same room
    if across * _SIDEWAYS < down:
        step = (across / 2 + 0.01) * (1 if one.x > other.x else -1)
        one.x, other.x = one.x + step, other.x - step
    else:
        step = (down / 2 + 0.01) * (1 if one.y > other.y else -1)
        one.y, other.y = one.y + step, other.y - step
    return True


def _rows(alone: Sequence[Box]) -> list[list[Box]]:
    """Devices without a cable, as one group: in rows."""
    if not alone:
        return []
    columns = max(1, math.ceil(math.sqrt(len(alone) / 2)))
    wide = max(box.width for box in alone) + _BESIDE
    for index, box in enumerate(alone):
        box.x, box.y = wide * (index % columns), (box.height + _BELOW) * (index // columns)
    return [list(alone)]


def _corner(boxes: Iterable[Box]) -> tuple[float, float]:
    places = [(box.x - box.width / 2, box.y - box.height / 2) for box in boxes]
    return min((x for x, _y in places), default=0.0), min((y for _x, y in places), default=0.0)


def _pack(groups: Sequence[list[Box]]) -> None:
    """Parts of the network that no cable joins stand side by side, in rows."""
    sizes = [_size(group) for group in groups]
    room = sum(width * height for width, height in sizes)
    row = max([math.sqrt(room * _LANDSCAPE), *(width for width, _height in sizes)], default=0.0)
    x = y = highest = 0.0
    for group, (width, height) in zip(groups, sizes, strict=True):
        if x and x + width > row:
            x, y, highest = 0.0, y + highest, 0.0
        left, top = _corner(group)
        for box in group:
            box.x, box.y = box.x - left + x, box.y - top + y
        x, highest = x + width, max(highest, height)


def _size(group: Sequence[Box]) -> tuple[float, float]:
    """Of a group with the room around it."""
    left, top = _corner(group)
    right = max(box.x + box.width / 2 for box in group)
    bottom = max(box.y + box.height / 2 for box in group)
    return right - left + 3 * _BESIDE, bottom - top + 3 * _BELOW
