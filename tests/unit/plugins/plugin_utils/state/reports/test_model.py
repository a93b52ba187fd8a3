# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Merging what hosts hand in, whole or not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import BadInput
from ansible_collections.holdfast.network.plugins.plugin_utils.state.reports.model import merge

from .conftest import confirmed, undone


def test_summary(records: list[dict[str, Any]]) -> None:
    report = merge(records, "Change", datetime(2026, 11, 21, 5, tzinfo=UTC))
    assert report["generated"] == "2026-11-21T05:00:00Z"
    assert report["summary"] == {
        "hosts": 2,
        "outcomes": {"confirmed": 1, "undone": 1},
        "checks": {"passed": 1, "failed": 1, "error": 1, "skipped": 1},
        "colour": "warn",
        "failed": True,
        "words": "2 devices: 1 confirmed, 1 undone.",
    }
    assert report["hosts"][1]["words"] == "undone, verified: as before the change; 2 checks failed"


@pytest.mark.parametrize(
    ("record", "outcome"),
    [
        ({}, "unknown"),
        ({"change": None, "phases": None, "validation": None}, "unknown"),
        ({"change": {"state": "committed"}}, "confirmed"),
        ({"change": {"state": "pending"}}, "pending"),
        ({"change": {"state": "unchanged"}}, "unchanged"),
        ({"change": {"state": "predicted"}}, "predicted"),
        ({"change": {"state": "rejected"}}, "rejected"),
        ({"change": {"state": "reverted"}, "phases": [{"result": "failed"}]}, "undone"),
        ({"change": {"state": "something new"}}, "unknown"),
        ({"phases": [{"name": "apply", "result": "failed"}]}, "failed"),
        ({"validation": {"passed": True, "results": []}}, "passed"),
        ({"validation": {"passed": False, "results": []}}, "failed"),
        ({"change": {"state": "confirmed"}, "validation": {"passed": False}}, "failed"),
        ({"change": {"state": "confirmed"}, "rollback": {"done": True}}, "undone"),
        ({"rollback": {"done": True, "verified": False}}, "undo_failed"),
    ],
)
def test_outcome(record: dict[str, Any], outcome: str) -> None:
    assert merge([{"host": "r1", **record}], "t")["hosts"][0]["outcome"] == outcome


def test_no_record() -> None:
    summary = merge([], "t")["summary"]
    assert (summary["hosts"], summary["failed"], summary["words"]) == (0, False, "No device reported.")


@pytest.mark.parametrize("record", [None, "r1", {}, {"host": ""}])
def test_record_without_a_host(record: Any) -> None:
    with pytest.raises(BadInput, match="records: record 2 is no mapping with a 'host'"):
        merge([confirmed(), record], "t")


def test_records_of_one_host_and_change_are_joined() -> None:
    first = {"host": "r2", "change": {"id": "c2", "state": "pending"}, "phases": [{"name": "a"}]}
    report = merge([first, {"host": "r2", "change": {"state": "confirmed"}, "phases": [{"name": "b"}]}], "t")
    (host,) = report["hosts"]
    assert (host["change"], host["outcome"]) == ({"id": "c2", "state": "confirmed"}, "confirmed")
    assert [phase["name"] for phase in host["phases"]] == ["a", "b"]
    assert len(merge([undone(), {**undone(), "change": {"id": "c3"}}], "t")["hosts"]) == 2


def test_moments_in_seconds_become_text() -> None:
    change = {"id": "c", "started": 0, "deadline": "2026-01-01T00:00:00Z"}
    (host,) = merge([{"host": "r1", "change": change, "phases": [{"name": "a", "seconds": None}]}], "t")["hosts"]
    assert host["change"].get("deadline") == "2026-01-01T00:00:00Z"
    assert host["phases"][0]["seconds"] == 0.0


def test_secrets_of_configuration_lines_are_hidden() -> None:
    report = merge([undone()], "t")
    assert "hunter2" not in str(report)
    assert report["hosts"][0]["change"]["commands"][1] == "neighbor 10.0.0.2 password <hidden>"
