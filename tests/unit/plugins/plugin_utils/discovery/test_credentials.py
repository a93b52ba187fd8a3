# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Order, limits and setting aside of credential sets."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import BadInput
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.credentials import Credentials, subnet_of
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.settings import CredentialSet, VisitSettings

A, B, C = (CredentialSet(name, "ann", password=f"secret-{name}") for name in "abc")


def made(*sets: CredentialSet, **changes: Any) -> Credentials:
    return Credentials(VisitSettings(credentials=sets or (A, B, C), **changes))


def names(credentials: Credentials, address: str = "192.0.2.1", platform: str | None = None) -> list[str]:
    return [one.name for one in credentials.order(address, platform)]


def test_as_given_then_by_what_opened_here_and_nearby() -> None:
    credentials = made(opened_by={"192.0.2.9": "c"})
    assert names(credentials) == ["a", "b", "c"]
    assert names(credentials, "192.0.2.9") == ["c", "a", "b"]
    credentials.opened(B, "192.0.2.2")
    assert names(credentials) == ["b", "a", "c"]
    assert names(credentials, "198.51.100.1") == ["a", "b", "c"]
    assert names(credentials, "192.0.2.9") == ["c", "b", "a"]
    credentials.refused(C, "192.0.2.9")
    assert names(credentials, "192.0.2.9") == ["b", "a", "c"]


def test_a_set_for_other_platforms_is_left_out_when_the_platform_is_known() -> None:
    credentials = made(CredentialSet("cisco", "ann", platforms=("cisco_ios",)), B)
    assert names(credentials, platform="arista_eos") == ["b"]
    assert names(credentials, platform="cisco_ios") == ["cisco", "b"]
    assert names(credentials) == ["cisco", "b"]


def test_a_set_that_never_opened_anything_is_set_aside() -> None:
    credentials = made(set_aside_after=2, opened_by={"192.0.2.9": "a"})
    credentials.opened(B, "192.0.2.3")
    for number in range(4):
        credentials.refused(A, f"192.0.2.{number}")
        credentials.refused(B, f"192.0.2.{number}")
    assert credentials.aside == {"a": "the first 2 devices refused it"}
    assert names(credentials) == ["b", "c"]
    assert names(credentials, "192.0.2.9") == ["a", "b", "c"]  # it opened this one before
    credentials.opened(A, "192.0.2.9")
    assert credentials.aside == {}


def test_refusals_of_many_devices_at_the_same_time_stay_within_the_limit() -> None:
    credentials = made(A, set_aside_after=3)
    tried: list[bool] = []

    async def visit(number: int) -> None:
        async with credentials.trial(A, f"192.0.2.{number}") as usable:
            tried.append(usable)
            await asyncio.sleep(0)
            if usable:
                credentials.refused(A, f"192.0.2.{number}")

    async def all_of_them() -> None:
        await asyncio.gather(*(visit(number) for number in range(20)))

    asyncio.run(all_of_them())
    assert (tried.count(True), len(tried)) == (3, 20)


def test_a_set_that_opened_one_is_tried_on_all_at_the_same_time() -> None:
    credentials = made(A, set_aside_after=1)
    credentials.opened(A, "192.0.2.1")
    most = 0

    async def visit(number: int, running: list[int]) -> None:
        nonlocal most
        async with credentials.trial(A, f"192.0.2.{number}"):
            running.append(number)
            most = max(most, len(running))
            await asyncio.sleep(0.001)
            running.pop()

    async def all_of_them() -> None:
        running: list[int] = []
        await asyncio.gather(*(visit(number, running) for number in range(10)))

    asyncio.run(all_of_them())
    assert most == 10


@pytest.mark.parametrize(
    ("address", "subnet"),
    [("192.0.2.77", "192.0.2.0/24"), ("2001:db8::1", "2001:db8::/64"), ("core1.example", "core1.example")],
)
def test_subnets(address: str, subnet: str) -> None:
    assert subnet_of(address) == subnet


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"credentials": (A, A)}, "credentials: a is the name of two sets"),
        ({"credentials": ()}, "credentials: none given"),
        ({"transports": ("telnet",)}, "transports: telnet; use some of ssh, eapi, snmp"),
        ({"transports": ()}, "transports: none given"),
        ({"max_failed_logins": 0}, "max_failed_logins: 0"),
        ({"login_rate": -1.0}, "login_rate: -1"),
    ],
)
def test_bad_settings_name_the_option_and_the_fix(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        VisitSettings(**{"credentials": (A,), **changes})


def test_no_secret_is_shown() -> None:
    shown = repr(VisitSettings(credentials=(A,), proxy="socks5://u:secret-p@h", jump_hosts=["secret-j"]))
    assert "secret" not in shown
