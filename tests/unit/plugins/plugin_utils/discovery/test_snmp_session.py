# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Walks over agents that are silent, late, endless or wrong: each ends, and says what was wrong."""

from __future__ import annotations

import itertools
import socket
import sys
import time

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import (
    CommandFailed,
    CommandTimeout,
    MissingLibrary,
    NameNotResolved,
    Unreachable,
)
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery import snmp_session
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.snmp_credentials import SnmpCredential
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.snmp_session import SnmpSession

from tests.lab.snmp import Agent, Answer, Answerer, Oid, from_table, oid

BASE = "1.3.6.1.2.1.2.2.1.2"
PUBLIC = SnmpCredential("all", community="public")


async def opened(port: int, credential: SnmpCredential = PUBLIC, retries: int = 0) -> SnmpSession:
    return await SnmpSession("127.0.0.1", port, credential, 0.3, retries).open()


async def walked(answer: Answerer) -> dict[tuple[int, ...], object]:
    with Agent(answer) as agent:
        return dict(await (await opened(agent.port)).walk(BASE))


async def test_a_walk_ends_where_the_table_does() -> None:
    table = {f"{BASE}.{number}": f"eth{number}".encode() for number in range(1, 61)}
    with Agent({**table, "1.3.6.1.2.1.2.2.1.3.1": 6}) as agent:
        session = await opened(agent.port)
        found = await session.walk(BASE)
        assert found[(60,)] == b"eth60" and len(found) == 60
        assert session.requests == len(agent.asked) == 3
        assert await session.get([f"{BASE}.2", f"{BASE}.99"]) == {f"{BASE}.2": b"eth2"}
        assert await session.walk("1.3.6.1.9") == {}
        rows = await session.table("1.3.6.1.2.1.2.2.1", {2: "name", 3: "type"})
        assert rows[(1,)] == {"name": b"eth1", "type": 6}


@pytest.mark.parametrize(
    "numbers", [itertools.repeat(1), itertools.cycle((9, 5)), itertools.cycle((1, 2))], ids=["same", "down", "loop"]
)
async def test_a_table_that_runs_backwards_is_an_error(numbers: itertools.cycle[int]) -> None:
    with pytest.raises(CommandFailed, match=r"127.0.0.1:\d+ \(SNMP\).* does not come after the one before it"):
        await walked(lambda _kind, _asked, _most: [((*oid(BASE), next(numbers)), 1)])


async def test_a_table_without_an_end_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snmp_session, "MOST_VALUES", 500)
    numbers = itertools.count(1)
    with pytest.raises(CommandFailed, match="more than 500 values, so it has no end"):
        await walked(lambda _kind, _asked, most: [((*oid(BASE), next(numbers)), 1) for _unused in range(most)])


async def test_silence_says_all_that_it_may_mean() -> None:
    with Agent(lambda *_asked: None) as agent:
        session = await opened(agent.port, retries=1)
        started = time.monotonic()
        with pytest.raises(Unreachable, match=r"asked 2 times: .* or the community is wrong .SNMP does not tell"):
            await session.walk(BASE)
        assert 0.55 < time.monotonic() - started < 2 and len(agent.asked) == 2


async def test_a_wrong_community_is_silence_and_not_shown() -> None:
    with Agent({}) as agent:
        session = await opened(agent.port, SnmpCredential("other", community="s3cret"))
        with pytest.raises(Unreachable) as told:
            await session.get([BASE])
        assert "s3cret" not in str(told.value) and told.value.detail == {"credential": "other"}


async def test_a_closed_port_is_told_at_once() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    session = await opened(port, retries=5)
    started = time.monotonic()
    with pytest.raises(Unreachable, match="nothing listens on this UDP port"):
        await session.get([BASE])
    assert time.monotonic() - started < 0.3


async def test_an_answer_that_was_lost_or_late_is_asked_for_again() -> None:
    good = from_table({f"{BASE}.{number}": number for number in range(1, 101)})
    turn = itertools.count()

    def answer(kind: str, asked: list[Oid], most: int) -> Answer | None:
        at = next(turn)
        if at == 2:
            time.sleep(0.4)  # past the timeout: this answer meets the repeated question
        return None if at == 0 else good(kind, asked, most)

    with Agent(answer) as agent:
        session = await opened(agent.port, retries=2)
        assert list((await session.walk(BASE)).values()) == list(range(1, 101))


async def test_an_agent_that_stops_in_the_middle_is_told_from_one_that_never_answered() -> None:
    good = from_table({f"{BASE}.{number}": number for number in range(1, 101)})
    turn = itertools.count()
    with (
        Agent(lambda kind, asked, most: good(kind, asked, most) if next(turn) < 2 else None) as agent,
        pytest.raises(CommandTimeout, match=f"answered before, but not when asked for {BASE}"),
    ):
        await (await opened(agent.port)).walk(BASE)


async def test_a_name_without_an_address() -> None:
    with pytest.raises(NameNotResolved, match="'no.such.invalid' has no address"):
        await SnmpSession("no.such.invalid", 161, PUBLIC, 0.3, 0).open()


async def test_without_the_library_its_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gufo.snmp", None)
    with pytest.raises(MissingLibrary, match="pip install gufo-snmp"):
        await opened(161)
