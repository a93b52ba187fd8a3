# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Genie on a driver's session: what it may send, that errors of the device come through, that devices do not wait."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import (
    CommandFailed,
    CommandTimeout,
    HoldfastError,
    SessionLost,
    Unsupported,
)
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers import genie_bridge
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.driver_netmiko import NetmikoDriver
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.genie_bridge import Api, Wanted

from tests.lab.emulated import EmulatedLab

from .conftest import Where

PORT = "GigabitEthernet0/1"
Open = Callable[..., NetmikoDriver]


@pytest.fixture
def opened(ssh: Where) -> Iterator[Open]:
    made: list[NetmikoDriver] = []

    def start(**more: Any) -> NetmikoDriver:
        made.append(NetmikoDriver(ssh("r1", **more)))
        made[-1].open()
        return made[-1]

    yield start
    for driver in made:
        driver.close()


@pytest.mark.parametrize(
    ("platform", "name"),
    [
        ("cisco_ios", "iosxe"), ("cisco_xe", "iosxe"), ("cisco_nxos", "nxos"), ("cisco_xr", "iosxr"),
        ("juniper_junos", "junos"), ("arista_eos", "eos"), ("linux", "linux"),
    ],
)  # fmt: skip
def test_systems(platform: str, name: str) -> None:
    assert genie_bridge.system(platform) == name
    with pytest.raises(Unsupported, match="Genie does not know the platform 'frr'"):
        genie_bridge.system("frr")


def test_a_change_needs_to_be_allowed(lab: EmulatedLab, opened: Open) -> None:
    driver, api = opened(), Api("configure_interface_description", {"interface": PORT, "description": "by genie"})
    before = lab.running_config("r1")
    with pytest.raises(Unsupported, match="Genie wants to send 'interface GigabitEthernet0/1', which may change"):
        genie_bridge.work(driver, Wanted(apis=[api]), 10.0)
    assert lab.running_config("r1") == before
    assert genie_bridge.work(driver, Wanted(apis=[api], changes=True), 10.0)["changed"]
    assert "description by genie" in lab.running_config("r1")
    broken = Api("configure_interface_description", {"interface": "Nothing0", "description": "x"})
    with pytest.raises(CommandFailed, match="refused 'interface Nothing0'"):
        genie_bridge.work(driver, Wanted(apis=[broken], changes=True), 10.0)


@pytest.mark.parametrize(("fault", "error"), [("drop", SessionLost), ("hang", CommandTimeout)])
def test_half_a_feature_is_no_answer(lab: EmulatedLab, opened: Open, fault: str, error: type[HoldfastError]) -> None:
    lab.fault("r1", fault, count=1, command="show interfaces accounting")
    with pytest.raises(error):
        genie_bridge.work(opened(), Wanted(learn=["interface"]), 0.5)


def test_a_slow_device_does_not_hold_up_others(lab: EmulatedLab, opened: Open) -> None:
    slow, quick = opened(), opened()
    genie_bridge.work(quick, Wanted(parse=["show version"]), 10.0)
    lab.fault("r1", "delay", count=1, command="show interfaces", seconds=2.0)
    done: list[float] = []

    def learn() -> None:
        genie_bridge.work(slow, Wanted(parse=["show interfaces"]), 10.0)
        done.append(time.monotonic())

    thread = threading.Thread(target=learn)
    thread.start()
    time.sleep(0.3)
    assert genie_bridge.work(quick, Wanted(parse=["show version"]), 10.0)["parsed"][0]["version"]
    assert not done, "the quick one waited for the slow one"
    thread.join(10)
    assert done
