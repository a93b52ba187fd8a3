# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reports of drift: what fails, what they say, and that text stays text."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import BadInput
from ansible_collections.holdfast.network.plugins.plugin_utils.drift.model import Difference
from ansible_collections.holdfast.network.plugins.plugin_utils.drift.report import (
    build_report,
    to_html,
    to_json,
    to_markdown,
    to_text,
    write_drift,
)

ROWS = [
    Difference("serial", "high", "r1", "SN1", "SN2", "other serial number"),
    Difference("interface", "low", "r1", True, False, "other", interface="Gi0/1", field="enabled"),
    Difference("interface_address", "medium", "r2|<b>", ["192.0.2.1/24"], [], "other", interface="Gi0/2"),
]


def report(rows: list[Difference], **changes: Any) -> dict[str, Any]:
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    return build_report(rows, source="netbox", devices={"truth": 3, "found": 2}, generated=moment, **changes)


@pytest.mark.parametrize(("fail_on", "failed"), [("never", False), ("low", True), ("high", True), ("critical", False)])
def test_what_fails(fail_on: str, failed: bool) -> None:
    assert report(ROWS, fail_on=fail_on)["summary"]["failed"] is failed


def test_the_summary_counts() -> None:
    summary = report(ROWS)["summary"]
    assert summary["kinds"] == {"serial": 1, "interface": 1, "interface_address": 1}
    assert list(summary["severities"].items()) == [("high", 1), ("medium", 1), ("low", 1)]
    assert summary["words"] == "3 devices in NetBox, 2 in the network: 3 differences."


def test_the_json_file_is_the_report() -> None:
    made = report(ROWS)
    assert json.loads(to_json(made)) == made and made["generated"] == "2026-01-02T03:04:05Z"


def test_markdown_shows_both_sides_and_escapes() -> None:
    text = to_markdown(report(ROWS))
    assert "| high | serial |  | SN1 | SN2 |" in text
    assert "| low | interface | Gi0/1 enabled | yes | no |" in text
    assert "## r2\\|\\<b\\>" in text and "| 192.0.2.1/24 | nothing |" in text


def test_html_is_one_page_without_scripts_and_escapes() -> None:
    page = to_html(report(ROWS, title="<i>"))
    assert "<title>&lt;i&gt;</title>" in page and "r2|&lt;b&gt;" in page and "<b>r2" not in page
    assert "<script" not in page and "http" not in page and "src=" not in page
    assert '<p class="verdict bad">' in page and '<p class="verdict good">' in to_html(report([]))


def test_a_task_says_the_first_ones() -> None:
    many = [Difference("extra", "medium", f"r{n}", None, "x", "extra") for n in range(30)]
    lines = to_text(report(many)).splitlines()
    assert len(lines) == 22 and lines[1] == "  medium: r0: extra" and lines[-1] == "  and 10 more"


def test_files(tmp_path: Path) -> None:
    paths = write_drift(report(ROWS), tmp_path / "new", ["json", "markdown", "html"])
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["drift.html", "drift.json", "drift.md"]
    assert set(paths) == {"json", "markdown", "html"}
    with pytest.raises(BadInput, match="formats: 'pdf' is no format"):
        write_drift(report(ROWS), tmp_path, ["pdf"])
