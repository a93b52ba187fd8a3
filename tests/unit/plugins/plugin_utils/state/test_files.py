# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Atomic writing on disks that do not want to, and names that would leave their directory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import BadInput, StateDirError
from ansible_collections.holdfast.network.plugins.plugin_utils.state.files import safe_name, write_atomic


@pytest.mark.parametrize(
    "value", ["", ".", "..", "../x", "a/b", "a\\b", ".hidden", "-rf", "~root", "a\0b", "a\nb", "x" * 201, 3, None]
)
def test_unsafe_names_are_refused(value: object) -> None:
    with pytest.raises(BadInput, match="label: .* cannot be a file name"):
        safe_name("label", value)


@pytest.mark.parametrize("value", ["before", "r1.lab", "2001:db8::1", "CHG-1042 before", "größe"])
def test_safe_names_pass(value: str) -> None:
    assert safe_name("label", value) == value


def test_write_replaces_and_leaves_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "new" / "deep" / "a.json"
    write_atomic(target, "one")
    write_atomic(target, "two", mode=0o600)
    assert target.read_text() == "two"
    assert target.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in target.parent.iterdir()] == ["a.json"]


def test_directory_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StateDirError, match="cannot write .*file/sub/a.json: Not a directory"):
        write_atomic(tmp_path / "file" / "sub" / "a.json", "x")


def test_unwritable_file_system() -> None:
    with pytest.raises(StateDirError, match="check that the directory is writable and has space"):
        write_atomic(Path("/proc/holdfast/a.json"), "x")


def test_no_space_keeps_the_old_file(tmp_path: Path) -> None:
    """A file size limit makes the write itself fail, as a full disk does."""
    target = tmp_path / "a.json"
    target.write_text("old")
    code = (
        "import resource, sys, pathlib\n"
        "from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import StateDirError\n"
        "from ansible_collections.holdfast.network.plugins.plugin_utils.state.files import write_atomic\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try:\n    write_atomic(pathlib.Path(sys.argv[1]), 'x' * 5000)\n"
        "except StateDirError as exc:\n    print(exc.code)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(target)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "state_dir"
    assert target.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.json"]
