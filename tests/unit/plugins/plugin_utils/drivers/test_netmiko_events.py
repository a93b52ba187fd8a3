# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reading by events: the same result wherever the network cuts the bytes, and an end to every wait."""

from __future__ import annotations

import itertools
import re
import time
from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.login import _netmiko_class
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.netmiko_events import EventChannel, event_driven
from hypothesis import given, settings
from hypothesis import strategies as st
from netmiko.exceptions import ReadException, ReadTimeout

VERSION = (
    b"show version\r\nCisco IOS Software, IOSv\r\n\r\nr1 uptime is 5 weeks\r\n cpu 5% \xe2\x82\xac #1\r\n"
    b"Configuration register is 0x0\r\nr1#"
)
PLAIN = "Cisco IOS Software, IOSv\n\nr1 uptime is 5 weeks\n cpu 5% \u20ac #1\nConfiguration register is 0x0"


class FakeShell:
    """A paramiko channel: chunks that come when asked for, or after a line was sent. ``None`` is silence."""

    def __init__(self) -> None:
        self.chunks: list[bytes] = []
        self.after_send: list[list[bytes]] = []
        self.sent: list[str] = []
        self.closed = False

    def settimeout(self, timeout: float) -> None:
        self._timeout = timeout

    def recv_ready(self) -> bool:
        return bool(self.chunks)

    def recv(self, size: int) -> bytes:
        if self.chunks:
            return self.chunks.pop(0)
        if self.closed:
            return b""
        time.sleep(min(self._timeout, 0.01))
        raise TimeoutError

    def sendall(self, data: bytes) -> None:
        self.sent.append(data.decode())
        if self.after_send:
            self.chunks += self.after_send.pop(0)


def connection(platform: str = "cisco_ios", name: str = "r1") -> tuple[Any, FakeShell]:
    """Netmiko's object over a fake channel, its prompt known."""
    cli = _netmiko_class(platform)(host="x", device_type=platform, auto_connect=False, fast_cli=True)
    shell = FakeShell()
    cli._modify_connection_params()
    cli.remote_conn = shell
    cli.channel = EventChannel(conn=shell, encoding=cli.encoding)
    shell.after_send = [[f"\r\n{name}#".encode()]]
    cli.set_base_prompt()
    return cli, shell


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted({place % (len(data) + 1) for place in places}), len(data)]
    return [data[a:b] for a, b in itertools.pairwise(edges) if a != b]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(0, len(VERSION)), max_size=12))
def test_cut_anywhere_the_result_is_the_same(places: list[int]) -> None:
    cli, shell = connection()
    shell.after_send = [cut(VERSION, places)]
    raw = cli.exchange("show version", 5.0)
    assert cli.tidy("show version", raw).replace("\ufffd", "") == PLAIN
    assert cli.last_prompt == "r1#" and shell.chunks == []


def test_every_byte_alone() -> None:
    cli, shell = connection()
    shell.after_send = [[bytes([byte]) for byte in VERSION]]
    assert cli.send_command("show version") == PLAIN


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 200), max_size=8))
def test_escape_sequences_cut_anywhere(places: list[int]) -> None:
    data = b"show x\r\n\x1b[?7h\x1b[1;31mred\x1b[0m line\r\n\x1b[Kplain\r\n\x1b[24;1Hr1#"
    cli, shell = connection()
    cli.ansi_escape_codes = True
    shell.after_send = [cut(data, places)]
    raw = cli.exchange("show x", 5.0)
    assert "\x1b" not in raw and "red line" in raw and "plain" in raw


def test_a_prompt_left_over_from_before_ends_nothing() -> None:
    cli, shell = connection()
    shell.chunks = [b"\r\nr1#", b"\r\nr1#"]
    shell.after_send = [[b"\r\nr1#", b"\r\nr1#", b"show clock\r\n", b"12:00 UTC\r\n", b"r1#"]]
    assert cli.tidy("show clock", cli.exchange("show clock", 5.0)).endswith("12:00 UTC")


def test_a_late_echo_is_waited_for_and_wrapped_echo_is_known() -> None:
    cli, shell = connection()
    line = "show running-config | include " + "x" * 60
    shell.after_send = [[b"r1#", line[:70].encode(), b" \r\n", line[70:].encode(), b"\r\nresult\r\nr1#"]]
    assert "result" in cli.exchange(line, 5.0)


def test_output_that_looks_like_a_prompt_does_not_end_it() -> None:
    cli, shell = connection()
    shell.after_send = [[b"show log\r\n", b"user at r1#\r\n", b"hash #", b"\r\nr1 # r1>\r\nend of it\r\nr1#"]]
    assert "end of it" in cli.exchange("show log", 5.0)


@pytest.mark.parametrize(
    "prompt", ["r1#", "r1>", "r1(config)#", "r1(config-if)#", "r1(config-s-holdf)#", "r1.example.com# "]
)
def test_prompts_of_every_mode(prompt: str) -> None:
    cli, shell = connection()
    shell.after_send = [[b"x\r\n", prompt.encode()]]
    cli.exchange("x", 5.0)
    assert cli.last_prompt == prompt


@pytest.mark.parametrize(
    "line",
    [
        "hostname core-7",
        " hostname core-7",
        "no hostname",
        "configure replace flash:x force",
        "configure session s commit",
    ],
)
def test_another_name_is_another_prompt(line: str) -> None:
    cli, shell = connection()
    shell.after_send = [[f"{line}\r\n".encode(), b"Rollback Done\r\n", b"core-7(config)#"], [b"x\r\ncore-7#"]]
    cli.exchange(line, 5.0)
    cli.exchange("x", 5.0)
    assert cli.last_prompt == "core-7#"


def test_any_other_line_does_not_take_another_prompt() -> None:
    cli, shell = connection()
    shell.after_send = [[b"ssh other\r\ncore-7#"]]
    with pytest.raises(ReadTimeout):
        cli.exchange("ssh other", 0.1)


def test_five_megabytes_in_one_go_are_quick_and_whole() -> None:
    cli, shell = connection()
    body = b"".join(b"%08d 0x7F3A2B10: 00000000 DEADBEEF r1 #\r\n" % n for n in range(125_000))
    data = b"show tech\r\n" + body + b"r1#"
    shell.after_send = [[data[i : i + 32768] for i in range(0, len(data), 32768)]]
    start = time.monotonic()
    output = cli.tidy("show tech", cli.exchange("show tech", 30.0))
    assert output == body.decode().replace("\r\n", "\n").rstrip("\n") and len(body) > 5_000_000
    assert time.monotonic() - start < 10


def test_read_until_pattern_keeps_what_follows() -> None:
    cli, shell = connection()
    shell.chunks = [b"abc PAT", b"TERN def"]
    assert cli.read_until_pattern("PATTERN") == "abc PATTERN"
    shell.chunks = [b" ghi END"]
    assert cli.read_until_pattern("END") == " def ghi END"
    shell.chunks = [b"x" * 200_000, b"y" * 200_000 + b"Z"]
    assert len(cli.read_until_pattern("Z")) == 400_001


def test_a_silent_device_is_a_timeout_a_gone_one_an_error() -> None:
    cli, shell = connection()
    shell.after_send = [[b"show x\r\n", b"half an answ"]]
    start = time.monotonic()
    with pytest.raises(ReadTimeout):
        cli.exchange("show x", 0.15)
    assert time.monotonic() - start < 2
    with pytest.raises(ReadTimeout):
        cli.read_until_pattern("never", read_timeout=0.1)
    shell.closed = True
    for read in (lambda: cli.exchange("show y", 5.0), lambda: cli.read_until_pattern("x"), cli.find_prompt):
        with pytest.raises(ReadException):
            read()


def test_clear_buffer_takes_what_is_there_and_does_not_wait() -> None:
    cli, shell = connection()
    shell.chunks = [b"old ", b"words"]
    start = time.monotonic()
    assert cli.clear_buffer() == "old words" and cli.clear_buffer() == ""
    assert time.monotonic() - start < 0.1


def test_timed_reading_ends_with_silence() -> None:
    cli, shell = connection()
    shell.chunks = [b"one ", b"two"]
    assert cli.read_channel_timing(last_read=0.05) == "one two"


def test_what_is_special_stays_netmikos_own() -> None:
    cli, shell = connection()
    shell.after_send = [[b"reload\r\nProceed? [confirm]"]]
    assert "confirm" in cli.send_command("reload", expect_string=r"confirm\]")


def test_every_class_is_netmikos_with_our_reading() -> None:
    from netmiko.cisco import CiscoNxosSSH

    cls = event_driven(CiscoNxosSSH)
    assert issubclass(cls, CiscoNxosSSH) and cls.__mro__[1].__name__ == "EventDriven"
    assert re.match("EventDriven", _netmiko_class("frr").__name__)


# -- what gets in between ----------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 60), max_size=6))
def test_a_pager_gets_a_blank_and_leaves_no_trace(places: list[int]) -> None:
    cli, shell = connection()
    wiped = b"\x08" * 9 + b" " * 8 + b"\x08" * 9
    shell.after_send = [
        [b"show x\r\nfirst\r\n", b" --More-- "],
        [*cut(wiped + b"  second\r\n", places), b"--More--"],
        [b"\r        \r", b"third\r\nr1#"],
    ]
    assert cli.tidy("show x", cli.exchange("show x", 5.0)) == "first\n  second\nthird"
    assert shell.sent[-3:] == ["show x\n", " ", " "]


def test_a_log_line_behind_the_prompt_is_no_part_of_the_answer() -> None:
    cli, shell = connection()
    log = b"\r\n*Nov 21 07:00:00.123: %SYS-5-CONFIG_I: Configured from console\r\n"
    shell.after_send = [[b"show x\r\nvalue\r\nr1#" + log], [b"\r\nr1#"]]
    assert cli.tidy("show x", cli.exchange("show x", 5.0)) == "value"
    assert shell.sent[-2:] == ["show x\n", "\n"] and cli.last_prompt == "r1#"


def test_a_log_line_before_the_echo_is_no_part_of_the_answer() -> None:
    cli, shell = connection()
    shell.after_send = [[b"\r\n%SYS-5-CONFIG_I: Configured\r\nr1#", b"show x\r\nvalue\r\nr1#"]]
    assert cli.tidy("show x", cli.exchange("show x", 5.0)) == "value"


def test_a_line_like_the_prompt_in_a_pause_is_output() -> None:
    cli, shell = connection()
    shell.after_send = [[b"show x\r\nr1#\r\n"], [b"more of it\r\nr1#", b"\r\nr1#"]]
    assert cli.tidy("show x", cli.exchange("show x", 5.0)).startswith("r1#\nmore of it")


def test_another_name_is_taken_from_a_reading_line_only_when_shown_twice() -> None:
    cli, shell = connection()
    shell.after_send = [[b"show x\r\nvalue\r\ncore-7#"], [b"\r\ncore-7#"]]
    assert cli.tidy("show x", cli.exchange("show x", 5.0)) == "value"
    assert cli.base_prompt == "core-7"
    cli, shell = connection()
    shell.after_send = [[b"show x\r\nvalue\r\ncore-7#"], []]
    with pytest.raises(ReadTimeout):
        cli.exchange("show x", 0.8)
    assert cli.base_prompt == "r1"
