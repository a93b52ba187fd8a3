# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A second look at a network: what is different, and what only could not be seen."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.records import Device, Failure, Neighbor
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.plugins.plugin_utils.discovery.networks import (
    Network,
    address,
    device,
    graph,
    port,
    ring,
    run,
    towards,
    unreachable,
)

LINE = [(1, 2), (2, 3), (3, 4), (4, 5)]


def files(directory: Path) -> dict[str, bytes]:
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def kinds(changes: Any) -> dict[str, list[str]]:
    return {kind: [row["id"] for row in rows] for kind, rows in changes.as_dict().items() if rows}


def second(directory: Path, before: dict[str, Device], after: dict[str, Device], **answers: Any) -> Any:
    run(Network(before), directory)
    return run(Network(after, **answers), directory)


def test_a_second_look_at_the_same_network_changes_nothing(tmp_path: Path) -> None:
    first = run(Network(ring(6), answers={address(3): unreachable(address(3))}), tmp_path)
    assert kinds(first.changes) == {"appeared": ["r1", "r2", "r4", "r5", "r6"]}
    assert first.files == [f"r{one}.json" for one in (1, 2, 4, 5, 6)] + ["unreached.json"]
    kept = files(tmp_path)
    assert set(kept) == {*(f"devices/r{one}.json" for one in (1, 2, 4, 5, 6)), "unreached.json"}
    again = run(Network(ring(6), answers={address(3): Failure(address(3), "breaker_open", "wait 7 s")}), tmp_path)
    assert again.files == [] and kinds(again.changes) == {} and files(tmp_path) == kept
    assert json.loads(kept["unreached.json"])["unreached"][0]["reason"] == f"nobody answers at {address(3)}"


def test_what_a_device_says_of_itself(tmp_path: Path) -> None:
    after = ring(4)
    after[address(2)] = replace(after[address(2)], version="2.0", serial="NEW1")
    found = second(tmp_path, ring(4), after)
    assert found.changes.changed == [
        {"id": "r2", "name": "r2", "field": "serial", "before": "SER0002", "after": "NEW1"},
        {"id": "r2", "name": "r2", "field": "version", "before": "1.0", "after": "2.0"},
    ]
    assert found.files == ["r2.json"] and kinds(found.changes) == {"changed": ["r2", "r2"]}
    assert found.changes.lines()[1] == "~ r2 version: 1.0 -> 2.0"


def test_a_device_that_moved_to_another_port(tmp_path: Path) -> None:
    before = {
        address(1): device(1, towards(2, "eth1", port="eth7")),
        address(2): device(2, towards(1, "eth7", port="eth1")),
    }
    after = {
        address(1): device(1, towards(2, "eth2", port="eth7")),
        address(2): device(2, towards(1, "eth7", port="eth2")),
    }
    found = second(tmp_path, before, after)
    assert found.changes.moved[0] == {
        "id": "r1",
        "name": "r1",
        "lost": ["eth1 to r2 eth7"],
        "gained": ["eth2 to r2 eth7"],
    }
    assert kinds(found.changes) == {"moved": ["r1", "r2"]}


def test_a_device_that_nobody_tells_of_has_vanished(tmp_path: Path) -> None:
    before = graph([(1, 2), (1, 3)], 3)
    found = second(tmp_path, before, graph([(1, 2)], 2))
    assert kinds(found.changes) == {"vanished": ["r3"], "moved": ["r1"]}
    assert (tmp_path / "devices/r3.json").exists() and len(found.found.devices) == 3
    found = run(Network(graph([(1, 2)], 2)), tmp_path, remove_vanished=True)
    assert not (tmp_path / "devices/r3.json").exists() and found.files == ["r3.json"]
    assert len(found.found.devices) == 2 and kinds(found.changes)["vanished"] == ["r3"]


def test_a_device_that_only_failed_has_not_vanished_nor_have_those_behind_it(tmp_path: Path) -> None:
    network = graph(LINE, 5)
    dead = {address(one): unreachable(address(one)) for one in (3, 4, 5)}
    found = second(tmp_path, network, network, answers=dead)
    assert kinds(found.changes) == {"unreached": ["r3", "r4", "r5"]}
    reasons = [row["reason"] for row in found.changes.unreached]
    assert reasons[0].startswith("nobody answers") and "led through r4" in reasons[2]


def test_a_known_device_that_nobody_tells_of_is_asked_itself(tmp_path: Path) -> None:
    network = graph(LINE, 5)
    run(Network(network), tmp_path)
    deaf = {**network, address(2): replace(network[address(2)], neighbors=network[address(2)].neighbors[:1])}
    again = Network(deaf)
    found = run(again, tmp_path)
    assert len(found.devices) == 5 and set(again.visits.values()) == {1} and found.failures == []
    assert kinds(found.changes) == {}, "r3 still tells of r2, so the link is there"
    assert len(run(Network(deaf), tmp_path, revisit=False).devices) == 2
    refused = Network(deaf, answers={address(4): Failure(address(4), "authentication", "refused")})
    del deaf[address(3)], deaf[address(5)]
    found = run(refused, tmp_path)
    assert kinds(found.changes)["unreached"] == ["r3", "r4", "r5"], "r4 is there, and r3 and r5 are behind it"
    assert [one.address for one in found.failures] == [address(4)] and found.silent == []
    del deaf[address(4)]
    assert kinds(run(Network(deaf), tmp_path).changes)["vanished"] == ["r3", "r4", "r5"]
    assert len(run(Network(network), tmp_path, max_depth=1).devices) == 2, "how deep they are is not known"


def test_nobody_has_vanished_when_nobody_is_reached(tmp_path: Path) -> None:
    run(Network(graph(LINE, 5)), tmp_path)
    found = run(Network({}), tmp_path, "192.0.2.1", remove_vanished=True)
    assert kinds(found.changes) == {"unreached": ["r1", "r2", "r3", "r4", "r5"]} and len(found.found.devices) == 5


def test_what_is_behind_a_limit_has_not_vanished(tmp_path: Path) -> None:
    network = Network(graph(LINE, 5))
    run(network, tmp_path)
    found = run(network, tmp_path, max_depth=1, remove_vanished=True)
    assert kinds(found.changes) == {"unreached": ["r3", "r4", "r5"]}
    found = run(network, tmp_path, deny=[f"{address(2)}/32"], remove_vanished=True, revisit=False)
    assert kinds(found.changes)["unreached"] == ["r2", "r3", "r4", "r5"]


def test_a_known_device_that_is_silent_in_its_range_is_unreached(tmp_path: Path) -> None:
    network = Network(graph([], 3))
    run(network, tmp_path, "10.0.0.0/29")
    network.answers[address(2)] = unreachable(address(2))
    found = run(network, tmp_path, "10.0.0.0/29")
    assert kinds(found.changes) == {"unreached": ["r2"]} and found.failures == []


def test_check_mode_says_the_same_and_writes_nothing(tmp_path: Path) -> None:
    run(Network(graph(LINE, 5)), tmp_path)
    kept = files(tmp_path)
    after = graph([(1, 2), (2, 6)], 6)
    dry = run(Network(after), tmp_path, write=False, remove_vanished=True)
    assert files(tmp_path) == kept
    wet = run(Network(after), tmp_path, remove_vanished=True)
    assert dry.changes == wet.changes and dry.files == wet.files != []
    assert not run(Network(after), tmp_path / "fresh", write=False).failures and not (tmp_path / "fresh").exists()


def test_two_devices_with_one_name_both_stay(tmp_path: Path) -> None:
    devices = graph([(1, 2), (2, 3)], 3)
    for one in (1, 3):
        devices[address(one)] = replace(devices[address(one)], name="twin")
    found = run(Network(devices), tmp_path)
    assert [one.id for one in found.devices] == ["r2", "twin-SER0001", "twin-SER0003"] and len(found.warnings) == 1
    assert sorted(path.name for path in (tmp_path / "devices").iterdir()) == [
        "r2.json",
        "twin-SER0001.json",
        "twin-SER0003.json",
    ]
    again = run(Network(devices), tmp_path)
    assert again.files == [] and kinds(again.changes) == {}


@st.composite
def networks(draw: st.DrawFn) -> dict[str, Device]:
    """Up to seven devices with several addresses, of which not all are on their ports; who tells which one differs."""
    count = draw(st.integers(2, 7))
    extra = {
        one: [f"10.{zone}.0.{one}" for zone in range(8, 8 + draw(st.integers(0, 2)))] for one in range(1, count + 1)
    }
    bare = draw(st.sets(st.integers(1, count)))  # without serial number and chassis id, like FRRouting
    told: dict[int, list[Neighbor]] = {one: [] for one in extra}
    for at, (a, b) in enumerate(
        draw(st.lists(st.tuples(st.sampled_from([*extra]), st.sampled_from([*extra])), max_size=12))
    ):
        for near, far in ((a, b), (b, a)) if a != b else ():
            where = draw(st.sampled_from([address(far), *extra[far], None]))
            chassis_id = None if far in bare or draw(st.booleans()) else towards(far, "x").chassis_id
            told[near].append(towards(far, f"eth{at}", port=f"eth{at}", address=where, chassis_id=chassis_id))
    found = {}
    for one, others in extra.items():
        ports = (port("lo", f"{address(one)}/32", *(f"{other}/24" for other in others[:1])),)
        more: dict[str, Any] = {"serial": "", "chassis_id": None} if one in bare else {}
        for where in (address(one), *others):
            found[where] = device(one, *told[one], interfaces=ports, **{**more, "address": where})
    dead = draw(st.sets(st.sampled_from([*found]), max_size=4))
    return {where: one for where, one in found.items() if where not in dead or where == address(1)}


@given(networks(), st.lists(st.sampled_from([0.0, 0.0004, 0.0008]), min_size=24, max_size=24), st.integers(1, 6))
@settings(max_examples=80, deadline=None)
def test_which_device_answers_first_makes_no_change(
    devices: dict[str, Device], pauses: list[float], parallel: int
) -> None:
    with TemporaryDirectory() as place:
        one, other = Network(devices), Network(devices)
        first = run(one, Path(place), parallel=parallel)
        other.pause = lambda candidate: pauses[sum(map(ord, candidate.address)) % 24]
        again = run(other, Path(place), parallel=7 - parallel)
        assert again.files == [] and kinds(again.changes) == {}, (first.failures, again.failures)
        assert len({device.name for device in again.devices}) == len(again.devices)
