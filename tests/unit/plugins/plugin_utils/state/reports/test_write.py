# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The files: self-contained, escaped, whole, and the same for the same records."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import BadInput, StateDirError
from ansible_collections.holdfast.network.plugins.plugin_utils.state.reports.write import FORMATS, write_reports

from .conftest import EVIL, result, undone

MOMENT = datetime(2026, 11, 21, 5, tzinfo=UTC)
VOID = {"meta", "link", "br", "img", "input", "hr"}


class Page(HTMLParser):
    """Tags in use, text, and whether every tag is closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def evil() -> dict[str, Any]:
    return {
        "host": EVIL,
        "platform": EVIL,
        "address": EVIL,
        "change": {"id": EVIL, "state": "reverted", "diff": EVIL, "commands": [EVIL], "comment": EVIL, "started": EVIL},
        "phases": [{"name": EVIL, "started": EVIL, "seconds": 1, "result": EVIL, "words": EVIL}],
        "validation": {
            "passed": False,
            "results": [result("failed", title=EVIL, message=EVIL, expected=EVIL, actual=[EVIL], severity=EVIL)],
        },
        "rollback": {
            "done": True,
            "verified": False,
            "differences": [{"path": EVIL, "kind": "changed", "before": EVIL, "after": {EVIL: EVIL}}],
        },
        "topology": {"lldp": {EVIL: [{"hostname": EVIL + "2", "port": EVIL}]}},
    }


def write(directory: Path, records: list[Any], **options: Any) -> dict[str, Path]:
    paths = write_reports(records, title="Change & check", directory=directory, generated=MOMENT, **options)
    return {wanted: Path(path) for wanted, path in paths.items()}


def test_all_formats(tmp_path: Path, records: list[dict[str, Any]]) -> None:
    paths = write(tmp_path / "new", records)
    assert {wanted: path.name for wanted, path in paths.items()} == {
        "html": "report.html",
        "markdown": "report.md",
        "json": "report.json",
        "junit": "report.xml",
    }
    data = json.loads(paths["json"].read_text())
    assert data["summary"]["words"] == "2 devices: 1 confirmed, 1 undone."
    ET.parse(paths["junit"])
    page = Page(paths["html"].read_text())
    for words in ("Change & check", "2 devices: 1 confirmed, 1 undone.", "BGP is up", "neighbor 10.0.0.2 is down"):
        assert words in page.text
    markdown = paths["markdown"].read_text()
    assert "| ❌ failed | BGP is up | high | neighbor 10.0.0.2 is down | 1.50 |" in markdown
    assert "```diff\n--- before\n+++ after\n" in markdown


def test_same_records_same_files(tmp_path: Path, records: list[dict[str, Any]]) -> None:
    first = {name: path.read_bytes() for name, path in write(tmp_path / "a", records).items()}
    assert first == {name: path.read_bytes() for name, path in write(tmp_path / "b", records).items()}


def test_html_escapes_everything(tmp_path: Path) -> None:
    text = write(tmp_path, [evil()])["html"].read_text()
    page = Page(text)
    assert "script" not in page.tags
    assert "<script" not in text
    assert page.text.count("<script>alert('x')</script>") > 15
    assert not any(name.startswith("on") for name, _unused in page.attributes)


def test_html_is_self_contained(tmp_path: Path, records: list[dict[str, Any]]) -> None:
    page = Page(write(tmp_path, [*records, evil()])["html"].read_text())
    assert not {"link", "img", "script", "iframe"} & page.tags
    assert all(str(value).startswith("#") for name, value in page.attributes if name in ("href", "src"))
    assert not re.search(r"url\(|@import|https?:", page.text)


def test_markdown_escapes_cells_and_fences(tmp_path: Path) -> None:
    record = {**undone(), "host": "r|1 <b>", "change": {"id": "c", "diff": "a\n```\n<script>"}}
    text = write(tmp_path, [record])["markdown"].read_text()
    assert r"| r\|1 \<b\> |" in text
    assert "````diff\na\n```\n<script>\n````" in text


@pytest.mark.parametrize(
    "record", [{"host": "r1"}, {"host": "r1", "change": {}, "phases": [{}], "validation": {"results": [{}]}}]
)
def test_sparse_records_are_fine(tmp_path: Path, record: dict[str, Any]) -> None:
    assert len(write(tmp_path, [record])) == len(FORMATS)


def test_the_report_says_what_it_is_about(tmp_path: Path, records: list[dict[str, Any]]) -> None:
    assert "Change report" in write(tmp_path, records)["html"].read_text()
    only = {"host": "r1", "validation": {"passed": True, "results": [result()]}}
    assert "Validation report" in write(tmp_path, [only])["html"].read_text()


def test_wrong_format_and_name(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="formats: 'htm' is no format; did you mean 'html'"):
        write(tmp_path, [], formats=["htm"])
    with pytest.raises(BadInput, match="name: '../x' cannot be a file name"):
        write(tmp_path, [], name="../x")
    assert list(tmp_path.iterdir()) == []


def test_directory_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StateDirError):
        write(tmp_path / "file", [])
