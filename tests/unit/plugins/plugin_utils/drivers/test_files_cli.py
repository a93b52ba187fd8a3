# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What command lines say about files: sizes, room, hashes, and that something is not there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import (
    BadInput,
    CommandFailed,
    TransferFailed,
    Unsupported,
)
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.base import Command, Reply, Target
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.files_cli import CliFiles, EosFiles, IosFiles

IOS_FILE = """\
Directory of flash:/vios.bin

    3  -rw-    57623552   Mar 1 2026 10:11:12 +00:00  vios.bin

2142715904 bytes total (1989865472 bytes free)
"""
XE_FOLDER = """\
Directory of bootflash:/

11      drwx            16384  Jan 12 2026 08:01:22 +00:00  lost+found
12      -rw-        486546421  Jan 12 2026 08:12:22 +00:00  packages.conf

7897796608 bytes total (6541021184 bytes free)
"""
EOS_FILE = """\
Directory of flash:/EOS.swi

       -rw-   1018393014            Mar 1 10:11  EOS.swi

3519041536 bytes total (1275817984 bytes free)
"""


class Host:
    """A command line that answers from a table."""

    def __init__(self, answers: dict[str, str]) -> None:
        self.target = Target("netmiko", "cisco_ios", "dev", 22, "u")
        self.watch = None
        self.login: Any = None
        self.answers = answers
        self.said: list[str] = []

    def send(self, line: str, timeout: float | None = None) -> str:
        self.said.append(line)
        return self.answers.get(line, "")

    def run(self, commands: Sequence[Command], timeout: float) -> list[Reply]:
        return [Reply(command.text, self.send(command.text), 0.0) for command in commands]

    def exec(self, command: str, stdin: str | None = None, timeout: float = 60.0) -> Any:
        raise NotImplementedError


def files(answers: dict[str, str], cls: type[CliFiles] = IosFiles) -> CliFiles:
    return cls(Host(answers))


@pytest.mark.parametrize(
    ("path", "shown", "size"),
    [
        ("flash:/vios.bin", IOS_FILE, 57623552),
        ("bootflash:/packages.conf", XE_FOLDER, 486546421),
        ("flash:/EOS.swi", EOS_FILE, 1018393014),
        ("flash:/no.bin", "%Error opening flash:/no.bin (No such file or directory)", None),
        ("flash:/no.swi", "% Error listing directory flash:/no.swi (No such file or directory)", None),
    ],
)
def test_the_size_of_a_file(path: str, shown: str, size: int | None) -> None:
    assert files({f"dir {path}": shown}).stat(path) == size


@pytest.mark.parametrize(
    ("path", "shown", "error", "words"),
    [
        ("bootflash:/lost+found", XE_FOLDER, BadInput, "is a directory"),
        ("flash:/empty", "Directory of flash:/empty/\n\nNo files in directory\n", BadInput, "is a directory"),
        ("disk9:/a", "%Error opening disk9:/a (No such device)", BadInput, "has no file system disk9:"),
        ("flash:/a", "       ^\n% Invalid input detected at '^' marker.", CommandFailed, "check the user's privileges"),
    ],
)
def test_what_is_no_file(path: str, shown: str, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        files({f"dir {path}": shown}).stat(path)


def test_the_room_is_that_of_the_folder() -> None:
    assert files({"dir bootflash:/": XE_FOLDER}).free("bootflash:/new.bin") == 6541021184
    with pytest.raises(BadInput, match="no directory flash:/no/"):
        files({"dir flash:/no/": "%Error opening flash:/no/ (No such file or directory)"}).free("flash:/no/a")
    with pytest.raises(Unsupported, match="does not say how many bytes are free"):
        files({"dir flash:/": "Directory of flash:/"}).free("flash:/a")


@pytest.mark.parametrize(
    ("given", "whole"),
    [
        ("a.bin", "bootflash:/a.bin"),
        ("flash:a.bin", "flash:/a.bin"),
        ("flash:/sub/a.bin", "flash:/sub/a.bin"),
        ("flash0://a.bin", "flash0:/a.bin"),
    ],
)
def test_a_path_gets_its_file_system(given: str, whole: str) -> None:
    assert files({"dir": XE_FOLDER}).normal(given) == whole


@pytest.mark.parametrize("path", ["", "flash:", "flash:/dir/", 'a"b', "a b", "a\nreload", "a|b", "a?", "ä"])
def test_a_path_that_a_command_line_takes_otherwise_is_refused(path: str) -> None:
    with pytest.raises(BadInput):
        files({"dir": XE_FOLDER}).normal(path)


def test_the_hash_is_the_devices() -> None:
    shown = f".....Done!\nverify /md5 (flash:/a) = {'0A' * 16}"
    assert files({"verify /md5 flash:/a": shown}).digest("flash:/a", 5).value == "0a" * 16
    older = {"verify /sha512 flash:/a": "% Invalid input", "verify /md5 flash:/a": shown}
    assert files(older, EosFiles).digest("flash:/a", 5).algorithm == "md5"
    with pytest.raises(CommandFailed, match="does not compute a hash of flash:/a: %Error verifying"):
        files({"verify /md5 flash:/a": "%Error verifying flash:/a (I/O error)"}).digest("flash:/a", 5)


def test_renaming_is_told_apart_from_not_being_able_to() -> None:
    with pytest.raises(Unsupported, match="cannot rename"):
        files({"rename flash:/a flash:/b": "  ^\n% Invalid input detected at '^' marker."}).rename(
            "flash:/a", "flash:/b"
        )
    with pytest.raises(TransferFailed, match="File exists"):
        files({"rename flash:/a flash:/b": "%Error renaming flash:/a (File exists)"}).rename("flash:/a", "flash:/b")
    files({}).rename("flash:/a", "flash:/b")


def test_scp_enters_eos_at_its_linux_side() -> None:
    assert files({}, EosFiles).wire_path("flash:/sub/a.swi") == "/mnt/flash/sub/a.swi"
    assert files({}).wire_path("flash:/a.bin") == "flash:/a.bin"
