# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where the names of ports go: on their line, near its end, not on a box or on each other where there is room."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

#: a rectangle by its middle: x, y, width, height, in pixels
Rectangle = tuple[float, float, float, float]
_CELL = 80.0
_STEP = 9.0
HEIGHT = 14.0


class Labels:
    """Knows what is taken. Rectangles are taken in the order they come, so the same drawing comes out each time."""

    def __init__(self, boxes: Iterable[Rectangle]) -> None:
        self._cells: dict[tuple[int, int], list[Rectangle]] = defaultdict(list)
        for box in boxes:
            self._take(box)

    def put(
        self, text: str, start: tuple[float, float], along: tuple[float, float], first: float, last: float
    ) -> tuple[float, float]:
        """The middle for this text on the line from ``start`` in direction ``along`` (of length 1).

        The nearest free place between the distances ``first`` and ``last``; the least covered when none is free.
        """
        size = (width(text), HEIGHT)
        places = []
        distance = first
        while True:
            x, y = start[0] + along[0] * distance, start[1] + along[1] * distance
            covered = self._covered((x, y, *size))
            places.append((covered, x, y))
            distance += _STEP
            if not covered or distance > last:
                break
        _covered, x, y = min(places, key=lambda one: one[0])
        self._take((x, y, *size))
        return x, y

    def _covered(self, wanted: Rectangle) -> float:
        """Square pixels of this rectangle that are taken."""
        seen = {taken for cell in _cells(wanted) for taken in self._cells.get(cell, ())}
        return sum(_common(wanted, taken) for taken in seen)

    def _take(self, rectangle: Rectangle) -> None:
        for cell in _cells(rectangle):
            self._cells[cell].append(rectangle)


def width(text: str) -> float:
    """Of a port's name in its small font, with a little room."""
    return 6.8 * len(text) + 4.0


def _cells(rectangle: Rectangle) -> Iterator[tuple[int, int]]:
    x, y, wide, high = rectangle
    for column in range(int((x - wide / 2) // _CELL), int((x + wide / 2) // _CELL) + 1):
        for row in range(int((y - high / 2) // _CELL), int((y + high / 2) // _CELL) + 1):
            yield column, row


def _common(one: Rectangle, other: Rectangle) -> float:
    across = (one[2] + other[2]) / 2 - abs(one[0] - other[0])
    down = (one[3] + other[3]) / 2 - abs(one[1] - other[1])
    return across * down if across > 0 and down > 0 else 0.0
