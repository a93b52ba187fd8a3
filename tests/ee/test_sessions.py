# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sessions that survive containers: the broker in a container of its own, jobs in containers that come and go.

The jobs have no network at all: all that they reach is the broker's socket.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.demo.labs import ROUTERS
from tests.ee import jobs
from tests.ee.account import Account
from tests.ee.conftest import LABS, REPO
from tests.ee.containers import CONFINED, RUNTIME, SETTINGS, Broker, broker, podman
from tests.ee.jobs import Job
from tests.ee.rings import Ring
from tests.ee.unit import Unit

TRUSTED = f"{SETTINGS}/known_hosts"  # in the broker's container
OTHER = "0.2.0"  # a version that the image is not of
LOOK = {"name": "Look", "hosts": "all", "gather_facts": False, "tasks": [
    {"name": "First", "holdfast.network.command": {"commands": ["show version"]}},
    {"name": "Second", "holdfast.network.command": {"commands": ["show version"]}},
]}  # fmt: skip
HOLD = {"name": "Hold", "hosts": "r1", "gather_facts": False, "tasks": [
    {"name": "Change", "holdfast.network.config": {
        "parents": ["router bgp 65001"], "lines": ["neighbor {{ demo_peers.r1 }} description {{ words }}"],
        "confirm_within": "{{ within }}",
    }},
    {"name": "Wait", "ansible.builtin.pause": {"seconds": 90}, "delegate_to": "localhost"},
]}  # fmt: skip
Start = Callable[..., Job]
#: for what does not depend on the devices
emulated = pytest.mark.parametrize("ring", LABS[:1], indirect=True)


@pytest.fixture
def served(ring: Ring, image: Callable[..., str]) -> Iterator[Broker]:
    with broker(image(), ring.network.option, ring.known_hosts.read_text()) as made:
        yield made


@pytest.fixture
def job(ring: Ring, image: Callable[..., str], place: Path, served: Broker) -> Start:
    """A runner's job that is told of the broker, with this play."""

    def make(play: dict[str, Any], **variables: Any) -> Job:
        return jobs.make(place, ring, image(), variables, *told(served), known_hosts=TRUSTED, book=[play])

    return make


@pytest.fixture(scope="session")
def other(image: Callable[..., str]) -> Iterator[str]:
    """An image whose collection says that it is of another version."""
    broker_folder = "/usr/share/ansible/collections/ansible_collections/holdfast/network/plugins/plugin_utils/broker"
    name = "localhost/holdfast-ee:other-version"
    steps = [
        f"FROM {image()}", "USER root",
        f"RUN sed -i 's/^COLLECTION_VERSION = .*/COLLECTION_VERSION = \"{OTHER}\"/' {broker_folder}/version.py "
        f"&& rm -r {broker_folder}/__pycache__", "USER 1000",
    ]  # fmt: skip
    podman("build", "--quiet", "--network=none", f"--tag={name}", "-", input="\n".join(steps))
    yield name
    podman("rmi", "--force", name)


def told(served: Broker, name: str = "broker.sock") -> list[str]:
    """Options of a job's container."""
    return ["--network=none", f"--volume={served.mount}", f"--env=HOLDFAST_SOCKET={RUNTIME}/{name}"]


def ask(ring: Ring, image: str, *options: str, router: str = "r1", **variables: str) -> str:
    """What a task says in a container with these options, all on one line: ``SUCCESS`` or the error."""
    inventory = ring.inventory(TRUSTED)
    words = ["run", "--rm", "--interactive", *CONFINED, *options, "--env=ANSIBLE_CALLBACK_FORMAT_PRETTY=false", image]
    script = 'cat > /tmp/hosts.yml && exec ansible "$@"'
    asking = ["sh", "-c", script, "sh", router, "-i", "/tmp/hosts.yml", "-m", "holdfast.network.command"]
    asking += ["-a", "commands='show version'"]
    for key, value in variables.items():
        asking += ["-e", f"{key}={value}"]
    done = podman(*words, *asking, check=False, input=inventory)
    return " ".join((done.stdout + done.stderr).split())


def eventually(true: Callable[[], bool], seconds: float = 20.0) -> bool:
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.2)
    return True


# -- one login for each device -------------------------------------------------------------------------


def test_jobs_one_after_the_other_and_ten_at_once_share_one_login(ring: Ring, served: Broker, job: Start) -> None:
    before = ring.logins()
    for made in (job(LOOK), job(LOOK)):
        done = made.run()
        assert done.returncode == 0, done.stdout[-3000:]
    running = [made.start() for made in [job(LOOK) for _unused in range(10)]]
    ended = [jobs.finish(one) for one in running]
    assert [done.returncode for done in ended] == [0] * 10, [done.stdout[-1000:] for done in ended if done.returncode]
    assert {name: count - before[name] for name, count in ring.logins().items()} == dict.fromkeys(ROUTERS, 1)
    assert served.status()["sessions"] == len(ROUTERS)


@emulated
def test_a_key_that_only_the_job_s_container_has(ring: Ring, image: Callable[..., str], served: Broker) -> None:
    """The broker never sees the file; it gets the key. The device takes it, twice over one login."""
    before = ring.logins()["r1"]
    key = served.place / "settings/key"
    key.write_text(ring.known_hosts.with_name("id_ed25519").read_text())
    mount = f"--volume={key}:/keys/own:ro"
    keyed = {"ansible_password": "", "ansible_private_key_file": "/keys/own"}
    key.chmod(0o444)
    for _unused in range(2):
        said = ask(ring, image(), *told(served), mount, **keyed)
        assert "SUCCESS" in said, said
    assert ring.logins()["r1"] == before + 1
    missing = ask(ring, image(), *told(served), **keyed)
    assert "ansible_private_key_file: the key file /keys/own cannot be read here: No such file" in missing
    assert key.read_text().splitlines()[1] not in served.log() + missing


@emulated
def test_on_a_node_of_awx_broker_and_jobs_belong_to_one_user(
    ring: Ring, image: Callable[..., str], place: Path, account: Account
) -> None:
    """The broker as the unit for podman has it, and a job as AWX starts it; both are root in their containers."""
    unit = Unit(REPO / "extensions/systemd/holdfast-broker.container", account.home)
    assert unit["Image"] == [image()] and unit["Exec"] == ["holdfast-broker serve"]
    base = account.home / "holdfast"
    for folder in ("run", "state", "settings"):
        (base / folder).mkdir(parents=True, mode=0o700)
    (base / "settings/known_hosts").write_text(ring.known_hosts.read_text())
    account.give(base)
    served = Broker(image(), base, ring.network.rootless, unit.options, account)
    served.start()
    try:
        before = ring.logins()
        for _unused in range(2):
            made = jobs.make(
                place, ring, image(), {}, *told(served), known_hosts=TRUSTED, book=[LOOK], account=account
            )  # fmt: skip
            done = made.run()
            assert done.returncode == 0, done.stdout[-3000:]
        assert {name: count - before[name] for name, count in ring.logins().items()} == dict.fromkeys(ROUTERS, 1)
        said = ask(ring, image(), *told(served))
        assert "uid 1000 may not open it (the directory is of uid 64200, gid 64200, mode 700)" in said, said
    finally:
        served.remove()


# -- ends that nobody planned --------------------------------------------------------------------------


@emulated
def test_a_change_of_a_killed_job_is_undone(ring: Ring, job: Start) -> None:
    before = ring.lab.config("r1")
    made = job(HOLD, words="never confirmed", within=8)
    running = made.start()
    assert eventually(lambda: "never confirmed" in ring.lab.config("r1"), 60)
    podman("kill", f"ansible_runner_{made.ident}")
    assert jobs.finish(running).returncode != 0
    assert eventually(lambda: ring.lab.config("r1") == before), "the broker did not undo it at its deadline"


@emulated
def test_a_broker_that_comes_back_undoes_first_and_logs_in_anew(
    ring: Ring, image: Callable[..., str], served: Broker, job: Start
) -> None:
    config, before = ring.lab.config("r1"), ring.logins()
    made = job(HOLD, words="left behind", within=300)
    running = made.start()
    assert eventually(lambda: "left behind" in ring.lab.config("r1"), 60)
    served.remove()  # as a node that loses power
    podman("kill", f"ansible_runner_{made.ident}")
    jobs.finish(running)
    assert "left behind" in ring.lab.config("r1")
    stale = ask(ring, image(), *told(served))
    assert "nobody listens there; start its service" in stale, stale
    served.start()
    done = job(LOOK).run()
    assert done.returncode == 0, done.stdout[-3000:]
    assert ring.lab.config("r1") == config
    served.stop()
    served.start()
    assert job(LOOK).run().returncode == 0
    after = ring.logins()
    assert {name: after[name] - before[name] for name in ROUTERS[1:]} == dict.fromkeys(ROUTERS[1:], 2)


# -- other versions and other users --------------------------------------------------------------------


@emulated
def test_another_version_is_refused_and_then_handed_over_to(
    ring: Ring, image: Callable[..., str], served: Broker, other: str
) -> None:
    before = ring.logins()["r1"]
    assert "SUCCESS" in ask(ring, image(), *told(served))
    own = str(served.status()["version"])
    newer = ask(ring, other, *told(served))
    assert f"is of version {own}, this collection is {OTHER}; run the job with the collection" in newer, newer
    following = Broker(other, served.place, served.network)
    try:
        following.start()
        assert eventually(lambda: podman("inspect", "--format={{.State.Status}}", served.name).stdout == "exited\n")
        assert "drained" in served.log() and following.status()["version"] == OTHER
        assert "SUCCESS" in ask(ring, other, *told(served)) and ring.logins()["r1"] == before + 2
        older = ask(ring, image(), *told(served))
        assert f"is of version {OTHER}, this collection is {own}; run the job with the collection" in older, older
    finally:
        following.remove()


@emulated
def test_users_who_are_not_on_the_list(ring: Ring, image: Callable[..., str]) -> None:
    settings = '[service]\ngroup = "users"\nusers = [1001]\n'
    with broker(image(), ring.network.option, ring.known_hosts.read_text(), settings, "--group-add=users") as served:
        before = ring.logins()["r1"]
        listed, member = "--user=1001:100", "--user=1002:100"
        for owner in ("--user=1000", listed):
            said = ask(ring, image(), *told(served), owner)
            assert "SUCCESS" in said, said
        assert ring.logins()["r1"] == before + 1, "who gives the same credentials shares the session"
        said = ask(ring, image(), *told(served), member)
        assert "uid 1002 may not use this broker of uid 1000; its settings list who may: service.users" in said, said
        said = ask(ring, image(), *told(served), "--user=1003:1003")
        assert "uid 1003 may not open it (the directory is of uid 1000, gid 100, mode 2750)" in said, said
        (served.place / "run").chmod(0o2777)
        said = ask(ring, image(), *told(served), listed)
        assert f"{RUNTIME} can be written by others than its owner" in said, said


@emulated
def test_what_is_not_mounted_and_what_is_too_long(ring: Ring, image: Callable[..., str], served: Broker) -> None:
    bare = ["--network=none", "--env=HOLDFAST_SOCKET=/run/elsewhere/broker.sock"]
    said = ask(ring, image(), *bare)
    assert "there is no directory /run/elsewhere; in a container mount the broker's there (--volume" in said, said
    said = ask(ring, image(), *told(served, "other.sock"))
    assert "there is no such socket; start its service" in said, said
    overlay = [f"--volume={served.mount}:O" if option.startswith("--volume") else option for option in told(served)]
    said = ask(ring, image(), *overlay)
    assert "nobody listens there; start its service, mount its directory with :z and never :O" in said, said
    read_only = [f"{option}:ro" if option.startswith("--volume") else option for option in told(served)]
    assert "SUCCESS" in ask(ring, image(), *read_only)
    said = ask(ring, image(), *told(served), holdfast_known_hosts="/runner/known_hosts")
    assert "holdfast_known_hosts: there is no file /runner/known_hosts (where the broker runs" in said, said
    long = f"{RUNTIME}/{'x' * 100}.sock"
    said = ask(ring, image(), *told(served), f"--env=HOLDFAST_SOCKET={long}")
    assert f"has {len(long)} bytes, a unix socket allows 107; choose a shorter one" in said, said


@emulated
def test_a_broker_that_hangs_has_no_process_number_here(ring: Ring, image: Callable[..., str], served: Broker) -> None:
    """It is in a process namespace of its own, and so is the job."""
    pid = str(served.status()["pid"])
    podman("exec", served.name, "sh", "-c", f"kill -STOP {pid}")
    said = ask(ring, image(), *told(served))
    podman("exec", served.name, "sh", "-c", f"kill -CONT {pid}")
    assert "is there but does not answer: it is stopped or hangs; restart its container" in said, said
    assert "SUCCESS" in ask(ring, image(), *told(served))
