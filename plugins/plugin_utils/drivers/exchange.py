# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One line sent, and all that comes back for it: where the answer begins, where it ends, what got in between."""

from __future__ import annotations

import io
import re
import time
from typing import TYPE_CHECKING

from .platforms import READ_ONLY

if TYPE_CHECKING:
    from .netmiko_events import EventDriven

TAIL = 8 * 1024  # a prompt is looked for in this many last characters of a long output
LISTEN = 5.0  # seconds of one wait
STRAY = 0.5  # seconds of silence after which a device that may be at its prompt is asked for it
#: Lines after which the device may have another name, and what its prompt looks like then.
RENAMES = re.compile(r"\s*(?:(?:no )?hostname|configure replace|configure session \S+ (?:commit|abort))\b")
NEW_PROMPT = re.compile(r"(?:^|\n)([\w.\-/:@~]+)(?:\([^()\n]{1,64}\))*\s?[>#]\s*\Z")
TWICE = re.compile(r"(?:^|\n)((?P<name>[\w.\-/:@~]+)(?:\([^()\n]{1,64}\))*\s?[>#])[ \t]*\n\1[ \t]*\Z")
#: A pager that waits for a key, though the terminal was told not to page.
PAGER = re.compile(r"(?:^|(?<=\n))[ \t]*<?-+ ?\(?more\b[^\n]{0,40}\Z", re.IGNORECASE)
#: What erases the pager's words from a screen: backspaces, blanks, backspaces; or a carriage return and blanks.
ERASED = re.compile(r"\x00(?:\x08+ +\x08+|\n {3,}\n)(?=[^\x08])")
CUT = "\x00"  # stands where a pager's words were


class Exchange:
    """Waits for the prompt (or ``until``) after a line.

    The line's echo must come first, so that a prompt left over from before cannot end the read. A pager gets a
    blank. A prompt that something has overtaken (a log line, a message to all terminals), and one with another
    name, is asked for again with an empty line, once the device is quiet.
    """

    def __init__(self, cli: EventDriven, line: str, until: re.Pattern[str] | None, echo: bool) -> None:
        self._cli = cli
        self._line = line
        self._until = until
        self._wanted = _bare(line.partition("\n")[0])[:40] if echo else ""
        self._echoed = not self._wanted
        self._done = io.StringIO()  # text so long ago that no prompt is looked for in it
        self._output = ""
        self._asked: int | None = None  # how much there was when the prompt was asked for again

    def read(self, timeout: float) -> str:
        """All that came, prompt included. Raises netmiko's ReadTimeout and ReadException."""
        from netmiko.exceptions import ReadTimeout

        deadline = time.monotonic() + timeout
        while not self._ended():
            left = deadline - time.monotonic()
            if left <= 0:
                raise ReadTimeout(f"no prompt within {timeout:g} s")
            stray = self._stray()
            piece = self._cli.pump(min(STRAY if stray else LISTEN, left))
            if piece:
                self._take(piece)
            elif stray:
                self._asked = len(self._output)
                self._cli.write_channel(self._cli.RETURN)
        self._done.write(self._without_strays())
        return self._done.getvalue()

    def _take(self, piece: str) -> None:
        if self._cli.on_output is not None:
            self._cli.on_output(piece)
        self._output += piece
        if not self._echoed and self._wanted in _bare(self._output):
            self._echoed = True
            # What came before the echo (a log line, an old prompt) is no part of the answer.
            self._output = self._output[max(0, self._output.find(self._line.partition("\n")[0])) :]
        if CUT in self._output:
            self._output = ERASED.sub("", self._output)
        if self._echoed and PAGER.search(self._output, max(0, len(self._output) - 200)):
            self._output = PAGER.sub(CUT, self._output)
            self._cli.write_channel(" ")
        if self._echoed and self._asked is None and len(self._output) > 8 * TAIL:
            self._done.write(self._output[:-TAIL])
            self._output = self._output[-TAIL:]

    def _ended(self) -> bool:
        if not self._echoed or not self._output:
            return False
        tail = self._output[-TAIL:]
        if self._asked is not None:
            ended = self._cli.known_prompt().search("\n" + self._output[self._asked :]) is not None
        else:
            # A whole line that looks like the prompt is output, or was overtaken: a prompt waits on its own line.
            ended = not tail.endswith("\n") and self._cli.known_prompt().search(tail) is not None
        asked = self._until is not None and self._until.search(tail) is not None
        if ended or asked or self._renamed(tail):
            self._cli.last_prompt = tail.rpartition("\n")[2] if not tail.endswith("\n") else tail.split("\n")[-2]
            return True
        return False

    def _renamed(self, tail: str) -> bool:
        """Whether the device has another name now: by this line, or (it shows it twice) by somebody else's hand."""
        found = None
        if RENAMES.match(self._line):
            found = NEW_PROMPT.search(tail)
            name = found.group(1) if found else ""
        elif self._asked is not None and self._stays_here:
            found = TWICE.search(tail)
            name = found.group("name") if found else ""
        if found is not None:
            self._cli.named(name[:16])
        return found is not None

    @property
    def _stays_here(self) -> bool:
        """Any other line may have led to another device: its prompt must not be taken for this one's."""
        return not self._line.strip() or READ_ONLY.match(self._line) is not None

    def _stray(self) -> bool:
        """Whether the device may be at its prompt though the output does not end with the one we know."""
        if not self._echoed or self._asked is not None:
            return False
        tail = self._output[-TAIL:]
        if self._stays_here and NEW_PROMPT.search(tail):
            return True
        return tail.endswith("\n") and self._cli.overtaken_prompt().search(tail) is not None

    def _without_strays(self) -> str:
        """When the prompt came at once on asking, the device had been at it: what stands behind the first is stray."""
        if self._asked is None:
            return self._output
        before, after = self._output[: self._asked], self._output[self._asked :]
        if not self._cli.known_prompt().fullmatch("\n" + after.strip()):
            return self._output
        overtaken = self._cli.overtaken_prompt().search(before)
        return before[: overtaken.start()] + "\n" + after.strip() if overtaken else before


def _bare(text: str) -> str:
    return re.sub(r"\s+", "", text)
