# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A task's options as settings of visits, what is said while a crawl runs, and its result."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import BadInput, UnknownPlatform
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.crawl import Counts, Event
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.given import credential_sets, visit_settings
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.progress import Progress
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.records import Failure
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.result import shaped
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.seeds import Seeds

from tests.unit.plugins.plugin_utils.discovery.networks import Network, address, device, ring, run, unreachable

OPTIONS: dict[str, Any] = {
    "credentials": None, "snmp": None, "transports": ["ssh"], "port": None, "command_timeout": None, "parallel": 7,
    "login_rate": 5.0, "connect_timeout": 3.0, "max_failed_logins": 2, "eapi_port": None,
}  # fmt: skip


def test_without_credentials_those_of_the_play_s_host_count() -> None:
    connection = {"user": "admin", "password": "secret-word", "port": 2222, "known_hosts": "/k", "command_timeout": 9}
    known = device(1, credential="default")
    made = visit_settings(OPTIONS, connection, [known])
    (only,) = made.credentials
    assert (only.name, only.user, only.password, only.enable_secret) == ("default", "admin", "secret-word", None)
    assert (made.port, made.known_hosts, made.command_timeout, made.threads) == (2222, "/k", 9.0, 7)
    assert made.opened_by == {address(1): "default"} and "secret-word" not in repr(made)
    own = visit_settings({**OPTIONS, "port": 22, "credentials": [{"user": "a"}]}, connection)
    assert [one.name for one in own.credentials] == ["set1"] and own.port == 22
    with pytest.raises(BadInput, match="credentials: none given"):
        visit_settings(OPTIONS, {})
    with pytest.raises(BadInput, match="credentials: none given"):
        visit_settings({**OPTIONS, "credentials": []}, connection)


def test_credential_sets() -> None:
    sets = credential_sets(
        [{"user": "a", "password": 7, "platforms": "ios, cisco.nxos.nxos"}, {"name": "x", "user": "b"}]
    )
    assert [one.name for one in sets] == ["set1", "x"] and sets[0].password == "7"
    assert sets[0].platforms == ("cisco_ios", "cisco_nxos") and sets[1].platforms == ()
    with pytest.raises(BadInput, match=r"credentials\[2\].pasword.*password") as caught:
        credential_sets([{"user": "a"}, {"user": "b", "pasword": "secret-word"}])
    assert "secret-word" not in caught.value.message
    with pytest.raises(BadInput, match=r"credentials\[1\].user"):
        credential_sets([{"password": "x"}])
    with pytest.raises(UnknownPlatform, match="nonsense"):
        credential_sets([{"user": "a", "platforms": ["nonsense"]}])


def test_progress_is_at_most_once_a_second_and_each_failure() -> None:
    now, said = [0.0], []
    progress = Progress(said.append, lambda: now[0])
    for step in range(30):
        now[0] = step / 10
        progress(Event(Counts(found=step + 1, visiting=2, silent=step // 20)))
    assert len(said) == 2 and said[0] == "discover: 11 devices found, 0 failed, 2 being visited, 0 waiting"
    assert said[1].endswith(", 1 addresses silent")
    for step in range(300):
        now[0] = 3 + step / 10
        progress(Event(Counts(found=30, visiting=3)))
    assert len(said) == 5, "at once, and every ten seconds when nothing happens"
    progress(Event(Counts(), failure=Failure("10.0.0.1", "dns", "no such name", name="r1")))
    assert said[5] == "discover: 10.0.0.1 (r1) failed, dns: no such name"


@pytest.mark.parametrize(
    ("fail_on", "dead", "seeds", "failed"),
    [
        ("all", [3], [address(1)], False),
        ("all", [1, 2, 3, 4], [address(1)], True),
        ("all", [1, 2, 3, 4], ["10.0.0.0/29"], True),
        ("seed", [3], [address(1)], False),
        ("seed", [3], [address(1), address(3)], True),
        ("seed", [3], ["10.0.0.0/29"], False),
        ("any", [3], [address(1)], True),
        ("any", [], [address(1)], False),
        ("never", [1, 2, 3, 4], [address(1)], False),
    ],
)
def test_when_the_task_fails(tmp_path: Path, fail_on: str, dead: list[int], seeds: list[str], failed: bool) -> None:
    network = Network(ring(4), answers={address(one): unreachable(address(one)) for one in dead})
    made = shaped(run(network, tmp_path, *seeds), fail_on, Seeds(seeds))
    assert made.get("failed", False) is failed and made["msg"]
    if failed and len(dead) == 1:
        assert f"nobody answers at {address(3)}" in made["msg"]


def test_what_was_left_out_on_purpose_is_no_reason_to_fail(tmp_path: Path) -> None:
    made = shaped(run(Network(ring(9)), tmp_path, max_depth=2, deny=["10.0.0.2/32"]), "any", Seeds([address(1)]))
    assert "failed" not in made and {row["code"] for row in made["failures"]} == {"limit", "address_denied"}
    assert made["counts"]["devices"] == 3 and "3 devices and 4 links" in made["msg"] and "3 appeared" in made["msg"]
