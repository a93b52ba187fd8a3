# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Places for boxes: apart, near their neighbours, the same each time."""

from __future__ import annotations

import itertools
import math
import random

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.topology.layout import Box, place, separate


def boxes(count: int) -> list[Box]:
    return [Box(60.0 + 37 * (number % 5), 32.0) for number in range(count)]


def apart(placed: list[Box]) -> bool:
    return all(
        abs(one.x - other.x) >= (one.width + other.width) / 2 or abs(one.y - other.y) >= (one.height + other.height) / 2
        for one, other in itertools.combinations(placed, 2)
    )


def test_boxes_at_one_place_are_pushed_apart() -> None:
    placed = boxes(60)
    separate(placed)
    assert apart(placed)


@pytest.mark.parametrize("edges", [[], [(0, 0)], [(0, n) for n in range(1, 40)], [(n, n + 1) for n in range(39)]])
def test_stars_lines_loops_and_islands(edges: list[tuple[int, int]]) -> None:
    placed = boxes(40)
    width, height = place(placed, edges)
    assert apart(placed) and all(0 < box.x < width and 0 < box.y < height for box in placed)


def test_a_ring_comes_out_as_a_ring() -> None:
    placed = [Box(60.0, 32.0) for _unused in range(20)]
    place(placed, [(number, (number + 1) % 20) for number in range(20)])
    steps = [math.dist((a.x, a.y), (b.x, b.y)) for a, b in zip(placed, placed[1:] + placed[:1], strict=True)]
    assert max(steps) < 2.5 * min(steps)


def test_the_random_numbers_of_others_are_left_alone() -> None:
    edges = [(number, (number * 7) % 50) for number in range(50)]
    first, second = boxes(50), boxes(50)
    random.seed(5)
    place(first, edges)
    drawn = random.random()
    random.seed(5)
    assert random.random() == drawn
    place(second, edges)
    assert first == second


def test_parts_that_no_cable_joins_stand_side_by_side() -> None:
    placed = boxes(9)
    place(placed, [(0, 1), (1, 2), (3, 4), (4, 5)])
    one, other = placed[:3], placed[3:6]
    gap_x = max(box.x for box in one) < min(box.x for box in other)
    gap_y = max(box.y for box in one) < min(box.y for box in other)
    assert apart(placed) and (gap_x or gap_y)
