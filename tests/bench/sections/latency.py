# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How long one ``show version`` takes on one device: through the broker, on a raw SSH channel, by stock netmiko."""

from __future__ import annotations

import asyncio
import re
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ansible_collections.holdfast.network.plugins.plugin_utils.broker import requests
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.base import Command
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.registry import driver_class

from tests.bench.figures import Target, p99, table
from tests.bench.place import Place
from tests.bench.runs import COMMAND, BenchError
from tests.lab.emulated import LabDevice

TITLE = "Latency of one command"
MEDIAN, P99 = 1.5, 5.0
BLOCK = 50  # calls of one kind before the next has its turn
NAMES = {
    "broker": "`show version` through the broker",
    "raw": "the same on a raw paramiko channel",
    "driver": "the same by our driver, in one process without a broker",
    "hello": "`hello` to the broker: the socket, JSON and its event loop",
    "hop": "a job for a thread and back, in an idle event loop (what asyncio itself takes)",
    "netmiko": "`show version` with stock netmiko",
}
NOTES = f"""\
- One process that keeps its connection open, one call after the other, on one device; the kinds take turns in blocks of
  {BLOCK} calls, and the first call of each kind is not counted. Of 20 calls there is no 99th percentile.
- The floor of a call through the broker is the driver's time, one `hello` and one hop to a thread; what is left over is
  the broker's own bookkeeping, and what the processes' turns on the processor cost.
- Of that bookkeeping, timed one by one: checking the request 0.01 ms, the session's key 0.01 ms, looking for pending
  changes 0.01 ms, the device's turn and the answer 0.02 ms. The rest has no place in the code: it is Python's lock,
  handed on between the event loop's, the driver's and paramiko's threads, which a raw channel has one of less."""


def measure(place: Place) -> dict[str, Any]:
    lab = place.lab(1)
    device = next(iter(lab.devices.values()))
    requester = place.requester(lab, device)

    def through_broker() -> str:
        return str(requester.call("run", {"commands": [COMMAND]})["replies"][0]["output"])

    def hello() -> str:
        requester.call("hello")
        return "IOS"

    with raw_channel(device, lab.known_hosts) as raw, in_process(requester.target()) as driver, thread_hop() as hop:
        kinds = {"broker": through_broker, "raw": raw, "driver": driver, "hello": hello, "hop": hop}
        rows = interleaved(kinds, place.sizes.calls)
    requester.close()
    with stock_netmiko(device, lab.known_hosts) as stock:
        rows |= interleaved({"netmiko": stock}, place.sizes.stock_calls)
    return {"rows": rows}


def interleaved(kinds: dict[str, Callable[[], str]], count: int) -> dict[str, dict[str, float]]:
    """Milliseconds of so many calls of each kind, after one that is not counted. Raises BenchError."""
    spent: dict[str, list[float]] = {name: [] for name in kinds}
    for call in kinds.values():
        call()
    for begin in range(0, count, BLOCK):
        for name, call in kinds.items():
            for _unused in range(min(BLOCK, count - begin)):
                start = time.perf_counter()
                answer = call()
                spent[name].append((time.perf_counter() - start) * 1000)
                if "IOS" not in answer:
                    raise BenchError(f"{name}: no answer to {COMMAND!r}: {answer[:200]!r}")
    return {
        name: {"count": count, "median": statistics.median(row), "p99": p99(row), "max": max(row)}
        for name, row in spent.items()
    }


@contextmanager
def raw_channel(device: LabDevice, known_hosts: Path) -> Iterator[Callable[[], str]]:
    """The floor: send the line on paramiko's channel, read to the prompt."""
    import paramiko

    prompt = re.compile(rb"[\r\n]" + device.name.encode() + rb"[>#]\s?$")
    with paramiko.SSHClient() as client:
        client.load_host_keys(str(known_hosts))
        client.connect(device.host, device.port, device.user, device.password, look_for_keys=False, allow_agent=False)
        channel = client.invoke_shell(width=511)

        def ask(line: str = COMMAND) -> str:
            channel.sendall(line.encode() + b"\n" if line else b"")
            answer = b""
            while not prompt.search(answer):
                answer += channel.recv(65536)
            return answer.decode()

        channel.settimeout(10)
        ask("")
        ask("terminal length 0")
        yield ask


@contextmanager
def in_process(target: dict[str, Any]) -> Iterator[Callable[[], str]]:
    """Our driver in this process."""
    driver = driver_class(target["driver"])(requests.target({"target": target}))
    driver.open()
    try:
        yield lambda: str(driver.run([Command(COMMAND)], 60.0)[0].output)
    finally:
        driver.close()


@contextmanager
def thread_hop() -> Iterator[Callable[[], str]]:
    """An event loop that hands a job to a thread and waits for it, as the broker does for each request."""
    with asyncio.Runner() as runner, ThreadPoolExecutor(1) as threads:

        async def hop() -> str:
            return await asyncio.get_running_loop().run_in_executor(threads, str, "IOS")

        yield lambda: runner.run(hop())


@contextmanager
def stock_netmiko(device: LabDevice, known_hosts: Path) -> Iterator[Callable[[], str]]:
    from netmiko import ConnectHandler

    with ConnectHandler(
        device_type="cisco_ios", host=device.host, port=device.port, username=device.user, password=device.password,
        ssh_strict=True, alt_host_keys=True, alt_key_file=str(known_hosts), system_host_keys=False,
    ) as session:  # fmt: skip
        yield lambda: str(session.send_command(COMMAND))


def targets(figures: dict[str, Any]) -> list[Target]:
    broker, raw = figures["rows"]["broker"], figures["rows"]["raw"]
    found = []
    for words, field, most in (("median", "median", MEDIAN), ("99th percentile", "p99", P99)):
        ratio = broker[field] / raw[field]
        aim = f"{words} of a warm command through the broker at most {most:g} times the raw paramiko channel's"
        found.append(Target(aim, f"{ratio:.2f} ({broker[field]:.2f} ms to {raw[field]:.2f} ms)", ratio <= most))
    return found


def tables(figures: dict[str, Any]) -> list[str]:
    rows = []
    for name, row in figures["rows"].items():
        tail = f"{row['p99']:.2f}" if row["count"] >= 100 else "-"
        rows.append((NAMES[name], row["count"], f"{row['median']:.2f}", tail, f"{row['max']:.2f}"))
    return [table(("one call on one device, ms", "calls", "median", "p99", "largest"), rows), _profile(figures["rows"])]


def _profile(rows: dict[str, dict[str, float]]) -> str:
    """Where the time of a call through the broker goes, by medians."""
    whole = rows["broker"]["median"]
    parts = [
        ("the device and SSH (raw channel)", rows["raw"]["median"]),
        ("our driver around it", rows["driver"]["median"] - rows["raw"]["median"]),
        ("socket, JSON, event loop (`hello`)", rows["hello"]["median"]),
        ("to a thread and back", rows["hop"]["median"]),
    ]
    parts.append(("left over: the broker's own work", whole - sum(spent for _name, spent in parts)))
    cells = [(name, f"{spent:.2f}", f"{spent / whole * 100:.0f} %") for name, spent in [*parts, ("whole", whole)]]
    return table(("where the median goes", "ms", "share"), cells)
