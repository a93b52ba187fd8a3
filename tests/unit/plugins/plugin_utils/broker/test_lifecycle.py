# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Starting a broker: once, wherever it can be, with a clear error where it cannot."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker import lifecycle
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.client import Client
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import (
    BrokerLost,
    BrokerUnavailable,
    HoldfastError,
    StateDirError,
)
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.paths import Paths

from .conftest import broker_pids
from .fakes import eventually


def gone(pid: int) -> bool:
    return eventually(
        lambda: not Path(f"/proc/{pid}").exists() or "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text()
    )


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_hundred_forks_start_one_broker(paths: Paths) -> None:
    """All are held at a pipe, and let go in the same moment."""
    gate, answers = os.pipe(), os.pipe()
    children = []
    for _unused in range(100):
        child = os.fork()
        if child == 0:
            try:
                os.close(gate[1])
                os.read(gate[0], 1)
                with lifecycle.connect(paths) as client:
                    os.write(answers[1], b"%d\n" % client.call("hello", timeout=30)["pid"])
            finally:
                os._exit(0)
        children.append(child)
    os.close(gate[0]), os.close(gate[1])
    for child in children:
        os.waitpid(child, 0)
    os.close(answers[1])
    with open(answers[0]) as stream:
        pids = stream.read().split()
    assert len(pids) == 100 and len(set(pids)) == 1
    assert broker_pids(paths.runtime) == [int(pids[0])]


def test_what_it_leaves_on_disk_is_private(paths: Paths) -> None:
    with lifecycle.connect(paths) as client:
        assert client.call("hello")["protocol"] == 1
    modes = {
        path.name: stat.S_IMODE(path.lstat().st_mode) for path in (paths.runtime, paths.state, paths.socket, paths.log)
    }
    assert modes == {"run": 0o700, "state": 0o700, paths.socket.name: 0o600, "broker.log": 0o600}


def test_it_is_nobodys_child_and_keeps_no_secret_of_its_parent(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    options = ("PASSWORD", "PASSPHRASE", "ENABLE_SECRET", "PROXY", "JUMP_HOSTS", "PRIVATE_KEY")
    others = ("LAB_PASSWORD", "NETBOX_TOKEN", "DB_PASS", "pass", "AWS_SECRET_ACCESS_KEY")
    for name in (*(f"HOLDFAST_{option}" for option in options), *others):
        monkeypatch.setenv(name, "sesame")
    monkeypatch.setenv("ANSIBLE_VAULT_PASSWORD_FILE", "/secret/file")
    monkeypatch.setenv("COMPASS", "north")
    with lifecycle.connect(paths) as client:
        pid = client.call("hello")["pid"]
    environment = Path(f"/proc/{pid}/environ").read_bytes()
    assert b"sesame" not in environment and b"VAULT" not in environment and b"COMPASS=north" in environment
    assert os.getsid(pid) != os.getsid(0)
    assert f"PPid:\t{os.getpid()}\n" not in Path(f"/proc/{pid}/status").read_text()


@pytest.mark.parametrize("left", ["a dead socket", "a plain file"])
def test_a_stale_socket_file_is_replaced(paths: Paths, left: str) -> None:
    paths.runtime.mkdir(mode=0o700)
    if left == "a plain file":
        paths.socket.write_text("")
    else:
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(str(paths.socket))
    with lifecycle.connect(paths) as client:
        assert client.call("hello")["pid"]


def test_a_killed_broker_is_followed_by_another(paths: Paths) -> None:
    client = lifecycle.connect(paths)
    first = client.call("hello")["pid"]
    os.kill(first, signal.SIGKILL)
    assert gone(first)
    with pytest.raises(BrokerUnavailable):
        client.call("hello", timeout=10)
    with lifecycle.connect(paths) as again:
        assert again.call("hello")["pid"] != first


def test_sigterm_ends_it_at_once_even_with_clients_that_stay(paths: Paths) -> None:
    client = lifecycle.connect(paths)
    pid = client.call("hello")["pid"]
    start = time.monotonic()
    os.kill(pid, signal.SIGTERM)
    assert gone(pid) and time.monotonic() - start < 5
    assert not paths.socket.exists()
    with pytest.raises((BrokerLost, BrokerUnavailable)):
        client.call("hello", timeout=10)


def test_stop_is_answered_and_then_done(paths: Paths) -> None:
    idle = lifecycle.connect(paths)
    with lifecycle.connect(paths) as client:
        pid = client.call("hello")["pid"]
        assert client.call("broker.stop", timeout=10) == {"changed": True}
    assert gone(pid)
    idle.close()


def test_an_ending_broker_leaves_its_followers_socket_alone(paths: Paths) -> None:
    """It may take long to end (its sessions finish their work), and another has been started meanwhile."""
    with lifecycle.connect(paths) as client:
        first = client.call("hello")["pid"]
    os.kill(first, signal.SIGSTOP)
    paths.socket.unlink()
    with lifecycle.connect(paths) as client:
        second = client.call("hello")["pid"]
    os.kill(first, signal.SIGTERM)
    os.kill(first, signal.SIGCONT)
    assert gone(first)
    with Client(paths.socket) as client:
        assert client.call("hello")["pid"] == second


def test_brokers_of_other_versions_are_asked_to_drain(paths: Paths) -> None:
    """One that serves, one that is dead, one that hangs, and a file that is no socket."""
    older = Paths(paths.runtime, paths.state, "0.0.9")
    with lifecycle.connect(paths) as client:
        first = client.call("hello")["pid"]
    os.rename(paths.socket, older.socket)  # what an older version's broker looks like
    (paths.runtime / "broker-0-junk.sock").write_text("")
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(paths.runtime / "broker-1-dead.sock"))
    with socket.socket(socket.AF_UNIX) as hung:
        hung.bind(str(paths.runtime / "broker-1-hung.sock"))
        hung.listen()
        with lifecycle.connect(paths) as client, Client(older.socket) as old:
            hello = client.call("hello")
            assert hello["pid"] != first and not hello["draining"]
            assert old.call("hello")["draining"]
            with pytest.raises(BrokerUnavailable, match="draining"):
                old.call("session.open", {"target": {}})


# -- where it cannot be -----------------------------------------------------------------------------


def test_a_state_directory_that_cannot_be(short: Path) -> None:
    (short / "file").write_text("")
    for state in (short / "file", short / "file" / "below", Path("/proc/nowhere/state")):
        with pytest.raises(StateDirError, match=f"HOLDFAST_STATE_DIR: cannot use {state}"):
            lifecycle.connect(Paths(short / "run", state, "1"))


def as_nobody(script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """A Python script as uid 65534, with its errors printed as ``Class: message``."""
    plugins = Path(lifecycle.__file__).resolve().parents[3]
    bootstrap = str(plugins / "plugins/plugin_utils/broker/bootstrap.py")
    body = f"""
import importlib.util, os, sys
sys.path[:0] = {[p for p in sys.path if p]!r}
spec = importlib.util.spec_from_file_location("bootstrap", {bootstrap!r})
bootstrap = importlib.util.module_from_spec(spec)
spec.loader.exec_module(bootstrap)
from pathlib import Path
bootstrap.mount(Path({str(plugins)!r}))
from ansible_collections.holdfast.network.plugins.plugin_utils.broker import errors, lifecycle, paths, wire, client
os.setgroups([]), os.setgid(65534), os.setuid(65534)
try:
{textwrap.indent(textwrap.dedent(script), "    ")}
except errors.HoldfastError as exc:
    print(type(exc).__name__ + ": " + exc.message)
"""
    return subprocess.run(
        [sys.executable, "-c", body, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=60
    )


needs_root = pytest.mark.skipif(os.getuid() != 0, reason="acts as another user, which only root may")


@needs_root
def test_an_unwritable_state_directory(short: Path) -> None:
    short.chmod(0o755)
    (short / "state").mkdir(mode=0o755)
    (short / "run").mkdir(mode=0o700)
    os.chown(short / "run", 65534, 65534)
    made = as_nobody(
        "lifecycle.connect(paths.Paths(Path(sys.argv[1]), Path(sys.argv[2]), '1'))", short / "run", short / "state/x"
    )
    assert made.stdout.startswith("StateDirError: HOLDFAST_STATE_DIR: cannot use"), made
    assert "Permission denied" in made.stdout


@needs_root
def test_a_directory_of_another_owner(short: Path) -> None:
    (short / "run").mkdir(mode=0o777)
    os.chown(short / "run", 65534, 65534)
    with pytest.raises(StateDirError, match="HOLDFAST_RUNTIME_DIR: .* belongs to uid 65534, not to you"):
        lifecycle.connect(Paths(short / "run", short / "state", "1"))


@needs_root
def test_a_client_of_another_user_is_refused(paths: Paths) -> None:
    """Even one that got past the directories' modes."""
    with lifecycle.connect(paths) as client:
        client.call("hello")
        for path in (paths.runtime.parent, paths.runtime, paths.socket):
            path.chmod(0o777)
        made = as_nobody("print(client.Client(sys.argv[1]).call('hello', timeout=20))", paths.socket)
        assert made.stdout.startswith(("NotAllowed: uid 65534 may not", "BrokerLost: ", "BrokerUnavailable: ")), made
        assert client.call("hello")
    assert "refused a client of another user" in paths.log.read_text()


def test_a_symbolic_link_is_refused(short: Path) -> None:
    (short / "real").mkdir(mode=0o700)
    (short / "run").symlink_to(short / "real")
    with pytest.raises(StateDirError, match="is a symbolic link"):
        lifecycle.connect(Paths(short / "run", short / "state", "1"))


def test_an_open_directory_is_closed_to_others(paths: Paths) -> None:
    paths.runtime.mkdir(mode=0o777)
    paths.runtime.chmod(0o777)
    with lifecycle.connect(paths):
        assert stat.S_IMODE(paths.runtime.stat().st_mode) == 0o700


def test_an_error_of_the_starting_broker_reaches_the_caller(paths: Paths) -> None:
    paths.state.mkdir(mode=0o700, parents=True)
    (paths.state / "journal").write_text("in the way")
    with pytest.raises(StateDirError, match="HOLDFAST_STATE_DIR: cannot use .*/journal"):
        lifecycle.connect(paths)
    assert eventually(lambda: broker_pids(paths.runtime) == [])


def test_one_that_dies_while_starting_points_at_its_log(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(BrokerUnavailable, match=r"ended while starting; see .*broker\.log"):
        lifecycle.connect(paths)


def test_one_that_never_is_ready(paths: Paths, monkeypatch: pytest.MonkeyPatch, short: Path) -> None:
    slow = short / "slow"
    slow.write_text("#!/bin/sh\nsleep 30 & \n")
    slow.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(slow))
    monkeypatch.setattr(lifecycle, "START_TIMEOUT", 0.3)
    with pytest.raises(BrokerUnavailable, match="was not ready after 0.3 s"):
        lifecycle.connect(paths)


def test_a_log_that_cannot_be_written(paths: Paths) -> None:
    paths.log.mkdir(parents=True)
    with pytest.raises(StateDirError, match="cannot write .*broker.log"):
        lifecycle.connect(paths)


def test_the_module_of_a_child_process_speaks_the_same_frames(paths: Paths) -> None:
    from ansible_collections.holdfast.network.plugins.module_utils import broker_socket
    from ansible_collections.holdfast.network.plugins.plugin_utils.broker import wire

    names = ("MAGIC", "VERSION")
    assert [getattr(broker_socket, n) for n in names] == [getattr(wire, n) for n in names]
    assert broker_socket.HEADER.format == wire.HEADER.format
    with lifecycle.connect(paths) as client:
        where = {"host": "127.0.0.1", "port": 9, "platform": "ios", "secrets": {"password": "sesame"}}
        handle = client.call("session.handle", {"target": where})["handle"]
        assert "sesame" not in handle
        found = broker_socket.ask(f"{paths.socket}#{handle}", "diagnose", {}, 30)
        assert not found["reachable"] and "127.0.0.1:9" in json.dumps(found)
        with pytest.raises(broker_socket.BrokerError, match="unknown or expired") as caught:
            broker_socket.ask(f"{paths.socket}#no", "facts", {}, 30)
        assert caught.value.code == "bad_input"


def test_errors_cross_the_socket_with_their_class(paths: Paths) -> None:
    with lifecycle.connect(paths) as client, pytest.raises(HoldfastError) as caught:
        client.call("run", {"target": {"host": "x", "platform": "cisco_iosss"}, "commands": ["show"]})
    assert (type(caught.value).__name__, caught.value.code) == ("UnknownPlatform", "unknown_platform")
