# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Parameters as any program may send them: what is taken, and what is said about the rest."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker import requests
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import (
    BadInput,
    UnknownDriver,
    UnknownPlatform,
)
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers import registry


def target(**given: Any) -> Any:
    return requests.target({"target": {"host": "h", "platform": "ios", **given}})


def commands(*entries: Any, driver: str = "paramiko", **more: Any) -> Any:
    return requests.commands({"commands": list(entries), "target": {"driver": driver}, **more})


@pytest.mark.parametrize(
    ("driver", "platform", "options", "port"),
    [
        (None, "ios", {}, 22),
        ("paramiko", "linux", {}, 22),
        ("unicon", "ios", {}, 22),
        ("pyeapi", "eos", {}, 443),
        ("pyeapi", "eos", {"use_tls": False}, 80),
        ("napalm", "eos", {}, 443),
        ("napalm", "nxos", {"use_tls": False}, 80),
        ("napalm", "ios", {}, 22),
        ("napalm", "junos", {}, 22),
    ],
)
def test_the_port_is_the_drivers(driver: str | None, platform: str, options: dict[str, Any], port: int) -> None:
    assert target(driver=driver, platform=platform, options=options).port == port
    assert target(driver=driver, platform=platform, options=options, port=2222).port == 2222


def test_a_driver_may_have_platforms_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    own = type("Own", (registry.driver_class("paramiko"),), {"platforms": ("abacus",)})
    monkeypatch.setitem(registry._loaded, "own", own)
    assert target(driver="own", platform="abacus").platform == "abacus"
    assert target(driver="own", platform="ios").platform == "cisco_ios"
    with pytest.raises(UnknownPlatform):
        target(platform="abacus")
    with pytest.raises(UnknownDriver):
        target(driver="nobody")


def test_a_command_for_a_shell() -> None:
    entry = {"command": " cat ", "stdin": "x", "environment": {"A_1": 2}, "become": "root", "check": False}
    (made,) = commands(entry)
    assert (made.text, made.stdin, made.environment, made.become) == ("cat", "x", {"A_1": "2"}, "root")
    assert not made.check
    plain, other = commands("id", {"command": "id", "become": "bob"}, become="ann")
    assert (plain.become, other.become) == ("ann", "bob") and plain.stdin is None and plain.environment == {}


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"command": "x", "stdout": 1}, "unknown key 'stdout'; there are command, prompt, answer, check, stdin"),
        ({"command": "x", "stdin": 5}, "stdin must be text, not int; put it in quotes"),
        ({"command": "x", "answer": True}, "answer must be text, not bool"),
        ({"command": "x", "environment": {"A-B": "c"}}, "'A-B' is no name of a variable"),
        ({"command": "x", "environment": "A=b"}, "environment: must be a mapping"),
        ("a\nb", "holds a line break"),
        (7, "number 1 has no text"),
    ],
)
def test_a_command_that_is_wrong(entry: Any, words: str) -> None:
    with pytest.raises(BadInput) as caught:
        commands(entry)
    assert words in caught.value.message


@pytest.mark.parametrize("driver", ["netmiko", "napalm", "pyeapi", "unicon"])
def test_a_cli_has_no_standard_input(driver: str) -> None:
    with pytest.raises(BadInput, match=f"stdin is for shells .*, not for the driver {driver}"):
        commands({"command": "show x", "stdin": "y"}, driver=driver)


def test_a_platform_to_be_detected_needs_no_name_but_a_driver_that_can() -> None:
    given = {"host": "192.0.2.1", "port": None, "platform": "eos"}
    assert requests.target({"target": given}, detect=True).platform == "autodetect"
    with pytest.raises(BadInput, match="holdfast_driver: 'pyeapi' cannot detect the platform, netmiko can"):
        requests.target({"target": {**given, "driver": "pyeapi"}}, detect=True)
    with pytest.raises(BadInput, match="holdfast_platform: 192.0.2.1 has none"):
        requests.target({"target": {"host": "192.0.2.1"}})
