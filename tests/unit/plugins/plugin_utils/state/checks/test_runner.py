# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The runner: converging, reading once, thresholds, and devices that do not answer."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import (
    AuthenticationFailed,
    BadInput,
    SessionLost,
    Unsupported,
)
from ansible_collections.holdfast.network.plugins.plugin_utils.state.checks.catalogue import parse_catalogue
from ansible_collections.holdfast.network.plugins.plugin_utils.state.checks.contract import Check
from ansible_collections.holdfast.network.plugins.plugin_utils.state.checks.runner import run_checks

from .conftest import Device, FakeClock

UP: dict[str, Any] = {"facts": {"os_version": "1", "uptime": 9.0}, "lldp": {"e1": [{"hostname": "r2", "port": "e1"}]}}
DOWN: dict[str, Any] = {**UP, "lldp": {}}

FACTS = {"check": "facts", "equals": {"os_version": "1"}}
LLDP = {"check": "lldp", "neighbors": {"e1": "r2"}}


def checks(*entries: dict[str, Any]) -> list[Check]:
    return parse_catalogue(list(entries), "inline")


def test_all_features_are_read_in_one_call_and_once_when_all_passes() -> None:
    device = Device(UP)
    result = run_checks(checks(FACTS, LLDP, FACTS), device, host="r1", converge=60, clock=FakeClock())
    assert result.passed
    assert device.asked == [("facts", "lldp")]
    assert result.summary == {"passed": 3, "failed": 0, "skipped": 0, "error": 0}
    assert result.attempts == 1


def test_only_failing_checks_are_evaluated_again_until_they_pass() -> None:
    device, clock = Device(DOWN, DOWN, UP), FakeClock()
    result = run_checks(checks(FACTS, LLDP), device, host="r1", converge=10, interval=2, clock=clock)
    assert result.passed
    assert device.asked == [("facts", "lldp"), ("lldp",), ("lldp",)]
    assert [(r["attempts"], r["seconds"]) for r in result.results] == [(1, 0.0), (3, 4.0)]
    assert (result.attempts, result.seconds, clock.sleeps) == (3, 4.0, [2, 2])


def test_gives_up_after_converge_with_a_last_attempt_at_its_end() -> None:
    device, clock = Device(DOWN), FakeClock()
    result = run_checks(checks(LLDP), device, host="r1", converge=5, interval=2, clock=clock)
    assert not result.passed
    assert clock.sleeps == [2, 2, 1]
    assert result.attempts == 4
    assert result.results[0]["message"] == "e1 sees nobody, expected r2"


def test_result_has_exactly_the_documented_keys() -> None:
    (result,) = run_checks(checks(LLDP), Device(DOWN), host="r1", clock=FakeClock()).as_dict()["results"]
    assert result == {
        "check": "lldp",
        "title": "lldp",
        "severity": "high",
        "tags": [],
        "status": "failed",
        "message": "e1 sees nobody, expected r2",
        "expected": {"e1": "r2"},
        "actual": {},
        "host": "r1",
        "seconds": 0.0,
        "attempts": 1,
    }


@pytest.mark.parametrize(
    ("threshold", "passed"), [("low", False), ("medium", False), ("high", True), ("critical", True)]
)
def test_severity_threshold(threshold: str, passed: bool) -> None:
    result = run_checks(
        checks({**LLDP, "severity": "medium"}), Device(DOWN), host="r1", severity=threshold, clock=FakeClock()
    )
    assert result.passed is passed
    assert result.summary["failed"] == 1


@pytest.mark.parametrize("detail", [{"features": {"lldp": "no lldpd"}}, {"features": ["lldp"]}])
def test_platform_without_a_feature(detail: dict[str, Any]) -> None:
    device, clock = Device(Unsupported("no lldpd", **detail), UP), FakeClock()
    result = run_checks(checks(FACTS, LLDP), device, host="r1", converge=5, clock=clock)
    facts, lldp = result.results
    assert (facts["status"], lldp["status"]) == ("passed", "error")
    assert lldp["message"] == "the platform does not give lldp: no lldpd"
    assert device.asked == [("facts", "lldp"), ("facts",)]
    assert clock.sleeps == []
    assert not result.passed


def test_unsupported_that_names_nothing_is_found_by_asking_for_each() -> None:
    class Picky(Device):
        def features(self, names: Any, /) -> Any:
            if "lldp" in names:
                self.asked.append(tuple(names))
                raise Unsupported("cannot")
            return super().features(names)

    device = Picky(UP)
    entry = {**LLDP, "when_unsupported": "skip"}
    result = run_checks(checks(FACTS, entry), device, host="r1", clock=FakeClock())
    assert [r["status"] for r in result.results] == ["passed", "skipped"]
    assert result.passed
    assert device.asked == [("facts", "lldp"), ("facts",), ("lldp",)]


def test_lost_session_is_tried_again() -> None:
    device = Device(SessionLost("connection reset"), UP)
    result = run_checks(checks(FACTS), device, host="r1", converge=5, clock=FakeClock())
    assert result.passed
    assert result.results[0]["attempts"] == 2


def test_refused_login_is_not_tried_again() -> None:
    device, clock = Device(AuthenticationFailed("refused")), FakeClock()
    result = run_checks(checks(FACTS, LLDP), device, host="r1", converge=50, clock=clock)
    assert [r["status"] for r in result.results] == ["error", "error"]
    assert result.results[0]["message"] == "the device could not be read: refused"
    assert (len(device.asked), clock.sleeps) == (1, [])


def test_data_of_an_unexpected_shape_is_an_error_of_that_check_alone() -> None:
    result = run_checks(checks(LLDP, FACTS), Device({**UP, "lldp": 3}), host="r1", clock=FakeClock())
    assert [r["status"] for r in result.results] == ["error", "passed"]
    assert "could not make sense of the data" in result.results[0]["message"]


def test_without_a_snapshot_checks_that_need_one_are_skipped_and_nothing_is_read() -> None:
    device = Device(UP)
    result = run_checks(checks({"check": "no_new_drops"}, {"check": "unchanged"}), device, host="r1", clock=FakeClock())
    assert [r["status"] for r in result.results] == ["skipped", "skipped"]
    assert (result.passed, device.asked) == (True, [])


def test_snapshot_without_the_feature_is_an_error() -> None:
    snapshot = {"metadata": {"label": "pre"}, "features": {"facts": {}}}
    result = run_checks(checks({"check": "no_new_drops"}), Device(UP), snapshot, host="r1", clock=FakeClock())
    assert result.results[0]["message"] == "snapshot 'pre' has no counters; take it with these features"
    assert not result.passed


def test_no_checks_pass() -> None:
    device = Device(UP)
    assert run_checks([], device, host="r1", clock=FakeClock()).passed
    assert device.asked == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"severity": "urgent"}, "severity: 'urgent' is none of low, medium, high, critical"),
        ({"converge": -1}, "converge: -1 is negative"),
        ({"interval": 0}, "interval: 0 is not positive"),
    ],
)
def test_wrong_options(options: dict[str, Any], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        run_checks(checks(FACTS), Device(UP), host="r1", **options)


def test_real_time() -> None:
    result = run_checks(checks(LLDP), Device(DOWN, DOWN, UP), host="r1", converge=5, interval=0.01)
    assert result.passed
    assert 0.02 <= result.seconds < 1
