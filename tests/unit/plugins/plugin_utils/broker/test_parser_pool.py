# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The processes that parse: real ones, and small scripts in their place for what goes wrong."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker import parser_pool, wire
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import BadInput, ParseFailed, ParserMissing
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.parser_pool import ParserPool
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.parsers import Choice, add_parsed

from .fakes import eventually

FSM = {"name": "own", "text": "Value WORD (\\S+)\n\nStart\n  ^${WORD} -> Record\n"}
SHOUTING = """<macro>
def shout(data):
    print("loud")
    return data
</macro>
<group>
{{ a | macro("shout") }}
</group>
"""
#: A child that answers with what it was asked, sleeps for "sleep N" and dies for "die".
SCRIPT = """
import json, os, struct, sys, time
head = struct.Struct("!3sBI")
source, sink = sys.stdin.buffer, sys.stdout.buffer
while True:
    start = source.read(head.size)
    if not start:
        break
    request = json.loads(source.read(head.unpack(start)[2]))
    word, _, rest = request["command"].partition(" ")
    if word == "sleep":
        time.sleep(float(rest))
    if word == "die" or (word == "once" and not os.path.exists(rest)):
        if word == "once":
            open(rest, "w").close()
        os._exit(3)
    body = json.dumps({"result": [request["command"], os.getpid()]}).encode()
    sink.write(head.pack(b"HFN", 1, len(body)) + body)
    sink.flush()
"""
FAKE = (sys.executable, "-c", SCRIPT)


def request(command: str, output: str = "", **more: Any) -> dict[str, Any]:
    return {"parser": "textfsm", "platform": "cisco_ios", "command": command, "output": output, "template": FSM, **more}


async def test_a_real_child_parses_and_stays_warm() -> None:
    pool = ParserPool()
    try:
        assert await pool.parse(request("show a", "one\ntwo\n")) == [{"word": "one"}, {"word": "two"}]
        first = pool.pids
        with pytest.raises(BadInput, match="textfsm cannot read bad"):
            await pool.parse(request("show a", template={"name": "bad", "text": "nothing"}))
        with pytest.raises(ParserMissing, match="did you mean"):
            await pool.parse(request("shoe version", template=None))
        with pytest.raises(ParseFailed, match="the output of 'show ip interface' does not fit"):
            await pool.parse(request("show ip interface", "Interface  Address\n", template=None))
        assert pool.pids == first and len(first) == 1
    finally:
        await pool.close()
    assert pool.pids == [] and not _runs(first[0])


async def test_requests_spread_over_the_children_and_keep_their_order() -> None:
    pool = ParserPool(command=FAKE)
    rows = [{"command": f"sleep {seconds}", "output": ""} for seconds in (0.3, 0.1, 0.2, 0)]
    start = time.monotonic()
    await add_parsed(pool, "cisco_ios", rows, [Choice("textfsm")] * 4)
    assert [row["parsed"][0] for row in rows] == [row["command"] for row in rows]
    assert len({row["parsed"][1] for row in rows}) == 2 == len(pool.pids)
    assert time.monotonic() - start < 0.6 + 2.0  # their start, on a busy machine
    await pool.close()


async def test_a_parse_that_does_not_end_is_given_up_and_its_child_replaced() -> None:
    pool = ParserPool(size=1, timeout=0.5, command=FAKE)
    with pytest.raises(ParseFailed, match=r"'sleep 60' was not parsed within 0.5 s"):
        await pool.parse(request("sleep 60"))
    assert pool.pids == []
    assert (await pool.parse(request("next")))[0] == "next"
    await pool.close()


async def test_a_child_that_dies_is_replaced_and_the_parse_tried_once_more(tmp_path: Path) -> None:
    pool = ParserPool(size=1, command=FAKE)
    assert (await pool.parse(request(f"once {tmp_path / 'mark'}")))[0].startswith("once")
    with pytest.raises(ParseFailed, match="ended the process that parses, twice"):
        await pool.parse(request("die"))
    before = (await pool.parse(request("a")))[1]
    os.kill(before, signal.SIGKILL)  # while idle
    assert (await pool.parse(request("b")))[1] != before
    await pool.close()


async def test_one_failure_among_several_harms_no_child() -> None:
    pool = ParserPool(command=FAKE)
    rows = [{"command": text, "output": "no json"} for text in ("sleep 0.3", "show x")]
    with pytest.raises(ParserMissing, match="did not print JSON"):
        await add_parsed(pool, "cisco_ios", rows, [Choice("textfsm"), Choice("json")])
    assert len(pool.pids) == 1
    await pool.close()


async def test_a_caller_that_gives_up_does_not_leave_its_answer_to_the_next() -> None:
    pool = ParserPool(size=1, command=FAKE)
    task = asyncio.create_task(pool.parse(request("sleep 60")))
    while not pool.pids:
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await pool.parse(request("mine")))[0] == "mine"
    await pool.close()


async def test_an_ending_pool_starts_no_child_for_what_it_breaks_off() -> None:
    pool = ParserPool(size=1, command=FAKE)
    task = asyncio.create_task(pool.parse(request("sleep 60")))
    while not pool.pids:
        await asyncio.sleep(0.01)
    await pool.close()
    with pytest.raises(ParseFailed, match="the broker is ending"):
        await task
    assert pool.pids == []


async def test_no_process_at_all_is_told() -> None:
    with pytest.raises(ParseFailed, match="could be started: No such file"):
        await ParserPool(command=("/nowhere/python",)).parse(request("a"))


async def test_an_idle_child_ends() -> None:
    pool = ParserPool(idle=0.1, command=FAKE)
    await pool.parse(request("a"))
    (pid,) = pool.pids
    end = time.monotonic() + 10
    while pool.pids and time.monotonic() < end:
        await asyncio.sleep(0.02)
    assert pool.pids == []
    assert await asyncio.to_thread(eventually, lambda: not _runs(pid))
    await pool.close()


def test_a_child_ends_with_its_broker_however_that_ended() -> None:
    """Its input ends when the other side is gone; what it prints does not come between the frames."""
    child = subprocess.Popen(parser_pool.CHILD, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdin is not None and child.stdout is not None
    own = {"name": "own", "text": SHOUTING}
    child.stdin.write(wire.encode(request("a", "word\n", parser="ttp", template=own)))
    child.stdin.flush()
    length = wire.body_length(child.stdout.read(wire.HEADER.size))
    assert wire.decode(child.stdout.read(length)) == {"result": [{"a": "word"}]}
    child.stdin.close()
    assert child.wait(10) == 0
    child.stdout.close()


def _runs(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
