# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The main job of the demo in the image, started in every way that people start it, as little trusted as can be.

Each job has a broker of its own, which ends with its container. Against the emulated lab, and against FRRouting.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.demo.labs import ROUTERS
from tests.ee import jobs
from tests.ee.account import UID, Account
from tests.ee.containers import USER
from tests.ee.jobs import Job
from tests.ee.rings import Ring

Done = subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def beyond() -> Iterator[str]:
    """Addresses that a job must not reach: a server of this machine, and one that is anywhere else."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as looking:
        looking.connect(("192.0.2.1", 9))  # sends nothing: only asks the kernel for our own address
        own = looking.getsockname()[0]
    with socket.create_server(("0.0.0.0", 0)) as server:
        yield f"{own}:{server.getsockname()[1]},192.0.2.1:22,1.1.1.1:443"


# -- the ways ------------------------------------------------------------------------------------------


def by_runner(job: Job) -> Done:
    """``ansible-runner run``, the container made by it."""
    return job.run()


def by_navigator(job: Job) -> Done:
    """``ansible-navigator run``, as who writes playbooks does."""
    Path("/dev/mqueue").mkdir(exist_ok=True)  # it asks for it, and a container that tests run in may have none
    words = ["ansible-navigator", "run", "project/job.yml", "--mode=stdout", "--pull-policy=never"]
    words += ["--container-engine=podman", f"--execution-environment-image={job.image}"]
    words += ["--playbook-artifact-enable=false", "--log-file=/dev/null", "--inventory=inventory/hosts.yml"]
    words += [f"--container-options={option}" for option in job.options]
    return jobs.finish(job.begin([*words, "--extra-vars=@env/extravars"], cwd=job.directory))


def by_awx_pod(job: Job) -> Done:
    """As AWX on Kubernetes: the worker is the container's command, what it gets and says goes over pipes."""
    command = ["ansible-runner", "worker", "--private-data-dir=/runner"]
    made = ["podman", "run", "--rm", "--interactive", *job.options, "--tmpfs=/runner:mode=1777"]
    return streamed(job, [*made, job.image, *command])


def by_awx_node(job: Job) -> Done:
    """As AWX on an execution node: the worker runs there as its user, and makes the container."""
    place = job.directory.with_name(f"{job.directory.name}-worker")
    place.mkdir()
    assert job.account
    job.account.give(place)
    isolation = {"process_isolation": True, "process_isolation_executable": "podman", "container_image": job.image}
    (job.directory / "env/settings").write_text(json.dumps({**isolation, "container_options": list(job.options)}))
    return streamed(job, ["ansible-runner", "worker", f"--private-data-dir={place}"])


def streamed(job: Job, worker: list[str]) -> Done:
    """``transmit | worker | process``."""
    names = [f"--ident={job.ident}", str(job.directory)]
    shutil.rmtree(job.directory / "artifacts")
    sending = job.begin(["ansible-runner", "transmit", "--playbook=job.yml", *names])
    working = job.begin(worker, stdin=sending.stdout, stderr=None)
    done = jobs.finish(job.begin(["ansible-runner", "process", *names], stdin=working.stdout))
    assert sending.wait(10) == 0
    return Done(worker, working.wait(10) or done.returncode, done.stdout)


WAYS: dict[str, Callable[[Job], Done]] = {
    "runner": by_runner, "navigator": by_navigator, "awx-pod": by_awx_pod, "awx-node": by_awx_node,
}  # fmt: skip


#: these have containers of an unprivileged user of the machine, who is root in them; the others those of root
ROOTLESS = ("navigator", "awx-node")


@pytest.mark.parametrize("way", WAYS)
def test_the_main_job(
    ring: Ring, image: Callable[..., str], place: Path, account: Account, beyond: str, way: str
) -> None:
    owner = account if way in ROOTLESS else None

    def job(variables: dict[str, Any]) -> Job:
        option = ring.network.rootless if owner else ring.network.option
        given, root = {**variables, "beyond": beyond}, None if way == "navigator" else jobs.ROOT
        return jobs.make(place, ring, image(), given, option, root=root, account=owner)

    before = ring.logins()
    right = job(jobs.good())
    done = WAYS[way](right)
    assert done.returncode == 0, done.stdout[-3000:]
    assert right.found("report")["summary"]["outcomes"] == {"confirmed": 4}
    assert ring.described(right.ident) == list(ROUTERS)
    assert right.found("where") == {
        "uid": 0 if owner else USER, "user_outside": UID if owner else USER, "capabilities": 0, "bounding": 0,
        "no_new_privileges": True, "writable": ["/tmp"], "default_routes": [], "reached": [],
    }  # fmt: skip
    assert {name: count - before[name] for name, count in ring.logins().items()} == dict.fromkeys(ROUTERS, 1)
    config = ring.lab.config("r1")
    wrong = job(jobs.bad(ring))
    done = WAYS[way](wrong)
    (host,) = wrong.found("report")["hosts"]
    assert done.returncode != 0 and host["rollback"]["verified"], done.stdout[-3000:]
    assert "neighbor" in str([row["message"] for row in host["validation"]["results"] if row["status"] == "failed"])
    assert ring.lab.config("r1") == config and ring.lab.bgp("r1") == "Established"
