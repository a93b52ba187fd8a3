# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Jump hosts and proxies from playbooks: one connection a session, credentials kept apart, failures that say where."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.conftest import Controller, LabInventory
from tests.lab.openssh import PASSWORD, OpenSsh, obstacle
from tests.lab.waypoints import JumpHost, Waypoints, waypoints

VAULT = "Vault-word-1"


def look(name: str, **task: Any) -> dict[str, Any]:
    return {"name": name, "holdfast.network.command": {"commands": ["show version"]}, **task}


PING = {"name": "ping", "holdfast.network.ping": {}, "ignore_errors": True}
INFO = {"name": "info", "holdfast.network.session_info": {}}


@pytest.fixture
def points() -> Iterator[Waypoints]:
    with waypoints() as made:
        yield made


@pytest.fixture
def chain(points: Waypoints, tmp_path: Path) -> list[JumpHost]:
    return [points.jump_host(tmp_path, name) for name in ("first", "second")]


def hop(jump: JumpHost, **changes: Any) -> dict[str, Any]:
    return {"host": jump.host, "port": jump.port, "user": jump.user, "password": jump.password, **changes}


def inventory(calm: LabInventory, directory: Path, chain: list[JumpHost], hosts: str = "r1 r2", **more: Any) -> Path:
    """These hosts behind the chain."""
    known = directory / "known_hosts"
    known.write_text(calm.lab.known_hosts.read_text() + "".join(jump.known_host for jump in chain if not jump.silent))
    variables = {"holdfast_known_hosts": str(known), "holdfast_jump_hosts": [hop(jump) for jump in chain], **more}
    path = directory / "behind.yml"
    rows = {name: {**calm.host_vars(name), **variables} for name in hosts.split()}
    path.write_text(yaml.safe_dump({"all": {"hosts": rows}}))
    return path


def test_one_connection_serves_twenty_tasks(
    controller: Controller, calm: LabInventory, chain: list[JumpHost], tmp_path: Path
) -> None:
    book = inventory(calm, tmp_path, chain)
    for _unused in range(2):
        run = controller.playbook(book, [look(f"look {n}") for n in range(10)] + [PING, INFO])
        assert run.rc == 0, run.stdout
    assert run.result("r1", "ping")["diagnosis"].startswith("r1 answers over the pinned session")
    assert [phase["name"] for phase in run.result("r1", "ping")["phases"]] == [
        "hop1 dns", "hop1 tcp", "hop1 host_key", "hop1 auth", "hop2 tcp", "hop2 host_key", "hop2 auth",
        "tcp", "host_key", "auth", "prompt",
    ]  # fmt: skip
    devices = [calm.lab.devices[name] for name in ("r1", "r2")]
    # each of the two sessions has a way of its own
    assert [(jump.logins, jump.open) for jump in chain] == [(2, 2), (2, 2)]
    assert sorted(chain[1].forwards) == sorted((device.host, device.port) for device in devices)
    assert all(calm.lab.counters(name)["logins"] == 1 for name in ("r1", "r2"))
    assert devices[0].password not in chain[0].offered + chain[1].offered
    assert chain[0].password not in run.stdout + run.stderr
    closing = {"name": "close", "holdfast.network.session": {"state": "closed"}}
    assert controller.playbook(book, [closing], "r1").rc == 0
    assert calm.lab.wait(lambda: [jump.open for jump in chain] == [1, 1])
    controller.end_brokers()
    assert calm.lab.wait(lambda: [jump.open for jump in chain] == [0, 0])


def test_a_jump_host_that_drops_its_connections(
    controller: Controller, calm: LabInventory, points: Waypoints, chain: list[JumpHost], tmp_path: Path
) -> None:
    """The next read goes a new way by itself; what was left of the old one is closed."""
    book = inventory(calm, tmp_path, chain, "r1")
    controller.playbook(book, [look("one")])
    for number, jump in enumerate(chain, start=2):
        points.drop(jump)
        run = controller.playbook(book, [look("two"), look("three")])
        assert run.rc == 0, run.stdout
        assert [hop.logins for hop in chain] == [number] * 2
        assert calm.lab.wait(lambda: [hop.open for hop in chain] == [1, 1])
    assert calm.lab.counters("r1")["logins"] == 3
    assert calm.lab.wait(lambda: calm.lab.counters("r1")["open_sessions"] == 1)


def test_where_it_fails_is_said(
    controller: Controller, calm: LabInventory, chain: list[JumpHost], tmp_path: Path
) -> None:
    first, second = chain
    book = inventory(calm, tmp_path, chain, "r1")
    controller.playbook(book, [look("good")])

    def ping(hops: Any, **more: Any) -> dict[str, Any]:
        changed = inventory(calm, tmp_path, chain, "r1", holdfast_jump_hosts=hops, **more)
        return controller.playbook(changed, [PING]).result("r1", "ping")

    refused = ping([hop(first), hop(second, password="wrong")])
    assert refused["code"] == "authentication" and "fails at hop2 auth: jump host 2" in refused["diagnosis"]
    unknown = ping([hop(first), hop(second)], holdfast_known_hosts=str(calm.lab.known_hosts))
    assert unknown["code"] == "host_key_unknown" and "fails at hop1 host_key: jump host 1" in unknown["diagnosis"]
    text = f"{first.user}@{first.host}:{first.port}"
    keyless = ping(text)
    assert keyless["code"] == "authentication" and "fails at hop1 auth" in keyless["diagnosis"]
    second.refuse = 1
    forbidden = ping(
        [
            hop(first),
            hop(second),
        ]
    )
    assert forbidden["reachable"], "the session that is there needs no forward"
    first_only = ping([hop(second)])
    assert first_only["code"] == "unreachable" and "fails at tcp" in first_only["diagnosis"]
    assert "cannot be reached from jump host 1" in first_only["msg"] and "forwarding" in first_only["msg"]
    wrong = controller.playbook(
        inventory(calm, tmp_path, chain, "r1", holdfast_jump_hosts=[{"host": "x", "pasword": "x"}]), [look("look")]
    ).result("r1", "look")
    assert wrong["code"] == "bad_input" and "number 1 has an unknown key 'pasword'" in wrong["msg"]
    # a login that failed on the way harms nobody's session
    assert controller.playbook(inventory(calm, tmp_path, chain, "r1"), [look("still")]).rc == 0
    assert calm.lab.counters("r1")["logins"] == 1


def test_a_session_is_for_its_own_way(
    controller: Controller, calm: LabInventory, chain: list[JumpHost], tmp_path: Path
) -> None:
    """Whoever does not know the jump host's password gets no session that somebody else opened with it."""
    controller.playbook(inventory(calm, tmp_path, chain, "r1"), [look("good")])
    other = [hop(chain[0]), hop(chain[1], password="guess")]
    run = controller.playbook(inventory(calm, tmp_path, chain, "r1", holdfast_jump_hosts=other), [look("look")])
    assert run.result("r1", "look")["code"] == "authentication" and chain[1].failed_logins == 1


def test_vault_and_environment(
    controller: Controller, calm: LabInventory, chain: list[JumpHost], tmp_path: Path
) -> None:
    """A password from Ansible Vault inside the list, and the way as text from the environment."""
    jump, word = chain[0], tmp_path / "word"
    word.write_text(VAULT)
    made = controller.run("ansible-vault", "encrypt_string", "--vault-password-file", str(word), jump.password)
    sealed = [f"      {line.strip()}" for line in made.stdout.splitlines()[1:]]
    behind = [
        "holdfast_jump_hosts:", f"  - host: {jump.host}", f"    port: {jump.port}", f"    user: {jump.user}",
        "    password: !vault |", *sealed,
    ]  # fmt: skip
    book = inventory(calm, tmp_path, [jump], "r1")
    given = tmp_path / "behind-vault.yml"
    given.write_text("\n".join(["---", *behind, ""]))
    run = controller.playbook(book, [look("look")], "r1", "-e", f"@{given}", "--vault-password-file", str(word))
    assert run.rc == 0 and jump.logins == 1, run.stdout
    hosts = yaml.safe_load(book.read_text())
    del hosts["all"]["hosts"]["r1"]["holdfast_jump_hosts"]
    book.write_text(yaml.safe_dump(hosts))
    way = f"jumper@{jump.host}:{jump.port}, x@{chain[1].host}:{chain[1].port}"
    play = {"hosts": "r1", "gather_facts": False, "tasks": [PING]}
    found = controller.finish(controller.begin(book, [play], HOLDFAST_JUMP_HOSTS=way)).result("r1", "ping")
    assert "fails at hop1 auth: jump host 1" in found["diagnosis"]


@pytest.mark.parametrize(("scheme", "kind"), [("socks5h", "socks5"), ("http", "http")])
def test_a_proxy_before_the_jump_hosts(
    controller: Controller,
    calm: LabInventory,
    points: Waypoints,
    chain: list[JumpHost],
    tmp_path: Path,
    scheme: str,
    kind: str,
) -> None:
    proxy = points.proxy(kind, user="pat", password="Pr0xy-word")
    url = f"{scheme}://pat:Pr0xy-word@127.0.0.1:{proxy.port}"
    api = {"holdfast_driver": "pyeapi", "ansible_port": calm.lab.devices["r2"].eapi_port, "holdfast_queue": "pinned"}
    api |= {"holdfast_ca_file": str(calm.lab.directory / "eapi.pem")}
    behind = inventory(calm, tmp_path, chain, "r1", holdfast_proxy=url)
    assert controller.playbook(behind, [look("one"), look("two")]).rc == 0
    assert len(proxy.names) == 1 and chain[0].logins == chain[1].logins == 1
    switch = inventory(calm, tmp_path, [], "r2", holdfast_proxy=url, holdfast_jump_hosts=[], **api)
    run = controller.playbook(switch, [look("one"), look("two")])
    assert run.rc == 0 and len(proxy.names) == 2, run.stdout
    hopped = inventory(calm, tmp_path, chain, "r2", holdfast_proxy=url, **api)
    assert controller.playbook(hopped, [look("look")]).result("r2", "look")["code"] == "unsupported"
    wrong = inventory(calm, tmp_path, chain, "r1", holdfast_proxy=url.replace("word", "guess"))
    found = controller.playbook(wrong, [PING]).result("r1", "ping")
    assert found["code"] == "authentication" and "fails at proxy auth" in found["diagnosis"]
    assert "guess" not in str(found)


@pytest.mark.skipif(obstacle() is not None, reason=str(obstacle()))
def test_real_openssh_as_jump_host(controller: Controller, calm: LabInventory, tmp_path: Path) -> None:
    server = OpenSsh().start()
    try:
        mine = {"host": server.host, "port": server.port, "user": server.user, "private_key_file": str(server.key)}
        book = inventory(calm, tmp_path, [], "r1", holdfast_jump_hosts=[mine])
        (tmp_path / "known_hosts").write_text(calm.lab.known_hosts.read_text() + server.known_hosts.read_text())
        run = controller.playbook(book, [look(f"look {n}") for n in range(20)])
        assert run.rc == 0, run.stdout
        assert server.logins == 1 and calm.lab.counters("r1")["logins"] == 1
        if server.private:  # root can give it users with passwords
            both = [mine, {"host": server.host, "port": server.port, "user": "bob", "password": PASSWORD}]
            chained = inventory(calm, tmp_path, [], "r1", holdfast_jump_hosts=both)
            (tmp_path / "known_hosts").write_text(calm.lab.known_hosts.read_text() + server.known_hosts.read_text())
            assert controller.playbook(chained, [look("look")]).rc == 0 and server.logins == 3
    finally:
        server.stop()
