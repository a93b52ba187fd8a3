# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The last good answer: ours, whole, with its age."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import StateDirError
from ansible_collections.holdfast.network.plugins.plugin_utils.sources.last_good import LastGood, age

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_what_was_saved_is_there_for_its_owner_only(tmp_path: Path) -> None:
    kept = LastGood(tmp_path / "a/b", "name")
    assert kept.load() is None
    kept.save({"hosts": {"r1": {}}})
    kept.save({"hosts": {"r2": {}}})
    found = kept.load()
    assert found and found.answer == {"hosts": {"r2": {}}}
    assert timedelta() <= datetime.now(UTC) - found.saved < timedelta(minutes=1)
    assert kept.path.stat().st_mode & 0o777 == 0o600 and kept.path.parent.stat().st_mode & 0o077 == 0
    assert [one.name for one in kept.path.parent.iterdir()] == ["name.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"saved": "yesterday", "answer": {}}', '{"answer": {}}'])
def test_another_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "name.json").write_text(text)
    with pytest.raises(ValueError):
        LastGood(tmp_path, "name").load()


def test_a_file_that_others_may_write_is_refused(tmp_path: Path) -> None:
    kept = LastGood(tmp_path, "name")
    kept.save({})
    kept.path.chmod(0o666)
    with pytest.raises(ValueError, match="others may write it"):
        kept.load()


def test_a_directory_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StateDirError):
        LastGood(tmp_path / "file/dir", "name").save({})


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-5, "0 s"), (45, "45 s"), (120, "2 min"), (7199, "119 min"), (3 * 3600 + 1700, "3 h"), (5 * 86400, "5 days")],
)
def test_an_age_in_words(seconds: int, words: str) -> None:
    assert age(NOW - timedelta(seconds=seconds), NOW) == f"{words} old"
