# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""NAPALM: on the emulated devices over their own sessions, and its Junos and NX-OS drivers against stand-ins."""

from __future__ import annotations

import base64
import http.server
import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import (
    AuthenticationFailed,
    ChangeExpired,
    CommandFailed,
    CommandTimeout,
    ConfigRejected,
    ConnectFailed,
    HostKeyUnknown,
    NameNotResolved,
    SessionLost,
    Unreachable,
    Unsupported,
)
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.base import (
    Candidate,
    Command,
    ConfigSession,
    Driver,
    Secrets,
    Target,
)
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.driver_napalm import NapalmDriver
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.route import parse_route

from tests.lab.emulated import EmulatedLab

from .conftest import Where
from .junos_fake import JunosFake

PASSWORD = "Hold-fast-3"


def opened(target: Target) -> Any:
    driver: Any = NapalmDriver(target)
    assert isinstance(driver, Driver) and driver.name == "napalm"
    driver.open()
    return driver


def run(driver: Any, text: str, timeout: float = 10.0, **more: Any) -> str:
    return str(driver.run([Command(text, **more)], timeout)[0].output)


# -- borrowed -------------------------------------------------------------------------------------


def test_ios_is_the_cli_session(lab: EmulatedLab, ssh: Where) -> None:
    driver = opened(ssh("r1", driver="napalm"))
    assert driver.get(["get_facts"])["get_facts"]["hostname"] == "r1" and "IOSv" in run(driver, "show version")
    assert isinstance(driver.config(), ConfigSession) and "hostname r1" in driver.config().read()
    assert driver.default_queue == "pinned" and lab.counters("r1")["logins"] == 1
    driver.close()


def test_eos_is_the_eapi_connection_with_our_configuration_sessions(lab: EmulatedLab, eapi: Where) -> None:
    driver = opened(eapi(driver="napalm"))
    assert driver.default_queue == "fifo" and NapalmDriver.default_port("arista_eos", {}) == 443
    assert driver.get(["get_facts"])["get_facts"]["hostname"] == "r2"
    session, token = driver.config(), "abcdefgh1"
    startup = session.read("startup")
    assert "+   description by napalm" in session.stage(token, Candidate("interface Loopback1\n description by napalm"))
    session.commit(token, 60.0)
    session.confirm(token)
    assert "description by napalm" in session.read() and session.read("startup") == startup, "startup was written"
    assert lab.counters("r2")["connections"] == 1
    driver.close()


def test_a_platform_without_a_napalm_driver() -> None:
    with pytest.raises(Unsupported, match="napalm is not built for platform 'nokia_sros'; it is for .*cisco_nxos"):
        NapalmDriver(Target("napalm", "nokia_sros", "x", 22, None))


# -- Junos ----------------------------------------------------------------------------------------


@pytest.fixture
def junos(tmp_path: Path) -> Iterator[JunosFake]:
    fake = JunosFake(tmp_path, PASSWORD).start()
    yield fake
    fake.stop()


def at(fake: JunosFake, password: str = PASSWORD, **options: Any) -> Target:
    return Target(
        "napalm", "juniper_junos", "127.0.0.1", fake.port, "admin", Secrets(password=password), 10.0, 10.0,
        options={"known_hosts": str(fake.known_hosts), **options},
    )  # fmt: skip


@pytest.fixture
def router(junos: JunosFake) -> Iterator[Any]:
    driver = opened(at(junos))
    yield driver
    driver.close()


def test_junos_logs_in_once_with_its_host_key_verified(junos: JunosFake, router: Any) -> None:
    assert [phase.name for phase in router.phases] == ["dns", "tcp", "host_key", "auth", "prompt"]
    assert run(router, "show version") == "ran show version" and router.is_alive()
    assert router.default_queue == "pinned" and NapalmDriver.default_port("juniper_junos", {}) == 22
    assert router.login.fingerprint.startswith("SHA256:") and junos.logins == 1
    with pytest.raises(HostKeyUnknown):
        opened(at(junos, known_hosts="/dev/null"))
    with pytest.raises(AuthenticationFailed):
        opened(at(junos, password="not-it"))
    assert junos.logins == 1


def test_junos_commands_that_fail(router: Any) -> None:
    with pytest.raises(CommandFailed, match="refused 'show nonsense': .*syntax error"):
        run(router, "show nonsense")
    assert "syntax error" in run(router, "show nonsense", check=False)
    with pytest.raises(Unsupported, match="cannot answer questions"):
        run(router, "x", prompt="y")
    with pytest.raises(CommandTimeout):
        run(router, "show hang", 0.3)
    start = time.monotonic()
    router.close()
    assert time.monotonic() - start < 2, "it waited for a router that hangs"


def test_junos_that_leaves(router: Any) -> None:
    with pytest.raises(SessionLost, match="during 'show vanish'"):
        run(router, "show vanish")
    assert not router.is_alive()
    router.close()
    with pytest.raises(SessionLost, match="is closed"):
        run(router, "show version")


def test_junos_is_interrupted(router: Any) -> None:
    threading.Timer(0.3, router.interrupt).start()
    start = time.monotonic()
    with pytest.raises(SessionLost):
        run(router, "show hang", 30.0)
    assert time.monotonic() - start < 4


def test_junos_changes(junos: JunosFake, router: Any) -> None:
    session, token = router.config(), "abcdefgh1"
    assert isinstance(session, ConfigSession) and session.native_timer and session.native_diff
    before = session.read()
    assert before.startswith("system {") and session.read("startup") == before
    diff = session.stage(token, Candidate("interfaces {\n    lo0;\n}\n"))
    assert "+interfaces {" in diff and junos.locked
    session.discard(token)
    assert not junos.locked and junos.candidate == before
    session.stage(token, Candidate("interfaces {\n    lo0;\n}\n"))
    session.commit(token, 61.0)
    assert junos.minutes == 2 and not junos.locked and session.read() != before
    session.confirm(token)
    assert junos.confirm_by is None
    with pytest.raises(ChangeExpired):
        session.confirm(token)
    session.restore(token, before)
    assert session.read() == before and not junos.locked
    assert session.stage(token, Candidate(before, replace=True)) == ""
    session.discard(token)


def test_junos_goes_back_from_an_unconfirmed_commit(junos: JunosFake, router: Any) -> None:
    session, token = router.config(), "abcdefgh1"
    before = session.read()
    session.stage(token, Candidate("snmp;\n"))
    session.commit(token, 60.0)
    session.restore(token, before)
    assert session.read() == before and junos.confirm_by is None
    session.stage(token, Candidate("snmp;\n"))
    session.commit(token, 60.0)
    junos.confirm_by = 0.0
    session.restore(token, before)
    assert session.read() == before


def test_junos_refuses(junos: JunosFake, router: Any) -> None:
    session, token = router.config(), "abcdefgh1"
    with pytest.raises(ConfigRejected, match="nonsense.*nothing of the change was committed"):
        session.stage(token, Candidate("nonsense;\n"))
    assert not junos.locked
    session.stage(token, Candidate("refuse;\n"))
    with pytest.raises(ConfigRejected, match="statement not allowed"):
        session.commit(token, None)
    assert not junos.locked and junos.candidate == junos.configurations[0]
    junos.locked = True
    with pytest.raises(ConfigRejected, match="locked by"):
        session.stage(token, Candidate("snmp;\n"))


# -- NX-OS ----------------------------------------------------------------------------------------


class NxApi(http.server.BaseHTTPRequestHandler):
    """Answers like NX-API's JSON-RPC."""

    def do_POST(self) -> None:
        if self.headers["Authorization"] != "Basic " + base64.b64encode(f"admin:{PASSWORD}".encode()).decode():
            self.answer(401, "no")
            return
        replies = []
        for call in json.loads(self.rfile.read(int(self.headers["Content-Length"]))):
            text, reply = call["params"]["cmd"], {"jsonrpc": "2.0", "id": call["id"]}
            if "hang" in text:
                time.sleep(1)
            if "nonsense" in text:
                error = {"code": -32602, "message": "Invalid params", "data": {"msg": "% Invalid command\n"}}
                replies.append({**reply, "error": error})
            else:
                words = {"msg": f"ran {text}\n"} if call["method"] == "cli_ascii" else {"body": {"hostname": "n1"}}
                replies.append({**reply, "result": words})
        self.answer(200, json.dumps(replies))

    def answer(self, status: int, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_arguments: Any) -> None:
        """Quiet."""


@pytest.fixture
def nxos() -> Iterator[Callable[..., Target]]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), NxApi)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()

    def make(password: str = PASSWORD, host: str = "127.0.0.1", port: int = 0, **more: Any) -> Target:
        return Target(
            "napalm", "cisco_nxos", host, port or server.server_port, "admin", Secrets(password=password), 5.0, 5.0,
            options={"use_tls": False}, **more,
        )  # fmt: skip

    yield make
    server.shutdown()
    server.server_close()
    thread.join(10)


def test_nxos(nxos: Callable[..., Target]) -> None:
    driver = opened(nxos())
    assert driver.default_queue == "fifo" and run(driver, "show clock") == "ran show clock" and driver.is_alive()
    with pytest.raises(CommandFailed, match="refused 'show nonsense': % Invalid command"):
        run(driver, "show nonsense")
    assert "Invalid" in run(driver, "show nonsense", check=False)
    with pytest.raises(CommandTimeout):
        run(driver, "show hang", 0.2)
    with pytest.raises(Unsupported, match="saves the startup configuration at once"):
        driver.config()
    driver.close()
    assert not driver.is_alive()


def test_nxos_that_cannot_be_reached(nxos: Callable[..., Target]) -> None:
    with pytest.raises(AuthenticationFailed) as caught:
        opened(nxos(password="not-it"))
    assert "not-it" not in str(caught.value.as_dict())
    with pytest.raises(Unreachable):
        opened(nxos(port=1))
    with pytest.raises(NameNotResolved):
        opened(nxos(host="no-such-host.invalid"))
    with pytest.raises(ConnectFailed):
        opened(Target("napalm", "cisco_nxos", "127.0.0.1", nxos().port, "admin", Secrets(password="x"), 5.0))
    with pytest.raises(Unsupported, match="reached directly only"):
        NapalmDriver(nxos(route=parse_route("jump", None)))
