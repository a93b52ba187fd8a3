# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From options to requests: what is sent, how long is waited, and what a dead broker means."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils import requester as module
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import (
    BadInput,
    BrokerLost,
    BrokerUnavailable,
    OutcomeUnknown,
)
from ansible_collections.holdfast.network.plugins.plugin_utils.requester import GRACE, Requester

OPTIONS: dict[str, Any] = {
    "host": "r1", "port": None, "user": "u", "platform": "ios", "driver": "netmiko", "connect_timeout": 30.0,
    "command_timeout": 60.0, "password": "p", "private_key_file": None, "passphrase": None, "enable_secret": "e",
    "host_key_checking": False, "known_hosts": "/kh", "idle_timeout": 1800.0, "queue": None, "use_tls": True,
    "validate_certs": True, "ca_file": None, "frr_reload": "x",
}  # fmt: skip


class FakeBroker:
    """Clients of a broker that answers with ``answers`` in turn; an exception is raised."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.calls: list[tuple[str, dict[str, Any], float]] = []
        self.opened = self.closed = 0

    def connect(self, paths: Any) -> FakeBroker:
        self.opened += 1
        return self

    def close(self) -> None:
        self.closed += 1

    def call(self, command: str, params: dict[str, Any], timeout: float) -> Any:
        self.calls.append((command, params, timeout))
        answer = self.answers.pop(0) if self.answers else {}
        match answer:
            case Exception() as error:
                raise error
        return answer


def made(monkeypatch: pytest.MonkeyPatch, *answers: Any) -> tuple[Requester, FakeBroker]:
    broker = FakeBroker(*answers)
    monkeypatch.setattr(module.lifecycle, "connect", broker.connect)
    return Requester(OPTIONS, 120.0), broker


def test_the_target_has_what_was_given_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    asking, broker = made(monkeypatch)
    asking.call("run", {"commands": ["show"]})
    asking.call("run", {"commands": ["show"]})
    assert broker.opened == 1
    params = broker.calls[0][1]
    assert params["target"] == {
        "host": "r1", "port": None, "user": "u", "platform": "ios", "driver": "netmiko", "connect_timeout": 30.0,
        "command_timeout": 60.0, "secrets": {"password": "p", "enable": "e"},
        "options": {
            "host_key_checking": False, "known_hosts": "/kh", "idle_timeout": 1800.0, "use_tls": True,
            "validate_certs": True, "frr_reload": "x",
        },
    }  # fmt: skip
    assert params["queue_timeout"] == 120.0 and "(pid " in params["owner"]


@pytest.mark.parametrize(
    ("params", "timeout", "work"),
    [({}, None, 180), ({"commands": ["a"] * 10}, None, 600), ({}, 5.0, 5), ({"commands": ["a"] * 10}, 5.0, 5)],
)
def test_it_waits_as_long_as_the_broker_may_take(
    monkeypatch: pytest.MonkeyPatch, params: dict[str, Any], timeout: float | None, work: float
) -> None:
    asking, broker = made(monkeypatch)
    asking.call("run", params, timeout)
    assert broker.calls[0][2] == 120 + 2 * 30 + work + GRACE


@pytest.mark.parametrize(
    ("command", "params"),
    [
        ("get", {}),
        ("diagnose", {}),
        ("config.read", {}),
        ("run", {"commands": ["show version", {"command": "ping x"}]}),
    ],
)
def test_a_read_is_asked_again_of_the_next_broker(
    monkeypatch: pytest.MonkeyPatch, command: str, params: dict[str, Any]
) -> None:
    asking, broker = made(monkeypatch, BrokerLost("gone"), {"x": 1})
    assert asking.call(command, params) == {"x": 1}
    assert (broker.opened, broker.closed, len(broker.calls)) == (2, 1, 2)


@pytest.mark.parametrize(
    ("command", "params"),
    [
        ("config.apply", {"text": "x"}),
        ("change.confirm", {}),
        ("change.revert", {}),
        ("checkpoint.add", {}),
        ("session.close", {}),
        ("run", {"commands": ["show version", "reload"]}),
        ("run", {"commands": ["show run | redirect flash:x"]}),
    ],
)
def test_anything_else_is_an_unknown_outcome(
    monkeypatch: pytest.MonkeyPatch, command: str, params: dict[str, Any]
) -> None:
    asking, broker = made(monkeypatch, BrokerLost("gone"), {})
    with pytest.raises(OutcomeUnknown, match=f"gone on r1: whether '{command}' was done is not known"):
        asking.call(command, params)
    assert len(broker.calls) == 1


def test_a_third_loss_is_the_callers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first broker was killed, the second was reached while it died: a third is not looked for."""
    asking, broker = made(monkeypatch, BrokerLost("gone"), BrokerLost("gone"), BrokerLost("gone"), {"x": 1})
    with pytest.raises(BrokerLost):
        asking.call("get")
    assert len(broker.calls) == 3
    asking, broker = made(monkeypatch, BrokerLost("gone"), BrokerLost("gone"), {"x": 1})
    assert asking.call("get") == {"x": 1}
    asking, broker = made(monkeypatch, BrokerUnavailable("draining"))
    with pytest.raises(BrokerUnavailable):
        asking.call("get")
    assert len(broker.calls) == 1


def test_a_handle_names_the_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOLDFAST_RUNTIME_DIR", "/r")
    asking, _unused = made(monkeypatch, {"handle": "word"})
    assert re.fullmatch(r"/r/broker-1-[\d.]+\.sock#word", asking.handle())
    asking.close()
    asking.close()


@pytest.mark.parametrize(
    ("command", "option", "told", "said"),
    [
        ("run", "known_hosts", True, True),
        ("run", "ca_file", True, True),
        ("transfer", "src", True, True),
        ("config.apply", "src", True, False),
        ("run", "platform", True, False),
        ("run", "known_hosts", False, False),
    ],
)
def test_whose_path_it_is_that_the_broker_cannot_read(
    monkeypatch: pytest.MonkeyPatch, command: str, option: str, told: bool, said: bool
) -> None:
    monkeypatch.delenv("HOLDFAST_SOCKET", raising=False)
    if told:
        monkeypatch.setenv("HOLDFAST_SOCKET", "/run/holdfast/broker.sock")
    asking, _broker = made(monkeypatch, BadInput("x: there is no file /x", option=option))
    with pytest.raises(BadInput, match="^x: there is no file /x") as caught:
        asking.call(command, {"commands": ["show"]})
    assert ("(where the broker runs" in caught.value.message) is said and caught.value.detail == {"option": option}
    assert caught.value.__cause__ is not caught.value, "Ansible follows the causes of an error to their end"


def test_a_service_that_drains_is_waited_for_and_a_broker_of_one_s_own_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    draining = BrokerUnavailable("the broker is draining", draining=True)
    monkeypatch.setattr(module, "DRAINING", 0.0)
    monkeypatch.delenv("HOLDFAST_SOCKET", raising=False)
    asking, broker = made(monkeypatch, draining, {"changed": True})
    with pytest.raises(BrokerUnavailable, match="draining"):
        asking.call("config.apply")
    monkeypatch.setenv("HOLDFAST_SOCKET", "/run/holdfast/broker.sock")
    asking, broker = made(monkeypatch, draining, draining, {"changed": True})
    assert asking.call("config.apply") == {"changed": True} and (broker.opened, broker.closed) == (3, 2)
    asking, broker = made(monkeypatch, *[draining] * 3)
    asking._queue_timeout = 0.0
    with pytest.raises(BrokerUnavailable, match="draining"):
        asking.call("config.apply")
