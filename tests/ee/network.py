# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A network namespace with nothing in it but a lab: what is in it reaches the lab and nobody else.

It is that of a container without network that an unprivileged user holds, so that containers of that user may join it
as well as root's.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.ee.account import Account

NEW_NETWORK = 0x40000000  # CLONE_NEWNET; os.setns is in Python 3.12 and later only


@dataclass(frozen=True)
class Network:
    """``pid`` and ``name`` are of the container that holds it."""

    name: str
    pid: int

    @property
    def option(self) -> str:
        """Puts a container of root's podman into it."""
        return f"--network=ns:/proc/{self.pid}/ns/net"

    @property
    def rootless(self) -> str:
        """Puts a container of the account's podman into it."""
        return f"--network=container:{self.name}"

    @contextmanager
    def inside(self) -> Iterator[None]:
        """This thread, and the processes that it starts meanwhile, are in the namespace."""
        outside = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        wanted = os.open(f"/proc/{self.pid}/ns/net", os.O_RDONLY)
        try:
            _enter(wanted)
            try:
                yield
            finally:
                _enter(outside)
        finally:
            os.close(wanted)
            os.close(outside)


@contextmanager
def made(account: Account, image: str) -> Iterator[Network]:
    """For the length of the block."""
    name = f"hf-lab-{uuid.uuid4().hex[:8]}"
    account.run("podman", "run", "--detach", f"--name={name}", "--network=none", image, "sleep", "infinity")
    try:
        pid = int(account.run("podman", "inspect", "--format={{.State.Pid}}", name).stdout)
        network = Network(name, pid)
        with network.inside():
            subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        yield network
    finally:
        account.run("podman", "rm", "--force", "--time=0", name)


def _enter(handle: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(handle, NEW_NETWORK):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
