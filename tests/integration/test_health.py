# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Limits and health with a real broker: settings, the lockout guard, the breaker, a device that reboots."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker import lifecycle
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.client import Client
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import (
    BadInput,
    BreakerOpen,
    LoginBlocked,
    Unreachable,
)

from tests.integration.conftest import Controller, LabInventory
from tests.integration.direct import code, configure, connected, eventually, in_forks, paths_of, show, target

__all__ = ["connected"]  # a fixture
Connect = Callable[[], Client]


def listed(client: Client, key: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.call("session.list")[key]
    return found


# -- settings ------------------------------------------------------------------------------------------


def test_settings_are_shown_and_read_again(
    controller: Controller, connected: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = configure(controller, monkeypatch, "[limits]\nsessions = 7\n[jobs]\nresult_ttl = 9\n")
    client = connected()
    shown = client.call("session.list")["broker"]["settings"]
    assert (shown["limits"]["sessions"], shown["jobs"]["result_ttl"], shown["file"]) == (7, 9, str(path))
    path.write_text("[limits]\nsessions = 8\nmax_age = 5\n")
    pid = controller.broker_pid()
    os.kill(pid, signal.SIGHUP)

    def limits() -> dict[str, Any]:
        found: dict[str, Any] = client.call("session.list")["broker"]["settings"]["limits"]
        return found

    assert eventually(lambda: limits()["sessions"] == 8) and limits()["max_age"] == 5
    path.write_text("[limits]\nsessions = 0\n")
    os.kill(pid, signal.SIGHUP)
    log = controller.state / "broker.log"
    assert eventually(lambda: "limits.sessions: must be from 1 to 100000; it is 0" in log.read_text())
    assert limits()["sessions"] == 8


def test_a_broker_with_bad_settings_does_not_start_and_says_why(
    controller: Controller, calm: LabInventory, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = configure(controller, monkeypatch, "[lockout]\nfailure = 2\n")
    look = {"name": "look", "holdfast.network.command": {"commands": ["show version"]}}
    failed = controller.playbook(calm.path, [look], "r1").result("r1", "look")
    assert failed["code"] == "bad_input"
    assert f"{path}: lockout.failure: there is no such key, did you mean 'failures'?" in failed["msg"]
    with pytest.raises(BadInput, match="lockout.failure"):
        lifecycle.connect(paths_of(controller))
    assert eventually(lambda: controller.broker_pids() == [])


# -- bounds of the pool --------------------------------------------------------------------------------


def test_the_cap_evicts_the_longest_unused(
    controller: Controller, connected: Connect, calm: LabInventory, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(controller, monkeypatch, "[limits]\nsessions = 2\n")
    client = connected()
    for name in ("r1", "r2", "r1", "r3"):
        show(client, target(calm.lab, name))
    ports = {row["port"] for row in listed(client, "sessions")}
    assert ports == {calm.lab.devices[name].port for name in ("r1", "r3")}
    assert calm.lab.wait(lambda: calm.lab.counters("r2")["open_sessions"] == 0)


def test_a_session_ends_at_its_maximum_age(
    controller: Controller, connected: Connect, calm: LabInventory, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(controller, monkeypatch, "[limits]\nmax_age = 1\n")
    client = connected()
    assert show(client, target(calm.lab, "r1"))["login"]
    time.sleep(1.1)
    assert show(client, target(calm.lab, "r1"))["login"]
    assert calm.lab.wait(lambda: calm.lab.counters("r1")["open_sessions"] == 0, 20)
    assert calm.lab.counters("r1")["logins"] == 2


def test_no_more_logins_at_once_than_allowed(
    controller: Controller, connected: Connect, calm: LabInventory, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(controller, monkeypatch, "[limits]\nparallel_logins = 1\n")
    connected()
    names = ["r1", "r2", "r3", "r4"]
    for name in names:
        calm.lab.fault(name, "slow_login", seconds=0.5)
    start = time.monotonic()
    found = in_forks(4, lambda number: _one(controller, target(calm.lab, names[number])))
    assert found == ["ok"] * 4 and time.monotonic() - start > 2


# -- the lockout guard ---------------------------------------------------------------------------------


def test_fifty_wrong_passwords_touch_the_device_three_times(
    controller: Controller, connected: Connect, calm: LabInventory
) -> None:
    """And the good session of the same account goes on meanwhile, and may be opened anew."""
    client = connected()
    good = target(calm.lab, "r1")
    show(client, good)
    calm.lab.reset_counters()
    found = in_forks(
        50, lambda number: _one(controller, target(calm.lab, "r1", f"wrong-{number}"), number % 5 == 0, good)
    )
    counters = calm.lab.counters("r1")
    assert counters["failed_logins"] == 3 and counters["connections"] == 3, counters
    assert sorted(set(found)) == ["authentication", "login_blocked", "ok"]
    assert (found.count("authentication"), found.count("login_blocked"), found.count("ok")) == (3, 47, 10)
    (row,) = listed(client, "logins")
    assert (row["state"], row["failures"], row["user"]) == ("blocked", 3, "admin") and row["until"] > time.time() + 200
    with pytest.raises(LoginBlocked, match=r"no login as 'admin' for another 3\d\d s: 3 were refused") as caught:
        show(client, target(calm.lab, "r1", "wrong-50"))
    assert caught.value.retryable and 250 < caught.value.detail["retry_after"] <= 360
    # credentials that have logged in before are not the ones that are guessed
    assert client.call("session.close", {"target": good})["closed"] == 1
    assert show(client, good)["login"] and listed(client, "logins") == []


def test_the_lockout_guard_counts_refused_api_calls(connected: Connect, calm: LabInventory) -> None:
    device, client = calm.lab.devices["r2"], connected()
    trust = {"options": {"ca_file": str(calm.lab.directory / "eapi.pem")}}
    where = target(calm.lab, "r2", "wrong", driver="pyeapi", port=device.eapi_port, **trust)
    codes = [code(lambda: show(client, where)) for _unused in range(6)]
    assert codes == ["authentication"] * 3 + ["login_blocked"] * 3
    assert calm.lab.counters("r2")["failed_logins"] == 3
    assert show(client, target(calm.lab, "r2"))["login"], "the same user over SSH is another service"


def test_the_lockout_ends_after_its_time_with_one_trial(
    controller: Controller, connected: Connect, calm: LabInventory, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(controller, monkeypatch, "[lockout]\nfailures = 2\nwait = 2\nwait_most = 9\n")
    client, bad = connected(), target(calm.lab, "r1", "wrong")
    codes = [code(lambda: show(client, bad)) for _unused in range(4)]
    assert codes == ["authentication"] * 2 + ["login_blocked"] * 2
    assert eventually(lambda: listed(client, "logins")[0]["state"] == "half_open")
    assert [code(lambda: show(client, bad)) for _unused in range(2)] == ["authentication", "login_blocked"]
    assert calm.lab.counters("r1")["failed_logins"] == 3
    assert client.call("login.reset", {"target": bad}) == {"changed": True, "forgotten": 1}
    assert show(client, target(calm.lab, "r1"))["login"] and listed(client, "logins") == []


# -- the breaker ---------------------------------------------------------------------------------------


def test_the_breaker_opens_tries_once_and_closes(
    controller: Controller, connected: Connect, calm: LabInventory, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(controller, monkeypatch, "[breaker]\nfailures = 2\nwait = 2\nwait_most = 5\n")
    client, where = connected(), target(calm.lab, "r1")
    calm.lab.fault("r1", "vty_exhausted")
    codes = [code(lambda: show(client, where)) for _unused in range(4)]
    assert codes[2:] == ["breaker_open"] * 2 and "breaker_open" not in codes[:2], codes
    assert calm.lab.counters("r1")["connections"] == 2
    (row,) = listed(client, "breakers")
    assert row["state"] == "open" and row["failures"] == 2 and row["device"].endswith(str(where["port"]))
    with pytest.raises(BreakerOpen, match="not tried for another . s, the last 2 logins failed") as caught:
        show(client, where)
    assert caught.value.retryable
    assert eventually(lambda: listed(client, "breakers")[0]["state"] == "half_open")
    after = in_forks(10, lambda number: _one(controller, where))
    assert after.count("breaker_open") == 9 and calm.lab.counters("r1")["connections"] == 3
    calm.lab.clear("r1")
    assert eventually(lambda: code(lambda: show(client, where)) == "ok") and listed(client, "breakers") == []
    assert code(lambda: show(client, target(calm.lab, "r2"))) == "ok"


# -- a device that reboots -----------------------------------------------------------------------------


def test_a_rebooting_device_is_waited_for_within_the_connect_timeout(connected: Connect, calm: LabInventory) -> None:
    client, where = connected(), target(calm.lab, "r1")
    show(client, where)
    calm.lab.fault("r1", "reboot", seconds=2)
    start = time.monotonic()
    assert show(client, where)["login"]
    assert 1.5 < time.monotonic() - start < 9
    assert calm.lab.counters("r1")["logins"] == 2 and listed(client, "breakers") == []


def test_the_wait_for_a_rebooting_device_honours_its_deadline(connected: Connect, calm: LabInventory) -> None:
    client = connected()
    show(client, target(calm.lab, "r1"))
    calm.lab.fault("r1", "reboot", seconds=4)
    start = time.monotonic()
    with pytest.raises(Unreachable):
        show(client, target(calm.lab, "r1", connect_timeout=1))
    assert time.monotonic() - start < 3
    # one that had no session is not waited for
    calm.lab.fault("r2", "reboot", seconds=4)
    start = time.monotonic()
    with pytest.raises(Unreachable):
        show(client, target(calm.lab, "r2"))
    assert time.monotonic() - start < 3
    assert calm.lab.wait(lambda: code(lambda: show(client, target(calm.lab, "r1"))) == "ok", 10)


# -- what people see -----------------------------------------------------------------------------------


def test_session_info_and_reset(controller: Controller, calm: LabInventory, tmp_path: Path) -> None:
    wrong = calm.single(tmp_path, "r1", ansible_password="not-it")
    look = {"name": "look", "holdfast.network.command": {"commands": ["show version"]}, "ignore_unreachable": True}
    info = {"name": "info", "holdfast.network.session_info": {}}
    reset = {"holdfast.network.session": {"state": "reset"}}
    run = controller.playbook(
        wrong,
        [
            look, info, {"name": "predict", **reset, "check_mode": True}, {"name": "reset", **reset},
            {"name": "again", **reset}, {"name": "after", "holdfast.network.session_info": {}},
        ],
    )  # fmt: skip
    (row,) = run.result("r1", "info")["logins"]
    assert (row["state"], row["failures"], row["last"]) == ("closed", 1, "authentication")
    assert run.result("r1", "info")["breakers"] == []
    assert [run.result("r1", name)["changed"] for name in ("predict", "reset", "again")] == [True, True, False]
    assert run.result("r1", "after")["logins"] == [] and run.rc == 0


def test_the_operators_view(controller: Controller, calm: LabInventory, tmp_path: Path) -> None:
    wrong = calm.single(tmp_path, "r3", ansible_password="not-it")
    look = {"name": "look", "holdfast.network.command": {"commands": ["show version"]}}
    controller.playbook(calm.path, [look], "r1:r2")
    controller.playbook(wrong, [look])
    view = ("ansible-playbook", "-i", str(calm.path), "holdfast.network.sessions")
    port = {name: str(calm.lab.devices[name].port) for name in ("r1", "r2", "r3")}
    shown = controller.run(*view)
    assert shown.rc == 0, shown.stdout + shown.stderr
    table = [line.strip(' ",') for line in shown.stdout.splitlines() if "127.0.0.1" in line]
    assert {tuple(line.split()[1:4]) for line in table[:2]} == {
        (port[name], "admin", "netmiko") for name in ("r1", "r2")
    }
    assert table[2].split()[:5] == [f"127.0.0.1:{port['r3']}", "admin", "closed", "1", "authentication"]
    one = controller.run(*view, "-e", "holdfast_sessions_state=closed", "-e", "holdfast_hosts=r1")
    assert one.rc == 0 and port["r1"] not in one.stdout and port["r2"] in one.stdout, one.stdout
    reset = controller.run(*view, "-e", "holdfast_sessions_state=reset", "-e", "holdfast_hosts=r3")
    assert reset.rc == 0 and port["r3"] not in reset.stdout and port["r2"] in reset.stdout, reset.stdout
    every = controller.run(*view, "-e", "holdfast_sessions_state=drained")
    assert every.rc == 0 and "127.0.0.1" not in every.stdout, every.stdout
    assert calm.lab.wait(lambda: all(row["open_sessions"] == 0 for row in calm.lab.all_counters().values()))


@pytest.fixture(autouse=True)
def healthy(calm: LabInventory) -> Iterator[None]:
    """No device is still booting when the next test begins."""
    yield
    calm.lab.clear()
    assert calm.lab.wait(lambda: all(_listens(calm, name) for name in calm.lab.devices), 10)


def _listens(calm: LabInventory, name: str) -> bool:
    import socket

    device = calm.lab.devices[name]
    with socket.socket() as sock:
        return sock.connect_ex((device.host, device.port)) == 0


def _one(controller: Controller, where: dict[str, Any], also: bool = False, good: dict[str, Any] | None = None) -> str:
    """In a fork: one request, and between the wrong ones a good one on the same device."""
    with lifecycle.connect(paths_of(controller)) as client:
        found = code(lambda: show(client, where))
        return f"{found}\n{code(lambda: show(client, good))}" if also and good else found
