# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The NAPALM driver on a real router: borrowed session, own login, and a broken network seen as such."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import (
    ConfigRejected,
    HostKeyUnknown,
    Unsupported,
)
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.driver_netmiko import NetmikoDriver
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.napalm_frr import FRRDriver

from tests.lab.frr import FrrLab


@pytest.fixture
def driver(session: NetmikoDriver, lab: FrrLab) -> FRRDriver:
    return FRRDriver(lab.routers["r1"].address, "admin", "", optional_args={"device": session})


def test_getters_agree_with_the_network(driver: FRRDriver, lab: FrrLab, until: Callable[..., float]) -> None:
    logins = lab.logins("r1")
    assert driver.get_facts()["hostname"] == "r1"
    assert driver.get_interfaces()["eth1"]["is_up"] is True
    assert driver.get_interfaces_ip()["lo"]["ipv4"] == {"10.255.0.1": {"prefix_length": 32}}
    peers = driver.get_bgp_neighbors()["global"]["peers"]
    assert {peer["description"]: peer["is_up"] for peer in peers.values()} == {"r2": True, "r4": True}
    assert {one["state"] for found in driver.get_ospf_neighbors()["global"].values() for one in found} == {"Full"}
    assert driver.get_routes()["global"]["172.16.3.0/24"][0]["protocol"] == "bgp"
    assert driver.get_route_to("172.16.3.0/24")["172.16.3.0/24"][0]["protocol_attributes"]["as_path"].endswith("65003")
    until(lambda: len(driver.get_lldp_neighbors()) == 2, 10)
    assert driver.get_lldp_neighbors()["eth1"] == [{"hostname": "r2", "port": "eth2"}]
    (detail,) = driver.get_lldp_neighbors_detail("eth1")["eth1"]
    assert detail["holdfast_management_address"] == lab.routers["r2"].address
    assert driver.get_lldp_chassis()["addresses"] == [lab.routers["r1"].address]
    assert "10.0.0.1" in {entry["ip"] for entry in driver.get_arp_table()}
    assert driver.get_interfaces_counters()["eth1"]["rx_octets"] > 0
    assert driver.ping("10.0.0.1", count=2)["success"]["packet_loss"] == 0
    assert driver.get_config("running")["running"].startswith("frr version")
    assert lab.logins("r1") == logins


def test_a_neighbor_that_is_down_is_told_apart_from_one_that_is_shut(driver: FRRDriver, lab: FrrLab) -> None:
    lab.vtysh("r1", "configure", "router bgp 65001", "neighbor 10.0.0.1 shutdown", "neighbor 192.0.2.1 remote-as 1")
    peers = driver.get_bgp_neighbors()["global"]["peers"]
    assert (peers["10.0.0.1"]["is_up"], peers["10.0.0.1"]["is_enabled"]) == (False, False)
    assert (peers["192.0.2.1"]["is_up"], peers["192.0.2.1"]["is_enabled"]) == (False, True)
    assert (peers["10.0.0.6"]["is_up"], peers["10.0.0.6"]["is_enabled"]) == (True, True)


def test_lldp_is_unsupported_with_its_reason_where_lldpd_is_not(session: NetmikoDriver) -> None:
    options: dict[str, Any] = {"device": session, "lldpctl": "lldpctl -u /run/nowhere"}
    with pytest.raises(Unsupported, match="LLDP neighbors .* cannot be read"):
        FRRDriver("r1", "admin", "", optional_args=options).get_lldp_neighbors()


def test_as_an_ordinary_napalm_driver_with_a_login_of_its_own(lab: FrrLab, session: NetmikoDriver) -> None:
    router = lab.routers["r1"]
    options = {"known_hosts": str(lab.known_hosts)}
    with FRRDriver(router.address, router.user, router.password, optional_args=options) as own:
        assert own.is_alive() == {"is_alive": True}
        own.load_merge_candidate(config="interface eth1\n description by napalm\n")
        assert "+ description by napalm" in own.compare_config()
        own.commit_config(revert_in=30)
        assert own.has_pending_commit()
        own.confirm_commit()
        assert not own.has_pending_commit()
        assert own.get_interfaces()["eth1"]["description"] == "by napalm"
        own.rollback()
        assert own.get_interfaces()["eth1"]["description"] == "to-r2"
        own.load_replace_candidate(config=own.get_config()["running"])
        assert own.compare_config() == ""
        own.discard_config()
        with pytest.raises(ConfigRejected, match="nonsense 1"):
            own.load_merge_candidate(config="interface eth1\n nonsense 1\n")
    assert own.is_alive() == {"is_alive": False}


def test_an_unknown_host_key_is_refused(lab: FrrLab, tmp_path: Any) -> None:
    (tmp_path / "known_hosts").write_text("")
    router = lab.routers["r2"]
    options = {"known_hosts": str(tmp_path / "known_hosts")}
    with pytest.raises(HostKeyUnknown, match="SHA256:"):
        FRRDriver(router.address, router.user, router.password, optional_args=options).open()
