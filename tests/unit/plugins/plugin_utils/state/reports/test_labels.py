# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names of ports find a free place on their line."""

from __future__ import annotations

from ansible_collections.holdfast.network.plugins.plugin_utils.state.reports.labels import HEIGHT, Labels, width

RIGHT = (1.0, 0.0)


def test_the_first_free_place_is_taken_and_the_next_label_goes_on() -> None:
    labels = Labels([])
    first = labels.put("Gi0/1", (0.0, 0.0), RIGHT, 30.0, 200.0)
    second = labels.put("Gi0/1", (0.0, 0.0), RIGHT, 30.0, 200.0)
    assert first == (30.0, 0.0) and second[0] - first[0] >= width("Gi0/1")


def test_boxes_are_left_free() -> None:
    labels = Labels([(100.0, 0.0, 60.0, 40.0)])
    x, _y = labels.put("Gi0/1", (0.0, 0.0), RIGHT, 80.0, 300.0)
    assert x - width("Gi0/1") / 2 >= 130.0


def test_where_nothing_is_free_the_least_covered_place_does() -> None:
    labels = Labels([(60.0, 0.0, 100.0, 40.0), (120.0, 0.0, 40.0, HEIGHT / 2)])
    assert labels.put("Gi0/1", (0.0, 0.0), RIGHT, 30.0, 120.0)[0] > 80.0


def test_a_line_without_room_gets_its_label_all_the_same() -> None:
    assert Labels([]).put("eth0", (5.0, 5.0), (0.0, 1.0), 10.0, 2.0) == (5.0, 15.0)
