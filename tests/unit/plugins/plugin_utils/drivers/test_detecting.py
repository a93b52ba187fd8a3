# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The platform that answers, over the login that is kept: netmiko's table, ours, and devices with strange names."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import NotRecognized, PromptNotFound
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.base import Command
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.detecting import AUTODETECT, best, detect, table
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.driver_netmiko import NetmikoDriver
from netmiko.ssh_autodetect import SSH_MAPPER_DICT
from netmiko.ssh_dispatcher import CLASS_MAPPER

from tests.lab.emulated import EmulatedLab

from .conftest import DEVICE_TYPES, Where

FRR = "FRRouting 8.4.4 (r1) on Linux(6.1.0-9-amd64).\nCopyright 1996-2005 Kunihiro Ishiguro, et al.\n"
XE = "Cisco IOS XE Software, Version 17.09.04a\nCisco IOS Software [Cupertino], Catalyst L3 Switch Software\n"


class Box:
    """A session of no platform: a prompt, and answers to some commands."""

    def __init__(self, prompt: str, **answers: str) -> None:
        self._prompt = prompt
        self._answers = {command.replace("_", " "): text for command, text in answers.items()}
        self.asked: list[str] = []

    def find_prompt(self) -> str:
        return self._prompt

    def named(self, base: str) -> None:
        assert base

    def exchange(self, line: str, timeout: float) -> str:
        self.asked.append(line)
        return self._answers.get(line, f"% Invalid input: {line}")

    def tidy(self, line: str, raw: str) -> str:
        return raw


@pytest.fixture
def opened(ssh: Where) -> Iterator[list[NetmikoDriver]]:
    made: list[NetmikoDriver] = []
    yield made
    for driver in made:
        driver.close()


def test_the_table_is_netmikos_and_ours_with_the_commonest_command_first() -> None:
    known = table()
    assert next(iter(known.commands)) == "show version"
    signs = [sign for group in known.commands.values() for sign in group] + list(known.others)
    assert len(signs) == len(SSH_MAPPER_DICT) + 1
    assert {sign.platform for sign in signs} - {"frr"} < set(CLASS_MAPPER)


@pytest.mark.parametrize(("text", "platform"), [(FRR, "frr"), (XE, "cisco_xe"), ("Linux", None), ("", None)])
def test_the_surest_sign_wins(text: str, platform: str | None) -> None:
    assert best(table().commands["show version"], text) == platform


def test_a_device_is_not_what_it_is_called() -> None:
    version = "Cisco IOS Software, Version 15.9\nnokia-lab uptime is 3 days\n"
    box = Box("nokia-lab#", show_version=version)
    assert detect(box, "SSH-2.0-OpenSSH_9.3", 5.0) == ("cisco_ios", "nokia-lab")
    assert box.asked == ["show version"]


def test_a_refusal_tells_nothing_although_it_names_the_command() -> None:
    box = Box("$", show_version="sh: 1: Arista: not found", uname__a="x")
    box._answers["uname -a"] = "Linux box 6.1.0"
    assert detect(box, "SSH-2.0-OpenSSH_9.3", 5.0) == ("linux", "")
    stranger = Box("me>")
    assert detect(stranger, "SSH-2.0-me", 5.0) == (None, "me")
    assert stranger.asked == list(table().commands)


def test_what_the_server_calls_itself_may_be_enough() -> None:
    assert detect(Box("wlc>"), "SSH-2.0-CISCO_WLC", 5.0) == ("cisco_wlc", "wlc")


@pytest.mark.parametrize("name", ["r1", "r2"])
def test_one_login_detects_and_works(lab: EmulatedLab, ssh: Where, opened: list[NetmikoDriver], name: str) -> None:
    driver = NetmikoDriver(ssh(name, platform=AUTODETECT))
    opened.append(driver)
    driver.open()
    assert driver.target.platform == DEVICE_TYPES[lab.devices[name].platform]
    (reply,) = driver.run([Command("show running-config")], 5.0)  # long, and only for the privileged
    assert f"hostname {name}" in reply.output
    assert driver.get(["get_facts"])["get_facts"]["hostname"] == name
    assert lab.counters(name)["logins"] == 1


def test_a_stranger_is_let_go(lab: EmulatedLab, ssh: Where) -> None:
    lab.fault("r1", "stranger", text="no such command")
    driver = NetmikoDriver(ssh("r1", platform=AUTODETECT))
    with pytest.raises(NotRecognized) as caught:
        driver.open()
    assert caught.value.detail["name"] == "r1"
    assert lab.wait(lambda: lab.counters("r1")["open_sessions"] == 0)


def test_one_that_hangs_comes_to_no_prompt(lab: EmulatedLab, ssh: Where) -> None:
    lab.fault("r1", "hang", command="show version")
    with pytest.raises(PromptNotFound, match="cannot be detected"):
        NetmikoDriver(ssh("r1", platform=AUTODETECT, command_timeout=0.5)).open()
