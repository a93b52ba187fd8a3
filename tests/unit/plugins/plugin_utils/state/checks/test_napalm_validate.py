# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""NAPALM's validation files: read as catalogues, judged as NAPALM judges them."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import yaml
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import BadInput, Unsupported
from ansible_collections.holdfast.network.plugins.plugin_utils.state.checks.catalogue import parse_catalogue
from ansible_collections.holdfast.network.plugins.plugin_utils.state.checks.runner import run_checks
from napalm.base.validate import compliance_report

from .conftest import Device, FakeClock

FACTS = {"os_version": "15.2(4)M7", "uptime": 4151, "interface_list": ["Gi0/0", "Gi0/1", "Lo0"], "vendor": "Cisco"}
NEIGHBORS = {"Gi0/1": [{"hostname": "r2", "port": "Ethernet1"}, {"hostname": "r3", "port": "Ethernet2"}]}
ENVIRONMENT = {"cpu": {"0": {"%usage": 3.0}}, "memory": {"used_ram": 40, "available_ram": 100}}
PING = {"success": {"packet_loss": 0, "rtt_avg": 2.5, "probes_sent": 5}}
REPLIES = {"get_facts": FACTS, "get_lldp_neighbors": NEIGHBORS, "get_environment": ENVIRONMENT, "192.0.2.9": PING}

GOOD = r"""
- get_facts:
    os_version: 15\.2
    uptime: ">3600"
    interface_list: {_mode: strict, list: [Gi0/0, Lo0, Gi0/1]}
- get_lldp_neighbors:
    _mode: strict
    Gi0/1: {list: [{hostname: r3, port: Ethernet2}]}
  get_environment:
    _name: not hot
    cpu: {0: {'%usage': '<15'}}
    memory: {used_ram: 30<->50, available_ram: 10%105}
- ping:
    _name: firewall
    _kwargs: {destination: 192.0.2.9, count: 5}
    success: {packet_loss: 0, rtt_avg: "<10.0"}
"""
BAD = r"""
- get_facts:
    os_version: 7\.0
    interface_list: {_mode: strict, list: [Gi0/0, Gi0/9]}
    serial_number: X
- get_lldp_neighbors:
    _mode: strict
    Gi0/2: {list: [{hostname: r9}]}
"""


def judged(text: str, **replies: Any) -> list[tuple[str, str, str]]:
    """(title, status, message) of each check of a validation file."""
    device = Device({}, replies={**REPLIES, **replies})
    checks = parse_catalogue(yaml.safe_load(text), "validate.yml")
    found = run_checks(checks, device, host="r1", clock=FakeClock())
    return [(row["title"], row["status"], row["message"]) for row in found.results]


class Stock:
    """The same device as NAPALM's own report asks it."""

    def __getattr__(self, name: str) -> Any:
        if name not in REPLIES:
            raise AttributeError(name)
        return lambda: copy.deepcopy(REPLIES[name])

    def get_environment(self) -> Any:
        return {**ENVIRONMENT, "cpu": {0: {"%usage": 3.0}}}

    def ping(self, destination: str, count: int) -> Any:
        return REPLIES[destination]


@pytest.mark.parametrize(("text", "good"), [(GOOD, True), (BAD, False)])
def test_it_says_what_napalm_says(text: str, good: bool) -> None:
    report = compliance_report(Stock(), validation_source=yaml.safe_load(text))  # type: ignore[arg-type]
    ours = {title: status == "passed" for title, status, _message in judged(text)}
    assert ours == {name: row["complies"] for name, row in report.items() if isinstance(row, dict)}
    assert report["complies"] is good and all(ours.values()) is good


def test_what_is_wrong_is_named() -> None:
    (_facts, _failed, facts), (_lldp, _also, lldp) = judged(BAD)
    assert r"get_facts.os_version is '15.2(4)M7', expected '7\\.0'" in facts
    assert "get_facts.interface_list has no Gi0/9; get_facts.interface_list also has Gi0/1" in facts
    assert "get_facts has no serial_number" in facts
    assert lldp == "get_lldp_neighbors has no Gi0/2; get_lldp_neighbors also has Gi0/1"


def test_what_napalm_leaves_out_is_skipped() -> None:
    optics = Unsupported("cisco_ios has no getter 'get_optics'")
    found = judged("- get_optics: {Gi0/1: {}}\n- get_config: {running: x}\n", get_optics=optics)
    assert [status for _title, status, _message in found] == ["skipped", "skipped"]
    assert "use the check config" in found[1][2]


def test_both_kinds_of_checks_in_one_file() -> None:
    entries = [{"get_facts": {"vendor": "Cisco"}}, {"check": "bgp", "title": "BGP"}]
    entries += [{"check": "napalm_validate", "getter": "get_facts", "expected": {}, "severity": "low"}]
    assert [(one.title, one.severity) for one in parse_catalogue(entries, "x")] == [
        ("get_facts", "high"),
        ("BGP", "high"),
        ("napalm_validate", "low"),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- get_facts:\n", r"validate.yml: check 1 .get_facts.: option 'expected' is None; it takes a mapping"),
        ("- {check: napalm_validate, getter: facts, expected: {}}", "option 'getter' is 'facts'; it takes a getter"),
        ("- {get_facts: {}, tags: [x]}", "option 'check' is missing"),
    ],
)
def test_a_mistake_names_its_place(text: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        parse_catalogue(yaml.safe_load(text), "validate.yml")


@pytest.mark.parametrize("expected", ["{_mode: loose}", "{vendor: '('}"])
def test_what_napalm_does_not_take_is_an_error(expected: str) -> None:
    ((_title, status, message),) = judged(f"- get_facts: {expected}")
    assert status == "error" and message.startswith("NAPALM does not take what is expected: ")
