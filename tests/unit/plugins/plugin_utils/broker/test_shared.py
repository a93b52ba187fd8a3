# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A client on its way to a broker that it was told of: who answers, who does not, and of what version it may be."""

from __future__ import annotations

import os
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker import client as client_module
from ansible_collections.holdfast.network.plugins.plugin_utils.broker import lifecycle, shared, wire
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import (
    BrokerSilent,
    BrokerUnavailable,
    StateDirError,
    VersionMismatch,
)
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.paths import Paths, default_paths

Listen = Callable[..., Path]


def serve(listening: socket.socket, version: str) -> None:
    """Answers every request of every client with this version, as ``hello`` does; 2 is another protocol."""
    while True:
        try:
            peer, _address = listening.accept()
        except OSError:
            return
        with peer, suppress(ConnectionError):
            while len(header := peer.recv(wire.HEADER.size)) == wire.HEADER.size:
                asked = wire.decode(peer.recv(wire.body_length(header)))
                answer = wire.encode({"id": asked["id"], "result": {"version": version}})
                peer.sendall(answer if version != "2" else answer[:3] + b"\x02" + answer[4:])


@pytest.fixture
def listen(short: Path) -> Iterator[Listen]:
    """A broker of a version at a name in the directory ``run``."""
    made: list[socket.socket] = []
    (short / "run").mkdir(mode=0o750)

    def start(version: str, name: str = "broker.sock") -> Path:
        made.append(socket.socket(socket.AF_UNIX))
        made[-1].bind(str(short / "run" / name))
        made[-1].listen()
        threading.Thread(target=serve, args=(made[-1], version), daemon=True).start()
        return short / "run" / name

    yield start
    for listening in made:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()


def told(path: Path, version: str = "1.2.3") -> Paths:
    return Paths(Path("/nowhere"), Path("/nowhere"), version, path)


@pytest.mark.parametrize("theirs", ["1.2.3", "1.2.0", "1.2.44"])
def test_versions_of_one_series_work_together(listen: Listen, theirs: str) -> None:
    with lifecycle.connect(told(listen(theirs))) as client:
        assert client.call("hello") == {"version": theirs}


@pytest.mark.parametrize("theirs", ["1.3.0", "2.2.3", "0.2.3"])
def test_other_versions_are_refused_with_both_named(listen: Listen, theirs: str) -> None:
    path = listen(theirs)
    for reach in (lifecycle.connect, lifecycle.existing):
        with pytest.raises(VersionMismatch) as caught:
            reach(told(path))
        assert caught.value.message == (
            f"HOLDFAST_SOCKET: the broker at {path} is of version {theirs}, this collection is 1.2.3; run the job "
            f"with the collection (execution environment) of {theirs}, or restart the broker with 1.2.3"
        )
        assert caught.value.detail == {"theirs": theirs, "ours": "1.2.3"} and not caught.value.retryable


def test_another_protocol_is_refused_too(listen: Listen) -> None:
    with pytest.raises(VersionMismatch, match="speaks protocol version 2, this side speaks 1; run the job with"):
        lifecycle.connect(told(listen("2")))


def test_a_broker_of_the_own_version_that_still_drains_is_found(listen: Listen) -> None:
    path = listen("1.3.0")
    listen("1.2.3", "broker-1-1.2.3.sock")
    with lifecycle.connect(told(path)) as client:
        assert client.call("hello") == {"version": "1.2.3"}
    (path.parent / "broker-1-1.1.0.sock").write_text("")
    with pytest.raises(VersionMismatch, match=re.escape("is of version 1.3.0, this collection is 1.1.0")):
        lifecycle.connect(told(path, "1.1.0"))


def test_why_nobody_answers(short: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared, "RESTART", 0.0)
    (short / "run").mkdir()
    (short / "run/plain").write_text("")
    (short / "run/link").symlink_to("broker-1-1.2.3.sock")
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(short / "run/dead"))
    wrong = {
        "none/x.sock": f"there is no directory {short}/none; in a container mount the broker's there (--volume {short}",
        "run/none": "there is no such socket; start its service, check that its own directory is mounted, or unset",
        "run/link": "it leads to broker-1-1.2.3.sock, which is not there; start its service",
        "run/plain": "it is no socket; correct the path",
        "run/dead": "nobody listens there; start its service, mount its directory with :z and never :O, or unset",
    }
    for name, words in wrong.items():
        with pytest.raises(BrokerUnavailable) as caught:
            shared.reach(told(short / name), 0.0)
        start = f"HOLDFAST_SOCKET: the shared broker does not answer at {short}/{name}: "
        assert caught.value.message.startswith(start + words), caught.value.message


@pytest.mark.skipif(os.geteuid() != 0, reason="acts as another user, which only root may")
def test_a_directory_that_is_closed_to_this_user(listen: Listen) -> None:
    path = listen("1.2.3")
    path.parent.chmod(0o700)
    path.parent.parent.chmod(0o755)
    os.seteuid(65534)
    try:
        with pytest.raises(
            BrokerUnavailable, match=r"uid 0 may not open it \(the directory is of uid 0, gid 0, mode 700\)"
        ):
            lifecycle.connect(told(path))
    finally:
        os.seteuid(0)


def test_one_that_restarts_is_waited_for(listen: Listen, short: Path) -> None:
    timer = threading.Timer(0.3, listen, ["1.2.3"])
    timer.start()
    start = time.monotonic()
    with lifecycle.connect(told(short / "run/broker.sock")) as client:
        assert client.call("hello") == {"version": "1.2.3"}
    assert 0.2 < time.monotonic() - start < shared.RESTART
    with pytest.raises(BrokerUnavailable):
        lifecycle.existing(told(short / "run/other.sock"))


def test_a_path_that_no_socket_can_have(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOLDFAST_SOCKET", "/" + "a" * 106)
    assert default_paths("1").shared is not None
    monkeypatch.setenv("HOLDFAST_SOCKET", "/" + "a" * 107)
    with pytest.raises(
        StateDirError, match="^HOLDFAST_SOCKET: .* has 108 bytes, a unix socket allows 107; choose a sh"
    ):
        default_paths("1")


def test_a_silent_broker_of_another_process_namespace_has_no_number(
    listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel says 0 for it: no hint may be to kill that."""
    path, mute = listen("1.2.3"), socket.socket(socket.AF_UNIX)
    with mute:
        mute.bind(str(path.parent / "mute.sock"))
        mute.listen()
        monkeypatch.setattr(client_module, "PATIENCE", 0.1)
        monkeypatch.setattr(client_module, "_listener", lambda _peer: (0, os.getuid(), 0))
        with pytest.raises(BrokerSilent) as caught:
            lifecycle.connect(told(path.parent / "mute.sock"))
    assert "restart its container" in caught.value.message and "kill" not in caught.value.message


def test_the_document_has_the_words_that_tasks_say() -> None:
    root = Path(__file__).resolve().parents[5]
    document = (root / "docs/containers.md").read_text().partition("## What goes wrong")[2].partition("\n## ")[0]
    rows = [line.split(" | ")[0].strip("| ") for line in document.splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 8
    folder = root / "plugins/plugin_utils/broker"
    source = " ".join((folder / f"{name}.py").read_text() for name in ("shared", "paths", "server", "client", "errors"))
    plain = re.sub(r'"\s+f?"', "", source)  # one string again where the source has it in two lines
    for row in rows:
        for words in re.split(r"\.\.\.|`", row):
            assert words.strip(" :,") in plain, words
