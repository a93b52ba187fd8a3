# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the answers of many hosts come to."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils import fleet
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import BrokerLost, OutcomeUnknown

OK: dict[str, Any] = {"changed": False}
FAILED: dict[str, Any] = {"failed": True, "msg": "no"}
GONE: dict[str, Any] = {"unreachable": True, "msg": "gone"}
SKIPPED: dict[str, Any] = {"skipped": True, "msg": "check mode"}


@pytest.mark.parametrize(
    ("rows", "fail_on", "fails"),
    [
        ([OK, OK], "any", False),
        ([OK, FAILED], "any", True),
        ([OK, GONE], "any", True),
        ([OK, FAILED], "all", False),
        ([GONE, FAILED], "all", True),
        ([SKIPPED, FAILED], "all", True),
        ([GONE, FAILED], "never", False),
        ([], "any", False),
    ],
)
def test_when_the_task_fails(rows: list[dict[str, Any]], fail_on: str, fails: bool) -> None:
    named = {f"h{number}": row for number, row in enumerate(rows)}
    found = fleet.totalled(named, fail_on)
    assert bool(found.get("failed")) == fails and found["results"] == named
    counts = found["summary"]
    assert counts["hosts"] == len(rows) == sum(counts[key] for key in ("ok", "failed", "unreachable", "skipped"))


def test_words_and_names() -> None:
    rows = {"a": OK, "b": FAILED, "c": GONE, "d": FAILED, "e": FAILED, "f": {"changed": True}}
    found = fleet.totalled(rows, "any")
    assert found["failed_hosts"] == ["b", "d", "e"] and found["unreachable_hosts"] == ["c"] and found["changed"]
    assert found["msg"].startswith("4 of 6 hosts failed: c: gone; b: no; d: no (and 1 more")
    assert "msg" not in fleet.totalled({"a": OK}, "any")
    nothing = fleet.totalled({"a": SKIPPED, "b": SKIPPED}, "any")
    assert nothing["skipped"] and nothing["msg"] == "check mode"


def test_a_broker_that_dies(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []

    def lost_once(request: dict[str, Any], limit: float) -> dict[str, Any]:
        asked.append({**request, "limit": limit})
        if len(asked) % 2:
            raise BrokerLost("gone")
        return {"a": {}}

    monkeypatch.setattr(fleet, "_asked", lost_once)
    options: dict[str, Any] = {"parallel": 2, "wait": 10.0}
    wanted: dict[str, dict[str, Any]] = {"a": {}, "b": {}, "c": {}}
    assert fleet.run_fleet("run", wanted, reads=True, **options) == {"a": {}} and len(asked) == 2
    assert asked[0]["limit"] == 20.0
    with pytest.raises(OutcomeUnknown, match="3 devices"):
        fleet.run_fleet("run", wanted, reads=False, **options)
    assert len(asked) == 3 and fleet.run_fleet("run", {}, reads=True, **options) == {}
