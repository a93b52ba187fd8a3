# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The eAPI driver against a switch that answers, refuses, hangs and leaves."""

from __future__ import annotations

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
    NameNotResolved,
    SessionLost,
    Unreachable,
    Unsupported,
)
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers import borrow
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.base import Command, Driver, Target
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.driver_pyeapi import PyeapiDriver

from tests.lab.emulated import EmulatedLab

from .conftest import Where

Open = Callable[..., PyeapiDriver]


@pytest.fixture
def opened(eapi: Where) -> Iterator[Open]:
    made: list[PyeapiDriver] = []

    def start(**more: Any) -> PyeapiDriver:
        made.append(PyeapiDriver(eapi(**more)))
        made[-1].open()
        return made[-1]

    yield start
    for driver in made:
        driver.close()


def refused(target: Target) -> HoldfastError:
    driver = PyeapiDriver(target)
    with pytest.raises(HoldfastError) as caught:
        driver.open()
    assert driver.phases and not driver.phases[-1].ok
    driver.close()
    return caught.value


def run(driver: PyeapiDriver, *commands: str | Command, timeout: float = 10.0) -> list[Any]:
    return driver.run([Command(c) if isinstance(c, str) else c for c in commands], timeout)


def test_many_calls_over_one_tcp_connection(lab: EmulatedLab, opened: Open) -> None:
    driver = opened()
    assert isinstance(driver, Driver)
    for _unused in range(10):
        text, data = run(driver, "show version", "show version | json")
        assert "Arista" in text.output and text.data is None
        assert data.output == "" and data.data["modelName"]
    assert driver.is_alive()
    counters = lab.counters("r2")
    assert counters["connections"] == 1 and counters["api_requests"] > 20
    driver.close()
    driver.close()
    assert not driver.is_alive()


def test_a_connection_that_was_closed_meanwhile_is_opened_again(lab: EmulatedLab, opened: Open) -> None:
    driver = opened()
    lab.fault("r2", "drop", how="close", count=1, command="show clock")
    driver.node.connection.transport.sock.shutdown(2)
    assert "Arista" in run(driver, "show version")[0].output
    assert lab.counters("r2")["connections"] == 2


def test_logins_that_fail(lab: EmulatedLab, eapi: Where) -> None:
    error = refused(eapi(secrets={"password": "sesame"}))
    assert error.__class__ is AuthenticationFailed and "sesame" not in str(error.as_dict())
    assert lab.counters("r2")["failed_logins"] == 1
    assert refused(eapi(host="no-such-host.invalid")).__class__ is NameNotResolved
    assert refused(eapi(port=1)).__class__ is Unreachable


def test_a_device_that_swallows_everything_is_unreachable(lab: EmulatedLab, eapi: Where) -> None:
    lab.fault("r2", "black_hole")
    start = time.monotonic()
    error = refused(eapi(connect_timeout=0.3, command_timeout=30.0))
    assert error.__class__ is Unreachable and time.monotonic() - start < 10


def test_certificates(lab: EmulatedLab, eapi: Where, opened: Open, tmp_path: Path) -> None:
    error = refused(eapi(options={"ca_file": None}))
    assert error.__class__ is ConnectFailed and "certificate that cannot be verified" in error.message
    assert "holdfast_ca_file" in error.message and lab.counters("r2")["api_requests"] == 0
    assert run(opened(options={"ca_file": None, "validate_certs": False}), "show clock")
    with pytest.raises(BadInput, match="holdfast_ca_file: /none cannot be read"):
        PyeapiDriver(eapi(options={"ca_file": "/none"})).open()
    (tmp_path / "empty").write_text("no certificate")
    with pytest.raises(BadInput, match="holdfast_ca_file"):
        PyeapiDriver(eapi(options={"ca_file": str(tmp_path / "empty")})).open()
    assert isinstance(refused(eapi(options={"use_tls": False}, connect_timeout=2.0)), ConnectFailed)


def test_a_hang_is_a_timeout_of_the_time_asked_for(lab: EmulatedLab, opened: Open) -> None:
    driver = opened(command_timeout=30.0)
    lab.fault("r2", "hang", count=1, command="show clock")
    start = time.monotonic()
    with pytest.raises(CommandTimeout, match="did not answer 'show clock' in time"):
        run(driver, "show clock", timeout=0.3)
    assert time.monotonic() - start < 5


def test_a_drop_is_a_lost_session_and_not_sent_again(lab: EmulatedLab, opened: Open) -> None:
    driver = opened()
    run(driver, "show version")
    lab.reset_counters("r2")
    lab.fault("r2", "drop", how="reset", command="write")
    with pytest.raises(SessionLost):
        run(driver, "write memory")
    assert lab.counters("r2")["api_requests"] == 1


def test_refused_commands(lab: EmulatedLab, opened: Open) -> None:
    driver = opened()
    with pytest.raises(CommandFailed, match=r"refused 'show nonsense': ") as caught:
        run(driver, "show clock", "show nonsense", "show version")
    assert caught.value.detail["command"] == "show nonsense"
    assert "nvalid" in run(driver, Command("show nonsense", check=False))[0].output
    assert "nvalid" in driver.send("show nonsense")


def test_commands_share_requests_and_keep_their_order(lab: EmulatedLab, opened: Open) -> None:
    driver = opened()
    before = lab.counters("r2")["api_requests"]
    texts = ["show clock", "show version", "show hostname", "show version | json", "show hostname | json", "show clock"]
    replies = run(driver, *texts)
    assert lab.counters("r2")["api_requests"] == before + 3, "one for each change of the format"
    assert [reply.command for reply in replies] == texts
    assert "Arista" in replies[1].output and "r2" in replies[2].output and replies[0].data is None
    assert replies[3].data["modelName"] and replies[4].data["hostname"] == "r2" and replies[4].output == ""
    run(driver, *["show clock"] * 20)
    assert lab.counters("r2")["api_requests"] == before + 4


def test_a_failure_in_the_middle(lab: EmulatedLab, opened: Open) -> None:
    driver = opened()
    before = lab.counters("r2")["api_requests"]
    may_fail = Command("show nonsense", check=False)
    replies = run(driver, "show clock", may_fail, "show version", may_fail, "show hostname")
    assert ["nvalid" in reply.output for reply in replies] == [False, True, False, True, False]
    assert "Arista" in replies[2].output and "r2" in replies[4].output
    assert lab.counters("r2")["api_requests"] == before + 3
    with pytest.raises(CommandFailed) as caught:
        run(driver, may_fail, "show clock", "show nothing", "write memory")
    assert caught.value.detail["command"] == "show nothing"
    assert "write memory" not in str(lab.counters("r2")["log"])


def test_an_answer_is_in_no_message(lab: EmulatedLab, opened: Open) -> None:
    lab.fault("r2", "hang", count=1, command="show clock")
    with pytest.raises(CommandTimeout, match="'show version; show clock'") as caught:
        run(opened(), "show version", Command("show clock", prompt="x", answer="sesame"), timeout=0.2)
    assert "sesame" not in str(caught.value.as_dict())


def test_configure_and_its_first_refused_line(lab: EmulatedLab, opened: Open) -> None:
    driver = opened()
    assert driver.configure(["interface Loopback1", " description one"]) is None
    assert driver.configure(["interface Loopback1", " nonsense 1", " description two"])
    assert driver.refused and driver.refused[0] == "nonsense 1"
    assert "description one" in lab.running_config("r2") and "description two" not in lab.running_config("r2")
    assert driver.configure(["banner motd\nHello\nyou\nEOF"]) is None
    assert "banner motd\nHello\nyou\nEOF" in lab.running_config("r2")


def test_getters_over_the_same_connection(lab: EmulatedLab, opened: Open) -> None:
    driver = opened()
    run(driver, "show clock", timeout=0.5)
    lab.fault("r2", "delay", seconds=0.7, count=1, command="show version")
    assert driver.get(["get_facts"])["get_facts"]["hostname"] == "r2"
    assert lab.counters("r2")["connections"] == 1


def test_a_drop_under_a_getter_or_a_ping_is_a_lost_session(lab: EmulatedLab, opened: Open) -> None:
    driver = opened()
    lab.fault("r2", "drop", count=1, command="show version")
    with pytest.raises(SessionLost):
        driver.get(["get_facts"])
    lab.fault("r2", "drop", count=1, command="ping")
    with pytest.raises(SessionLost):
        borrow.ping(driver, "10.0.1.0")
    assert "success" in borrow.ping(driver, "10.0.1.0", count=2)


def test_other_platforms_are_refused(eapi: Where) -> None:
    with pytest.raises(Unsupported, match="pyeapi speaks to arista_eos only, this host's platform is cisco_ios"):
        PyeapiDriver(eapi(platform="cisco_ios"))
