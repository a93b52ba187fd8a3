# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How long one ``show version`` takes on one device: through the broker, on a raw SSH channel, by stock netmiko."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.bench.runs import COMMAND, BenchError
from tests.lab.emulated import LabDevice

COUNT = 500
STOCK_COUNT = 20


def timed(call: Callable[[], str], count: int) -> dict[str, float]:
    """Milliseconds: median, p99 and largest of so many calls, after one that is not counted."""
    spent = []
    for number in range(count + 1):
        start = time.perf_counter()
        answer = call()
        if number:
            spent.append((time.perf_counter() - start) * 1000)
        if "IOS" not in answer:
            raise BenchError(f"no answer to {COMMAND!r}: {answer[:200]!r}")
    return {
        "count": count,
        "median": statistics.median(spent),
        "p99": statistics.quantiles(spent, n=100, method="inclusive")[98],
        "max": max(spent),
    }


def through_broker(device: LabDevice, known_hosts: Path) -> dict[str, float]:
    """One client in this process; the broker of this process's environment."""
    from ansible_collections.holdfast.network.plugins.plugin_utils.requester import Requester

    options: dict[str, Any] = {
        "host": device.host, "port": device.port, "user": device.user, "password": device.password,
        "platform": device.platform, "driver": "netmiko", "connect_timeout": 30, "command_timeout": 60,
        "enable_secret": device.enable, "host_key_checking": True, "known_hosts": str(known_hosts),
    }  # fmt: skip
    requester = Requester(options, 120.0)
    try:
        return timed(lambda: str(requester.call("run", {"commands": [COMMAND]})["replies"][0]["output"]), COUNT)
    finally:
        requester.close()


def raw_channel(device: LabDevice, known_hosts: Path) -> dict[str, float]:
    """The floor: send the line on paramiko's channel, read to the prompt."""
    import paramiko

    prompt = re.compile(rb"[\r\n]" + device.name.encode() + rb"[>#]\s?$")
    with paramiko.SSHClient() as client:
        client.load_host_keys(str(known_hosts))
        client.connect(device.host, device.port, device.user, device.password, look_for_keys=False, allow_agent=False)
        channel = client.invoke_shell(width=511)

        def ask(line: str) -> str:
            channel.sendall(line.encode() + b"\n" if line else b"")
            answer = b""
            while not prompt.search(answer):
                answer += channel.recv(65536)
            return answer.decode()

        channel.settimeout(10)
        ask("")
        ask("terminal length 0")
        return timed(lambda: ask(COMMAND), COUNT)


def stock_netmiko(device: LabDevice, known_hosts: Path) -> dict[str, float]:
    from netmiko import ConnectHandler

    with ConnectHandler(
        device_type="cisco_ios", host=device.host, port=device.port, username=device.user, password=device.password,
        ssh_strict=True, alt_host_keys=True, alt_key_file=str(known_hosts), system_host_keys=False,
    ) as session:  # fmt: skip
        return timed(lambda: str(session.send_command(COMMAND)), STOCK_COUNT)
