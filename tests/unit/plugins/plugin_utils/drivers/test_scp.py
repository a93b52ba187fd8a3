# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The words of SCP, over a channel that plays the device's part."""

from __future__ import annotations

import io

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import TransferFailed
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.scp import Scp, ScpRefused


class Channel:
    """Says ``words``, then nothing more: the other end has closed."""

    def __init__(self, words: bytes, stderr: bytes = b"", breaks: bool = False) -> None:
        self.words, self.stderr = words, stderr
        self.breaks = breaks
        self.command = ""
        self.sent = b""

    def exec_command(self, command: str) -> None:
        self.command = command

    def settimeout(self, seconds: float) -> None:
        """Nothing here waits."""

    def recv(self, size: int) -> bytes:
        piece, self.words = self.words[:size], self.words[size:]
        return piece

    def recv_stderr_ready(self) -> bool:
        return bool(self.stderr)

    def recv_stderr(self, size: int) -> bytes:
        piece, self.stderr = self.stderr, b""
        return piece

    def sendall(self, data: bytes) -> None:
        if self.breaks and not data.startswith(b"C"):
            raise OSError("Socket is closed")
        self.sent += data

    def shutdown_write(self) -> None:
        """The end."""


def put(channel: Channel, data: bytes = b"12345", size: int = 5, path: str = "flash:/dir/a.bin") -> list[int]:
    seen: list[int] = []
    Scp(channel).put(io.BytesIO(data), size, path, lambda done, total: seen.append(done))
    return seen


def test_a_file_is_announced_sent_and_confirmed() -> None:
    channel = Channel(b"\0\0\0")
    assert put(channel) == [5]
    assert channel.command == "scp -t flash:/dir/a.bin" and channel.sent == b"C0644 5 a.bin\n12345\0"
    quoted = Channel(b"\0\0\0")
    put(quoted, path="/home/it's here")
    assert quoted.command == "scp -t '/home/it'\"'\"'s here'"


@pytest.mark.parametrize(
    ("channel", "words"),
    [
        (Channel(b"Administratively disabled.\n"), "Administratively disabled."),
        (Channel(b"\0\x01scp: a.bin: Permission denied\n"), "scp: a.bin: Permission denied"),
        (Channel(b"\0\0\x02no room\n"), "no room"),
        (Channel(b"", stderr=b"scp: not found\n"), "scp: not found"),
        (Channel(b"\0\0\x01No space left on device\n", breaks=True), "No space left on device"),
    ],
)
def test_a_refusal_is_told_in_the_devices_words(channel: Channel, words: str) -> None:
    with pytest.raises(ScpRefused) as caught:
        put(channel)
    assert str(caught.value) == words


def test_a_channel_that_just_ends_is_no_refusal() -> None:
    with pytest.raises(EOFError):
        put(Channel(b"\0"))
    with pytest.raises(OSError, match="Socket is closed"):
        put(Channel(b"\0\0", breaks=True))
    with pytest.raises(EOFError):
        Scp(Channel(b"C0644 5 a\n123")).get("a", io.BytesIO(), lambda done, total: None)


def test_a_local_file_that_gets_shorter_ends_the_copy() -> None:
    with pytest.raises(TransferFailed, match="became shorter while it was copied: 2 of 5"):
        put(Channel(b"\0\0\0"), data=b"12")


def test_a_file_is_fetched() -> None:
    channel, sink, seen = Channel(b"C0644 5 a.bin\n12345\0"), io.BytesIO(), []
    Scp(channel).get("flash:/a.bin", sink, lambda done, total: seen.append((done, total)))
    assert sink.getvalue() == b"12345" and seen == [(5, 5)] and channel.sent == b"\0\0\0"
    with pytest.raises(ScpRefused, match="no such file"):
        Scp(Channel(b"\x01scp: no such file\n")).get("a", io.BytesIO(), lambda done, total: None)
