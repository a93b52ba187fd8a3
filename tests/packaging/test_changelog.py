# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The changelog is right, says what there is, and the next release would make its section out of the fragments."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from tests.packaging.conftest import BIN, ROOT

KINDS = ("callback", "connection", "filter", "inventory", "modules")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the checkout to make releases in."""
    target = tmp_path / "ansible_collections/holdfast/network"
    subprocess.run([ROOT / "tests/tools/copy-checkout.sh", target], check=True)
    return target


def _changelog(where: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # It looks for ansible-doc, and for the collection beside it.
    environment = {"PATH": f"{BIN}:/usr/bin:/bin", "HOME": str(where.parents[2])}
    command = [str(BIN / "antsibull-changelog"), *arguments]
    return subprocess.run(command, cwd=where, env=environment, capture_output=True, text=True, check=False)


def test_fragments_and_configuration_are_right(copy: Path) -> None:
    for arguments in (["lint"], ["lint-changelog-yaml", "changelogs/changelog.yaml"]):
        done = _changelog(copy, *arguments)
        assert done.returncode == 0 and not done.stdout.strip(), done.stdout + done.stderr


def test_a_bad_fragment_is_found(copy: Path) -> None:
    (copy / "changelogs/fragments/9-bad.yml").write_text("---\nbugfixes: not a list\n")
    done = _changelog(copy, "lint")
    assert done.returncode != 0 and "9-bad.yml" in done.stdout


def test_the_changelog_is_the_one_that_its_data_make(copy: Path) -> None:
    assert _changelog(copy, "generate").returncode == 0
    assert (copy / "CHANGELOG.md").read_text() == (ROOT / "CHANGELOG.md").read_text()


def test_the_version_in_the_making_has_everything_that_is_new() -> None:
    version = yaml.safe_load((ROOT / "galaxy.yml").read_text())["version"]
    releases = yaml.safe_load((ROOT / "changelogs/changelog.yaml").read_text())["releases"]
    release = releases[version]
    told = {"modules": {row["name"] for row in release["modules"]}}
    told |= {kind: {row["name"] for row in rows} for kind, rows in release["plugins"].items()}
    there = {kind: {path.stem for path in (ROOT / "plugins" / kind).glob("*.py")} - {"__init__"} for kind in KINDS}
    assert told == there, "run the release of this version again: see CONTRIBUTING.md"
    summary = yaml.safe_load((ROOT / f"changelogs/fragments/{version}.yml").read_text())["release_summary"]
    assert release["changes"]["release_summary"].split() == summary.split()


def test_the_next_release(copy: Path) -> None:
    galaxy = copy / "galaxy.yml"
    galaxy.write_text(galaxy.read_text().replace("version: 0.1.0", "version: 0.2.0"))
    fragment = {"release_summary": "More of it.", "bugfixes": ["config - end what is open (#12)."]}
    (copy / "changelogs/fragments/12-open.yml").write_text(yaml.safe_dump(fragment, explicit_start=True))
    done = _changelog(copy, "release", "--date", "2027-01-31")
    assert done.returncode == 0, done.stdout + done.stderr
    text = (copy / "CHANGELOG.md").read_text()
    new, old = text.index("## v0\\.2\\.0"), text.index("## v0\\.1\\.0")
    assert new < text.index("### Bugfixes") < text.index("end what is open") < old
    data = yaml.safe_load((copy / "changelogs/changelog.yaml").read_text())["releases"]["0.2.0"]
    assert data["fragments"] == ["12-open.yml"] and "modules" not in data, "nothing that 0.1.0 had is new"
