# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The device's end of SCP: files into flash and out of it, with the faults of copying."""

from __future__ import annotations

import asyncio
import re
import shlex
from collections.abc import Callable

from .device import Device

_STEP = 0.02  # seconds between two pieces of a slow copy
_ENOUGH = 256 * 1024  # bytes that may wait to be written before the client is slowed down


class ScpEndpoint:
    """One ``scp -t`` or ``scp -f``. ``write`` sends bytes, ``finish`` ends with a status, ``pause`` slows it."""

    def __init__(
        self,
        device: Device,
        command: str,
        write: Callable[[bytes], None],
        finish: Callable[[int], None],
        pause: Callable[[bool], None],
    ) -> None:
        self._device = device
        words = shlex.split(command)
        self._name = file_name(words[-1])
        self._takes = "-t" in words
        self._write, self._finish, self._pause = write, finish, pause
        self._buffer = bytearray()
        self._got = bytearray()
        self._size: int | None = None
        self._sending: bytes | None = None
        self._sent = 0
        self._timer: asyncio.TimerHandle | None = None
        self._over = False

    def start(self) -> None:
        """Say hello, or no."""
        if self._device.platform == "ios" and next(self._device.running.root.find("ip", "scp"), None) is None:
            self._write(b"Administratively disabled.\n")
            self._end(1)
        elif self._name is None:
            self._refuse("No such device")
        elif self._takes:
            self._write(b"\0")

    def feed(self, data: bytes) -> None:
        """What the client sends."""
        if not self._over:
            self._buffer += data
            if self._timer is None:
                self._work()
            self._pause(len(self._buffer) > _ENOUGH)

    def gone(self) -> None:
        """The client left; what has come of a file stays, unless somebody deleted it."""
        if self._timer is not None:
            self._timer.cancel()
        if self._takes and self._size is not None and not self._over and self._name in self._device.files:
            self._store()
        self._over = True

    # -- inside --------------------------------------------------------------------------------

    def _work(self) -> None:
        self._timer = None
        if self._over:
            return
        if self._takes:
            self._take()
        else:
            self._give()
        self._pause(len(self._buffer) > _ENOUGH)

    def _share(self) -> int | None:
        """Bytes that may move now; None without limit."""
        slow = self._device.faults.find("slow_copy")
        return max(1, int(float(slow.args.get("rate", 100_000)) * _STEP)) if slow else None

    def _later(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(_STEP, self._work)

    def _take(self) -> None:
        if self._size is None:
            line, newline, rest = bytes(self._buffer).partition(b"\n")
            if not newline:
                return
            found = re.fullmatch(rb"C[0-7]{4} (\d+) .+", line)
            if found is None:
                self._refuse("protocol error")
                return
            self._buffer, self._size = bytearray(rest), int(found[1])
            self._store()
            self._write(b"\0")
        while self._buffer and len(self._got) < self._size:
            share = self._share()
            count = min(self._size - len(self._got), len(self._buffer), share or len(self._buffer))
            self._got += self._buffer[:count]
            del self._buffer[:count]
            if self._broken():
                return
            if share is not None:
                self._later()
                return
        if len(self._got) == self._size and self._buffer:
            if self._size and self._device.faults.take("corrupt_copy"):
                self._got[-1] ^= 1
            self._store()
            self._write(b"\0")
            self._end(0)

    def _broken(self) -> bool:
        fault = self._device.faults.find("copy_fails")
        room = self._device.flash_free
        if fault is not None and len(self._got) > int(fault.args.get("after", 0)):
            why = str(fault.args.get("message", "I/O error"))
        elif len(self._got) > room:
            why = "No space left on device"
            del self._got[room:]
        else:
            return False
        self._store()
        self._refuse(why)
        return True

    def _store(self) -> None:
        self._device.write_file(self._name or "", self._got.decode("latin-1"))

    def _give(self) -> None:
        text = self._device.files.get(self._name or "")
        if self._sending is None:
            if text is None:
                self._refuse("No such file or directory")
                return
            self._sending = text.encode("latin-1")
            self._write(f"C0644 {len(self._sending)} {(self._name or '').rpartition('/')[2]}\n".encode())
            self._buffer.clear()
        elif self._buffer[:1] == b"\0" and self._sent < 0:
            self._end(0)
        elif self._buffer[:1] == b"\0" or self._sent:
            share = self._share()
            piece = self._sending[self._sent : self._sent + (share or 65536)]
            self._sent += len(piece)
            self._write(piece)
            if self._sent >= len(self._sending):
                self._write(b"\0")
                self._sent = -1
                self._buffer.clear()
            elif share is not None:
                self._later()
            else:
                self._timer = asyncio.get_running_loop().call_later(0, self._work)

    def _refuse(self, why: str) -> None:
        self._write(f"\x01scp: {self._name or 'file'}: {why}\n".encode())
        self._end(1)

    def _end(self, status: int) -> None:
        self._over = True
        self._finish(status)


def file_name(path: str) -> str | None:
    """The name within flash of a path as SCP takes it; None for another file system."""
    found = re.fullmatch(r"(?:(?:flash|bootflash|disk0):/*|/mnt/flash/+)?([^:]+)", path)
    return found[1] if found else None
