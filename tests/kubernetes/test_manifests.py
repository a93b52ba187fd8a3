# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The rendered manifests hold to the schemas of the Kubernetes API, and to the policies of a linter."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from tests.kubernetes.manifests import CONTROLLERS, JOBS, OVERLAYS, job, text, tool

OLDEST, NEWEST = "1.30", "1.37"
BROKER, JOB = frozenset(CONTROLLERS), frozenset({"Pod"})

#: What the linter finds and we keep: on which kinds of resources, and why.
KEPT = {
    "CKV_K8S_8": (JOB, "a job ends by itself, and AWX ends one that takes too long"),
    "CKV_K8S_9": (JOB, "nobody connects to a job; AWX attaches to it as soon as it runs"),
    "CKV_K8S_15": (BROKER | JOB, "a job had to wait for the registry each time; tags of releases are never moved"),
    "CKV_K8S_25": (BROKER, "the init container has CAP_CHOWN, to give the kubelet's directories to the broker's user"),
    "CKV_K8S_40": (BROKER | JOB, "the image's user, 1000, is that of brokers, jobs and directories alike"),
    "CKV_K8S_43": (BROKER | JOB, "a digest is known once an image is built; an overlay can name it (`digest`)"),
}


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One file for each overlay, with the pods of its jobs."""
    made = tmp_path_factory.mktemp("rendered")
    for overlay in OVERLAYS:
        parts = [text(overlay), *(text(group) for group, its in JOBS.items() if its == overlay)]
        (made / f"{overlay}.yml").write_text("---\n".join(parts))
    return made


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
def test_schemas(directory: Path, version: str) -> None:
    files = sorted(directory.iterdir())
    done = tool("kubernetes-validate", "--strict", "-k", version, *map(str, files))
    count = sum(len(list(yaml.safe_load_all(file.read_text()))) for file in files)
    assert (done.stdout + done.stderr).count(" passed ") == count > 60


def test_the_schema_check_finds_a_mistake(tmp_path: Path) -> None:
    pod = job("cloud/container-group")
    pod["spec"]["containers"][0]["volumeMounts"][0]["readonly"] = True
    file = tmp_path / "pod.yml"
    file.write_text(yaml.safe_dump(pod))
    done = tool("kubernetes-validate", "--strict", "-k", NEWEST, str(file), expected=None)
    assert done.returncode != 0 and "readonly" in done.stdout + done.stderr


def test_policies(directory: Path) -> None:
    done = tool(
        "checkov", "--framework", "kubernetes", "--skip-download", "--output", "json", "--directory", str(directory),
        expected=1,
    )  # fmt: skip
    report = json.loads(done.stdout)
    assert report["summary"]["passed"] > 500 and report["summary"]["parsing_errors"] == 0
    found = {(one["check_id"], one["resource"].split(".")[0]) for one in report["results"]["failed_checks"]}
    assert found <= {(check, kind) for check, (kinds, _why) in KEPT.items() for kind in kinds}
    assert {check for check, _kind in found} == set(KEPT), "a reason that no check needs any more"
