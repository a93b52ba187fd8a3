# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A lab for each module, and ways to talk to its devices."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import paramiko
import pytest
from netmiko import BaseConnection, ConnectHandler

from tests.lab.emulated import EmulatedLab, LabDevice, ring


class Shell:
    """A bare terminal over SSH: nothing is hidden, nothing waits longer than told."""

    def __init__(self, device: LabDevice, timeout: float = 5.0) -> None:
        self.client = paramiko.SSHClient()
        self.client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
        self.client.connect(
            device.host, device.port, device.user, device.password, timeout=timeout, banner_timeout=timeout,
            auth_timeout=timeout, allow_agent=False, look_for_keys=False,
        )  # fmt: skip
        self.channel = self.client.invoke_shell()
        self.until(r"[>#] ?$")

    def until(self, pattern: str, seconds: float = 5.0) -> str:
        """Read until a pattern matches. Raises TimeoutError with what came, EOFError when it was closed."""
        text, end = "", time.monotonic() + seconds
        while not re.search(pattern, text):
            self.channel.settimeout(max(0.01, end - time.monotonic()))
            try:
                data = self.channel.recv(65536)
            except TimeoutError as error:
                raise TimeoutError(text) from error
            if not data:
                raise EOFError(text)
            text += data.decode("latin-1")
        return text

    def ask(self, line: str, pattern: str = r"\n\S*[>#] ?$", seconds: float = 5.0) -> str:
        """Send a line; what comes until the prompt."""
        self.channel.sendall(f"{line}\n".encode())
        return self.until(pattern, seconds)

    def output(self, command: str) -> str:
        """What a command says, without its echo and the prompt."""
        lines = self.ask(command).replace("\r", "").split("\n")
        return "\n".join(lines[1:-1])

    def enable(self, device: LabDevice) -> Shell:
        """Privileged mode, no paging."""
        self.ask("enable", "Password: $")
        self.ask(device.enable)
        self.ask("terminal length 0")
        return self

    def close(self) -> None:
        self.client.close()


@pytest.fixture(scope="module")
def lab() -> Iterator[EmulatedLab]:
    """r1 and r3 IOS, r2 and r4 EOS, in a ring. A minute of the devices lasts one second."""
    with EmulatedLab(ring(4, ["ios", "eos"]), minute=1.0) as running:
        yield running


@pytest.fixture(autouse=True)
def fresh(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every test finds the lab as it started."""
    yield
    if "lab" in request.fixturenames:
        request.getfixturevalue("lab").reset()


@pytest.fixture
def shell(lab: EmulatedLab) -> Iterator[Callable[[str], Shell]]:
    """Opens bare terminals; closes them."""
    opened: list[Shell] = []

    def start(name: str) -> Shell:
        opened.append(Shell(lab.devices[name]))
        return opened[-1]

    yield start
    for one in opened:
        one.close()


@pytest.fixture
def connect(lab: EmulatedLab) -> Iterator[Callable[..., BaseConnection]]:
    """Opens netmiko connections with host key checking on; closes them."""
    opened: list[BaseConnection] = []

    def start(name: str, **more: Any) -> BaseConnection:
        device = lab.devices[name]
        kind = "cisco_ios" if device.platform == "ios" else "arista_eos"
        values = {
            "device_type": kind, "host": device.host, "port": device.port, "username": device.user,
            "password": device.password, "secret": device.enable, "ssh_strict": True, "alt_host_keys": True,
            "alt_key_file": str(lab.known_hosts),
        }  # fmt: skip
        opened.append(ConnectHandler(**{**values, **more}))
        opened[-1].enable()
        return opened[-1]

    yield start
    for one in opened:
        one.disconnect()
