# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What each built-in check makes of a device's state."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Evaluate


def peer(**changes: Any) -> dict[str, Any]:
    families = {"ipv4": {"received_prefixes": 5, "accepted_prefixes": changes.pop("accepted", 4), "sent_prefixes": 1}}
    return {"is_up": True, "is_enabled": True, "remote_as": 65001, "uptime": 9, "address_family": families} | changes


def bgp_state(**peers: dict[str, Any]) -> dict[str, Any]:
    return {"bgp": {"global": {"router_id": "1.1.1.1", "peers": {k.replace("_", "."): v for k, v in peers.items()}}}}


TWO = bgp_state(a_1=peer(), a_2=peer(remote_as=65002))
DOWN = bgp_state(a_1=peer(), a_2=peer(is_up=False))
SHUT = bgp_state(a_1=peer(), a_2=peer(is_up=False, is_enabled=False))


@pytest.mark.parametrize(
    ("options", "state", "message"),
    [
        ({}, TWO, None),
        ({}, DOWN, "neighbor a.2 is down"),
        ({"tolerance": 1}, DOWN, None),
        ({}, SHUT, None),
        ({"neighbors": ["a.2"]}, SHUT, "neighbor a.2 is down (shut down)"),
        ({"neighbors": {"a.2": {"up": False}}}, SHUT, None),
        ({"neighbors": {"a.2": {"up": False}}}, TWO, "neighbor a.2 is up"),
        ({}, {"bgp": {}}, "0 neighbors established, at least 1 expected"),
        ({"min_neighbors": 0}, {"bgp": {}}, None),
        ({"min_neighbors": 3}, TWO, "2 neighbors established, at least 3 expected"),
        ({"neighbors": {"a.1": 65001, "a.2": {"as": "65002"}}}, TWO, None),
        ({"neighbors": {"a.1": 65009}}, TWO, "neighbor a.1 has AS 65001, expected 65009"),
        ({"neighbors": ["a.3"]}, TWO, "neighbor a.3 is not configured"),
        ({"neighbors": ["a.1"], "allow_extra": False}, TWO, "neighbor a.2 is not expected"),
        ({"min_prefixes": 5}, bgp_state(a_1=peer()), "neighbor a.1 gives 4 prefixes, at least 5 expected"),
        ({"min_prefixes": 5}, bgp_state(a_1=peer(accepted=-1)), None),
        ({"neighbors": {"a.1": {"min_prefixes": 6}}}, TWO, "neighbor a.1 gives 4 prefixes, at least 6 expected"),
        ({"vrf": "red"}, TWO, "0 neighbors established, at least 1 expected"),
    ],
)
def test_bgp(evaluate: Evaluate, options: dict[str, Any], state: dict[str, Any], message: str | None) -> None:
    _verdict(evaluate({"check": "bgp", **options}, state), message)


def _verdict(result: Any, message: str | None) -> None:
    assert (result["status"], message or result["message"]) == ("failed" if message else "passed", result["message"])


NESTED = {"default": {"10.0.0.1": [{"address": "10.1.0.1", "interface": "eth1", "state": "Full/DR"}]}}
FLAT = {
    "default": [
        {"router_id": "10.0.0.1", "interface": "eth1", "state": "FULL"},
        {"router_id": "10.0.0.2", "state": "2-Way"},
    ]
}


@pytest.mark.parametrize(
    ("options", "state", "message"),
    [
        ({}, NESTED, None),
        ({"neighbors": ["10.0.0.1"]}, NESTED, None),
        ({"neighbors": ["10.1.0.1"], "count": 1}, NESTED, None),
        ({"neighbors": ["10.0.0.9"]}, NESTED, "neighbor 10.0.0.9 is missing"),
        ({"count": 2}, NESTED, "1 neighbors, 2 expected"),
        ({}, FLAT, "neighbor 10.0.0.2 is 2-Way"),
        ({"states": ["full", "2-way"], "count": 2}, FLAT, None),
        ({"tolerance": 1}, FLAT, None),
        ({}, {}, "0 neighbors, at least 1 expected"),
        ({"count": 0}, {}, None),
        ({"vrf": "red"}, NESTED, "0 neighbors, at least 1 expected"),
    ],
)
def test_ospf(evaluate: Evaluate, options: dict[str, Any], state: Any, message: str | None) -> None:
    _verdict(evaluate({"check": "ospf", **options}, {"ospf": state}), message)


PORTS = {
    "Ethernet1": {"is_up": True, "is_enabled": True},
    "Ethernet2": {"is_up": False, "is_enabled": True},
    "Ethernet3": {"is_up": False, "is_enabled": False},
}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "Ethernet2 is down"),
        ({"ignore": ["Ethernet2"]}, None),
        ({"tolerance": 1}, None),
        ({"up": ["Et1"]}, None),
        ({"up": ["Ethernet1", "Et3"]}, "Ethernet3 is down (shut down)"),
        ({"up": ["Ethernet9"]}, "there is no interface Ethernet9"),
        ({"down": ["Ethernet[23]"]}, "there is no interface Ethernet[23]"),
        ({"down": ["Ethernet?"]}, "Ethernet1 is up"),
        ({"up": ["Et1"], "all_enabled": True}, "Ethernet2 is down"),
        ({"up": ["Et1"], "down": ["Et2"], "all_enabled": True}, None),
    ],
)
def test_interfaces(evaluate: Evaluate, options: dict[str, Any], message: str | None) -> None:
    _verdict(evaluate({"check": "interfaces", **options}, {"interfaces": PORTS}), message)


CABLES = {"Ethernet1": [{"hostname": "r2.lab", "port": "Ethernet7"}], "Ethernet2": [{"hostname": "r3", "port": "e0"}]}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"neighbors": {"Et1": "R2"}}, None),
        ({"neighbors": {"Ethernet1": {"hostname": "r2", "port": "Et7"}}}, None),
        ({"neighbors": {"Et1": {"hostname": "r2", "port": "Et8"}}}, "Et1 sees r2.lab Ethernet7, expected r2 Et8"),
        ({"neighbors": {"Et1": "r3"}}, "Et1 sees r2.lab Ethernet7, expected r3"),
        ({"neighbors": {"Et9": "r3"}}, "Et9 sees nobody, expected r3"),
        ({"neighbors": {"Et1": "r2"}, "allow_extra": False}, "Ethernet2 sees r3 e0, expected nobody"),
    ],
)
def test_lldp(evaluate: Evaluate, options: dict[str, Any], message: str | None) -> None:
    _verdict(evaluate({"check": "lldp", **options}, {"lldp": CABLES}), message)


REPLIES: dict[str, Any] = {
    "10.0.0.1": {"success": {"probes_sent": 5, "packet_loss": 0}},
    "10.0.0.2": {"success": {"probes_sent": 5, "packet_loss": 1}},
    "10.0.0.3": {"success": {"probes_sent": 5, "packet_loss": 5}},
    "10.0.0.4": {"error": "unknown host"},
}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"destinations": "10.0.0.1"}, None),
        ({"destinations": ["10.0.0.1", "10.0.0.2"]}, "10.0.0.2: 20% loss, expected at most 0% loss"),
        ({"destinations": ["10.0.0.2"], "tolerance": 20}, None),
        ({"destinations": ["10.0.0.3"], "reachable": False}, None),
        ({"destinations": ["10.0.0.2"], "reachable": False}, "10.0.0.2: 20% loss, expected unreachable"),
        ({"destinations": ["10.0.0.4"]}, "10.0.0.4: error: unknown host, expected at most 0% loss"),
        ({"destinations": [{"destination": "10.0.0.3", "reachable": False}, "10.0.0.1"]}, None),
    ],
)
def test_reachability(evaluate: Evaluate, options: dict[str, Any], message: str | None) -> None:
    _verdict(evaluate({"check": "reachability", **options}, replies=REPLIES), message)


def path(protocol: str, hop: str, interface: str, selected: bool = True) -> dict[str, Any]:
    return {"protocol": protocol, "next_hop": hop, "interface": interface, "metric": 0, "selected": selected}


TABLE = {
    "default": {
        "10.1.0.0/24": [path("bgp", "10.0.0.1", "eth1"), path("ospf", "10.0.0.2", "eth2", selected=False)],
        "10.2.0.0/24": [path("connected", "", "eth3")],
    }
}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"present": "10.1.0.0/24"}, None),
        ({"present": [{"prefix": "10.1.0.0/24", "via": "10.0.0.1", "protocol": "bgp"}]}, None),
        ({"present": [{"prefix": "10.2.0.0/24", "via": "eth3"}]}, None),
        (
            {"present": [{"prefix": "10.1.0.0/24", "via": "10.0.0.2"}]},
            "10.1.0.0/24 goes by bgp 10.0.0.1 eth1, expected via 10.0.0.2",
        ),
        (
            {"present": [{"prefix": "10.1.0.0/24", "protocol": "ospf"}]},
            "10.1.0.0/24 comes by bgp 10.0.0.1 eth1, expected from ospf",
        ),
        ({"present": ["10.9.0.0/24"]}, "10.9.0.0/24 is missing"),
        ({"absent": ["10.9.0.0/24"]}, None),
        ({"absent": ["10.2.0.0/24"]}, "10.2.0.0/24 is there, by connected eth3"),
        ({"min_routes": 3}, "2 routes, at least 3 expected"),
        ({"present": ["10.1.0.0/24"], "vrf": "red"}, "10.1.0.0/24 is missing"),
    ],
)
def test_routes(evaluate: Evaluate, options: dict[str, Any], message: str | None) -> None:
    _verdict(evaluate({"check": "routes", **options}, {"routes": TABLE}), message)


TEXT = "hostname r1\ninterface e1\n description up\n!\ninterface e2\n description down\n shutdown\n"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"contains": "hostname r1"}, None),
        ({"contains": "shutdown"}, None),
        ({"contains": "hostname r"}, "line missing: hostname r"),
        ({"contains": "interface e2\n shutdown"}, None),
        ({"contains": "interface e1\n shutdown"}, "line missing: interface e1 / shutdown"),
        ({"absent": "interface e1\n shutdown"}, None),
        ({"absent": "interface e2\n shutdown"}, "line not expected: interface e2 / shutdown"),
        ({"absent": "telnet"}, None),
        ({"matches": r"^ description \w+$"}, None),
        ({"matches": "^telnet"}, "no line matches '^telnet'"),
        ({"not_matches": "shutdown"}, "a line matches 'shutdown'"),
    ],
)
def test_config(evaluate: Evaluate, options: dict[str, Any], message: str | None) -> None:
    _verdict(evaluate({"check": "config", **options}, {"config": TEXT}), message)


def counters(errors: int, discards: int = 0) -> dict[str, Any]:
    return {"counters": {"e1": {"rx_errors": errors, "rx_discards": discards, "tx_errors": -1, "rx_octets": 10**9}}}


@pytest.mark.parametrize(
    ("options", "before", "after", "message"),
    [
        ({}, counters(5), counters(5), None),
        ({}, counters(5), counters(7), "e1 rx_errors grew by 2"),
        ({"tolerance": 2}, counters(5), counters(7), None),
        ({}, counters(5), counters(0), None),
        ({}, counters(5), counters(3), "e1 rx_errors grew by 3"),
        ({"counters": ["rx_discards"]}, counters(5), counters(9), None),
        ({}, {"counters": {}}, counters(1), "e1 rx_errors grew by 1"),
        ({"interfaces": ["e2"]}, counters(5), counters(5), "there is no interface e2"),
    ],
)
def test_no_new_drops(
    evaluate: Evaluate, options: dict[str, Any], before: Any, after: Any, message: str | None
) -> None:
    _verdict(evaluate({"check": "no_new_drops", **options}, after, before), message)


def test_unchanged(evaluate: Evaluate) -> None:
    before = {"facts": {"uptime": 1}, "interfaces": {"e1": {"mtu": 1500, "last_flapped": 1}}, "counters": {}}
    after = {"facts": {"uptime": 2}, "interfaces": {"e1": {"mtu": 9000, "last_flapped": 2}}}
    _verdict(evaluate({"check": "unchanged"}, after, before), "interfaces: ~ e1.mtu: 1500 -> 9000")
    _verdict(evaluate({"check": "unchanged", "but_for": ["interfaces.*.mtu"]}, after, before), None)
    _verdict(evaluate({"check": "unchanged", "features": ["facts"]}, after, before), None)
    _verdict(evaluate({"check": "unchanged", "tolerance": 1}, after, before), None)


FACTS = {"facts": {"os_version": "17.3.1", "model": "C9300", "uptime": 90.0}}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"equals": {"os_version": "17.3.1"}}, None),
        ({"equals": {"os_version": "17.6.1"}}, "os_version is '17.3.1', expected '17.6.1'"),
        ({"matches": {"model": "^C9"}}, None),
        ({"matches": {"model": "^N9"}}, "model is 'C9300', which does not match '^N9'"),
        ({"min_uptime": 60}, None),
        ({"min_uptime": 600}, "up for 90 s, at least 600 s expected"),
    ],
)
def test_facts(evaluate: Evaluate, options: dict[str, Any], message: str | None) -> None:
    _verdict(evaluate({"check": "facts", **options}, FACTS), message)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"expression": "facts.model == 'C9300'"}, None),
        ({"expression": "facts.model == 'x'"}, "facts.model == 'x' gives False, expected a true value"),
        ({"expression": "facts.none"}, "facts.none gives None, expected a true value"),
        ({"expression": "facts.none", "expected": None}, None),
        ({"expression": "facts.uptime", "expected": 100, "tolerance": 10}, None),
        (
            {"expression": "facts.uptime", "expected": 100, "tolerance": 5},
            "facts.uptime gives 90.0, expected 100 within 5",
        ),
        ({"expression": "facts.model", "expected": "x"}, "facts.model gives 'C9300', expected 'x'"),
        ({"expression": "host", "expected": "r1"}, None),
        ({"expression": "vars.site", "expected": "fra"}, None),
        ({"expression": "facts.uptime > before.facts.uptime"}, None),
        ({"expression": "`1`", "expected": True}, "`1` gives 1, expected True"),
    ],
)
def test_expression(evaluate: Evaluate, options: dict[str, Any], message: str | None) -> None:
    before = {"facts": {"uptime": 10}}
    _verdict(evaluate({"check": "expression", **options}, FACTS, before, hostvars={"site": "fra"}), message)


def test_expression_that_cannot_be_evaluated_is_an_error(evaluate: Evaluate) -> None:
    result = evaluate({"check": "expression", "title": "len", "expression": "length(facts.uptime)"}, FACTS)
    assert result["status"] == "error"
    assert result["message"].startswith("inline: check 1 (len): expression 'length(facts.uptime)' cannot be evaluated")
