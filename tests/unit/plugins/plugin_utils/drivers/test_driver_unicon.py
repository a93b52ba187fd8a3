# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Unicon, through the real ssh program, against the emulated devices."""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import (
    AuthenticationFailed,
    BadInput,
    CommandFailed,
    CommandTimeout,
    HostKeyUnknown,
    SessionLost,
    Unreachable,
    Unsupported,
)
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.base import Command, Driver
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.driver_unicon import UniconDriver
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.route import parse_route

from tests.lab.emulated import EmulatedLab

from .conftest import Where

Open = Callable[..., UniconDriver]
pytestmark = pytest.mark.skipif(shutil.which("ssh") is None, reason="there is no ssh program (openssh-client)")


@pytest.fixture
def opened(ssh: Where) -> Iterator[Open]:
    made: list[UniconDriver] = []

    def start(name: str = "r1", **more: Any) -> UniconDriver:
        made.append(UniconDriver(ssh(name, driver="unicon", **more)))
        made[-1].open()
        return made[-1]

    yield start
    for driver in made:
        driver.close()


def run(driver: UniconDriver, text: str, timeout: float = 10.0, **more: Any) -> str:
    return driver.run([Command(text, **more)], timeout)[0].output


def test_a_session_on_each_platform(lab: EmulatedLab, opened: Open) -> None:
    logs = set(Path(tempfile.gettempdir()).glob("*.log"))
    driver, eos = opened(), opened("r2")
    assert isinstance(driver, Driver) and driver.is_alive()
    assert run(driver, "show version").startswith("Cisco IOS Software") and "\r" not in run(driver, "show version")
    assert "Arista" in run(eos, "show version")
    assert [lab.counters(name)["logins"] for name in ("r1", "r2")] == [1, 1]
    assert set(Path(tempfile.gettempdir()).glob("*.log")) == logs, "unicon wrote down what was said"
    start = time.monotonic()
    driver.close()
    assert time.monotonic() - start < 2 and not driver.is_alive()
    with pytest.raises(SessionLost, match="is closed"):
        run(driver, "show clock")
    assert lab.wait(lambda: lab.counters("r1")["open_sessions"] == 0)


def test_commands_that_fail_ask_or_change_the_mode(lab: EmulatedLab, opened: Open) -> None:
    driver = opened()
    with pytest.raises(CommandFailed, match="refused 'show nonsense': % Invalid input"):
        run(driver, "show nonsense")
    assert "Invalid input" in run(driver, "show nonsense", check=False)
    run(driver, "configure terminal")
    assert "IOSv" in run(driver, "show version"), "it was left in configuration mode"
    assert run(driver, "clear logging", prompt=r"\[confirm\]", answer="") is not None
    assert "UTC" in run(driver, "show clock")


def test_time_drop_and_interrupt(lab: EmulatedLab, opened: Open) -> None:
    driver = opened()
    lab.fault("r1", "hang", count=1, command="show clock")
    with pytest.raises(CommandTimeout, match="did not finish 'show clock' in time"):
        run(driver, "show clock", 0.5)
    driver.close()
    lab.clear("r1")  # on a busy machine the command may not have reached the device in its half second
    driver = opened()
    lab.fault("r1", "drop", count=1, command="show version")
    with pytest.raises(SessionLost, match="during 'show version'"):
        run(driver, "show version")
    driver = opened()
    lab.fault("r1", "hang", count=1, command="show clock", when="half", seconds=2.0)
    before = lab.counters("r1")["commands"]

    def stop_it() -> None:
        lab.wait(lambda: lab.counters("r1")["commands"] > before, 9.0)
        driver.interrupt()

    stopper = threading.Thread(target=stop_it)
    stopper.start()
    assert "^C" in run(driver, "show clock", 15.0), "the device got no Ctrl-C"
    stopper.join()
    assert driver.is_alive()


def test_logins_that_fail(lab: EmulatedLab, opened: Open, tmp_path: Path) -> None:
    with pytest.raises(HostKeyUnknown, match="add it: ssh-keyscan"):
        opened(options={"known_hosts": "/dev/null"})
    assert lab.counters("r1")["failed_logins"] == 0
    with pytest.raises(BadInput, match="holdfast_known_hosts: there is no file"):
        opened(options={"known_hosts": str(tmp_path / "none")})
    start = time.monotonic()
    with pytest.raises(AuthenticationFailed) as caught:
        opened(secrets={"password": "not-it"})
    assert "not-it" not in str(caught.value.as_dict()) and time.monotonic() - start < 8
    with pytest.raises(Unreachable):
        opened(port=1)


def test_a_key_instead_of_a_password(lab: EmulatedLab, opened: Open) -> None:
    driver = opened(secrets={"password": None, "private_key_file": str(lab.client_key)})
    assert "UTC" in run(driver, "show clock")


def test_a_password_alone_does_not_use_the_keys_of_whoever_runs_the_broker(ssh: Where) -> None:
    words = UniconDriver(ssh("r1", driver="unicon"))._ssh("/dev/null", None)
    assert "PubkeyAuthentication=no" in words and "-i" not in words
    words = UniconDriver(ssh("r1", driver="unicon", secrets={"password": None}))._ssh("/dev/null", None)
    assert "PubkeyAuthentication=no" not in words


def test_the_text_of_a_key(lab: EmulatedLab, opened: Open, tmp_path: Path) -> None:
    assert "UTC" in run(opened(secrets={"password": None, "private_key": lab.client_key.read_text()}), "show clock")
    key = asyncssh.read_private_key(str(lab.client_key))
    key.write_private_key(str(tmp_path / "locked"), passphrase="right-Phra5e", rounds=50)
    locked = {"password": None, "private_key": (tmp_path / "locked").read_text()}
    assert "UTC" in run(opened(secrets={**locked, "passphrase": "right-Phra5e"}), "show clock")
    before = lab.counters("r1")["connections"]
    with pytest.raises(BadInput, match="has a passphrase; set holdfast_passphrase"):
        opened(secrets=locked)
    assert lab.counters("r1")["connections"] == before


def test_what_it_cannot_do(ssh: Where) -> None:
    driver = UniconDriver(ssh("r1", driver="unicon"))
    with pytest.raises(Unsupported, match="no getters; use holdfast.network.genie"):
        driver.get(["get_facts"])
    with pytest.raises(Unsupported, match="no guarded changes"):
        driver.config()
    with pytest.raises(Unsupported, match="directly only"):
        UniconDriver(ssh("r1", driver="unicon", route=parse_route("jump", None)))
