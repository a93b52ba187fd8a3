# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Many devices in one request: a bound, answers of their own, and a client that leaves in the middle."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.commands import fleet
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import BadInput, CommandFailed
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.lease import Caller
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.turns import HIGH, LOW


class Devices:
    """Answers as a single device's command would; ``held`` ones wait until they are let go."""

    def __init__(self) -> None:
        self.now = self.most = 0
        self.callers: list[Caller] = []
        self.begun: list[str] = []
        self.done: list[str] = []
        self.go = asyncio.Event()

    async def run(self, params: dict[str, Any], caller: Caller) -> dict[str, Any]:
        self.callers.append(caller)
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            name = str(params["name"])
            if params.get("waits"):
                await asyncio.Event().wait()
            caller.started = True
            self.begun.append(name)
            if params.get("held"):
                await self.go.wait()
            await asyncio.sleep(0.01)
            if params.get("fails"):
                raise CommandFailed("no", command="x")
            if params.get("breaks"):
                raise ZeroDivisionError("Sec-ret")
            self.done.append(name)
            return {"name": name, "text": "x" * int(params.get("size", 1))}
        finally:
            self.now -= 1


def asked(*names: str, **each: dict[str, Any]) -> dict[str, Any]:
    wanted = {name: {"name": name} for name in names} | {name: {"name": name, **more} for name, more in each.items()}
    return {"command": "run", "requests": wanted}


async def test_each_device_has_an_answer_of_its_own() -> None:
    devices = Devices()
    mine = Caller("me")
    commands = fleet.FleetCommands({"run": devices.run})
    request = asked("a", "b", bad={"fails": True}, odd={"breaks": True}, low={"priority": "low"}, what={"priority": 1})
    request |= {"owner": "ann", "queue_timeout": 7.0, "priority": "high"}
    request["requests"]["none"] = 5
    results = (await commands.run(request, mine))["results"]
    assert list(results) == ["a", "b", "bad", "odd", "low", "what", "none"] and results["a"]["result"]["name"] == "a"
    assert 0.005 < results["b"]["seconds"] < 5
    assert results["bad"]["error"]["code"] == "command_failed" and results["none"]["error"]["code"] == "bad_input"
    assert results["odd"]["error"]["code"] == "internal" and "Sec-ret" not in str(results["odd"])
    assert "holdfast_priority" in results["what"]["error"]["message"]
    assert all((c.name, c.queue_timeout) == ("ann", 7.0) and c is not mine for c in devices.callers)
    assert [c.priority for c in devices.callers] == [HIGH, HIGH, HIGH, HIGH, LOW]
    assert (await commands.run({"command": "run", "requests": {}}, mine)) == {"results": {}}


async def test_the_bound() -> None:
    devices = Devices()
    names = [f"d{number}" for number in range(20)]
    await fleet.FleetCommands({"run": devices.run}).run({**asked(*names), "parallel": 3}, Caller("me"))
    assert devices.most == 3 and len(devices.done) == 20


@pytest.mark.parametrize(
    "request_",
    [
        {"command": "config.apply", "requests": {}},
        {"command": "run"},
        {"command": "run", "requests": {}, "parallel": 0},
    ],
)
async def test_bad_requests(request_: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        await fleet.FleetCommands({"run": Devices().run}).run(request_, Caller("me"))


async def test_what_does_not_fit_into_the_reply_is_said_for_its_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleet, "ROOM", 1000)
    request = {**asked("a", large={"size": 2000}, b={}), "parallel": 1}
    results = (await fleet.FleetCommands({"run": Devices().run}).run(request, Caller("me")))["results"]
    assert results["large"]["error"]["code"] == "protocol" and "serial" in results["large"]["error"]["message"]
    assert results["a"]["result"] and results["b"]["result"], "one that is too large leaves its room to the others"


async def test_a_client_that_leaves_drops_what_waits_and_lets_end_what_has_begun() -> None:
    devices = Devices()
    request = {**asked(begun={"held": True}, waiting={"waits": True}, queued={}), "parallel": 2}
    running = asyncio.create_task(fleet.FleetCommands({"run": devices.run}).run(request, Caller("me")))
    while devices.begun != ["begun"]:
        await asyncio.sleep(0.001)
    running.cancel()
    await asyncio.sleep(0.01)
    assert not running.done(), "it must not return while a device is worked on"
    devices.go.set()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert devices.done == ["begun"] and devices.begun == ["begun"]
