# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The CLI driver against devices that answer, refuse, hang and leave."""

from __future__ import annotations

import re
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import (
    AuthenticationFailed,
    BadInput,
    CommandFailed,
    CommandTimeout,
    ConnectFailed,
    HoldfastError,
    HostKeyChanged,
    HostKeyUnknown,
    MissingLibrary,
    NameNotResolved,
    PromptNotFound,
    SessionLost,
    Unreachable,
    Unsupported,
)
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers import borrow
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.base import Command, Driver, Secrets, Target
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.driver_netmiko import NetmikoDriver

from tests.lab.emulated import EmulatedLab

from .conftest import Where

Open = Callable[..., NetmikoDriver]


@pytest.fixture
def opened(ssh: Where) -> Iterator[Open]:
    made: list[NetmikoDriver] = []

    def start(name: str, **more: Any) -> NetmikoDriver:
        made.append(NetmikoDriver(ssh(name, **more)))
        made[-1].open()
        return made[-1]

    yield start
    for driver in made:
        driver.close()


def refused(target: Target) -> HoldfastError:
    """How opening fails; nothing may stay open."""
    driver = NetmikoDriver(target)
    with pytest.raises(HoldfastError) as caught:
        driver.open()
    assert driver.cli is None
    driver.close()
    return caught.value


def run(driver: NetmikoDriver, *commands: str | Command, timeout: float = 10.0) -> list[str]:
    sent = [Command(c) if isinstance(c, str) else c for c in commands]
    return [reply.output for reply in driver.run(sent, timeout)]


@pytest.mark.parametrize("name", ["r1", "r2"])
def test_one_login_many_commands_clean_output(lab: EmulatedLab, opened: Open, name: str) -> None:
    driver = opened(name)
    assert isinstance(driver, Driver)
    for _unused in range(3):
        version, clock = run(driver, "show version", "show clock")
        assert version.startswith(("Cisco IOS", "Arista")) and not re.search(rf"{name}[>#]|show version", version)
        assert clock and "show clock" not in clock
    counters = lab.counters(name)
    assert (counters["logins"], counters["failed_logins"]) == (1, 0)
    assert [phase.name for phase in driver.phases] == ["dns", "tcp", "host_key", "auth", "prompt"]
    assert all(phase.ok and phase.seconds >= 0 for phase in driver.phases)
    assert driver.login.fingerprint and driver.login.fingerprint.startswith("SHA256:")
    assert driver.is_alive()
    driver.close()
    driver.close()
    assert lab.wait(lambda: lab.counters(name)["open_sessions"] == 0)
    assert not driver.is_alive()
    with pytest.raises(SessionLost, match="is closed"):
        run(driver, "show clock")


def test_a_key_logs_in_as_well(lab: EmulatedLab, opened: Open) -> None:
    driver = opened("r1", secrets={"password": None, "private_key_file": str(lab.client_key)})
    assert run(driver, "show clock")


# -- logging in ------------------------------------------------------------------------------------


def test_wrong_password_is_tried_once(lab: EmulatedLab, ssh: Where) -> None:
    error = refused(ssh("r1", secrets={"password": "sesame"}))
    assert isinstance(error, AuthenticationFailed) and not error.retryable
    assert "refused the login of user 'admin'" in error.message and "sesame" not in str(error.as_dict())
    assert error.detail["phase"] == "auth" and lab.counters("r1")["failed_logins"] == 1


def test_enable_refused(lab: EmulatedLab, ssh: Where) -> None:
    error = refused(ssh("r1", secrets={"enable": "sesame"}))
    assert isinstance(error, AuthenticationFailed) and "refused the enable secret" in error.message
    assert "sesame" not in str(error.as_dict())
    assert lab.wait(lambda: lab.counters("r1")["open_sessions"] == 0)


def test_an_unknown_host_key_is_shown_and_not_accepted(lab: EmulatedLab, ssh: Where, tmp_path: Path) -> None:
    empty = tmp_path / "known_hosts"
    empty.write_text("")
    error = refused(ssh("r1", options={"known_hosts": str(empty)}))
    assert isinstance(error, HostKeyUnknown) and re.search(r"SHA256:[\w+/]{43}", error.message)
    assert f"ssh-keyscan -p {lab.devices['r1'].port} 127.0.0.1 >> {empty}" in error.message
    assert empty.read_text() == "" and lab.counters("r1")["logins"] == 0
    good = NetmikoDriver(ssh("r1"))
    good.open()
    assert good.login.fingerprint == error.detail["fingerprint"]
    good.close()


def test_a_changed_host_key_is_an_alarm(lab: EmulatedLab, ssh: Where, tmp_path: Path) -> None:
    import asyncssh

    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    (tmp_path / "kh").write_text(f"[127.0.0.1]:{lab.devices['r1'].port} {other}")
    error = refused(ssh("r1", options={"known_hosts": str(tmp_path / "kh")}))
    assert isinstance(error, HostKeyChanged) and error.detail["fingerprint"] != error.detail["expected"]
    assert f"ssh-keygen -R '[127.0.0.1]:{lab.devices['r1'].port}'" in error.message
    assert lab.counters("r1")["logins"] == 0


def test_checking_can_be_turned_off(ssh: Where, tmp_path: Path) -> None:
    driver = NetmikoDriver(ssh("r1", options={"known_hosts": str(tmp_path / "none"), "host_key_checking": False}))
    driver.open()
    driver.close()


def test_files_that_are_not_there(ssh: Where, tmp_path: Path) -> None:
    error = refused(ssh("r1", options={"known_hosts": str(tmp_path / "none")}))
    assert isinstance(error, BadInput) and "holdfast_known_hosts: there is no file" in error.message
    (tmp_path / "bad").write_bytes(b"\xff\xfe\0 ssh-rsa !!!\n")
    assert isinstance(refused(ssh("r1", options={"known_hosts": str(tmp_path / "bad")})), (BadInput, HostKeyUnknown))
    error = refused(ssh("r1", secrets={"password": None, "private_key_file": str(tmp_path / "none")}))
    assert isinstance(error, BadInput) and "ansible_private_key_file: there is no file" in error.message


def test_unreachable_in_all_its_ways(ssh: Where) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        error = refused(ssh("r1", port=closed.getsockname()[1]))
    assert error.__class__ is Unreachable and "refused" in error.message and error.detail["phase"] == "tcp"
    error = refused(ssh("r1", host="no-such-host.invalid"))
    assert error.__class__ is NameNotResolved and error.detail["phase"] == "dns"
    assert refused(ssh("r1", host="a" * 70 + ".invalid")).__class__ is NameNotResolved


def test_a_peer_that_is_no_ssh_server(ssh: Where) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        start = time.monotonic()
        error = refused(ssh("r1", port=silent.getsockname()[1], connect_timeout=0.3))
        assert error.__class__ is ConnectFailed and "ended the SSH handshake" in error.message
        assert time.monotonic() - start < 5


def test_all_lines_taken(lab: EmulatedLab, ssh: Where) -> None:
    lab.fault("r1", "vty_exhausted")
    assert isinstance(refused(ssh("r1")), ConnectFailed)


def test_no_prompt_within_the_time(lab: EmulatedLab, ssh: Where) -> None:
    lab.fault("r1", "hang")
    error = refused(ssh("r1", connect_timeout=1.0))
    assert isinstance(error, PromptNotFound) and error.detail["phase"] == "prompt"
    assert lab.wait(lambda: lab.counters("r1")["open_sessions"] == 0)


def test_a_missing_library_is_named(ssh: Where, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "netmiko.ssh_dispatcher", None)
    error = refused(ssh("r1"))
    assert isinstance(error, MissingLibrary) and "pip install netmiko" in error.message


# -- working ------------------------------------------------------------------------------------------


def test_a_hang_is_a_timeout(lab: EmulatedLab, opened: Open) -> None:
    driver = opened("r1")
    lab.fault("r1", "hang", count=1, command="show clock")
    start = time.monotonic()
    with pytest.raises(CommandTimeout, match="did not finish 'show clock' in time; raise holdfast_command_timeout"):
        run(driver, "show clock", timeout=0.3)
    assert time.monotonic() - start < 3


@pytest.mark.parametrize("how", ["close", "reset"])
@pytest.mark.parametrize("when", ["before", "half"])
def test_a_drop_is_a_lost_session(lab: EmulatedLab, opened: Open, how: str, when: str) -> None:
    driver = opened("r1")
    lab.fault("r1", "drop", how=how, when=when, count=1, command="show version")
    with pytest.raises(SessionLost, match="closed the session during 'show version'"):
        run(driver, "show version")
    assert not driver.is_alive()


def test_a_black_hole_is_seen_by_the_probe(lab: EmulatedLab, opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    driver = opened("r1")
    lab.fault("r1", "black_hole")
    real = driver.cli.exchange
    monkeypatch.setattr(driver.cli, "exchange", lambda line, timeout, **more: real(line, min(timeout, 0.3), **more))
    assert not driver.is_alive()


def test_garbage_and_log_lines_do_not_confuse_it(lab: EmulatedLab, opened: Open) -> None:
    driver = opened("r1")
    lab.fault("r1", "log_line", count=1, command="show version")
    assert "Configuration register" in run(driver, "show version")[0]
    lab.fault("r1", "garbage", count=1, text="\x07#@!~~\r\n", command="show clock")
    assert "UTC" in run(driver, "show clock")[0]
    assert "Configuration register" in run(driver, "show version")[0]


def test_a_refused_command_stops_the_run_with_the_devices_words(lab: EmulatedLab, opened: Open) -> None:
    driver = opened("r1")
    with pytest.raises(CommandFailed, match=r"refused 'show nonsense': % Invalid input") as caught:
        run(driver, "show clock", "show nonsense", "show version")
    assert caught.value.detail["command"] == "show nonsense" and "^" in caught.value.detail["output"]
    assert not any(line == "show version" for _when, line, *_unused in lab.counters("r1")["log"])
    assert "% Invalid" in run(driver, Command("show nonsense", check=False))[0]
    assert "UTC" in run(driver, "show clock")[0]


@pytest.mark.parametrize("name", ["r1", "r2"])
def test_nobody_is_left_in_configuration_mode(opened: Open, name: str) -> None:
    driver = opened(name)
    run(driver, "configure terminal")
    assert "version" in run(driver, "show version")[0].lower() and driver.cli.last_prompt.endswith(f"{name}#")
    with pytest.raises(CommandFailed):
        run(driver, "configure terminal", "nonsense here")
    assert not re.search(r"\(config", driver.cli.last_prompt)
    assert driver.is_alive()


def test_a_question_is_answered(lab: EmulatedLab, opened: Open) -> None:
    driver = opened("r1")
    save = Command("copy running-config startup-config", r"Destination filename \[startup-config\]\?", "")
    lab.configure("r1", "ntp server 10.9.9.9")
    run(driver, save)
    assert "ntp server 10.9.9.9" in lab.startup_config("r1")
    assert "UTC" in run(driver, Command("show clock", r"never asked\?", "x"))[0]


@pytest.mark.parametrize("name", ["r1", "r2"])
def test_configure_stops_at_the_first_refused_line(lab: EmulatedLab, opened: Open, name: str) -> None:
    driver = opened(name)
    assert driver.configure(["interface Loopback1", " description one"]) is None and driver.refused is None
    words = driver.configure(["interface Loopback1", " nonsense 1", " description two"])
    assert words and words.startswith("%") and driver.refused == ("nonsense 1", words)
    running = lab.running_config(name)
    assert "description one" in running and "description two" not in running
    assert run(driver, "show clock")


def test_a_new_hostname_is_a_new_prompt(lab: EmulatedLab, opened: Open) -> None:
    driver = opened("r1")
    assert driver.configure(["hostname a-much-longer-name-than-netmiko-keeps"]) is None
    assert "UTC" in run(driver, "show clock")[0]
    assert driver.configure(["hostname r1"]) is None and "UTC" in run(driver, "show clock")[0]


def test_megabytes_arrive_whole(lab: EmulatedLab, opened: Open) -> None:
    driver = opened("r1")
    lab.fault("r1", "big_output", megabytes=5, count=1)
    assert len(run(driver, "show tech-support", timeout=30.0)[0]) > 4_900_000
    assert "UTC" in run(driver, "show clock")[0]


def test_getters_need_no_second_login(lab: EmulatedLab, opened: Open) -> None:
    driver = opened("r1")
    found = driver.get(["get_facts", "get_interfaces"])
    assert found["get_facts"]["hostname"] == "r1" and "GigabitEthernet0/1" in found["get_interfaces"]
    with pytest.raises(Unsupported, match="has no getter 'get_weather'"):
        driver.get(["get_weather"])
    with pytest.raises(Unsupported):
        driver.get(["open"])
    assert lab.counters("r1")["logins"] == 1 and "UTC" in run(driver, "show clock")[0]


def test_a_drop_under_a_getter_or_a_ping_is_a_lost_session(lab: EmulatedLab, opened: Open) -> None:
    lab.fault("r1", "drop", count=1, command="show version")
    with pytest.raises(SessionLost):
        opened("r1").get(["get_facts"])
    driver = opened("r1")
    lab.fault("r1", "drop", count=1, command="ping")
    with pytest.raises(SessionLost):
        borrow.ping(driver, "10.0.1.1")
    assert "success" in borrow.ping(opened("r1"), "10.0.1.1", count=2)


def test_closing_while_the_device_hangs_up_never_raises(
    lab: EmulatedLab, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = opened("r1")

    def hung_up() -> None:
        raise EOFError  # paramiko's, when the transport ends between its look and its message

    monkeypatch.setattr(driver.cli.remote_conn, "close", hung_up)
    driver.close()
    assert lab.wait(lambda: lab.counters("r1")["open_connections"] == 0)


def test_platforms_without_guarded_changes_say_so() -> None:
    driver = NetmikoDriver(Target("netmiko", "juniper_junos", "x", 22, None, Secrets()))
    with pytest.raises(Unsupported, match="not built for platform 'juniper_junos'"):
        driver.config()
