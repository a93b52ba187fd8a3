# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Records as the change role hands them in."""

from __future__ import annotations

from typing import Any

import pytest

EVIL = "<script>alert('x')</script> & \"quoted\" | `tick` \x1b[31m\x00"


def result(status: str = "passed", **changes: Any) -> dict[str, Any]:
    return {
        "check": "bgp",
        "title": "BGP is up",
        "severity": "high",
        "tags": ["routing"],
        "status": status,
        "message": "neighbor 10.0.0.2 is down" if status != "passed" else "2 neighbors established",
        "expected": {"10.0.0.2": {"up": True}},
        "actual": {"10.0.0.2": {"up": False}},
        "host": "r1",
        "seconds": 1.5,
        "attempts": 2,
    } | changes


def undone(host: str = "r2") -> dict[str, Any]:
    return {
        "host": host,
        "platform": "frr",
        "address": "10.255.0.2",
        "change": {
            "id": "c2",
            "state": "reverted",
            "diff": "--- before\n+++ after\n-neighbor 10.0.0.2 remote-as 1\n+neighbor 10.0.0.2 remote-as 2",
            "commands": ["router bgp 1", "neighbor 10.0.0.2 password hunter2"],
            "comment": "CHG-1",
            "started": "2026-11-21T04:00:00Z",
            "finished": "2026-11-21T04:00:09Z",
        },
        "phases": [
            {"name": "apply", "started": "2026-11-21T04:00:00Z", "seconds": 1.0, "result": "ok", "words": "sent"},
            {"name": "validate", "started": "2026-11-21T04:00:01Z", "seconds": 8.0, "result": "failed", "words": "bad"},
        ],
        "validation": {"passed": False, "results": [result("failed"), result("skipped"), result("error")]},
        "rollback": {"done": True, "verified": True, "differences": []},
    }


def confirmed(host: str = "r1") -> dict[str, Any]:
    return {
        "host": host,
        "platform": "frr",
        "change": {"id": "c1", "state": "confirmed", "diff": "+a", "started": "2026-11-21T04:00:00Z"},
        "phases": [{"name": "apply", "started": "2026-11-21T04:00:00Z", "seconds": 1.0, "result": "ok"}],
        "validation": {"passed": True, "results": [result()]},
    }


@pytest.fixture
def records() -> list[dict[str, Any]]:
    return [confirmed(), undone()]
