# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""docs/guides/security.md claims nothing without a test, and the tests that it names exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
GUIDE = (ROOT / "docs/guides/security.md").read_text()


def test_every_test_that_is_named_exists() -> None:
    there = {
        f"{path.name}::{name}"
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^(?:async )?def (test_\w+)", path.read_text(), re.MULTILINE)
    }
    named = set(re.findall(r"`(test_\w+\.py::test_\w+)`", GUIDE))
    assert len(named) > 30 and named - there == set(), "no such test"


def test_every_row_about_what_nobody_can_do_has_one() -> None:
    for title in ("## Who can reach what", "## The supply chain"):
        table = GUIDE.partition(title)[2].partition("\n## ")[0]
        rows = [line for line in table.splitlines() if line.startswith("| ")]
        bare = [row for row in rows[1:] if "::test_" not in row]
        assert all("none here:" in row for row in bare), bare
