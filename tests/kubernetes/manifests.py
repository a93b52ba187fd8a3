# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What kustomize makes of execution-environment/kubernetes, and how to find one's way in it.

The tools are those of .venv-kubernetes, which `make kubernetes-test` makes from requirements/kubernetes.txt.
"""

from __future__ import annotations

import functools
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
TREE = ROOT / "execution-environment/kubernetes"
TOOLS = ROOT / ".venv-kubernetes/bin"
OVERLAYS = ("on-premise", "cloud", "hybrid")
#: each pod spec with the overlay that has its broker
JOBS = {
    "on-premise/container-group": "on-premise",
    "cloud/container-group": "cloud",
    "hybrid/site/container-group": "hybrid",
    "hybrid/cloud/container-group": "hybrid",
}
CONTROLLERS = ("DaemonSet", "StatefulSet")
BROKER = "holdfast-broker"
JOB = "holdfast-jobs"
Resource = dict[str, Any]


def tool(name: str, *arguments: str, expected: int | None = 0) -> subprocess.CompletedProcess[str]:
    """Run a tool of the environment; its exit status must be the expected one, unless that is None."""
    done = subprocess.run([str(TOOLS / name), *arguments], capture_output=True, text=True, check=False, cwd=TREE)
    assert expected is None or done.returncode == expected, done.stdout + done.stderr
    return done


@functools.cache
def text(overlay: str) -> str:
    """The rendered manifests of an overlay, or the pod spec of one of its container groups."""
    return tool("kubectl", "kustomize", str(TREE / "overlays" / overlay)).stdout


def rendered(overlay: str) -> list[Resource]:
    return list(yaml.safe_load_all(text(overlay)))


def job(group: str) -> Resource:
    (pod,) = rendered(group)
    return pod


def of_kind(resources: list[Resource], *kinds: str) -> list[Resource]:
    return [one for one in resources if one["kind"] in kinds]


def brokers(overlay: str) -> list[Resource]:
    return of_kind(rendered(overlay), *CONTROLLERS)


def pods(resources: list[Resource]) -> Iterator[Resource]:
    """Metadata and spec of each pod that these make; the namespace is that of what makes it."""
    for one in resources:
        if one["kind"] == "Pod":
            yield one
        elif one["kind"] in CONTROLLERS:
            template = one["spec"]["template"]
            yield {**template, "metadata": {**template["metadata"], "namespace": one["metadata"]["namespace"]}}


def containers(pod: Resource) -> list[Resource]:
    return [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]


def environment(container: Resource) -> dict[str, str]:
    return {one["name"]: one["value"] for one in container.get("env", [])}


def mounts(container: Resource) -> dict[str, Resource]:
    """By path in the container."""
    return {one["mountPath"]: one for one in container["volumeMounts"]}


def key(resource: Resource) -> tuple[str, str | None, str]:
    metadata = resource["metadata"]
    return resource["kind"], metadata.get("namespace"), metadata["name"]


def selects(selector: Resource, labels: dict[str, str]) -> bool:
    assert set(selector) <= {"matchLabels"}, selector
    return selector.get("matchLabels", {}).items() <= labels.items()
