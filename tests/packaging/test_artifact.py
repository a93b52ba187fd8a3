# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The artifact holds what somebody who installs it uses, all of that, and the same bytes each time."""

from __future__ import annotations

import json
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.packaging.conftest import ROOT, build

# What belongs in, with what it is for whom. Everything else is for those who have the repository.
FOLDERS = {"changelogs", "docs", "examples", "extensions", "inventory", "meta", "playbooks", "plugins", "roles"}
FILES = {"CHANGELOG.md", "CONTRIBUTING.md", "FILES.json", "LICENSE", "MANIFEST.json", "README.md", "SECURITY.md"}
# What holdfast.network.molecule.create starts.
PYTHON = ("tests/__init__.py", "tests/lab/__init__.py", "tests/lab/broker.py")
LAB = (*PYTHON, "tests/lab/emulated/", "tests/lab/frr/", "tests/lab/molecule/")
LEFT_OUT = ("docs/site/", "extensions/molecule/")  # the site's settings, and the collection's own tests
LARGEST = 800_000  # bytes; Galaxy takes 20 MB


@pytest.fixture(scope="module")
def members(artifact: Path) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(artifact) as archive:
        return {member.name: member for member in archive.getmembers()}


def _json(artifact: Path, name: str) -> Any:
    with tarfile.open(artifact) as archive:
        stream = archive.extractfile(name)
        assert stream is not None
        return json.load(stream)


def _tracked() -> set[str]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return {name for name in listed if (ROOT / name).is_file()}


def test_only_what_belongs_in_it(members: dict[str, tarfile.TarInfo]) -> None:
    strangers = {name for name in members if name.split("/")[0] not in FOLDERS and name not in FILES}
    strangers = {name for name in strangers if not f"{name}/".startswith(LAB)} - {"tests", "tests/lab"}
    assert strangers == set()
    hidden = {name for name in members if any(part.startswith(".") for part in name.split("/"))}
    assert hidden == set(), "hidden files are for the repository"
    made = {name for name in members if name.endswith((".pyc", ".orig", ".log", ".tar.gz")) or "__pycache__" in name}
    assert made == set()


def test_everything_that_belongs_in_it(members: dict[str, tarfile.TarInfo]) -> None:
    wanted = {name for name in _tracked() if name.split("/")[0] in FOLDERS or name in FILES or name.startswith(LAB)}
    wanted = {name for name in wanted if not name.startswith(LEFT_OUT)}
    assert wanted - members.keys() == set()
    assert {"README.md", "LICENSE", "CHANGELOG.md", "meta/runtime.yml", "meta/requirements.txt"} <= members.keys()


def test_nothing_but_files_of_ours(members: dict[str, tarfile.TarInfo]) -> None:
    for member in members.values():
        assert member.isfile() or member.isdir(), f"{member.name} is a link or a device"
        assert member.mode & 0o022 == 0, f"{member.name} may be written by others"
        assert (member.uid, member.gid, member.uname) == (0, 0, "")


def test_it_is_small(artifact: Path) -> None:
    assert artifact.stat().st_size < LARGEST


def test_two_builds_are_equal_byte_for_byte(tmp_path: Path) -> None:
    assert build(tmp_path / "one").read_bytes() == build(tmp_path / "two").read_bytes()


def test_metadata_is_complete(artifact: Path) -> None:
    info = _json(artifact, "MANIFEST.json")["collection_info"]
    for name in ("authors", "description", "documentation", "homepage", "issues", "license", "readme", "repository"):
        assert info[name], f"galaxy.yml has no {name}"
    assert info["dependencies"] == {}
    # Galaxy takes at most 20 tags and wants one of a few that it knows.
    assert "networking" in info["tags"] and len(info["tags"]) <= 20
    assert all(tag.isalnum() and tag.islower() for tag in info["tags"])


def test_runtime_agrees_with_what_is_tested(artifact: Path, members: dict[str, tarfile.TarInfo]) -> None:
    runtime = yaml.safe_load((ROOT / "meta/runtime.yml").read_text())
    assert runtime["requires_ansible"] == ">=2.19.0"
    modules = {Path(name).stem for name in members if name.startswith("plugins/modules/") and name.endswith(".py")}
    assert set(runtime["action_groups"]["all"]) == modules
