# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The pods of execution-environment/kubernetes on one node without Kubernetes: podman plays what kustomize renders.

What a cluster would do is done here: volumes are given their directories, and what receptor sends to a job's pod is
sent by ``podman exec``. The job's pod has no network at all: it reaches devices over the broker's socket only.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.demo.labs import ROUTERS
from tests.ee import jobs, rings
from tests.ee.account import Account
from tests.ee.containers import USER, podman
from tests.ee.network import Network
from tests.ee.rings import Ring
from tests.kubernetes.manifests import Resource, brokers, containers, job, of_kind, pods, rendered

SITE, HOUSE = "hybrid", "on-premise"  # with an init container, and for nodes that were prepared
KNOWN_HOSTS = "/home/holdfast/.ssh/known_hosts"
BOOK = (
    jobs.WHERE,
    {
        "name": "Use a session", "hosts": "all", "gather_facts": False,
        "tasks": [{"name": "Ask each device", "holdfast.network.command": {"commands": ["show version"]}}],
    },
)  # fmt: skip


@dataclass
class Node:
    """What two pods share: the directories of a node, under ``root``."""

    root: Path
    image: str
    known_hosts: str

    def path(self, name: str) -> Path:
        return self.root / name.lstrip("/")

    def pod(self, pod: Resource, overlay: str) -> Resource:
        """As the kubelet would see it. Podman has no claims of volumes that others made, and no optional secrets."""
        claims = {(one["spec"]["claimRef"]["namespace"], one["spec"]["claimRef"]["name"]): one["spec"]["hostPath"]
                  for one in of_kind(rendered(overlay), "PersistentVolume")}  # fmt: skip
        spec = json.loads(json.dumps(pod["spec"]))
        spec["volumes"] = [one for one in spec["volumes"] if not one.get("secret", {}).get("optional")]
        there = {one["name"] for one in spec["volumes"]}
        for volume in spec["volumes"]:
            if claim := volume.pop("persistentVolumeClaim", None):
                found = claims[pod["metadata"]["namespace"], claim["claimName"]]
                volume["hostPath"] = {**found, "path": str(self.path(found["path"]))}
        for container in containers({"spec": spec}):
            container["image"] = self.image
            container["volumeMounts"] = [one for one in container["volumeMounts"] if one["name"] in there]
        name = f"{pod['metadata'].get('name', 'broker')}-{uuid.uuid4().hex[:8]}"
        for one in [
            *spec["volumes"],
            *(one for container in containers({"spec": spec}) for one in container["volumeMounts"]),
        ]:
            one["name"] += f"-{name}"  # podman has one empty directory for all pods that have a name for it
        return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}

    def settings(self, overlay: str) -> list[Resource]:
        """The overlay's ConfigMaps, with the host keys of the lab."""
        found = of_kind(rendered(overlay), "ConfigMap")
        for one in found:
            if "known_hosts" in one["data"]:
                one["data"]["known_hosts"] = self.known_hosts
        return found

    @contextlib.contextmanager
    def played(self, pod: Resource, network: Network | None, *more: Resource) -> Iterator[str]:
        """In a network, or without any. Yields the pod's name; podman calls its containers by that and their own."""
        spec = dict(pod["spec"])
        for initial in spec.pop("initContainers", []):
            self._initialise(pod, initial)
        name = pod["metadata"]["name"]
        try:
            self._play({**pod, "spec": spec}, network, *more)
            yield name
        finally:
            podman("pod", "rm", "--force", "--time=0", "--ignore", name, check=False)
            made = [one["metadata"]["name"] for one in more]
            made += [one["name"] for one in spec["volumes"] if "emptyDir" in one]
            podman("volume", "rm", "--force", *made, check=False)

    def _play(self, pod: Resource, network: Network | None, *more: Resource) -> None:
        file = self.root / f"{pod['metadata']['name']}.yml"
        file.write_text(yaml.safe_dump_all([*more, pod]))
        # A pod cannot be told to join a network namespace, but podman may be in it, and the pod in podman's.
        with network.inside() if network else contextlib.nullcontext():
            done = podman("kube", "play", f"--network={'host' if network else 'none'}", str(file), check=False)
        assert done.returncode == 0, done.stderr

    def _initialise(self, pod: Resource, container: Resource) -> None:
        """In a pod that ends before the other begins: within one, podman waits for 20 seconds."""
        name = f"{pod['metadata']['name']}-init"
        mounted = {one["name"] for one in container["volumeMounts"]}
        volumes = [one for one in pod["spec"]["volumes"] if one["name"] in mounted]
        own = {**pod["spec"], "restartPolicy": "Never", "containers": [container], "volumes": volumes}
        del own["initContainers"]
        try:
            self._play({**pod, "metadata": {"name": name}, "spec": own}, None)
            ended = podman("wait", f"{name}-{container['name']}").stdout.strip()
            assert ended == "0", podman("logs", f"{name}-{container['name']}").stderr
        finally:
            podman("pod", "rm", "--force", "--time=0", "--ignore", name, check=False)


def probe(container: str, spec: Resource, kind: str) -> dict[str, Any]:
    """What the kubelet runs to ask, with its exit status."""
    done = podman("exec", container, *spec["containers"][0][f"{kind}Probe"]["exec"]["command"], check=False)
    answer: dict[str, Any] = json.loads(done.stdout) if done.stdout else {}
    return {**answer, "exit": done.returncode}


def started(container: str, spec: Resource) -> float:
    """Seconds until the startup probe is content; fails when the kubelet would give up."""
    rule, start = spec["containers"][0]["startupProbe"], time.monotonic()
    while probe(container, spec, "startup")["exit"]:
        assert time.monotonic() - start < rule["periodSeconds"] * rule["failureThreshold"], podman("logs", container)
        time.sleep(0.2)
    return time.monotonic() - start


@pytest.fixture(scope="module")
def ring(place: Path, account: Account, image: Callable[..., str]) -> Iterator[Ring]:
    own = place / "kubernetes"
    own.mkdir(mode=0o755)
    with rings.up("emulated", own, account, image()) as made:
        yield made


@pytest.fixture
def node(place: Path, ring: Ring, image: Callable[..., str]) -> Iterator[Node]:
    root = place / f"node-{uuid.uuid4().hex[:6]}"
    for name in ("run", "var/lib"):
        (root / name).mkdir(parents=True)
    yield Node(root, image(), ring.known_hosts.read_text())
    shutil.rmtree(root, ignore_errors=True)


def broker_of(overlay: str) -> Resource:
    (found,) = pods([one for one in brokers(overlay) if one["kind"] == "DaemonSet"])
    return found


def run_job(node: Node, ring: Ring, place: Path) -> dict[str, Any]:
    """A playbook in the pod of a container group, as AWX runs it. What it says of where it is."""
    wanted = job("hybrid/site/container-group")
    command = wanted["spec"]["containers"][0]["args"]
    pod = node.pod(wanted, SITE)
    pod["spec"]["containers"][0]["args"] = [
        "sleep",
        "300",
    ]  # podman attaches no standard input: the worker comes by exec
    told = jobs.make(place, ring, node.image, {"beyond": "192.0.2.1:22"}, known_hosts=KNOWN_HOSTS, book=BOOK)
    names = [f"--ident={told.ident}", str(told.directory)]
    shutil.rmtree(told.directory / "artifacts")
    with node.played(pod, None) as name:
        sending = jobs.begin(["ansible-runner", "transmit", "--playbook=job.yml", *names])
        entry = ["podman", "exec", "--interactive", f"{name}-worker", "/opt/builder/bin/entrypoint", *command]
        working = jobs.begin(entry, stdin=sending.stdout, stderr=subprocess.PIPE)
        done = jobs.finish(jobs.begin(["ansible-runner", "process", *names], stdin=working.stdout))
        assert (sending.wait(10), working.wait(10), done.returncode) == (0, 0, 0), done.stdout[-3000:]
    assert done.stdout.count("ok: [r") >= len(ROUTERS)
    return told.found("where")


def test_pods_of_jobs_share_the_broker_s_sessions(node: Node, ring: Ring, place: Path) -> None:
    before = ring.logins()
    pod = node.pod(broker_of(SITE), SITE)
    with node.played(pod, ring.network, *node.settings(SITE)) as name:
        broker = f"{name}-broker"
        assert started(broker, pod["spec"]) < 30
        runtime, state = node.path("/run/holdfast"), node.path("/var/lib/holdfast")
        for directory in (runtime, state):
            found = directory.stat()
            assert (found.st_uid, found.st_gid, found.st_mode & 0o777) == (USER, 0, 0o700)
        assert probe(broker, pod["spec"], "readiness")["ready"] and probe(broker, pod["spec"], "liveness")["healthy"]
        for _run in range(2):
            where = run_job(node, ring, place)
            assert (where["uid"], where["capabilities"], where["no_new_privileges"]) == (USER, 0, True)
            assert where["default_routes"] == where["reached"] == []
        assert {router: count - before[router] for router, count in ring.logins().items()} == dict.fromkeys(ROUTERS, 1)
        assert probe(broker, pod["spec"], "readiness")["sessions"] == len(ROUTERS)
        podman("pod", "stop", "--time=60", name)
        assert podman("inspect", "--format={{.State.ExitCode}}", broker).stdout.strip() == "0"
        assert not list(runtime.glob("*.sock")), "nobody finds a socket on which nobody answers"
    # the pod that replaces it finds the directories as they are, and no container of it is root
    pod = node.pod(broker_of(HOUSE), HOUSE)
    assert "initContainers" not in pod["spec"]
    with node.played(pod, ring.network, *node.settings(HOUSE)) as name:
        started(f"{name}-broker", pod["spec"])
        run_job(node, ring, place)
        assert probe(f"{name}-broker", pod["spec"], "readiness")["sessions"] == len(ROUTERS)
