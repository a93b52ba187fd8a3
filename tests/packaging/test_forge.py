# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The workflows of the public forge: well-formed, harmless, and the same as what .ci/run does."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import noxfile

ROOT = Path(__file__).resolve().parents[2]
FORGE = ROOT / ".github"
WORKFLOWS = sorted((FORGE / "workflows").glob("*.yml"))
BIN = Path(sys.executable).parent
SCHEMAS = {
    "workflows/*.yml": "vendor.github-workflows",
    "dependabot.yml": "vendor.dependabot",
    "ISSUE_TEMPLATE/config.yml": "vendor.github-issue-config",
    "ISSUE_TEMPLATE/[bfp]*.yml": "vendor.github-issue-forms",
}


def run(name: str, *arguments: str) -> str:
    done = subprocess.run([str(BIN / name), *arguments], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text())
    return found


def jobs(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = read(path)["jobs"]
    return found


def steps(path: Path) -> Iterator[dict[str, Any]]:
    for job in jobs(path).values():
        yield from job["steps"]


def targets(script: str) -> set[str]:
    """Targets that the lines of a shell script make; a line may go on after a backslash."""
    lines = script.replace("\\\n", " ").splitlines()
    made = [line.split("make ", 1)[1] for line in lines if re.match(r"(sudo [^#]*)?make ", line.strip())]
    return {word for line in made for word in re.sub(r'"[^"]*"', "", line).split() if re.fullmatch("[a-z-]+", word)}


def there() -> dict[str, set[str]]:
    """Targets of the Makefile, with the targets that they need."""
    found = re.findall(r"^([a-z-]+):([^#\n]*)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    return {name: set(re.findall(r"(?<![\w./-])[a-z-]+(?![\w./(-])", needs)) for name, needs in found}


@pytest.mark.parametrize(("pattern", "schema"), SCHEMAS.items())
def test_schemas(pattern: str, schema: str) -> None:
    files = [str(path) for path in FORGE.glob(pattern)]
    assert files
    run("check-jsonschema", "--builtin-schema", schema, *files)


def test_nothing_is_left_to_chance() -> None:
    assert "No findings" in run("zizmor", "--offline", "--persona", "pedantic", str(FORGE))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_rights_are_given_to_jobs_and_time_is_bounded(path: Path) -> None:
    assert read(path)["permissions"] == {}
    for name, job in jobs(path).items():
        assert "permissions" in job and "timeout-minutes" in job, name
        assert job["runs-on"] == "ubuntu-24.04", "a runner that does not change by itself"


def test_actions_are_pinned_and_of_one_version() -> None:
    uses = {line.strip().removeprefix("- ") for path in WORKFLOWS for line in path.read_text().splitlines()
            if "uses:" in line}  # fmt: skip
    assert len(uses) >= 5
    for line in uses:
        assert re.fullmatch(r"uses: [\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line
    names = [line.split("@")[0] for line in uses]
    assert len(names) == len(set(names))


def test_they_run_what_continuous_integration_runs() -> None:
    known = there()
    run_here = {name for path in WORKFLOWS for step in steps(path) for name in targets(step.get("run", ""))}
    assert run_here <= set(known), "no such target"
    before_merging = {
        name for path in WORKFLOWS if "pull_request" in read(path)["on"]
        for step in steps(path) for name in targets(step.get("run", ""))
    }  # fmt: skip
    while more := {need for name in before_merging for need in known[name] if need in known} - before_merging:
        before_merging |= more  # what a target needs is run with it
    wanted = targets((ROOT / ".ci/run").read_text())
    assert {"test", "test-nautobot"} <= wanted
    assert wanted - before_merging == set(), "run by .ci/run and not by a workflow for pull requests"


def test_the_matrix_is_what_the_collection_supports() -> None:
    matrix = jobs(FORGE / "workflows/ci.yml")["test"]["strategy"]["matrix"]["include"]
    pairs = {(one["python"], one["core"]) for one in matrix}
    assert pairs == {(python, core) for core, pythons in noxfile.PAIRS.items() for python in pythons}
    oldest = yaml.safe_load((ROOT / "meta/runtime.yml").read_text())["requires_ansible"]
    assert min(core for python, core in pairs) == re.sub(r"[^\d.]", "", oldest).removesuffix(".0")
    assert {python for python, core in pairs} == {"3.11", "3.12", "3.13"}


def test_dependabot_looks_where_requirements_are() -> None:
    watched = {one["directory"].strip("/") for one in read(FORGE / "dependabot.yml")["updates"]
               if one["package-ecosystem"] == "pip"}  # fmt: skip
    pinned = {str(path.parent.relative_to(ROOT)) for folder in ("requirements", "execution-environment")
              for path in (ROOT / folder).glob("*.in")}  # fmt: skip
    assert watched == pinned


def test_the_security_policy_names_what_exists() -> None:
    text = (ROOT / "SECURITY.md").read_text()
    for target in re.findall(r"\]\(((?!http)[^)#]+)", text):
        assert (ROOT / target).exists(), target
    version = read(ROOT / "galaxy.yml")["version"]
    assert set(re.findall(r"\b\d+\.\d+\.\d+\b", text)) == {version}
    assert "execution-environment:" + version in text and ".github/workflows/release.yml@" in text


# -- the scripts of a release do what they are for -----------------------------------------------------


def script(job: str, name: str) -> str:
    (found,) = (step["run"] for step in jobs(FORGE / "workflows/release.yml")[job]["steps"] if step.get("name") == name)
    assert "${{" not in found, "values come by the environment, and are never part of a script"
    return str(found)


def shell(text: str, place: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "GITHUB_OUTPUT": str(place / "output"), **environment}
    return subprocess.run(["bash", "-eo", "pipefail", "-c", text], cwd=place, env=env, text=True, capture_output=True,
                          check=False)  # fmt: skip


@pytest.fixture
def place(tmp_path: Path) -> Path:
    for name in ("galaxy.yml", "CHANGELOG.md", "changelogs/changelog.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "dist").mkdir()
    return tmp_path


def test_a_release_is_of_the_version_of_its_tag(place: Path) -> None:
    version = read(ROOT / "galaxy.yml")["version"]
    check = script("artifact", "See that tag, collection, changelog and manifests are of one version")
    assert shell(check, place, TAG=f"v{version}").returncode == 0
    assert (place / "output").read_text() == f"version={version}\n"
    wrong = shell(check, place, TAG="v9.9.9")
    assert wrong.returncode == 1 and wrong.stderr == f"the tag is v9.9.9, galaxy.yml has {version}\n"
    (place / "changelogs/changelog.yaml").write_text("releases: {}\n")
    assert "changelog lacks" in shell(check, place, TAG=f"v{version}").stderr


def test_a_release_has_its_part_of_the_changelog(place: Path) -> None:
    version = read(ROOT / "galaxy.yml")["version"]
    cut = script("page", "Take this version's part of the changelog")
    text = (place / "CHANGELOG.md").read_text() + '\n<a id="v0-0-1"></a>\n## v0\\.0\\.1\n\nolder\n'
    (place / "CHANGELOG.md").write_text(text)
    done = shell(cut, place, VERSION=version)
    assert done.returncode == 0, done.stderr
    notes = (place / "dist/notes.md").read_text()
    assert "### Release Summary" in notes and "older" not in notes and "<a id=" not in notes
    assert shell(cut, place, VERSION="9.9.9").returncode != 0
