# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Getters against what a real FRRouting 8.4.4 router, its lldpd and its iproute2 printed (files below frr/).

The router had one neighbor up, one shut down by its operator, two that never answered, and a BGP VRF.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers import frr_getters as getters
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers import frr_lldp, frr_routing

RECORDED = Path(__file__).parent / "frr"


def text(name: str) -> str:
    return (RECORDED / name).read_text()


def data(name: str) -> Any:
    return json.loads(text(name))


def test_facts() -> None:
    facts = getters.facts(text("version.txt"), data("interface.json"), 12.5)
    assert facts["vendor"] == "FRRouting"
    assert facts["os_version"] == "8.4.4"
    assert facts["hostname"] == "r1"
    assert facts["model"].startswith("Linux(")
    assert facts["model"].endswith(")")
    assert facts["interface_list"] == ["eth1", "eth2", "eth77", "lo", "mgmt0"]
    assert facts["uptime"] == 12.5


def test_natural_order() -> None:
    assert sorted(["eth10", "lo", "eth2"], key=getters.natural) == ["eth2", "eth10", "lo"]


def test_interfaces() -> None:
    eth1 = getters.interfaces(data("interface.json"))["eth1"]
    assert eth1 == {
        "is_up": True,
        "is_enabled": True,
        "description": "to-r2",
        "last_flapped": -1.0,
        "speed": 10000.0,
        "mtu": 1500,
        "mac_address": eth1["mac_address"].upper(),
    }


def test_an_interface_that_only_the_configuration_has_is_down() -> None:
    assert getters.interfaces(data("interface.json"))["eth77"]["is_up"] is False


def test_interfaces_ip() -> None:
    found = getters.interfaces_ip(data("interface.json"))
    assert found["lo"]["ipv4"] == {"10.255.0.1": {"prefix_length": 32}}
    assert found["eth1"]["ipv4"] == {"10.0.0.0": {"prefix_length": 31}}
    assert list(found["eth1"]["ipv6"].values()) == [{"prefix_length": 64}]


def test_counters() -> None:
    eth1 = getters.counters(data("link.json"))["eth1"]
    assert eth1["rx_octets"] > 0
    assert eth1["rx_errors"] == 0
    assert eth1["tx_broadcast_packets"] == -1
    assert len(eth1) == 12


def test_bgp_neighbors_up_shut_down_and_silent() -> None:
    found = frr_routing.bgp_neighbors(data("bgp_summary.json"), data("bgp_neighbors.json"))
    assert set(found) == {"global", "RED"}
    assert found["global"]["router_id"] == "10.255.0.1"
    peers = found["global"]["peers"]
    up, shut, silent = peers["10.0.0.1"], peers["10.0.0.6"], peers["192.0.2.1"]
    assert (up["is_up"], up["is_enabled"], up["remote_as"], up["description"]) == (True, True, 65002, "r2")
    assert up["address_family"] == {"ipv4": {"received_prefixes": 3, "accepted_prefixes": 3, "sent_prefixes": 4}}
    assert up["uptime"] == 607
    assert (shut["is_up"], shut["is_enabled"], shut["uptime"]) == (False, False, -1)
    assert (silent["is_up"], silent["is_enabled"]) == (False, True)
    assert silent["address_family"]["ipv4"]["received_prefixes"] == -1
    assert found["RED"]["peers"]["192.0.2.9"]["local_as"] == 65010


def test_bgp_neighbors_detail() -> None:
    peer = frr_routing.bgp_neighbors_detail(data("bgp_neighbors.json"))["global"][65002][0]
    assert peer["connection_state"] == "Established"
    assert (peer["holdtime"], peer["keepalive"]) == (3, 1)
    assert peer["remote_address"] == "10.0.0.1"
    assert peer["accepted_prefix_count"] == 3


def test_bgp_where_there_is_none() -> None:
    assert frr_routing.bgp_neighbors({}, {}) == {}


def test_ospf_neighbors() -> None:
    found = frr_routing.ospf_neighbors(data("ospf_neighbors.json"))["global"]
    assert set(found) == {"10.255.0.2", "10.255.0.4"}
    one = found["10.255.0.2"][0]
    assert (one["state"], one["interface"], one["address"], one["area"]) == ("Full", "eth1", "10.0.0.1", "0.0.0.0")


def test_routes_have_every_protocol_and_next_hop() -> None:
    table = frr_routing.routes(data("routes.json"), data("routes6.json"))["global"]
    assert table["172.16.3.0/24"] == [
        {
            "protocol": "bgp",
            "next_hop": "10.0.0.1",
            "interface": "eth1",
            "metric": 0,
            "distance": 20,
            "selected": True,
        }
    ]
    assert {path["protocol"] for path in table["10.0.0.0/31"] if path["selected"]} == {"connected"}
    assert table["172.16.1.0/24"][0]["next_hop"] == "blackhole"
    assert not [prefix for prefix in table if prefix.startswith("fe80")]


def test_routes_below_their_vrf() -> None:
    entry = {"prefix": "4.4.4.0/24", "protocol": "static", "vrfName": "RED", "nexthops": [{"ip": "1.1.1.1"}]}
    assert list(frr_routing.routes({"RED": {"4.4.4.0/24": [entry]}})) == ["RED"]


def test_route_to_has_bgp_attributes() -> None:
    bgp = {"172.16.3.0/24": data("bgp_prefix.json")}
    way = frr_routing.route_to(data("route_prefix.json"), bgp)["172.16.3.0/24"][0]
    assert way["current_active"] is True
    assert way["protocol_attributes"]["as_path"] == "65002 65003"
    assert way["protocol_attributes"]["remote_as"] == 65002


@pytest.mark.parametrize(
    ("words", "expected"),
    [("00:01:15", 75), ("1d02h03m", 93780), ("03w4d05h", 2178000), ("never", -1), ("", -1)],
)
def test_seconds(words: str, expected: int) -> None:
    assert frr_routing.seconds(words) == expected


def test_lldp() -> None:
    assert frr_lldp.lldp_neighbors(data("lldp.json")) == {
        "eth1": [{"hostname": "r2", "port": "eth2"}],
        "eth2": [{"hostname": "r4", "port": "eth1"}],
    }
    detail = frr_lldp.lldp_neighbors_detail(data("lldp.json"))["eth1"][0]
    assert detail["remote_system_enable_capab"] == ["router"]
    assert detail["remote_system_description"] == "FRRouting lab router r2"
    assert (detail["holdfast_management_address"], detail["holdfast_protocol"]) == ("10.99.0.2", "lldp")


def test_lldp_over_cdp_and_without_a_management_address() -> None:
    heard = {"name": "eth1", "via": "CDPv2", "chassis": [{"name": [{"value": "sw1"}]}], "port": [{}]}
    (detail,) = frr_lldp.lldp_neighbors_detail({"lldp": [{"interface": [heard]}]})["eth1"]
    assert (detail["holdfast_management_address"], detail["holdfast_protocol"]) == ("", "cdp")


def test_lldp_chassis() -> None:
    told = {
        "id": [{"type": "mac", "value": "6a:9b:bb:67:4f:3a"}],
        "mgmt-ip": [{"value": "fd00::1"}, {"value": "10.0.0.1"}],
    }
    assert frr_lldp.lldp_chassis({"local-chassis": [{"chassis": [told]}]}) == {
        "chassis_id": "6a:9b:bb:67:4f:3a",
        "name": "",
        "description": "",
        "addresses": ["10.0.0.1", "fd00::1"],
    }


def test_arp_table() -> None:
    entries = {entry["ip"]: entry for entry in getters.arp_table(data("neigh.json"))}
    assert entries["10.0.0.1"]["interface"] == "eth1"
    assert entries["10.0.0.1"]["mac"] == entries["10.0.0.1"]["mac"].upper()


def test_ping() -> None:
    good = getters.ping(text("ping.txt"))["success"]
    assert (good["probes_sent"], good["packet_loss"], len(good["results"])) == (3, 0, 3)
    assert good["results"][0]["ip_address"] == "10.0.0.1"
    lost = getters.ping(text("ping_lost.txt"))["success"]
    assert (lost["probes_sent"], lost["packet_loss"]) == (2, 2)
    assert getters.ping("ping: connect: Network is unreachable")["error"].endswith("unreachable")


def test_sanitize() -> None:
    config = "router bgp 1\n neighbor 10.0.0.1 password SeCrEt9\n neighbor 10.0.0.1 remote-as 2\n"
    assert "SeCrEt9" not in getters.sanitize(config)
    assert "neighbor 10.0.0.1 remote-as 2" in getters.sanitize(config)
