# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every command that README.md and the guides show does what they say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.guides import document
from tests.guides.place import Reader

ROOT = Path(__file__).resolve().parents[2]
SHOWN = sorted([*(ROOT / "docs/guides").glob("*.md"), ROOT / "README.md"])


@pytest.mark.parametrize("path", SHOWN, ids=lambda path: path.stem)
def test_shown_commands(path: Path, tmp_path: Path) -> None:
    try:
        with Reader(document.read(path), tmp_path) as reader:
            reader.follow()
    except document.GuideError as error:
        pytest.fail(str(error), pytrace=False)
