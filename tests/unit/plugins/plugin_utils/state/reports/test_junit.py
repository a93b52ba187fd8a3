# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""JUnit XML as CI servers read it."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

from ansible_collections.holdfast.network.plugins.plugin_utils.state.reports.junit import to_junit
from ansible_collections.holdfast.network.plugins.plugin_utils.state.reports.model import merge

from .conftest import EVIL, result, undone


def _parsed(records: list[Any], title: str = "t") -> ET.Element:
    return ET.fromstring(to_junit(merge(records, title)).encode())


def test_a_suite_a_host_with_true_counts(records: list[dict[str, Any]]) -> None:
    root = _parsed(records)
    assert root.tag == "testsuites"
    assert [suite.get("name") for suite in root] == ["r1", "r2"]
    good, bad = root
    assert (good.get("tests"), good.get("failures"), good.get("errors"), good.get("skipped")) == ("2", "0", "0", "0")
    # a check failed, and so did the change
    assert (bad.get("tests"), bad.get("failures"), bad.get("errors"), bad.get("skipped")) == ("4", "2", "1", "1")
    assert bad.get("timestamp") == "2026-11-21T04:00:00"
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("6", "2", "1")
    assert {case.get("classname") for case in bad} == {"r2.bgp", "r2.change"}


def test_failure_tells_expected_and_actual() -> None:
    failure = _parsed([undone()]).find("testsuite/testcase/failure")
    assert failure is not None
    assert failure.get("message") == "neighbor 10.0.0.2 is down"
    assert failure.get("type") == "high"
    assert failure.text == 'expected: {"10.0.0.2": {"up": true}}\nactual: {"10.0.0.2": {"up": false}}'


def test_a_change_that_failed_before_any_check_is_red() -> None:
    record = {"host": "r1", "change": {"state": "rejected"}, "phases": [{"name": "apply", "result": "failed"}]}
    assert _parsed([record]).get("failures") == "1"


def test_any_text_is_carried(records: list[dict[str, Any]]) -> None:
    records[0]["validation"]["results"] = [result("failed", title=EVIL, message=EVIL, actual=EVIL)]
    case = _parsed(records, title=EVIL).find("testsuite/testcase")
    assert case is not None
    assert case.get("name", "").startswith("<script>alert('x')</script> & \"quoted\"")


def test_empty() -> None:
    assert _parsed([]).attrib == {"name": "t", "tests": "0", "failures": "0", "errors": "0", "time": "0.000"}
