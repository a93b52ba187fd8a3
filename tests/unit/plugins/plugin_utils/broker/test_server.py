# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The socket as anybody may use it: bad frames and bad requests are answered, and nobody else notices."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker import lifecycle, wire
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.client import Client
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.context import Context
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import (
    BadInput,
    BrokerLost,
    BrokerUnavailable,
    CommandTimeout,
    HoldfastError,
    OutcomeUnknown,
    ProtocolError,
    SessionLost,
    Unsupported,
    VersionMismatch,
)
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.guard import Guard
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.paths import Paths
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.server import Server
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.sessions import SessionPool
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.store import ChangeStore, CheckpointStore
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.turns import Turns
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.frames import frame, raw

from .fakes import FakeNetwork, eventually

WHERE = {"host": "dev", "platform": "ios", "driver": "netmiko", "user": "u", "secrets": {"password": "p"}}


@pytest.fixture(scope="module")
def module_paths() -> Iterator[Paths]:
    import tempfile

    from ansible_collections.holdfast.network.plugins.plugin_utils.broker.version import COLLECTION_VERSION

    with tempfile.TemporaryDirectory(prefix="hfu-", dir="/tmp") as directory:
        made = Paths(Path(directory, "run"), Path(directory, "state"), COLLECTION_VERSION)
        yield made
        with suppress(BrokerUnavailable), Client(made.socket) as client:
            client.call("broker.stop")
        assert eventually(lambda: not made.socket.exists())


@pytest.fixture(scope="module")
def broker(module_paths: Paths) -> Iterator[Client]:
    """A client on a real broker process, connected throughout."""
    with lifecycle.connect(module_paths) as client:
        pid = client.call("hello")["pid"]
        yield client
        assert client.call("hello", timeout=10)["pid"] == pid


HELLO = frame(b'{"id": 7, "command": "hello"}')
BAD_FRAMES = {
    "garbage": (b"GET / HTTP/1.1\r\n\r\n", "protocol"),
    "wrong version": (frame(b"{}", version=9), "version_mismatch"),
    "oversized": (frame(b"", length=wire.MAX_FRAME + 1), "protocol"),
    "no json": (frame(b"\xff\x00"), "protocol"),
    "no object": (frame(b"[1]"), "protocol"),
    "deep nesting": (frame(b"[" * 100_000), "protocol"),
    "deep nesting of objects": (frame(b'{"a":' * 100_000), "protocol"),
}


@pytest.mark.parametrize("name", BAD_FRAMES)
def test_a_bad_frame_is_answered_and_its_sender_hung_up_on(broker: Client, module_paths: Paths, name: str) -> None:
    data, code = BAD_FRAMES[name]
    first, *more = raw(module_paths.socket, data + HELLO)
    assert first["id"] is None and first["error"]["code"] == code and more == []
    assert broker.call("hello")


@pytest.mark.parametrize("cut", [1, 7, 8, 9, len(HELLO) - 1])
def test_a_truncated_frame_gets_no_answer(broker: Client, module_paths: Paths, cut: int) -> None:
    assert raw(module_paths.socket, HELLO[:cut]) == []
    assert broker.call("hello")


def test_two_requests_in_one_write_and_one_in_many(broker: Client, module_paths: Paths) -> None:
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(10)
        sock.connect(str(module_paths.socket))
        sock.sendall(HELLO + HELLO)
        for byte in HELLO:
            sock.sendall(bytes([byte]))
        stream = sock.makefile("rb")
        for _unused in range(3):
            answer = wire.decode(stream.read(wire.body_length(stream.read(wire.HEADER.size))))
            assert answer["id"] == 7 and answer["result"]["protocol"] == 1


JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=5), lambda i: st.lists(i) | st.dictionaries(st.text(max_size=5), i)
).map(lambda value: frame(json.dumps(value).encode()))
FLIPPED = st.tuples(st.integers(0, 20), st.binary(min_size=1, max_size=1)).map(
    lambda change: HELLO[: change[0]] + change[1] + HELLO[change[0] + 1 :]
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300) | st.binary(max_size=300).map(frame) | JSON | FLIPPED)
def test_random_frames(broker: Client, module_paths: Paths, data: bytes) -> None:
    for answer in raw(module_paths.socket, data):
        assert "result" in answer or answer["error"]["code"] in ("protocol", "version_mismatch", "bad_input")


BAD_REQUESTS: list[tuple[Any, Any, str]] = [
    ("nonsense", {}, "there is no 'nonsense'"),
    ("__class__", {}, "there is no"),
    (None, {}, "there is no"),
    (["run"], {}, "there is no"),
    ("run", "text", "params: must be an object"),
    ("run", {}, "target: must be a mapping"),
    ("run", {"target": []}, "target: must be a mapping"),
    ("run", {"target": {}}, "ansible_host"),
    ("run", {"target": {"host": "x"}}, "holdfast_platform: x has none"),
    ("run", {"target": {**WHERE, "platform": "cisco_oss"}}, "did you mean"),
    ("run", {"target": {**WHERE, "port": "many"}}, "port: 'many' is no number"),
    ("run", {"target": {**WHERE, "port": 70000}}, "port: 70000 is outside 1 to 65535"),
    ("run", {"target": {**WHERE, "connect_timeout": -1}}, "connect_timeout: -1 is outside"),
    ("run", {"target": {**WHERE, "command_timeout": "NaN"}}, "command_timeout: NaN is outside"),
    ("run", {"target": {**WHERE, "secrets": "p"}}, "secrets: must be a mapping"),
    ("run", {"target": {**WHERE, "options": 3}}, "options: must be a mapping"),
    ("run", {"target": {**WHERE, "options": {"queue": "lifo"}}}, "holdfast_queue: 'lifo' is none of"),
    ("run", {"target": WHERE}, "commands: give at least one"),
    ("run", {"target": WHERE, "commands": "show version"}, "commands: give at least one"),
    ("run", {"target": WHERE, "commands": [""]}, "number 1 has no text"),
    ("run", {"target": WHERE, "commands": ["a", 5]}, "number 2 has no text"),
    ("run", {"target": WHERE, "commands": [{"command": "a", "promt": "b"}]}, "unknown key 'promt'"),
    ("run", {"target": WHERE, "commands": ["a\nb"]}, "line break"),
    ("run", {"target": WHERE, "commands": [{"command": "a", "prompt": "("}]}, "prompt '\\(' is no regular expression"),
    ("run", {"target": WHERE, "commands": [{"command": "a", "prompt": 3}]}, "prompt 3 is no regular expression"),
    ("run", {"target": WHERE, "commands": ["a"], "parser": "genius"}, "parser: 'genius' is none of"),
    ("run", {"target": WHERE, "commands": ["a"], "timeout": "soon"}, "timeout: 'soon' is no number"),
    ("run", {"target": WHERE, "commands": ["a"], "queue_timeout": "x"}, "queue_timeout: 'x' is no number"),
    ("get", {"target": WHERE}, "getters: name at least one"),
    ("get", {"target": WHERE, "getters": 5}, "getters: "),
    ("ping", {"target": WHERE}, "destination: an address"),
    ("ping", {"target": WHERE, "destination": "x", "options": 5}, "options: must be a mapping"),
    ("config.read", {"target": WHERE, "source": "candidate"}, "neither running nor startup"),
    ("config.apply", {"target": WHERE, "text": " \n"}, "the configuration is empty"),
    ("config.apply", {"target": WHERE, "text": "a", "confirm_within": 0}, "confirm_within: 0 is outside 1"),
    ("run", {"handle": "guess", "commands": ["a"]}, "unknown or expired"),
    ("facts", {"target": WHERE, "gather_subset": ["weather"]}, "weather"),
]


@pytest.mark.parametrize(("command", "params", "words"), BAD_REQUESTS)
def test_a_bad_request_names_what_is_wrong(broker: Client, command: Any, params: Any, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        broker.call(command, params)


# -- in this process, over devices in memory -----------------------------------------------------------


class Serving:
    """A server on a unix socket whose devices are in memory; ``ask`` runs a blocking client in a thread."""

    def __init__(self, path: Path, server: Server, context: Context) -> None:
        self.path, self.server, self.context = path, server, context

    async def ask(self, command: str, params: dict[str, Any] | None = None) -> Any:
        def blocking() -> Any:
            with Client(self.path) as client:
                return client.call(command, params, 10)

        return await asyncio.to_thread(blocking)

    async def open(self, command: str, **params: Any) -> asyncio.StreamWriter:
        """A client that sends and does not wait."""
        _reader, writer = await asyncio.open_unix_connection(self.path)
        writer.write(wire.encode({"id": 1, "command": command, "params": {"target": WHERE, **params}}))
        await writer.drain()
        return writer


@pytest.fixture
async def serving(pool: SessionPool, short: Path) -> AsyncIterator[Serving]:
    guard = Guard(pool, ChangeStore(short), CheckpointStore(short))
    context = Context(pool, guard)
    server = Server(context)
    listening = await asyncio.start_unix_server(server.client, short / "s")
    yield Serving(short / "s", server, context)
    listening.close()
    server.hang_up()
    await listening.wait_closed()


async def until(condition: Any) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)


async def test_a_client_that_leaves_while_waiting_is_dropped(
    serving: Serving, network: FakeNetwork, pool: SessionPool
) -> None:
    gate, device = threading.Event(), network.device("dev:22")
    device.during["show long"] = lambda: (gate.wait(10), None)[1]
    first = asyncio.create_task(serving.ask("run", {"target": WHERE, "commands": ["show long"]}))
    await until(lambda: "show long" in device.calls)
    leaver = await serving.open("run", commands=["show dropped"])
    third = asyncio.create_task(serving.ask("run", {"target": WHERE, "commands": ["show kept"]}))
    turns: Turns = pool._turns["dev:22"]
    await until(lambda: turns.waiting == 2)
    leaver.close()
    await until(lambda: turns.waiting == 1)
    gate.set()
    assert (await first)["replies"][0]["output"] == "did show long"
    assert not (await third)["login"]
    assert "show dropped" not in device.calls and device.opens == 1


async def test_a_client_that_leaves_while_it_runs_breaks_nothing(serving: Serving, network: FakeNetwork) -> None:
    gate, device = threading.Event(), network.device("dev:22")
    device.during["show long"] = lambda: (gate.wait(10), None)[1]
    leaver = await serving.open("run", commands=["show long", "show more"])
    await until(lambda: "show long" in device.calls)
    leaver.close()
    await asyncio.sleep(0.02)
    gate.set()
    assert not (await serving.ask("run", {"target": WHERE, "commands": ["show next"]}))["login"]
    assert device.calls == ["open", "show long", "show more", "show next"] and device.opens == 1


async def test_an_answer_over_the_limit_is_an_error_that_says_so(
    serving: Serving, network: FakeNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "MAX_FRAME", 2000)
    with pytest.raises(ProtocolError, match="over the limit of 2000"):
        await serving.ask("run", {"target": WHERE, "commands": [f"show {'x' * 1500}"]})
    assert (await serving.ask("run", {"target": WHERE, "commands": ["show"]}))["replies"]


async def test_an_answer_that_is_no_json_is_an_error_that_says_so(serving: Serving, network: FakeNetwork) -> None:
    async def strange(params: Any, caller: Any) -> Any:
        return {1, 2}

    serving.server._table["strange"] = strange
    with pytest.raises(ProtocolError, match="cannot be written as JSON"):
        await serving.ask("strange")


async def test_a_defect_is_reported_without_its_details(serving: Serving, caplog: pytest.LogCaptureFixture) -> None:
    async def broken(params: Any, caller: Any) -> Any:
        raise KeyError("sesame")

    serving.server._table["broken"] = broken
    with pytest.raises(HoldfastError, match=r"defect in the broker: KeyError; see its log") as caught:
        await serving.ask("broken")
    assert caught.value.code == "internal" and "sesame" not in caught.value.message
    assert await serving.ask("hello")


async def test_draining_takes_no_new_work(serving: Serving) -> None:
    assert (await serving.ask("broker.drain"))["changed"]
    with pytest.raises(BrokerUnavailable, match="draining"):
        await serving.ask("run", {"target": WHERE, "commands": ["show"]})
    assert (await serving.ask("hello"))["draining"] and await serving.ask("session.list")
    assert await serving.ask("change.list") == []


async def test_a_lost_write_is_an_unknown_outcome_a_lost_read_is_repeated(
    serving: Serving, network: FakeNetwork
) -> None:
    device = network.device("dev:22")
    device.fail = {"reload": [SessionLost("gone")], "show": [SessionLost("gone")]}
    with pytest.raises(OutcomeUnknown, match="it was not sent again"):
        await serving.ask("run", {"target": WHERE, "commands": ["show", "reload"]})
    device.fail = {"reload": [SessionLost("gone")]}
    with pytest.raises(OutcomeUnknown):
        await serving.ask("run", {"target": WHERE, "commands": ["reload"]})
    device.fail = {"show": [SessionLost("gone")]}
    assert (await serving.ask("run", {"target": WHERE, "commands": ["show"]}))["login"]
    assert device.calls.count("reload") == 1


async def test_get_tells_what_is_unsupported(serving: Serving) -> None:
    found = await serving.ask("get", {"target": WHERE, "getters": ["get_facts", "get_nothing", "config"]})
    assert found["data"] == {"get_facts": {"hostname": "a"}, "config": "hostname a\n"}
    assert found["unsupported"] == {"get_nothing": "fake has no getter 'get_nothing'"}


async def test_sessions_are_listed_opened_and_closed(serving: Serving) -> None:
    assert await serving.ask("session.open", {"target": WHERE}) == {"changed": True}
    assert await serving.ask("session.open", {"target": WHERE}) == {"changed": False}
    found = await serving.ask("session.list")
    assert found["sessions"][0]["host"] == "dev" and found["broker"]["logins"] == 1
    assert found["broker"]["memory_bytes"] > 1_000_000 and "p" not in json.dumps(found["sessions"]).split('"')
    assert await serving.ask("session.close", {"target": WHERE}) == {"changed": True, "closed": 1}
    assert await serving.ask("session.close", {"all": True}) == {"changed": False, "closed": 0}


async def test_config_checkpoint_and_save(serving: Serving, network: FakeNetwork) -> None:
    meta = await serving.ask("checkpoint.add", {"target": WHERE, "label": "golden"})
    done = await serving.ask("config.apply", {"target": WHERE, "text": "hostname b\n", "save": True, "backup": True})
    assert (done["before"], done["after"]) == ("hostname a\n", "hostname b\n")
    assert network.device("dev:22").saved == "hostname b\n"
    found = await serving.ask("checkpoint.find", {"target": WHERE, "wanted": "golden"})
    assert found["id"] == meta["id"] and found["text"] == "hostname a\n"
    assert (await serving.ask("config.read", {"target": WHERE, "source": "startup"}))["text"] == "hostname b\n"


async def test_diagnosis_of_a_failure_is_an_answer(serving: Serving, network: FakeNetwork) -> None:
    network.device("dev:22").fail["open"] = [Unsupported("no such thing")]
    found = await serving.ask("diagnose", {"target": WHERE})
    assert not found["reachable"] and found["error"]["message"] == "no such thing"
    assert (await serving.ask("diagnose", {"target": WHERE}))["reachable"]
    assert (await serving.ask("diagnose", {"target": WHERE}))["pinned"]


def test_a_broker_with_many_callers_at_its_door_is_waited_for(short: Path) -> None:
    with socket.socket(socket.AF_UNIX) as door, contextlib.ExitStack() as waiting:
        door.bind(str(short / "p"))
        door.listen(0)
        with pytest.raises(BrokerUnavailable):
            for _unused in range(10):
                waiting.enter_context(Client(short / "p", connect_timeout=0.05))

        def let_one_in() -> None:
            door.accept()[0].close()

        timer = threading.Timer(0.1, let_one_in)
        timer.start()
        with Client(short / "p", connect_timeout=10):
            timer.join()


# -- the client ------------------------------------------------------------------------------------------


class Peer:
    """Listens once and does what it is told: what a client may meet."""

    def __init__(self, path: Path, answer: bytes | None) -> None:
        self.path = path
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(str(path))
        self._socket.listen()
        self._answer = answer
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        conn, _unused = self._socket.accept()
        with conn:
            conn.recv(65536)
            if self._answer is None:
                conn.recv(1)
            else:
                conn.sendall(self._answer)

    def close(self) -> None:
        self._thread.join(10)
        self._socket.close()


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"", BrokerLost),
        (HELLO[:9], BrokerLost),
        (b"HTTP/1.1 400 Bad Request", ProtocolError),
        (frame(b"{}", version=3), VersionMismatch),
        (frame(b'{"id": 123456789, "result": 1}'), ProtocolError),
        (frame(b"[]"), ProtocolError),
        (None, CommandTimeout),
    ],
)
def test_a_client_survives_any_peer_and_starts_afresh(
    short: Path, answer: bytes | None, error: type[Exception]
) -> None:
    peer = Peer(short / "p", answer)
    client = Client(short / "p")
    with pytest.raises(error):
        client.call("hello", timeout=0.2 if answer is None else 10)
    assert client._socket is None  # what may still come must not answer the next call
    peer.close()
    (short / "p").unlink()
    with pytest.raises(BrokerUnavailable, match="no broker answers at"):
        client.call("hello")
