# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The rules for drivers: the built-in ones keep them, and a driver that does not is told why."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker import errors
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers import conformance, conformance_rules
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.base import Reply, Secrets, Target
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.conformance import Trial, broken, examine
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.registry import driver_class

from tests.lab.emulated import EmulatedLab

from .conftest import Where


def test_netmiko_keeps_the_rules(ssh: Where, lab: EmulatedLab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conformance_rules, "GENTLY", 0.2)  # what hangs here takes no Ctrl-C
    lab.fault("r1", "hang", command="show users", count=1, seconds=20.0)
    trial = Trial(ssh("r1"), "show clock", "show nonsense", "show users", wrong_login=True)
    found = examine(driver_class("netmiko"), trial)
    assert broken(found) == []
    assert [one.rule for one in found if one.kept is None] == []


def test_pyeapi_keeps_the_rules(eapi: Where) -> None:
    trial = Trial(eapi(), "show clock", "show nonsense", wrong_login=True)
    found = examine(driver_class("pyeapi"), trial)
    assert broken(found) == []
    assert [one.rule for one in found if one.kept is None] == ["interrupted"]


class Careless:
    """Keeps hardly a rule: library errors get out, a secret is told, nothing is closed."""

    name = "careless"
    default_queue = "pinned"

    def __init__(self, target: Target) -> None:
        self.target, self.watch, self.kept = target, None, []  # type: ignore[var-annotated]

    @classmethod
    def default_port(cls, platform: str, options: Any) -> int:
        return 23

    def open(self) -> None:
        try:
            self.kept.append(socket.create_connection((self.target.host, self.target.port), 5))
        except ConnectionRefusedError:
            raise errors.ConnectFailed(f"no login with {self.target.secrets.password}") from None

    def close(self) -> None:
        raise OSError("close failed")

    def interrupt(self) -> None:
        time.sleep(1.5)

    def is_alive(self) -> bool:
        return True

    def run(self, commands: Any, timeout: float) -> Any:
        if commands[0].text == "slow":
            time.sleep(9)
        return [Reply(command.text, "words", 0.0) for command in commands[:1]]

    def get(self, getters: Any) -> Any:
        return {}

    def config(self) -> Any:
        raise NotImplementedError


def test_what_a_careless_driver_is_told(lab: EmulatedLab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conformance_rules, "PATIENCE", 0.3)
    monkeypatch.setattr(conformance_rules, "GENTLY", 0.1)
    device = lab.devices["r1"]
    target = Target("careless", "x", device.host, device.port, "ann", Secrets("Secret-77"))
    found = {one.rule: one for one in examine(Careless, Trial(target, "show", "refused", "slow"))}  # type: ignore[arg-type]
    assert {name for name, one in found.items() if one.kept} == {"class", "watched"}
    words = {name: one.words for name, one in found.items()}
    assert words["refused_connection"].startswith(
        "open() where nobody listens must raise Unreachable, not ConnectFailed"
    )
    assert "or close() before open() raised OSError" in words["never_opened"]
    assert (
        "a list of two Replies" in words["runs"] and "must raise CommandFailed, not nothing" in words["refused_command"]
    )
    assert "must raise CommandTimeout" in words["timeout"] and "must raise SessionLost" in words["lost"]
    assert "get(['get_facts']) must return" in words["abilities"] and "OSError: close failed" in words["closed"]
    assert "it must return at once" in words["interrupted"] and words["own_errors"].endswith(
        "not OSError: close failed"
    )
    assert words["no_secrets"] == "a secret is in the message or detail of a ConnectFailed"


def test_a_class_that_does_not_fit_is_not_tried(eapi: Where) -> None:
    class Empty:
        name = "empty"

    (found,) = examine(Empty, Trial(eapi(), "show"))  # type: ignore[type-abstract, arg-type]
    assert not found.kept and "has no class attribute default_queue" in found.words


def test_the_command_line(
    lab: EmulatedLab, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    device = lab.devices["r1"]
    monkeypatch.setenv("HOLDFAST_PASSWORD", device.password)
    where = ["--host", device.host, "--port", str(device.port), "--user", device.user, "--platform", "cisco_ios"]
    monkeypatch.setattr(conformance, "RULES", (conformance_rules.runs, conformance_rules.interrupted))
    main: Callable[[list[str]], int] = conformance.main
    assert main(["netmiko", *where, "--command", "show clock"]) == 0
    told = capsys.readouterr().out
    assert (
        "kept       runs\n" in told and "not tried  interrupted: it takes slow" in told and device.password not in told
    )
    assert main(["netmiko", *where, "--command", "show nonsense"]) == 1
    assert "NOT KEPT   runs: run() of 'show nonsense' twice raised CommandFailed" in capsys.readouterr().out
    assert main(["nothing", *where, "--command", "show clock"]) == 2
    assert "there is no driver 'nothing'" in capsys.readouterr().err
