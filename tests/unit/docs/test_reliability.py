# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""docs/reliability.md names tests that exist, and every test that injects a fault."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_every_fault_is_documented_and_every_row_is_a_test() -> None:
    named = set(re.findall(r"`(test_\w+\.py::test_\w+)`", (ROOT / "docs/reliability.md").read_text()))
    there = {
        f"{path.name}::{name}"
        for path in (ROOT / "tests/integration").glob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(), re.MULTILINE)
    }
    assert named - there == set(), "no such test"
    assert {name for name in there if name.startswith("test_faults_")} - named == set(), "not documented"
