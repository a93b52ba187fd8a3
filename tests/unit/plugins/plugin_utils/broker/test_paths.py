# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where the socket is: short enough whatever HOME is, and never somewhere that others prepared."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import StateDirError
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.paths import (
    AF_UNIX_MAX,
    default_paths,
    make_private,
)


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOLDFAST_RUNTIME_DIR", "HOLDFAST_STATE_DIR", "XDG_RUNTIME_DIR", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)


def test_a_very_long_home_changes_the_state_only(monkeypatch: pytest.MonkeyPatch) -> None:
    home = "/home/" + "x" * 200
    monkeypatch.setenv("HOME", home)
    paths = default_paths("1.0.0")
    assert paths.socket == Path(f"/tmp/holdfast-{os.getuid()}/broker-1-1.0.0.sock")
    assert paths.log == Path(home, ".local/state/holdfast/broker.log")


def test_xdg_directories_are_used_while_they_are_there_and_short(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fallback = Path(f"/tmp/holdfast-{os.getuid()}")
    monkeypatch.setenv("XDG_STATE_HOME", "/s")
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/tmp")
    assert (default_paths("1").runtime, default_paths("1").state) == (Path("/tmp/holdfast"), Path("/s/holdfast"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/no/such/directory")
    assert default_paths("1").runtime == fallback
    deep = tmp_path / ("d" * 100)
    deep.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(deep))
    assert default_paths("1").runtime == fallback


def test_arguments_go_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOLDFAST_RUNTIME_DIR", "/e")
    monkeypatch.setenv("HOLDFAST_STATE_DIR", "/f")
    assert default_paths("1").socket == Path("/e/broker-1-1.sock") and default_paths("1").state == Path("/f")
    assert default_paths("1", "/a", "/b").lock == Path("/a/broker.lock")


@pytest.mark.parametrize("character", ["d", "ü"])
def test_a_chosen_directory_that_is_too_long_is_refused(character: str) -> None:
    """The limit is in bytes."""
    size = len(character.encode())
    room = AF_UNIX_MAX - len("//broker-1-1.sock")
    default_paths("1", "/" + character * (room // size))
    with pytest.raises(StateDirError, match="HOLDFAST_RUNTIME_DIR: .* a unix socket allows 107; choose a shorter"):
        default_paths("1", "/" + character * (room // size + 1))


def test_make_private_makes_and_tightens(tmp_path: Path) -> None:
    wide = tmp_path / "a" / "b"
    assert make_private(wide, "X").stat().st_mode & 0o777 == 0o700
    wide.chmod(0o755)
    assert make_private(wide, "X").stat().st_mode & 0o777 == 0o700
    (tmp_path / "dangling").symlink_to("/nowhere")
    (tmp_path / "file").write_text("")
    for path in ("dangling", "file", "file/below"):
        with pytest.raises(StateDirError, match="^X: "):
            make_private(tmp_path / path, "X")
