# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A crawl that is interrupted goes on where it was; the store is always whole."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import (
    BadInput,
    BrokerUnavailable,
    StateDirError,
)
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery import resume
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.records import (
    Candidate,
    Device,
    Failure,
    Interface,
    Neighbor,
)
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.store import DiscoveryStore

from tests.unit.plugins.plugin_utils.discovery.networks import (
    Network,
    address,
    device,
    graph,
    ring,
    run,
    unreachable,
)


class Interrupted(Network):
    """Whose controller ends after so many visits."""

    def __init__(self, devices: dict[str, Device], after: int) -> None:
        super().__init__(devices)
        self.after = after

    async def visit(self, candidate: Candidate) -> Device | Failure:
        if sum(self.visits.values()) == self.after:
            raise KeyboardInterrupt
        return await super().visit(candidate)


def interrupted(devices: dict[str, Device], after: int, directory: Path, *seeds: str) -> Interrupted:
    network = Interrupted(devices, after)
    network.answers[address(2)] = unreachable(address(2))
    with pytest.raises(KeyboardInterrupt):
        run(network, directory, *seeds, parallel=2)
    return network


@pytest.mark.parametrize("after", [1, 2, 5, 9])
def test_it_goes_on_where_it_was(tmp_path: Path, after: int) -> None:
    first = interrupted(ring(10), after, tmp_path)
    assert (tmp_path / "crawl.json").exists()
    there = {path.stem for path in (tmp_path / "devices").glob("*.json")}
    second = Network(ring(10), answers={address(2): unreachable(address(2))})
    found = run(second, tmp_path, resume=True)
    assert len(found.devices) == 9 and [one.address for one in found.failures] == [address(2)]
    assert found.resumed == len(there) and not {one.address for one in second.order} & {
        address(int(one[1:])) for one in there
    }
    assert (
        max(second.visits.values(), default=0) <= 1 and sum(first.visits.values()) + sum(second.visits.values()) <= 12
    )
    assert [row["id"] for row in found.changes.appeared] == sorted(one.id for one in found.devices)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["devices", "unreached.json"]


def test_changes_are_told_against_the_store_before_the_interrupted_crawl(tmp_path: Path) -> None:
    run(Network(ring(6)), tmp_path)
    later = {where: replace(one, version="2.0") for where, one in ring(6).items()}
    network = Interrupted(later, 4)
    with pytest.raises(KeyboardInterrupt):
        run(network, tmp_path, parallel=1)
    found = run(Network(later), tmp_path, resume=True)
    assert [row["id"] for row in found.changes.changed] == [f"r{one}" for one in range(1, 7)]
    assert {row["before"] for row in found.changes.changed} == {"1.0"} and found.resumed == 4


def test_a_range_is_not_swept_twice(tmp_path: Path) -> None:
    devices = {where: one for where, one in graph([], 14).items() if int(where[-1]) % 2}
    network = interrupted(devices, 8, tmp_path, "10.0.0.0/28")
    second = Network(devices)
    found = run(second, tmp_path, "10.0.0.0/28", resume=True)
    assert len(found.devices) == len(devices) and sum(network.visits.values()) + sum(second.visits.values()) == 14


def test_without_an_interrupted_crawl_resume_is_a_plain_one(tmp_path: Path) -> None:
    assert len(run(Network(ring(4)), tmp_path, resume=True).devices) == 4


def test_without_resume_it_starts_again(tmp_path: Path) -> None:
    interrupted(ring(6), 3, tmp_path)
    network = Network(ring(6))
    assert len(run(network, tmp_path).devices) == 6 and sum(network.visits.values()) == 6
    assert not (tmp_path / "crawl.json").exists()


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"format": 9}', '{"format": 1, "visited": {"r1": 7}}', '{"format": 1, "silent": ["x"]}']
)
def test_a_broken_state_is_named(tmp_path: Path, text: str) -> None:
    run(Network(ring(3)), tmp_path)
    (tmp_path / "crawl.json").write_text(text)
    with pytest.raises(BadInput, match="resume: .*crawl.json.*delete it"):
        run(Network(ring(3)), tmp_path, resume=True)
    assert len(run(Network(ring(3)), tmp_path).devices) == 3


def test_what_holds_for_all_devices_ends_the_crawl_and_can_be_gone_on_with(tmp_path: Path) -> None:
    network = Network(ring(6), answers={address(4): BrokerUnavailable("no broker")})
    with pytest.raises(BrokerUnavailable):
        run(network, tmp_path)
    assert len(run(Network(ring(6)), tmp_path, resume=True).devices) == 6


def test_crawl_json_is_written_now_and_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = []
    write = resume.write_atomic
    monkeypatch.setattr(resume, "write_atomic", lambda path, text: (written.append(path.name), write(path, text)))
    run(Network(ring(50)), tmp_path)
    assert written.count("crawl.json") < 5, "once a second, at the begin and in the end"
    assert sum(name.startswith("r") for name in written) == 2 * 50


def test_the_store_reads_what_it_wrote(tmp_path: Path) -> None:
    store = DiscoveryStore(tmp_path)
    port = Interface("eth0", True, False, "to r2", "02:00:00:00:00:01", 1500, 1000.0, ("10.0.0.1/24",))
    told = Neighbor("eth0", "r2", "eth1", "02:00:00:00:00:02", "10.0.0.2", "x", "cdp")
    full = replace(device(1, told, interfaces=(port,), addresses=("10.0.0.9",), name="büro 1"), id="r1")
    failure = Failure("10.0.0.7", "authentication", "refused", "r7", ("r1", "eth0"), ("tacacs", "local"))
    assert store.load().devices == []
    assert store.save(full) and not store.save(full) and store.save_failures([failure])
    found = store.load()
    assert found.devices == [full] and found.failures == [failure]
    assert not store.save_failures([replace(failure, code="login_blocked", reason="in 20 s")])
    assert store.save_failures([replace(failure, code="unreachable", reason="gone")])
    store.remove("r1")
    store.remove("r1")
    assert store.load().devices == []


def test_a_store_has_one_writer(tmp_path: Path) -> None:
    with DiscoveryStore(tmp_path).locked(), pytest.raises(StateDirError, match="another discovery writes to"):
        run(Network(ring(3)), tmp_path)
    assert len(run(Network(ring(3)), tmp_path).devices) == 3


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"format": 2}', '{"format": 1, "device": {"id": "r1"}}', '{"format": 1, "device": 7}']
)
def test_a_file_that_is_none_of_ours_is_named(tmp_path: Path, text: str) -> None:
    run(Network(ring(3)), tmp_path)
    (tmp_path / "devices/r2.json").write_text(text)
    with pytest.raises(BadInput, match=r"devices/r2.json"):
        run(Network(ring(3)), tmp_path)


def test_a_directory_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StateDirError, match="file"):
        run(Network(ring(3)), tmp_path / "file")
