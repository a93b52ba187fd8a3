# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Jobs: what becomes of work that nobody waits for, and of the session when it is cancelled."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker import jobs, lease
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.commands import table
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.context import Context, Table
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import (
    BadInput,
    JobUnknown,
    SessionLost,
    TooManyJobs,
)
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.guard import Guard
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.lease import Caller
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.sessions import SessionPool
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.store import ChangeStore, CheckpointStore

from .fakes import FakeDevice, FakeNetwork

WHERE = {"host": "dev", "port": 22, "platform": "ios", "driver": "netmiko", "user": "u", "secrets": {"password": "p"}}


class Board:
    """The broker's job commands over a device in memory."""

    def __init__(self, context: Context, device: FakeDevice) -> None:
        self.context = context
        self.device = device
        self._table: Table = table(context)

    async def ask(self, name_: str, uid: int = 1, **params: Any) -> Any:
        return await self._table[name_](params, Caller("test", uid=uid))

    async def start(self, *commands: str, **terms: Any) -> str:
        params = {"commands": list(commands)}
        made = await self.ask("job.start", target=WHERE, command="run", params=params, **terms)
        return str(made["job"]["id"])

    async def state(self, name: str, wait: float = 10.0) -> str:
        return str((await self.ask("job.info", id=name, wait=wait))["job"]["state"])

    async def until(self, condition: Callable[[], Any]) -> None:
        async with asyncio.timeout(10):
            while not condition():
                await asyncio.sleep(0.005)


@pytest.fixture
async def board(pool: SessionPool, network: FakeNetwork, short: Path) -> AsyncIterator[Board]:
    context = Context(pool, Guard(pool, ChangeStore(short), CheckpointStore(short)))
    yield Board(context, network.device("dev:22"))


@pytest.fixture
def gate(board: Board) -> Any:
    """``show long`` runs until this is set, or until somebody interrupts the device."""
    opened = threading.Event()

    def wait() -> None:
        while not opened.wait(0.005) and not board.device.interrupted.is_set():
            pass

    board.device.during["show long"] = wait
    yield opened
    opened.set()


async def test_a_job_goes_from_queued_to_finished(board: Board, gate: threading.Event) -> None:
    first, second = await board.start("show long"), await board.start("show more", label="second")
    await board.until(lambda: "show long" in board.device.calls)
    states = {job["id"]: job["state"] for job in (await board.ask("job.info"))["jobs"]}
    assert states == {first: "started", second: "queued"} and board.context.jobs.busy
    gate.set()
    assert await board.state(first) == await board.state(second) == "finished"
    found = await board.ask("job.info", id=second)
    assert found["result"]["replies"][0]["output"] == "did show more" and not found["result"]["login"]
    assert found["job"]["label"] == "second" and found["job"]["device"] == "dev:22" and found["job"]["ended"]
    assert found["job"]["queued_at"] <= found["job"]["started_at"] <= found["job"]["ended_at"]
    assert (await board.ask("job.info"))["statistics"] == {
        "queued": 0, "started": 0, "finished": 2, "failed": 0, "cancelled": 0,
    }  # fmt: skip
    assert not board.context.jobs.busy


async def test_a_failed_job_says_why(board: Board) -> None:
    board.device.fail["reload"] = [SessionLost("gone")]
    name = await board.start("reload")
    assert await board.state(name) == "failed"
    found = await board.ask("job.info", id=name)
    assert found["job"]["error"]["code"] == "outcome_unknown" and "result" not in found


async def test_a_queued_job_that_is_cancelled_never_reaches_the_device(board: Board, gate: threading.Event) -> None:
    first, second = await board.start("show long"), await board.start("show never")
    await board.until(lambda: "show long" in board.device.calls)
    assert (await board.ask("job.cancel", id=second, check=True))["changed"] and await board.state(
        second, 0
    ) == "queued"
    done = await board.ask("job.cancel", id=second)
    assert done["changed"] and done["job"]["state"] == "cancelled" and done["job"]["run_seconds"] == 0
    gate.set()
    assert await board.state(first) == "finished" and "show never" not in board.device.calls
    assert not (await board.ask("job.cancel", id=second))["changed"]


async def test_a_cancelled_session_that_is_at_its_prompt_again_is_kept(board: Board, gate: threading.Event) -> None:
    name = await board.start("show long")
    await board.until(lambda: "show long" in board.device.calls)
    assert (await board.ask("job.cancel", id=name))["job"]["state"] == "cancelled"
    assert (board.device.opens, board.device.closes, board.device.probes) == (1, 0, 1)
    assert await board.state(await board.start("show next")) == "finished" and board.device.opens == 1


async def test_a_session_that_does_not_come_back_is_replaced(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    stuck = threading.Event()
    monkeypatch.setattr(lease, "GENTLY", 0.05)
    board.device.during["show stuck"] = lambda: (stuck.wait(10), None)[1]
    name = await board.start("show stuck")
    await board.until(lambda: "show stuck" in board.device.calls)
    cancelling = asyncio.create_task(board.ask("job.cancel", id=name))
    await board.until(lambda: board.device.closes == 1)
    after = await board.start("show next")
    await asyncio.sleep(0.05)
    assert "show next" not in board.device.calls, "the device was used while the cancelled work still ran"
    stuck.set()
    assert (await cancelling)["job"]["state"] == "cancelled"
    assert await board.state(after) == "finished" and (board.device.opens, board.device.live) == (2, 1)


async def test_a_job_that_runs_too_long_is_stopped(board: Board, gate: threading.Event) -> None:
    name = await board.start("show long", execution_timeout=0.1)
    assert await board.state(name) == "failed"
    error = (await board.ask("job.info", id=name))["job"]["error"]
    assert error["code"] == "command_timeout" and "longer than its timeout of 0.1 s" in error["message"]


async def test_the_execution_timeout_starts_with_the_device_s_turn(board: Board, gate: threading.Event) -> None:
    first = await board.start("show long")
    waiting = await board.start("show quick", execution_timeout=0.1)
    await asyncio.sleep(0.3)
    assert await board.state(waiting, 0) == "queued"
    gate.set()
    assert await board.state(first) == await board.state(waiting) == "finished"


async def test_a_job_waits_no_longer_than_its_queue_ttl(board: Board, gate: threading.Event) -> None:
    await board.start("show long")
    late = await board.start("show late", queue_ttl=0.1)
    assert await board.state(late) == "failed"
    assert (await board.ask("job.info", id=late))["job"]["error"]["code"] == "queue_timeout"


async def test_result_and_job_are_forgotten_after_their_times(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    name = await board.start("show", result_ttl=100, metadata_ttl=200)
    assert await board.state(name) == "finished" and "result" in await board.ask("job.info", id=name)
    ended, now = board.context.jobs.find(name, 1).ended_clock, [0.0]
    monkeypatch.setattr(jobs.time, "monotonic", lambda: now[0])
    now[0] = ended + 99
    assert "result" in await board.ask("job.info", id=name)
    now[0] = ended + 101
    assert "result" not in await board.ask("job.info", id=name)
    now[0] = ended + 201
    with pytest.raises(JobUnknown, match="forgotten"):
        await board.ask("job.info", id=name)


async def test_priorities_go_first(board: Board, gate: threading.Event) -> None:
    await board.start("show long")
    await board.until(lambda: "show long" in board.device.calls)
    for word, priority in (("show b", 5), ("show c", 9), ("show a", 3), ("show b2", 5)):
        params = {"commands": [word]}
        caller = Caller("test", priority=priority, uid=1)
        last = await table(board.context)["job.start"]({"target": WHERE, "command": "run", "params": params}, caller)
        await asyncio.sleep(0.01)
    gate.set()
    await board.until(lambda: not board.context.jobs.busy)
    assert board.device.calls[2:] == ["show a", "show b", "show b2", "show c"] and last["job"]["id"]


async def test_jobs_of_other_users_are_unknown(board: Board) -> None:
    name = await board.start("show")
    with pytest.raises(JobUnknown):
        await board.ask("job.info", uid=2, id=name)
    with pytest.raises(JobUnknown):
        await board.ask("job.cancel", uid=2, id=name)
    assert (await board.ask("job.info", uid=2))["jobs"] == []
    assert await board.state(name) == "finished"


async def test_there_is_an_end_to_how_many_are_remembered(board: Board) -> None:
    board.context.jobs = jobs.Jobs(most=2)
    await board.start("show")
    await board.start("show")
    with pytest.raises(TooManyJobs, match="2 jobs already"):
        await board.start("show")


def test_output_is_read_from_an_offset_and_old_output_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    job = jobs.new_job("run", "dev", "", Caller("x"), jobs.Terms())
    job.output("one ")
    assert job.since(0) == ("one ", 4)
    job.output("two")
    assert job.since(4) == ("two", 7)
    monkeypatch.setattr(jobs, "OUTPUT_KEPT", 5)
    job.output("345")
    assert job.since(0) == ("wo345", 10) and job.since(9) == ("5", 10) and job.since(50) == ("", 10)


BAD: list[tuple[dict[str, Any], str]] = [
    ({"command": "config.apply"}, "a job cannot be 'config.apply'"),
    ({"queue_ttl": 0}, "queue_ttl: 0 is outside"),
    ({"execution_timeout": "soon"}, "execution_timeout: 'soon' is no number"),
    ({"result_ttl": 50, "metadata_ttl": 40}, "metadata_ttl: 40 is less than the result_ttl of 50"),
    ({"webhook": "http://x"}, "webhook: must be a mapping"),
    ({"webhook": {"uri": "http://x"}}, "there is no 'uri'"),
    ({"webhook": {"url": "ftp://x/y"}}, "no http:// or https:// address"),
    ({"webhook": {"url": "http://x:port"}}, "no http:// or https:// address"),
    ({"webhook": {"url": "http://x", "tries": 0}}, "tries: 0 is outside"),
    ({"params": []}, "params: must be a mapping"),
]


@pytest.mark.parametrize(("given", "words"), BAD)
async def test_bad_terms_are_refused_and_nothing_is_queued(board: Board, given: dict[str, Any], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        await board.ask("job.start", **{"target": WHERE, "command": "run", "params": {"commands": ["show"]}, **given})
    assert (await board.ask("job.info"))["jobs"] == []
