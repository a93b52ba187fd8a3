# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Changes as tasks see them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import BadInput, StateDirError
from ansible_collections.holdfast.network.plugins.plugin_utils.changes import described, sectioned, timed, write_backup


def test_times_are_readable_and_bulk_is_left_out() -> None:
    change = {"id": "x", "started": 0.0, "deadline": None, "finished": 1.5, "commands": [], "diff": "", "phases": []}
    assert described(change) == {
        "id": "x", "started": "1970-01-01T00:00:00.000Z", "deadline": None, "finished": "1970-01-01T00:00:01.500Z",
    }  # fmt: skip
    assert timed([{"name": "read", "started": 0.0}]) == [{"name": "read", "started": "1970-01-01T00:00:00.000Z"}]


def test_lines_inside_their_parents() -> None:
    assert sectioned([], ["a", "b"]) == "a\nb\n"
    assert sectioned(["router bgp 1", " address-family ipv4 "], ["network x"]) == (
        "router bgp 1\n address-family ipv4\n  network x\n"
    )


def test_a_backup_never_overwrites_another(tmp_path: Path) -> None:
    paths = {write_backup(str(tmp_path / "b"), "r1", str(number)) for number in range(5)}
    assert len(paths) == 5 and all(re.fullmatch(r".*/b/r1/\d{8}T\d{12}Z\.cfg", path) for path in paths)


@pytest.mark.parametrize("host", ["../x", "a/b", ".", ".hidden"])
def test_a_host_name_is_no_path(tmp_path: Path, host: str) -> None:
    with pytest.raises(BadInput, match="cannot be a file name"):
        write_backup(str(tmp_path), host, "x")


def test_a_directory_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StateDirError, match="backup_dir: cannot write"):
        write_backup(str(tmp_path / "file"), "r1", "x")
