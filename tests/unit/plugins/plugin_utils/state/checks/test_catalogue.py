# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Catalogues: every mistake is named with its place, option, value and fix."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import (
    BadInput,
    ExpressionError,
    UnknownCheck,
)
from ansible_collections.holdfast.network.plugins.plugin_utils.state.checks.catalogue import (
    before_features,
    parse_catalogue,
    read_catalogue,
    select_checks,
)
from ansible_collections.holdfast.network.plugins.plugin_utils.state.checks.contract import definitions

GOOD = """---
checks:
  - title: BGP is up
    check: bgp
    severity: critical
    tags: [routing, core]
    neighbors:
      10.0.0.1: {as: 65001, min_prefixes: 3}
      10.0.0.2: 65002
  - check: interfaces
    up: Ethernet1
  - name: memory
    check: expression
    expression: facts.uptime > `60`
"""


def test_good_file(tmp_path: Path) -> None:
    path = tmp_path / "checks.yml"
    path.write_text(GOOD)
    bgp, interfaces, memory = parse_catalogue(read_catalogue(path), str(path))
    assert (bgp.title, bgp.severity, bgp.tags) == ("BGP is up", "critical", ("routing", "core"))
    assert bgp.features() == ("bgp",)
    assert (interfaces.title, interfaces.severity, interfaces.options.up) == ("interfaces", "high", ["Ethernet1"])
    assert (memory.title, memory.features()) == ("memory", ("facts",))
    assert memory.where == f"{path}: check 3 (memory)"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("checks: [", "is not valid YAML at line 1, column 10"),
        ("- {{ x }}: 1\n  - y", "is not valid YAML"),
        ("", "has no checks; list them under 'checks:'"),
        ("checks: []", "has no checks"),
        ("checks: bgp", "checks is str; write a list"),
        ("check: bgp", "a mapping with 'checks' alone; it has 'check'"),
    ],
)
def test_malformed_file_is_named(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "checks.yml"
    path.write_text(text)
    with pytest.raises(BadInput) as caught:
        read_catalogue(path)
    assert str(path) in caught.value.message
    assert words in caught.value.message


def test_missing_and_binary_files(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot read .*none.yml: No such file or directory; give the path"):
        read_catalogue(tmp_path / "none.yml")
    (tmp_path / "binary").write_bytes(b"\xff")
    with pytest.raises(BadInput, match="not UTF-8 text"):
        read_catalogue(tmp_path / "binary")


@pytest.mark.parametrize(
    ("entry", "error", "words"),
    [
        ("bgp", BadInput, "is 'bgp'; write a mapping such as"),
        ({}, BadInput, "option 'check' is missing"),
        ({"chek": "bgp"}, BadInput, "did you mean 'chek'?"),
        ({"check": "bpg"}, UnknownCheck, "check 'bpg' does not exist; did you mean 'bgp'?"),
        ({"check": "bgp", "neighbours": []}, BadInput, "unknown option 'neighbours'; did you mean 'neighbors'"),
        ({"check": "bgp", "severity": "urgent"}, BadInput, "option 'severity' is 'urgent'; it takes low, medium"),
        ({"check": "bgp", "tags": {"a": 1}}, BadInput, "option 'tags' is {'a': 1}; it takes a list of strings"),
        ({"check": "bgp", "title": "a", "name": "b"}, BadInput, "both 'title' and 'name'"),
        ({"check": "bgp", "title": ["a"]}, BadInput, "option 'title' is ['a']; it takes a string"),
        (
            {"check": "bgp", "min_prefixes": "many"},
            BadInput,
            "option 'min_prefixes' is 'many'; it takes a whole number",
        ),
        ({"check": "bgp", "min_prefixes": -1}, BadInput, "of at least 0"),
        ({"check": "bgp", "allow_extra": "perhaps"}, BadInput, "it takes true or false"),
        ({"check": "bgp", "neighbors": {"10.0.0.1": {"asn": 1}}}, BadInput, "10.0.0.1 has 'asn'; it takes as,"),
        ({"check": "bgp", "when_unsupported": "ignore"}, BadInput, "it takes error, skip"),
        ({"check": "lldp"}, BadInput, "option 'neighbors' is missing; give it a mapping"),
        ({"check": "lldp", "neighbors": {"e1": 3}}, BadInput, "e1 is 3; give a host name"),
        ({"check": "reachability", "destinations": []}, BadInput, "option 'destinations' is empty"),
        ({"check": "reachability", "destinations": [{"to": 1}]}, BadInput, "give an address, or a mapping of"),
        ({"check": "routes"}, BadInput, "nothing to look for; give 'present'"),
        ({"check": "routes", "present": [{"net": 1}]}, BadInput, "give a prefix, or a mapping of prefix"),
        ({"check": "config"}, BadInput, "nothing to look for; give 'contains'"),
        ({"check": "config", "matches": ["a("]}, BadInput, "'a(' does not compile"),
        ({"check": "facts"}, BadInput, "nothing to look for"),
        ({"check": "facts", "equals": {"version": 1}}, BadInput, "'version' is no fact; did you mean 'os_version'"),
        ({"check": "facts", "matches": {"model": "("}}, BadInput, "no regular expression"),
        ({"check": "unchanged", "but_for": ["interface.*"]}, BadInput, "option 'but_for': 'interface.*' begins with"),
        ({"check": "unchanged", "features": ["isis"]}, BadInput, "option 'features': 'isis' is no feature"),
        ({"check": "expression"}, BadInput, "option 'expression' is missing; give it a string"),
        ({"check": "expression", "expression": "a..b"}, ExpressionError, "does not parse at position 3"),
        ({"check": "expression", "expression": "a", "compiled": 1}, BadInput, "unknown option 'compiled'"),
        ({"check": "expression", "expression": "a", "tolerance": 1}, BadInput, "needs 'expected' to be a number"),
    ],
)
def test_every_mistake_is_named(entry: Any, error: type[BadInput], words: str) -> None:
    with pytest.raises(error) as caught:
        parse_catalogue([{"check": "bgp"}, entry], "site.yml")
    assert caught.value.__class__ is error
    assert caught.value.message.startswith("site.yml: check 2")
    assert words in caught.value.message


def test_title_is_in_the_message() -> None:
    with pytest.raises(BadInput, match=r"^site.yml: check 1 \(core BGP\): unknown option 'x'"):
        parse_catalogue([{"check": "bgp", "title": "core BGP", "x": 1}], "site.yml")


def test_values_of_templates_may_be_strings() -> None:
    (check,) = parse_catalogue([{"check": "bgp", "min_prefixes": "3", "allow_extra": "no"}], "inline")
    assert (check.options.min_prefixes, check.options.allow_extra) == (3, False)


def test_tags() -> None:
    checks = parse_catalogue(
        [{"check": "bgp", "tags": "core, slow"}, {"check": "ospf", "tags": ["core"]}, {"check": "interfaces"}], "inline"
    )
    assert [c.title for c in select_checks(checks)] == ["bgp", "ospf", "interfaces"]
    assert [c.title for c in select_checks(checks, tags=["core"], skip_tags=["slow"])] == ["ospf"]
    assert [c.title for c in select_checks(checks, skip_tags=["other"])] == ["bgp", "ospf", "interfaces"]
    with pytest.raises(BadInput, match="tags: no check has the tag 'croe'; did you mean 'core'"):
        select_checks(checks, tags=["croe"])
    with pytest.raises(BadInput, match="skip_tags: core leave none of the 3 checks"):
        select_checks(checks, tags=["slow"], skip_tags=["core"])
    assert select_checks([]) == []


def test_what_a_snapshot_before_must_have() -> None:
    checks = parse_catalogue(
        [
            {"check": "no_new_drops"},
            {"check": "unchanged", "features": ["routes"]},
            {"check": "expression", "expression": "length(bgp) >= length(before.bgp)"},
            {"check": "expression", "expression": "length(arp) > `0`"},
        ],
        "inline",
    )
    assert before_features(checks) == ("counters", "routes", "bgp")


def test_every_check_and_option_is_in_the_reference() -> None:
    root = Path(__file__).resolve().parents[6]
    reference = (root / "docs" / "validation.md").read_text(encoding="utf-8")
    for name, definition in definitions().items():
        section = reference.split(f"### `{name}`", 1)[1].split("\n### ", 1)[0]
        options = [f.name for f in definition.options.__dataclass_fields__.values() if "kind" in f.metadata]
        assert [option for option in options if f"| `{option}`" not in section] == [], name
