# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The broker as a service: in the foreground, told about, drained, handed over to a new version, shared."""

from __future__ import annotations

import configparser
import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.holdfast.network.plugins.plugin_utils import key_files
from ansible_collections.holdfast.network.plugins.plugin_utils.broker import lifecycle
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.client import Client
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import (
    BrokerLost,
    BrokerUnavailable,
    QueueTimeout,
    VersionMismatch,
)
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.paths import Paths, default_paths
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.version import COLLECTION_VERSION
from ansible_collections.holdfast.network.plugins.plugin_utils.requester import Requester

from tests.integration.conftest import REPO, Controller, LabInventory
from tests.integration.direct import code, configure, connected, eventually, paths_of, show, target
from tests.lab import openssh

__all__ = ["connected"]  # a fixture
BOOTSTRAP = REPO / "plugins/plugin_utils/broker/bootstrap.py"
EDIT = "interface GigabitEthernet0/1\n description by hand\n"


class Service:
    """``serve`` in the foreground, with a service manager's socket."""

    def __init__(self, controller: Controller, bootstrap: Path = BOOTSTRAP) -> None:
        self.controller = controller
        self.bootstrap = bootstrap
        self.told: list[str] = []
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        address = controller.runtime.parent / f"{controller.runtime.name}-manager-{id(self)}"
        self.manager.bind(str(address))
        self.process = subprocess.Popen(
            self._command("serve"), env={**controller.env, "NOTIFY_SOCKET": str(address)},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self._address = address

    def _command(self, name: str, *more: str) -> list[str]:
        places = ("--runtime-dir", str(self.controller.runtime), "--state-dir", str(self.controller.state))
        return [sys.executable, str(self.bootstrap), name, *places, *more]

    def hears(self, word: str, seconds: float = 20.0) -> bool:
        """Whether the service manager is told this within the time."""
        end = time.monotonic() + seconds
        while not any(word in message for message in self.told):
            self.manager.settimeout(max(0.001, end - time.monotonic()))
            try:
                self.told.append(self.manager.recv(4096).decode())
            except TimeoutError:
                return False
        return True

    def probe(self, name: str, *more: str) -> tuple[int, dict[str, Any]]:
        done = subprocess.run(
            self._command(name, *more), env=self.controller.env, capture_output=True, text=True, check=False, timeout=30
        )
        return done.returncode, json.loads(done.stdout)

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def ends(self, seconds: float = 10.0) -> int:
        """Its exit status."""
        return self.process.wait(seconds)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()
        self.manager.close()
        self._address.unlink()


@pytest.fixture
def serve(controller: Controller) -> Iterator[Callable[..., Service]]:
    made: list[Service] = []

    def start(bootstrap: Path = BOOTSTRAP) -> Service:
        made.append(Service(controller, bootstrap))
        assert made[-1].hears("READY=1"), made[-1].process.communicate(timeout=5)
        return made[-1]

    yield start
    for service in made:
        service.close()


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as made:
        yield made


Serve = Callable[..., Service]
Connect = Callable[[], Client]


# -- starting, being asked, ending ---------------------------------------------------------------------


def test_it_tells_its_manager_answers_probes_and_ends(serve: Serve, controller: Controller) -> None:
    service = serve()
    pid = service.process.pid
    assert f"MAINPID={pid}" in service.told[0] and "STATUS=serving at" in service.told[0]
    status, health = service.probe("status"), service.probe("health")
    assert (status[0], status[1]["ready"], status[1]["pid"], status[1]["sessions"]) == (0, True, pid, 0)
    assert (health[0], health[1]["healthy"]) == (0, True) and health[1]["seconds"] < 2
    link = controller.runtime / "broker.sock"
    assert link.resolve() == paths_of(controller).socket
    os.kill(pid, signal.SIGSTOP)
    stopped, there = service.probe("health", "--timeout", "0.3"), service.probe("status", "--timeout", "0.3")
    os.kill(pid, signal.SIGCONT)
    assert (stopped[0], stopped[1]["healthy"], there[0]) == (1, False, 1)
    service.signal(signal.SIGTERM)
    assert service.ends() == 0 and service.hears("STOPPING=1")
    assert not link.is_symlink() and not paths_of(controller).socket.exists()
    gone = service.probe("health")
    assert gone[0] == 1 and gone[1]["error"]["code"] == "broker_unavailable"


def test_the_systemd_unit_starts_it(controller: Controller) -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    text = (REPO / "extensions/systemd/holdfast-broker.service").read_text()
    unit.read_string(text.replace("%t/holdfast", str(controller.runtime)))
    service = unit["Service"]
    assert (service["Type"], service["KillMode"]) == ("notify", "mixed") and int(service["TimeoutStopSec"]) > 60
    env = {**controller.env, "HOLDFAST_PYTHON": sys.executable, "HOLDFAST_COLLECTION": str(REPO)}
    process = subprocess.Popen(shlex.split(service["ExecStart"]), env=env, stdin=subprocess.DEVNULL)
    try:
        socket_path = paths_of(controller).socket
        assert eventually(socket_path.exists, 30)
        with Client(socket_path) as client:
            assert client.call("hello")["pid"] == process.pid
        reload = service["ExecReload"].replace("$MAINPID", str(process.pid))
        subprocess.run(shlex.split(reload), check=True)
        log = controller.state / "broker.log"
        assert eventually(lambda: "settings read from nowhere: the defaults" in log.read_text())
    finally:
        process.terminate()
        status = process.wait(10)
    assert status == 0


def test_bad_settings_end_it_with_their_error(controller: Controller, monkeypatch: pytest.MonkeyPatch) -> None:
    path = configure(controller, monkeypatch, '[service]\ngroup = "no-such-group"\nusers = ["root"]\n')
    service = Service(controller)
    _out, error = service.process.communicate(timeout=20)
    assert service.process.returncode == 1
    assert (
        f"{path}: service.group: there is no 'no-such-group' on this machine" in json.loads(error)["error"]["message"]
    )
    service.close()


def test_a_playbook_uses_the_service(serve: Serve, controller: Controller, calm: LabInventory) -> None:
    pid = serve().process.pid
    look = {"name": "look", "holdfast.network.command": {"commands": ["show version"]}}
    assert controller.playbook(calm.path, [look], "r1").rc == 0
    assert controller.broker_pids() == [pid]


def test_it_takes_over_from_a_broker_that_a_client_started(
    serve: Serve, controller: Controller, connected: Connect, calm: LabInventory
) -> None:
    old, where = connected(), target(calm.lab, "r1")
    show(old, where)
    first = controller.broker_pid()
    service = serve()
    with Client(paths_of(controller).socket) as client:
        assert client.call("hello")["pid"] == service.process.pid
        assert show(client, where)["login"]
    assert calm.lab.counters("r1")["open_sessions"] == 1
    assert calm.lab.wait(lambda: first not in controller.broker_pids())
    assert paths_of(controller).socket.exists()


def test_it_does_not_take_over_a_pending_change(
    serve: Serve, controller: Controller, connected: Connect, calm: LabInventory
) -> None:
    client, where = connected(), target(calm.lab, "r1")
    change = client.call("config.apply", {"target": where, "text": EDIT, "confirm_within": 60}, 60)["change"]
    service = Service(controller)
    _out, error = service.process.communicate(timeout=20)
    assert service.process.returncode == 1 and "serves at" in error and "1 pending changes" in error
    service.close()
    assert client.call("change.confirm", {"target": where, "change": change["id"]}, 60)["changed"]


# -- draining ------------------------------------------------------------------------------------------


def test_sigterm_lets_requests_and_jobs_end(
    serve: Serve, controller: Controller, connected: Connect, calm: LabInventory, threads: ThreadPoolExecutor
) -> None:
    service, client = serve(), connected()
    running, idle, job = target(calm.lab, "r1"), target(calm.lab, "r2"), target(calm.lab, "r3")
    show(client, idle)
    for name in ("r1", "r3"):
        calm.lab.fault(name, "hang", command="show version", when="before")
    begun = threads.submit(show, connected(), running)
    made = client.call("job.start", {"target": job, "command": "run", "params": {"commands": ["show version"]}})["job"]
    assert calm.lab.wait(lambda: calm.lab.counters("r1")["commands"] and calm.lab.counters("r3")["commands"], 10)
    service.signal(signal.SIGTERM)
    assert service.hears("STOPPING=1")
    with pytest.raises(BrokerUnavailable, match="draining"):
        show(client, idle)
    assert (service.probe("status")[0], service.probe("health")[0]) == (1, 0)
    assert calm.lab.counters("r2")["open_sessions"] == 0, "an idle session is given up at once"
    assert service.process.poll() is None and not begun.done()
    calm.lab.clear()
    assert client.call("job.info", {"id": made["id"], "wait": 5})["job"]["state"] == "finished"
    assert "IOS" in begun.result(10)["replies"][0]["output"]
    assert service.ends() == 0


def test_sigterm_waits_for_a_confirmation(
    serve: Serve, connected: Connect, calm: LabInventory, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, client, where = serve(), connected(), target(calm.lab, "r1")
    change = client.call("config.apply", {"target": where, "text": EDIT, "confirm_within": 30}, 60)["change"]
    service.signal(signal.SIGTERM)
    assert service.hears("STOPPING=1")
    time.sleep(0.5)
    assert service.process.poll() is None
    assert client.call("change.confirm", {"target": where, "change": change["id"]}, 60)["changed"]
    assert service.ends() == 0 and "by hand" in calm.lab.running_config("r1")


def test_a_change_left_at_the_drain_timeout_is_undone_by_the_next_broker(
    serve: Serve, controller: Controller, connected: Connect, calm: LabInventory, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(controller, monkeypatch, "[service]\ndrain_timeout = 0.5\n")
    service, client, where = serve(), connected(), target(calm.lab, "r1")
    client.call("config.apply", {"target": where, "text": EDIT, "confirm_within": 60}, 60)
    service.signal(signal.SIGTERM)
    assert service.ends() == 0 and "by hand" in calm.lab.running_config("r1")
    assert show(connected(), where)["login"]
    assert "by hand" not in calm.lab.running_config("r1")
    assert "leaving 1 pending changes to the next broker" in (controller.state / "broker.log").read_text()


@pytest.mark.parametrize("how", ["a second signal", "service.drain_timeout"])
def test_what_does_not_end_is_cut_off(
    serve: Serve, controller: Controller, connected: Connect, calm: LabInventory, threads: ThreadPoolExecutor,
    monkeypatch: pytest.MonkeyPatch, how: str,
) -> None:  # fmt: skip
    configure(controller, monkeypatch, f"[service]\ndrain_timeout = {60 if how == 'a second signal' else 0.3}\n")
    service, client = serve(), connected()
    calm.lab.fault("r1", "hang", command="show version", when="before")
    hanging = threads.submit(show, client, target(calm.lab, "r1"))
    assert calm.lab.wait(lambda: calm.lab.counters("r1")["commands"] > 0, 10)
    service.signal(signal.SIGTERM)
    if how == "a second signal":
        assert service.hears("STOPPING=1")
        service.signal(signal.SIGTERM)
    assert service.ends() == 143
    with pytest.raises(BrokerLost):
        hanging.result(5)
    assert how in (controller.state / "broker.log").read_text() and not paths_of(controller).socket.exists()


# -- a new version -------------------------------------------------------------------------------------


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """The bootstrap of another version: a copy of the collection that says so."""
    shutil.copytree(REPO / "plugins", tmp_path / "older/plugins", ignore=shutil.ignore_patterns("__pycache__"))
    version = tmp_path / "older/plugins/plugin_utils/broker/version.py"
    version.write_text('from __future__ import annotations\n\nCOLLECTION_VERSION = "0.0.9"\n')
    return tmp_path / "older/plugins/plugin_utils/broker/bootstrap.py"


def test_an_upgrade_never_reaches_a_device_from_two_brokers(
    serve: Serve, older: Path, controller: Controller, connected: Connect, calm: LabInventory,
    threads: ThreadPoolExecutor,
) -> None:  # fmt: skip
    service, socket_path = serve(older), controller.runtime / "broker-1-0.0.9.sock"
    busy, idle, held = (target(calm.lab, name) for name in ("r1", "r2", "r3"))
    most = dict.fromkeys(calm.lab.devices, 0)
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.02):
            for name, row in calm.lab.all_counters().items():
                most[name] = max(most[name], row["open_sessions"])

    watching = threads.submit(watch)
    with Client(socket_path) as before, Client(socket_path) as second:
        assert before.call("hello")["version"] == "0.0.9"
        show(before, idle)
        change = before.call("config.apply", {"target": held, "text": EDIT, "confirm_within": 60}, 60)["change"]
        calm.lab.fault("r1", "hang", command="show version", when="before")
        begun = threads.submit(show, second, busy)
        assert calm.lab.wait(lambda: calm.lab.counters("r1")["commands"] > 0, 10)
        client = connected()  # starts the newer one, which has the older drain
        assert show(client, idle)["login"] and not begun.done()
        after = threads.submit(show, connected(), busy, "show clock")
        time.sleep(0.5)
        assert not begun.done() and not after.done()
        calm.lab.clear("r1")
        assert after.result(20)["login"] and begun.result(1)["replies"]
        with pytest.raises(QueueTimeout, match="stayed with another broker for 0.5 s"):
            show(client, held, queue_timeout=0.5)
        assert before.call("change.confirm", {"target": held, "change": change["id"]}, 60)["changed"]
        assert show(client, held)["login"]
    assert service.ends() == 0 and client.call("hello")["version"] != "0.0.9"
    done.set()
    watching.result(5)
    assert most == {"r1": 1, "r2": 1, "r3": 1, "r4": 0}
    assert "by hand" in calm.lab.running_config("r3")


# -- the log -------------------------------------------------------------------------------------------


def test_the_log_rotates_by_size_and_is_opened_again_on_sighup(
    serve: Serve, controller: Controller, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(controller, monkeypatch, "[log]\nsize = 10000\nbackups = 1\n")
    service = serve()
    for _unused in range(400):
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(str(paths_of(controller).socket))
            sock.sendall(b"GET / HT")
            assert sock.recv(100)
    kept = {path.name: path.stat() for path in controller.state.glob("broker.log*")}
    assert set(kept) == {"broker.log", "broker.log.1"}
    assert all(found.st_size <= 10_000 and found.st_mode & 0o777 == 0o600 for found in kept.values())
    log = controller.state / "broker.log"
    log.rename(controller.state / "moved.log")
    service.signal(signal.SIGHUP)
    assert service.hears("settings read again")
    assert "settings read from" in log.read_text()


def test_a_container_has_its_log_on_stderr(
    serve: Serve, controller: Controller, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(controller, monkeypatch, '[log]\nto = "stderr"\n')
    service = serve()
    service.signal(signal.SIGTERM)
    _out, error = service.process.communicate(timeout=10)
    assert "serving, version" in error and "drained" in error
    assert not (controller.state / "broker.log").exists()


# -- shared with a group -------------------------------------------------------------------------------

GUEST, STRANGER, GROUP = 65534, 65533, "games"


@pytest.fixture
def shared(controller: Controller, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The link to the socket of a service that GUEST may use."""
    if os.getuid() != 0:
        pytest.skip("acts as other users, which only root may")
    configure(controller, monkeypatch, f'[service]\ngroup = "{GROUP}"\nusers = [{GUEST}]\n')
    controller.state.mkdir(mode=0o700)
    serve()
    return controller.runtime / "broker.sock"


def as_user(uid: int, link: Path, work: Callable[[Client], Any]) -> str:
    """What ``work`` returns, or the code of its error, in a process of this user and of the group."""
    import grp

    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.environ["HOLDFAST_SOCKET"] = str(link)
            os.setgroups([]), os.setgid(grp.getgrnam(GROUP).gr_gid), os.setuid(uid)
            found: list[Any] = []
            reason = code(lambda: found.append(_ask(work)))
            os.write(writer, (str(found[0]) if found else reason).encode())
        finally:
            os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    with open(reader) as stream:
        return stream.read()


def _ask(work: Callable[[Client], Any]) -> Any:
    with lifecycle.connect(default_paths(COLLECTION_VERSION)) as client:
        return work(client)


def test_a_group_shares_the_socket_under_a_list_of_users(
    shared: Path, controller: Controller, calm: LabInventory
) -> None:
    import grp

    where = target(calm.lab, "r1")
    where["options"] = {"host_key_checking": False}
    modes = [(controller.runtime, 0o2750), (paths_of(controller).socket, 0o660), (controller.state, 0o700)]
    assert [path.stat().st_mode & 0o7777 for path, _mode in modes] == [mode for _path, mode in modes]
    assert {path.stat().st_gid for path, _mode in modes[:2]} == {grp.getgrnam(GROUP).gr_gid}
    assert as_user(GUEST, shared, lambda client: show(client, where)["login"]) == "True"
    assert as_user(GUEST, shared, lambda client: show(client, where)["login"]) == "False"
    assert as_user(STRANGER, shared, lambda client: client.call("hello")) == "not_allowed"
    wrong = {**where, "secrets": {"password": "guessed"}}
    assert as_user(GUEST, shared, lambda client: show(client, wrong)) == "authentication", "no session but one's own"
    for asked in ("broker.stop", "broker.drain"):
        assert as_user(GUEST, shared, lambda client, asked=asked: client.call(asked)) == "not_allowed"
    for secrets in ({"private_key_file": "/root/.ssh/id_rsa"}, {}):
        keyed = {**where, "secrets": secrets}
        assert as_user(GUEST, shared, lambda client, keyed=keyed: show(client, keyed)) == "not_allowed"
        fleet = {"command": "run", "requests": {"a": {"target": keyed, "commands": ["show version"]}}}
        assert as_user(GUEST, shared, lambda client, fleet=fleet: client.call("fleet.run", fleet)) == "not_allowed"
    with Client(shared) as owner:
        job = owner.call("job.start", {"target": where, "command": "run", "params": {"commands": ["show version"]}})
    name = job["job"]["id"]
    assert as_user(GUEST, shared, lambda client: client.call("job.info", {"id": name})) == "job_unknown"
    assert calm.lab.counters("r1")["logins"] == 1, "whoever knows the credentials shares the session"


def test_a_client_of_a_shared_broker_starts_none(controller: Controller, calm: LabInventory) -> None:
    look = {"name": "look", "holdfast.network.command": {"commands": ["show version"]}}
    info = {"name": "info", "holdfast.network.session_info": {}}
    controller.env["HOLDFAST_SOCKET"] = str(controller.runtime / "nobody.sock")
    run = controller.playbook(calm.path, [info, look], "r1")
    failed = run.result("r1", "look")
    assert failed["code"] == "broker_unavailable" and "there is no such socket; start its service" in failed["msg"]
    assert not run.result("r1", "info")["broker"]["running"] and controller.broker_pids() == []


def test_a_socket_that_others_could_have_put_there_is_not_used(shared: Path, controller: Controller) -> None:
    controller.runtime.chmod(0o777)
    assert as_user(GUEST, shared, lambda client: client.call("hello")) == "state_dir"
    controller.runtime.chmod(0o2750)
    assert as_user(GUEST, shared, lambda client: client.call("hello")["protocol"]) == "1"


def test_a_job_of_the_former_version_confirms_its_change_and_no_more(
    serve: Serve, older: Path, controller: Controller, connected: Connect, calm: LabInventory
) -> None:
    """Both are told of the same name, which leads to the newer one after the upgrade."""
    former = Paths(controller.runtime, controller.state, "0.0.9", controller.runtime / "broker.sock")
    held, later = target(calm.lab, "r1"), replace(former, version="0.2.0")
    service = serve(older)
    with lifecycle.connect(former) as job:
        change = job.call("config.apply", {"target": held, "text": EDIT, "confirm_within": 60}, 60)["change"]
    serve()
    with pytest.raises(VersionMismatch, match=f"is of version {COLLECTION_VERSION}, this collection is 0.2.0"):
        lifecycle.connect(later)
    with lifecycle.connect(former) as job:
        assert job.call("hello")["draining"]
        with pytest.raises(BrokerUnavailable, match="draining"):
            show(job, target(calm.lab, "r2"))
        assert job.call("change.confirm", {"target": held, "change": change["id"]}, 60)["changed"]
    assert service.ends() == 0 and "by hand" in calm.lab.running_config("r1")
    with pytest.raises(VersionMismatch, match=f"is of version {COLLECTION_VERSION}, this collection is 0.0.9"):
        lifecycle.connect(former)
    assert show(connected(), held)["login"], "and its session has moved"


def test_a_playbook_goes_on_while_its_service_is_restarted(
    serve: Serve, controller: Controller, calm: LabInventory
) -> None:
    """The old one drains while a device is slow, which takes its time; tasks for others wait for the new one."""
    first = serve()
    controller.env["HOLDFAST_SOCKET"] = str(controller.runtime / "broker.sock")
    calm.lab.fault("r1", "hang", command="show version", when="before")
    look = {"name": "look", "holdfast.network.command": {"commands": ["show version"]}}
    more = {"name": "more", "holdfast.network.command": {"commands": ["show clock"]}}
    running = controller.start(calm.path, [look, more], "r1,r2", strategy="free")
    assert calm.lab.wait(lambda: calm.lab.counters("r1")["commands"] > 0, 20)
    first.signal(signal.SIGTERM)
    assert first.hears("STOPPING=1")
    waiting = controller.start(calm.path, [more], "r3")
    time.sleep(2)
    assert waiting.poll() is None
    calm.lab.clear("r1")
    assert first.ends() == 0
    serve()
    for process in (running, waiting):
        run = controller.finish(process)
        assert run.rc == 0, run.stdout


# -- keys over a shared socket -------------------------------------------------------------------------


def test_a_key_file_is_read_by_the_task_and_not_by_the_broker(
    shared: Path, controller: Controller, server: openssh.OpenSsh, calm: LabInventory, tmp_path: Path
) -> None:
    """The guest's key is open to the guest alone, and what root can read the guest cannot have read."""
    place = Path(tempfile.mkdtemp(prefix="hf-key-"))
    own, others = place / "own", place / "others"
    for path in (own, others):
        shutil.copy(server.key, path)
    shutil.chown(place, GUEST), shutil.chown(own, GUEST)
    trusted = tmp_path / "known_hosts"
    trusted.write_text(server.known_hosts.read_text() + calm.lab.known_hosts.read_text())
    box = {
        "host": server.host, "port": server.port, "user": server.user, "platform": "linux", "driver": "paramiko",
        "private_key_file": str(own), "known_hosts": str(trusted), "connect_timeout": 10.0, "command_timeout": 10.0,
    }  # fmt: skip
    device = calm.lab.devices["r1"]
    hop = {"host": server.host, "port": server.port, "user": server.user, "private_key_file": str(own)}
    behind = {
        **box, "host": device.host, "port": device.port, "user": device.user, "password": device.password,
        "platform": "ios", "driver": "netmiko", "jump_hosts": [hop], "private_key_file": None,
    }  # fmt: skip

    def asks(options: dict[str, Any], line: str = "uname -s") -> str:
        assert key_files  # imported: the guest may not read the Python environment of this user
        return as_user(GUEST, shared, lambda _client: Requester(options, 10.0).call("run", {"commands": [line]}))

    before = server.logins
    try:
        assert "'output': 'Linux'" in asks(box) and "'login': False" in asks({**box, "private_key_file": str(own)})
        text = {**box, "private_key_file": None, "private_key": own.read_text()}
        assert "'login': False" in asks(text), "the same key is the same session, however it was given"
        assert server.logins == before + 1
        assert "Cisco IOS" in asks(behind, "show version") and server.logins == before + 2
        assert asks({**box, "private_key_file": str(others)}) == "bad_input"
        assert asks({**box, "private_key": "no key"}) == "bad_input"
        assert asks({**box, "private_key_file": None}) == "not_allowed"
        assert server.logins == before + 2
    finally:
        shutil.rmtree(place)
    secret = server.key.read_text().splitlines()[2]
    assert all(secret not in path.read_text() for path in controller.state.glob("broker.log*"))


def test_a_playbook_with_a_key_over_a_service_in_another_place(
    serve: Serve, controller: Controller, server: openssh.OpenSsh, tmp_path: Path
) -> None:
    serve()
    controller.env["HOLDFAST_SOCKET"], before = str(controller.runtime / "broker.sock"), server.logins
    box = {
        "ansible_connection": "holdfast.network.pinned", "ansible_host": server.host, "ansible_port": server.port,
        "ansible_user": server.user, "holdfast_platform": "linux", "holdfast_driver": "paramiko",
        "holdfast_known_hosts": str(server.known_hosts),
    }  # fmt: skip
    wrong = {"locked": {"ansible_private_key_file": "/none/key"}, "damaged": {"holdfast_private_key": "no key"}}
    hosts = {
        "file": {**box, "ansible_private_key_file": str(server.key)},
        "text": {**box, "holdfast_private_key": server.key.read_text()},
        **{name: {**box, **given} for name, given in wrong.items()},
    }
    book = tmp_path / "hosts.yml"
    book.write_text(yaml.safe_dump({"all": {"hosts": hosts}}))
    run = controller.playbook(book, [{"name": "look", "holdfast.network.command": {"commands": ["uname -s"]}}])
    assert [run.result(name, "look")["stdout"] for name in ("file", "text")] == [["Linux"]] * 2
    assert server.logins == before + 1
    locked, damaged = run.result("locked", "look"), run.result("damaged", "look")
    assert locked["code"] == damaged["code"] == "bad_input"
    assert "ansible_private_key_file: the key file /none/key cannot be read here: No such file" in locked["msg"]
    assert "holdfast_private_key: the key for 127.0.0.1" in damaged["msg"]
    assert server.key.read_text().splitlines()[2] not in run.stdout + run.stderr
