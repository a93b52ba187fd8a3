# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The crawl over networks of all shapes: everybody once, nobody lost, and always an end."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import AuthenticationFailed, BadInput
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery import crawl
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.crawl import Event, Limits
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.records import Failure
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.plugins.plugin_utils.discovery.networks import (
    Network,
    address,
    codes,
    device,
    graph,
    names,
    port,
    ring,
    run,
    towards,
    unreachable,
)


def test_a_ring_is_found_from_one_seed_each_device_once(tmp_path: Path) -> None:
    network = Network(ring(20))
    found = run(network, tmp_path)
    assert len(found.devices) == 20 and len(found.links) == 20 and found.failures == []
    assert set(network.visits.values()) == {1} and found.links[0].seen_by == ("lldp",)
    assert network.order[-1].depth == 10 and network.order[1].found_by is not None


@given(
    edges=st.lists(st.tuples(st.integers(1, 12), st.integers(1, 12)), max_size=30),
    dead=st.sets(st.integers(2, 12), max_size=4),
    parallel=st.integers(1, 5),
    pauses=st.lists(st.sampled_from([0.0, 0.0005]), min_size=12, max_size=12),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_graph_is_visited_once_and_ends(
    tmp_path: Path, edges: list[tuple[int, int]], dead: set[int], parallel: int, pauses: list[float]
) -> None:
    network = Network(graph([(a, b) for a, b in edges if a != b], 12))
    network.answers = {address(one): unreachable(address(one)) for one in dead}
    network.pause = lambda candidate: pauses[int(candidate.address.rsplit(".", 1)[1]) - 1]
    found = run(network, tmp_path, parallel=parallel, write=False)
    reach, queue = {1}, [1]
    while queue:
        here = queue.pop()
        for a, b in edges:
            for near, far in ((a, b), (b, a)):
                if near == here and far not in reach:
                    reach.add(far)
                    queue += [far] if far not in dead else []
    assert {one.name for one in found.devices} == {f"r{one}" for one in reach - dead}
    assert {one.address for one in found.failures} == {address(one) for one in reach & dead}
    assert all(count == 1 for count in network.visits.values()) and network.most <= parallel


@given(
    edges=st.lists(st.tuples(st.integers(1, 8), st.integers(1, 8)), max_size=16),
    depth=st.integers(0, 4),
    pauses=st.lists(st.sampled_from([0.0, 0.0005, 0.001]), min_size=8, max_size=8),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_depth_is_the_shortest_way_however_slow_it_is(
    tmp_path: Path, edges: list[tuple[int, int]], depth: int, pauses: list[float]
) -> None:
    network = Network(graph([(a, b) for a, b in edges if a != b], 8))
    network.pause = lambda candidate: pauses[int(candidate.address.rsplit(".", 1)[1]) - 1]
    found = run(network, tmp_path, max_depth=depth, write=False)
    level, seen, beyond = {1}, {1}, set()
    for step in range(depth + 1):
        following = {b for a, b in [*edges, *((b, a) for a, b in edges)] if a in level} - seen
        beyond = following if step == depth else beyond
        if step < depth:
            seen |= following
            level = following
    assert {one.name for one in found.devices} == {f"r{one}" for one in seen}
    assert codes(found) == {address(one): "limit" for one in beyond}


def test_a_limit_of_devices_tells_who_was_left(tmp_path: Path) -> None:
    network = Network(graph([(1, other) for other in range(2, 30)], 29))
    found = run(network, tmp_path, max_devices=10, parallel=8)
    assert len(found.devices) == 10 and len(network.visits) == 10
    assert len(found.failures) == 19 and set(codes(found).values()) == {"limit"}
    assert "max_devices 10" in found.failures[0].reason


def test_devices_that_fail_do_not_count_as_devices(tmp_path: Path) -> None:
    network = Network(graph([(1, other) for other in range(2, 12)], 11))
    network.answers = {address(one): unreachable(address(one)) for one in range(2, 8)}
    assert len(run(network, tmp_path, max_devices=5, parallel=2).devices) == 5


def test_no_failure_of_one_stops_the_others(tmp_path: Path) -> None:
    network = Network(graph([(1, other) for other in range(2, 9)], 8))
    network.answers = {
        address(2): unreachable(address(2)), address(3): "hang", address(4): KeyError("version"),
        address(5): AuthenticationFailed("r5 refused admin"), address(6): TimeoutError(),
        address(7): asyncio.CancelledError(),
    }  # fmt: skip
    start = time.monotonic()
    found = run(network, tmp_path, visit_timeout=0.2, parallel=3)
    assert names(found) == ["r1", "r8"] and time.monotonic() - start < 5
    assert codes(found) == {
        address(2): "unreachable", address(3): "command_timeout", address(4): "internal", address(5): "authentication",
        address(6): "command_timeout", address(7): "internal",
    }  # fmt: skip
    reasons = {one.address: one.reason for one in found.failures}
    assert "visit_timeout" in reasons[address(3)] and "KeyError" in reasons[address(4)]
    assert all(one.found_by == ("r1", f"eth{index}") for index, one in enumerate(found.failures))


def test_a_neighbour_without_an_address_is_told_unless_it_was_visited(tmp_path: Path) -> None:
    bare = {"address": None}
    devices = {
        address(1): device(
            1, towards(2, "eth1"), towards(3, "eth2", **bare), towards(4, "eth3", name="phone 7", **bare)
        ),
        address(2): device(2, towards(3, "eth1"), towards(9, "eth2", name="", chassis_id=None, **bare)),
        address(3): device(3, towards(1, "eth9", name="r1.example.com", chassis_id=None, **bare)),
    }
    found = run(Network(devices), tmp_path)
    assert names(found) == ["r1", "r2", "r3"]
    assert [(one.code, one.name, one.found_by) for one in found.failures] == [
        ("no_address", "", ("r2", "eth2")), ("no_address", "phone 7", ("r1", "eth3")),
    ]  # fmt: skip
    assert "phone 7, seen by r1 on eth3" in found.failures[1].reason


def test_the_second_address_is_tried_when_the_first_does_not_answer(tmp_path: Path) -> None:
    third = device(3)
    devices = {
        address(1): device(1, towards(2, "eth1"), towards(3, "eth2", address="10.9.9.9")),
        address(2): device(2, towards(3, "eth1")),
        address(3): third,
    }
    found = run(Network(devices), tmp_path)
    assert names(found) == ["r1", "r2", "r3"] and found.failures == []
    assert "10.9.9.9" not in found.devices[2].addresses
    refused = Network(devices)
    refused.answers["10.9.9.9"] = Failure("10.9.9.9", "authentication", "refused")
    found = run(refused, tmp_path / "refused")
    assert refused.visits[address(3)] == 0, "the account is not tried at the next address"
    assert codes(found) == {"10.9.9.9": "authentication"}


def test_a_device_heard_of_at_several_addresses_is_visited_once(tmp_path: Path) -> None:
    ports = (port("lo", "10.0.0.2/32", "127.0.0.1/8"), port("eth1", "10.9.0.2/24"))
    second = device(2, interfaces=ports)
    devices = {
        address(1): device(1, towards(2, "eth1"), towards(2, "eth2", address="10.9.0.2"), towards(3, "eth3")),
        address(2): second,
        "10.9.0.2": second,
        address(3): device(3, towards(2, "eth1", address="10.9.0.2", chassis_id=None)),
    }
    network = Network(devices)
    found = run(network, tmp_path, parallel=1)
    assert names(found) == ["r1", "r2", "r3"] and network.visits["10.9.0.2"] == 0
    assert found.devices[1].addresses == ("10.9.0.2",)
    # both as seeds: visited twice, since somebody asked for it, and merged
    network = Network(devices)
    found = run(network, tmp_path / "seeds", address(2), "10.9.0.2")
    assert names(found) == ["r2"] and found.merged == 1 and sum(network.visits.values()) == 2


@pytest.mark.parametrize("slow", [2, 3])
def test_what_others_tell_of_a_device_does_not_depend_on_who_is_first(tmp_path: Path, slow: int) -> None:
    devices = {
        address(1): device(1, towards(2, "eth1"), towards(3, "eth2")),
        address(2): device(2, towards(4, "eth1", chassis_id=None, protocol="cdp")),
        address(3): device(3, towards(4, "eth1", chassis_id="0200.0000.0004", name="r4.example.com")),
        address(4): device(4, chassis_id=None),
    }
    network = Network(devices)
    network.pause = lambda candidate: 0.01 if candidate.address == address(slow) else 0.0
    found = run(network, tmp_path)
    assert found.devices[3].chassis_id == "02:00:00:00:00:04" and len(found.links) == 4


def test_two_neighbours_that_tell_one_address(tmp_path: Path) -> None:
    devices = {
        address(1): device(1, towards(2, "eth1"), towards(3, "eth2", address=address(2))),
        address(2): device(2),
    }
    found = run(Network(devices), tmp_path)
    assert names(found) == ["r1", "r2"] and [(one.code, one.name) for one in found.failures] == [("no_address", "r3")]
    assert "where r2 is" in found.failures[0].reason


def test_ranges_are_kept_to_and_denied_neighbours_told(tmp_path: Path) -> None:
    network = Network(graph([(1, 2), (2, 3), (1, 256), (1, 257)], 257))
    found = run(network, tmp_path, deny=["10.0.1.0/24"])
    assert names(found) == ["r1", "r2", "r3"] and codes(found) == dict.fromkeys(
        ["10.0.1.0", "10.0.1.1"], "address_denied"
    )
    found = run(network, tmp_path / "allow", allow=["10.0.0.0/30"], deny=["10.0.0.2/32"])
    assert names(found) == ["r1"] and len(found.failures) == 3
    assert codes(run(network, tmp_path / "seed", address(1), deny=["10.0.0.0/8"])) == {address(1): "address_denied"}


def test_phones_are_left_in_peace(tmp_path: Path) -> None:
    phone, ap = towards(2, "eth1", name="SEP001122", platform="Cisco IP Phone 8841"), towards(3, "eth2", name="ap-7")
    network = Network({address(1): device(1, phone, ap, towards(4, "eth3")), address(4): device(4)})
    found = run(network, tmp_path, ignore=["ip phone", "^AP-"])
    assert names(found) == ["r1", "r4"] and codes(found) == dict.fromkeys([address(2), address(3)], "address_denied")
    assert "'ip phone', which ignore names" in found.failures[0].reason and network.visits[address(2)] == 0
    with pytest.raises(BadInput, match=r"ignore: '\*' is no regular expression"):
        run(network, tmp_path, ignore=["*"])


def test_a_range_is_swept_and_its_silence_is_no_failure(tmp_path: Path) -> None:
    answers = {
        "10.0.0.9": Failure("10.0.0.9", "authentication", "refused"),
        "10.0.0.10": Failure("10.0.0.10", "connect_failed", "says nothing"),
    }
    network = Network(ring(5), answers=answers)
    found = run(network, tmp_path, "10.0.0.0/28", deny=["10.0.0.8/32"])
    assert names(found) == ["r1", "r2", "r3", "r4", "r5"] and {one.address: one for one in found.failures} == answers
    assert found.silent == ["10.0.0.6/31", "10.0.0.11/32", "10.0.0.12/31", "10.0.0.14/32"]
    assert "10.0.0.0" not in network.visits and "10.0.0.15" not in network.visits and "10.0.0.8" not in network.visits


def test_a_name_is_one_device_with_all_its_addresses(tmp_path: Path) -> None:
    network = Network({"127.0.0.1": device(1, address="127.0.0.1"), "::1": device(1, address="::1")})
    found = run(network, tmp_path, "localhost", "no-such-name.invalid")
    assert names(found) == ["r1"] and sum(network.visits.values()) == 1
    assert [(one.code, one.name) for one in found.failures] == [("dns", "no-such-name.invalid")]


def test_progress_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    events: list[Event] = []
    network = Network(ring(6), answers={address(3): unreachable(address(3))})
    run(network, tmp_path, watch=events.append)
    assert sum(event.device is not None for event in events) == 5
    assert [event.failure.address for event in events if event.failure] == [address(3)]
    network.pause = lambda candidate: 0.05
    monkeypatch.setattr(crawl, "HEARTBEAT", 0.01)
    run(network, tmp_path, watch=events.append)
    assert sum(event.device is None and event.failure is None for event in events) > 2, "also when nothing happens"
    last = events[-1].counts
    assert (last.found, last.failed, last.visiting, last.waiting) == (5, 1, 0, 0)


@pytest.mark.parametrize("told", ["127.0.0.1", "::1", "0.0.0.0", "fe80::1", "224.0.0.1", "unknown", "10.0.0.1/24", ""])
def test_an_address_that_leads_nowhere_is_none(tmp_path: Path, told: str) -> None:
    network = Network({address(1): device(1, towards(2, "eth1", address=told))})
    found = run(network, tmp_path)
    assert list(network.visits) == [address(1)] and [one.code for one in found.failures] == ["no_address"]


@pytest.mark.parametrize(
    ("option", "value"), [("parallel", 0), ("max_depth", -1), ("max_devices", 0), ("visit_timeout", 0.0)]
)
def test_limits_that_make_no_sense_are_refused(option: str, value: float) -> None:
    with pytest.raises(BadInput, match=option):
        Limits(**{option: value})


def test_time_is_linear() -> None:
    """Bookkeeping only: ten times the devices take about ten times as long."""

    def spent(count: int) -> float:
        network = Network(graph([(one, one // 2) for one in range(2, count + 1)], count))
        start = time.process_time()
        assert len(run(network, Path("/nowhere"), write=False).devices) == count
        return time.process_time() - start

    spent(50)
    assert spent(2000) < 20 * spent(200) + 0.5
