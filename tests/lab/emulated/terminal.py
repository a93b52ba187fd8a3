# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A terminal line: echo, editing, paging, questions, and the faults that show there."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from .device import Device

_SPECIAL = re.compile(r"[\r\n\x00\x03\x04\x08\t\x15\x1a\x1b\x7f?]")
_MORE = " --More-- "
_WIPE = "\b" * 9 + " " * 8 + "\b" * 9
_LOG = "%LINEPROTO-5-UPDOWN: Line protocol on Interface Loopback99, changed state to up"


@dataclass
class Question:
    """What the device wants to know before it goes on; ``answer`` gives the output."""

    prompt: str
    answer: Callable[[str], str]
    echo: bool = True


class Cli(Protocol):
    """A platform's command line, as the terminal sees it."""

    question: Question | None
    page: int
    closed: bool

    @property
    def prompt(self) -> str:
        """What it shows when it waits for a line."""

    @property
    def configuring(self) -> bool:
        """Whether lines are configuration."""

    @property
    def verbatim(self) -> bool:
        """Whether the line is text (a banner), so that ``?`` means itself."""

    def run(self, line: str) -> str:
        """Do one line; returns its output."""

    def help(self, line: str) -> str:
        """What may follow."""

    def idle_seconds(self) -> float:
        """After how much silence the line is closed; 0 is never."""

    def end(self) -> None:
        """The line is gone."""


class Terminal:
    """One user at one device. ``write`` sends text; ``hang_up`` ends the connection, with a TCP reset if told."""

    def __init__(
        self, device: Device, number: int, cli: Cli, write: Callable[[str], None], hang_up: Callable[[bool], None],
        black_hole: Callable[[], None],
    ) -> None:  # fmt: skip
        self.device = device
        self.number = number
        self.cli = cli
        self._write = write
        self.hang_up = hang_up
        self._black_hole = black_hole
        self.since = time.time()
        self._input = ""
        self._line = ""
        self._out: list[str] = []
        self._pages: list[str] = []
        self._paged = False
        self._page_size = 0
        self._stray = ""
        self._waiting: Callable[[], None] | None = None
        self._after_return = False
        self._last_input = time.monotonic()
        self._timer: asyncio.TimerHandle | None = None
        self.dead = False

    def start(self, banner: str = "") -> None:
        """Greet and prompt."""
        self._out.append(banner.replace("\n", "\r\n"))
        self._prompt()
        self._flush()
        self._watch()

    def _watch(self) -> None:
        limit = self.cli.idle_seconds()
        if limit <= 0 or self.dead:
            self._timer = asyncio.get_running_loop().call_later(30.0, self._watch) if not self.dead else None
            return
        left = self._last_input + limit - time.monotonic()
        if left <= 0:
            self.hang_up(False)
            return
        self._timer = asyncio.get_running_loop().call_later(min(left, 30.0), self._watch)

    def feed(self, data: str) -> None:
        """Input as it arrives."""
        self._last_input = time.monotonic()
        self._input += data
        self._work()

    def resume(self) -> None:
        """A fault is over: go on where it stopped."""
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not self.dead:
            waiting()
            self._work()

    def swallow(self) -> None:
        """From now on nothing is read or said, and TCP stays open."""
        self._flush()
        self._waiting = lambda: None
        self._black_hole()

    def gone(self) -> None:
        """The connection is closed."""
        self.dead = True
        if self._timer is not None:
            self._timer.cancel()
        self.cli.end()

    def _work(self) -> None:
        while self._input and self._waiting is None and not self.dead:
            if self._pages:
                key, self._input = self._input[0], self._input[1:]
                self._page(key)
                continue
            found = _SPECIAL.search(self._input)
            plain = self._input[: found.start()] if found else self._input
            if plain:
                self._line += plain
                self._echo(plain)
            self._input = self._input[found.end() :] if found else ""
            if found:
                self._special(found.group())
            elif plain:
                self._after_return = False
        self._flush()

    def _echo(self, text: str) -> None:
        if self.cli.question is None or self.cli.question.echo:
            self._out.append(text)

    def _special(self, key: str) -> None:
        after_return, self._after_return = self._after_return, key == "\r"
        if key in "\r\n":
            if not (key == "\n" and after_return and not self._line):
                self._enter()
        elif key in "\x08\x7f":
            if self._line:
                self._line = self._line[:-1]
                self._echo("\b \b")
        elif key == "\x15":
            self._echo("\b \b" * len(self._line))
            self._line = ""
        elif key == "\x03":
            self._line, self.cli.question = "", None
            if self.cli.configuring:
                self.cli.run("end")
            self._out.append("^C\r\n")
            self._prompt()
        elif key == "\x1a":
            self._line = "end" if self.cli.configuring else ""
            self._out.append("^Z")
            self._enter()
        elif key == "?":
            self._help()

    def _help(self) -> None:
        if self.cli.question is not None or self.cli.verbatim:
            self._line += "?"
            self._echo("?")
            return
        self._out.append("?\r\n")
        self._reply(self.cli.help(self._line), again=self._line)

    def _enter(self) -> None:
        line, self._line = self._line, ""
        self._out.append("\r\n")
        cli = self.cli
        if cli.question is not None:
            question, cli.question = cli.question, None
            self._reply(question.answer(line))
            return
        if not line.strip() and not cli.verbatim:
            self._prompt()
            return
        self.device.counters.command(self.number, line, cli.configuring)
        if self.device.faults.active:
            self._faulty(line)
        else:
            self._reply(cli.run(line))

    def _faulty(self, line: str) -> None:
        faults = self.device.faults
        if faults.take("black_hole", line):
            self.swallow()
            return
        drop, hang = faults.take("drop", line), faults.take("hang", line)
        delay = faults.take("delay", line)
        fault = drop or hang
        if fault is None:
            if delay:
                self._wait(float(delay.args.get("seconds", 1.0)), lambda: self._reply(self.cli.run(line)))
            else:
                more = faults.take("more", line)
                self._page_size = int(more.args.get("lines", 5)) if more else 0
                self._reply(self._logged(line, self.cli.run(line)))
            return
        text, cut = "", 0
        half = fault.args.get("when", "before") != "before"
        if half:
            text = self.cli.run(line).rstrip("\n") or line
            cut = max(1, len(text) // 2)
        self._out.append((text[:cut] + str(fault.args.get("text", ""))).replace("\n", "\r\n"))
        self._flush()
        if drop:
            self.dead = True
            self.hang_up(drop.args.get("how", "close") == "reset")
        else:
            self._wait(
                float(fault.args.get("seconds") or 0),
                lambda: self._reply(text[cut:] if half else self.cli.run(line)),
            )

    def _wait(self, seconds: float, later: Callable[[], None]) -> None:
        """Say nothing until the time is over, or until ``resume`` when it is 0."""
        self._waiting = later
        self._flush()
        if seconds > 0:
            asyncio.get_running_loop().call_later(seconds, self.resume)

    def _logged(self, line: str, output: str) -> str:
        fault = self.device.faults.take("log_line", line)
        if fault is None:
            return output
        stamp = "" if fault.args.get("bare") else f"*{time.strftime('%b %d %H:%M:%S')}.123: "
        logged = f"{stamp}{fault.args.get('text', _LOG)}"
        if fault.args.get("where") == "after":
            self._stray = logged
            return output
        lines = output.rstrip("\n").split("\n")
        lines.insert(len(lines) // 2, logged)
        return "\n".join(lines)

    def _reply(self, output: str, again: str = "") -> None:
        if output:
            lines = output.rstrip("\n").split("\n")
            if 0 < self._length < len(lines):
                self._pages, self._paged = lines, False
                self._page(" ")
                return
            self._out.append("\r\n".join(lines) + "\r\n")
        self._prompt(again)

    @property
    def _length(self) -> int:
        return self._page_size or self.cli.page

    def _page(self, key: str) -> None:
        if self._paged:
            self._out.append(_WIPE)
        if key in "qQ\x03":
            self._pages = []
            self._prompt()
            return
        size = 1 if key in "\r\n" else max(1, self._length - 1)
        now, self._pages = self._pages[:size], self._pages[size:]
        self._paged = bool(self._pages)
        self._out.append("\r\n".join(now) + "\r\n")
        if self._pages:
            self._out.append(_MORE)
        else:
            self._prompt()

    def _prompt(self, again: str = "") -> None:
        cli = self.cli
        if cli.closed:
            self._flush()
            self.dead = True
            self.hang_up(False)
            return
        garbage = self.device.faults.take("garbage") if self.device.faults.active else None
        if garbage:
            self._out.append(str(garbage.args.get("text", "\x1b[2K\x07~#@!\xff\xfe garb\x00age $ \r\n")))
        self._out.append((cli.question.prompt if cli.question else cli.prompt) + again)
        stray, self._stray = self._stray, ""
        if stray:
            self._out.append("\r\n" + stray.replace("\n", "\r\n") + "\r\n")

    def _flush(self) -> None:
        if self._out:
            text, self._out = "".join(self._out), []
            self._write(text)
