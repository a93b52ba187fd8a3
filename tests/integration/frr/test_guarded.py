# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Guarded configuration on a real router: bad lines, replace, diff, the on-box timer, confirm, and their race."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import ChangeExpired, ConfigRejected
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers import frr_merge
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.base import Candidate
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.config_frr import FrrConfig

from tests.lab.frr import FrrLab

from .conftest import login

Until = Callable[[Callable[[], bool], float], float]
TOKEN = "abcd1234"
BREAKS_BGP = "router bgp 65001\n neighbor 10.0.0.1 remote-as 65999\n"


def begin(config: FrrConfig, lines: str, replace: bool = False, token: str = TOKEN) -> str:
    config.checkpoint(token)
    return config.stage(token, Candidate(lines, replace))


@pytest.mark.parametrize(
    "lines",
    [
        "interface eth1\n description another\n ip ospf cost 77\n",
        "router bgp 65001\n no neighbor 10.0.0.6\n neighbor 10.0.0.1 description x\n network 198.51.100.0/24\n",
        "router bgp 65001\n address-family ipv4 unicast\n  neighbor 10.0.0.1 next-hop-self\n exit-address-family\n",
        "route-map OUT permit 10\n set metric 5\nexit\nip prefix-list P seq 5 permit 10.0.0.0/8\n",
        "no ip route 172.16.1.0/24 Null0\nip route 198.51.100.0/24 Null0\n",
        "interface lo\n no ip ospf passive\n ip address 192.0.2.77/32\n",
        "router bgp 65001\n bgp ebgp-requires-policy\n timers bgp 3 9\n",
        "router ospf\n passive-interface default\n",
        "interface eth1\nno ip address 192.0.2.5/24\ndescription flat lines\n",
    ],
)
def test_the_predicted_merge_is_what_the_router_makes_of_it(config: FrrConfig, lines: str) -> None:
    before = config.read()
    diff = begin(config, lines)
    predicted, _unused = frr_merge.merge(before, lines)
    assert diff
    config.commit(TOKEN, None)
    config.confirm(TOKEN)
    made = frr_merge.render(frr_merge.parse(config.read()))
    assert sorted(made.splitlines()) == sorted(predicted.splitlines())
    assert begin(config, lines) == "", "a second run changes nothing"
    config.discard(TOKEN)


def test_a_bad_line_is_named_and_nothing_is_committed(config: FrrConfig) -> None:
    before = config.read()
    with pytest.raises(ConfigRejected, match="neighbr 10.0.0.1") as refused:
        begin(config, "interface eth1\n description x\nrouter bgp 65001\n neighbr 10.0.0.1 remote-as 1\n")
    assert refused.value.detail["line"] == "neighbr 10.0.0.1 remote-as 1"
    assert "Unknown command" in refused.value.detail["output"]
    assert config.read() == before


def test_a_bad_line_in_a_replacement_is_named(config: FrrConfig) -> None:
    before = config.read()
    with pytest.raises(ConfigRejected, match="'timers bpg 1 3' was refused: Unknown command"):
        begin(config, before.replace("timers bgp 1 3", "timers bpg 1 3"), replace=True)
    assert config.read() == before


@pytest.mark.parametrize("replace", [False, True])
def test_a_line_that_only_the_daemon_refuses_is_taken_back_with_all_others(config: FrrConfig, replace: bool) -> None:
    """vtysh's grammar knows the line; bgpd refuses it when it is applied, after the interface was changed."""
    before = config.read()
    text = "interface eth1\n description x\nexit\nrouter bgp 65001\n neighbor 10.0.0.99 description x\n"
    if replace:
        text = before.replace("description to-r2", "description x")
        text = text.replace("router bgp 65001", "router bgp 65001\n neighbor 10.0.0.99 description x")
    assert begin(config, text, replace)
    with pytest.raises(ConfigRejected, match="Specify remote-as or peer-group") as refused:
        config.commit(TOKEN, 60.0)
    assert refused.value.detail["line"] == "neighbor 10.0.0.99 description x"
    assert config.read() == before


def test_replace_changes_what_differs_and_only_that(config: FrrConfig, lab: FrrLab, bgp: Callable[[], str]) -> None:
    before = config.read()
    wanted = before.replace("description to-r2", "description replaced").replace(
        "ip route 172.16.1.0/24 Null0\n!\n", ""
    )
    startup = config.read("startup")
    diff = begin(config, wanted, replace=True)
    assert config.native_diff
    assert diff.splitlines() == [
        "-ip route 172.16.1.0/24 Null0",
        " interface eth1",
        "- description to-r2",
        "+ description replaced",
    ]
    config.commit(TOKEN, None)
    config.confirm(TOKEN)
    assert config.read() == wanted
    assert bgp() == "Established", "an unrelated session is left alone"
    assert config.read("startup") == startup, "frr-reload must not save a change"
    assert begin(config, wanted, replace=True) == ""
    config.discard(TOKEN)


def test_unconfirmed_the_router_goes_back_by_itself(
    lab: FrrLab, config: FrrConfig, bgp: Callable[[], str], until: Until
) -> None:
    """Nobody is there to help: the login that armed the timer is closed right after the commit."""
    before = config.read()
    lonely = login(lab, "r1")
    theirs = FrrConfig(lonely)
    assert bgp() == "Established"
    begin(theirs, BREAKS_BGP)
    assert theirs.native_timer
    start = time.monotonic()
    theirs.commit(TOKEN, 3.0)
    lonely.close()
    until(lambda: bgp() != "Established", 2)
    down = time.monotonic() - start
    time.sleep(max(0.0, 2.5 - (time.monotonic() - start)))
    assert bgp() != "Established", "before the deadline the change stands"
    until(lambda: bgp() == "Established", 6)
    up = time.monotonic() - start
    print(f"BGP down {down:.2f} s after the commit, back {up - 3:.2f} s after the deadline of 3 s")
    assert config.read() == before
    with pytest.raises(ChangeExpired, match="went back to the checkpoint"):
        config.confirm(TOKEN)
    assert config.read() == before


def test_confirmed_in_time_it_stays(config: FrrConfig) -> None:
    begin(config, "interface eth1\n description stays\n")
    config.commit(TOKEN, 1.5)
    config.confirm(TOKEN)
    time.sleep(2)
    assert "description stays" in config.read()


def test_restore_before_the_deadline(config: FrrConfig, bgp: Callable[[], str], until: Until) -> None:
    before = config.read()
    begin(config, BREAKS_BGP)
    config.commit(TOKEN, 30.0)
    until(lambda: bgp() != "Established", 3)
    start = time.monotonic()
    config.restore(TOKEN, before)
    restored = time.monotonic() - start
    assert config.read() == before
    back = until(lambda: bgp() == "Established", 5)
    print(f"restore {restored:.2f} s, BGP Established {back:.2f} s later")


def test_restore_on_another_session_without_the_boxs_copy(config: FrrConfig, lab: FrrLab) -> None:
    before = config.read()
    begin(config, "interface eth1\n description lost\n")
    config.commit(TOKEN, None)
    lab.shell("r1", "rm", "-rf", f"/tmp/holdfast-{TOKEN}")
    other = login(lab, "r1")
    FrrConfig(other).restore(TOKEN, before)
    other.close()
    assert config.read() == before


@pytest.mark.slow
def test_confirm_and_the_timer_race_and_exactly_one_wins(config: FrrConfig, lab: FrrLab) -> None:
    """Confirm lands around the deadline, earlier and later; the configuration always agrees with the answer."""
    before = config.read()
    won = {"confirm": 0, "timer": 0}
    for attempt in range(10):
        token = f"race{attempt:04d}"
        begin(config, f"interface eth1\n description race {attempt}\n", token=token)
        config.commit(token, 0.6)
        started = float(lab.shell("r1", "stat", "-c", "%.9Y", f"/tmp/holdfast-{token}/timer.pid"))
        time.sleep(max(0.0, started + 0.6 + (attempt - 6) * 0.006 - time.time()))
        try:
            config.confirm(token)
        except ChangeExpired:
            won["timer"] += 1
            assert config.read() == before
        else:
            won["confirm"] += 1
            time.sleep(1.0)
            assert f"description race {attempt}" in config.read()
            config.restore("undo0000", before)
    print(won)
    assert sum(won.values()) == 10


def test_two_confirms_at_once_have_one_winner(lab: FrrLab, config: FrrConfig) -> None:
    begin(config, "interface eth1\n description twice\n")
    config.commit(TOKEN, 30.0)
    drivers = [login(lab, "r1") for _unused in range(4)]
    outcomes: list[str] = []

    def confirm(one: FrrConfig) -> None:
        try:
            one.confirm(TOKEN)
            outcomes.append("confirmed")
        except ChangeExpired:
            outcomes.append("refused")

    threads = [threading.Thread(target=confirm, args=(FrrConfig(driver),)) for driver in drivers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for driver in drivers:
        driver.close()
    assert sorted(outcomes) == ["confirmed", "refused", "refused", "refused"]
    assert "description twice" in config.read()


def test_save_copies_running_to_startup(config: FrrConfig, lab: FrrLab) -> None:
    startup = lab.shell("r1", "cat", "/etc/frr/frr.conf")
    begin(config, "interface eth1\n description saved\n")
    config.commit(TOKEN, None)
    config.confirm(TOKEN)
    assert lab.shell("r1", "cat", "/etc/frr/frr.conf") == startup
    config.save()
    assert config.read("startup") == config.read()
