# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Networks as a crawl meets them: devices by address, their neighbours, and a visitor that counts."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.crawl import Event, Limits
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.records import (
    Candidate,
    Device,
    Failure,
    Interface,
    Neighbor,
)
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.run import Outcome, Plan, discover
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.seeds import Ranges, Seeds


def mac(number: int) -> str:
    return f"02:00:00:00:{number >> 8:02x}:{number & 255:02x}"


def address(number: int) -> str:
    return f"10.0.{number >> 8}.{number & 255}"


def device(number: int, *neighbors: Neighbor, **more: Any) -> Device:
    values = {"name": f"r{number}", "serial": f"SER{number:04d}", "chassis_id": mac(number), "address": address(number)}
    return Device(id="", neighbors=neighbors, **{"platform": "cisco_ios", "version": "1.0", **values, **more})


def towards(number: int, interface: str, **more: Any) -> Neighbor:
    told = {"name": f"r{number}", "port": f"to-{interface}", "chassis_id": mac(number), "address": address(number)}
    return Neighbor(interface=interface, **{**told, **more})


def graph(edges: Iterable[tuple[int, int]], count: int) -> dict[str, Device]:
    """Devices 1..count, each edge a cable of its own."""
    told: dict[int, list[Neighbor]] = {number: [] for number in range(1, count + 1)}
    for index, (a, b) in enumerate(edges):
        told[a].append(towards(b, f"eth{index}", port=f"eth{index}"))
        told[b].append(towards(a, f"eth{index}", port=f"eth{index}"))
    return {address(number): device(number, *neighbors) for number, neighbors in told.items()}


def ring(count: int) -> dict[str, Device]:
    return graph([(one, one % count + 1) for one in range(1, count + 1)], count)


def port(name: str, *addresses: str, **more: Any) -> Interface:
    return Interface(name, addresses=addresses, **more)


class Network:
    """A visitor. ``answers`` has what is not the device: a Failure, an exception, or ``hang``."""

    def __init__(self, devices: dict[str, Device], **answers: Any) -> None:
        self.devices = devices
        self.answers: dict[str, Any] = answers.pop("answers", {})
        self.visits: Counter[str] = Counter()
        self.at_once = self.most = 0
        self.order: list[Candidate] = []
        self.pause: Callable[[Candidate], float] = lambda candidate: 0.0

    async def visit(self, candidate: Candidate) -> Device | Failure:
        self.visits[candidate.address] += 1
        self.order.append(candidate)
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        try:
            await asyncio.sleep(self.pause(candidate))
            return await self._answer(candidate.address)
        finally:
            self.at_once -= 1

    async def _answer(self, where: str) -> Device | Failure:
        answer = self.answers.get(where)
        if answer == "hang":
            await asyncio.Event().wait()
        if isinstance(answer, BaseException):
            raise answer
        if isinstance(answer, Failure):
            return answer
        found = self.devices.get(where)
        return found if found is not None else unreachable(where)


def unreachable(where: str) -> Failure:
    return Failure(where, "unreachable", f"nobody answers at {where}")


def run(
    network: Any,
    directory: Path,
    *seeds: str,
    allow: Iterable[str] = (),
    deny: Iterable[str] = (),
    ignore: Iterable[str] = (),
    max_addresses: int = 4096,
    watch: Callable[[Event], None] = lambda event: None,
    resume: bool = False,
    remove_vanished: bool = False,
    revisit: bool = True,
    write: bool = True,
    **limits: Any,
) -> Outcome:
    plan = Plan(
        Seeds(seeds or [address(1)], max_addresses), directory, Ranges.parsed(allow, deny, ignore), Limits(**limits),
        resume, remove_vanished, revisit, write,
    )  # fmt: skip
    return asyncio.run(discover(plan, network, watch))


def names(outcome: Outcome) -> list[str]:
    return [one.name for one in outcome.devices]


def codes(outcome: Outcome) -> dict[str, str]:
    return {one.address or one.name: one.code for one in outcome.failures}
