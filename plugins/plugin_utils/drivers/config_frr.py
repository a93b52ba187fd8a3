# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Configuration of FRRouting: vtysh and frr-reload on the box, over a further channel of the pinned login.

Merged lines are checked by vtysh without applying them (it names a bad line), then applied by vtysh itself, so
that their meaning is the device's. A replacement is compared and applied by frr-reload. The box gets a copy of the
running configuration first, and its own timer that goes back to it unless the change is confirmed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ..broker.errors import (
    ChangeExpired,
    ChangeUnknown,
    CommandFailed,
    ConfigRejected,
    RollbackFailed,
)
from . import config_text, frr_merge
from .base import Candidate
from .frr_box import Answer, Box
from .vtysh import VtyshSession

_BAD_LINE = re.compile(
    r"line (?P<number>\d+): (?:% )?(?P<why>[^:\n]*?)(?:\[\d+\])?(?: to (?P<daemon>\w+), line)?: (?P<line>.*)"
)
_DELTA = re.compile(r"Lines To (?:Delete|Add)\n=+\n(.*?)(?=\n\nLines To |\Z)", re.DOTALL)
_SAVED = re.compile(r"\[OK\]|Configuration saved to", re.IGNORECASE)


@dataclass(frozen=True)
class _Staged:
    replace: bool
    lines: str


class FrrConfig:
    """See ``base.ConfigSession``. options: see ``frr_box.Box``."""

    def __init__(self, session: VtyshSession, options: Mapping[str, Any] | None = None) -> None:
        self._box = Box(session, options or {})
        self._staged: dict[str, _Staged] = {}
        #: known after ``checkpoint``: the box needs setsid and frr-reload for it
        self.native_timer = False
        #: frr-reload's comparison for a replacement; a merge is predicted
        self.native_diff = False

    def read(self, source: Literal["running", "startup"] = "running") -> str:
        return _clean(self._box.startup() if source == "startup" else self._box.running())

    def checkpoint(self, token: str) -> None:
        self.native_timer = self._box.checkpoint(token)

    def stage(self, token: str, candidate: Candidate) -> str:
        running = self.read()
        self.native_diff = candidate.replace
        text = _complete(running, candidate.text) if candidate.replace else candidate.text.replace("\r", "") + "\n"
        checked, compared = self._box.check(token, text, compare=candidate.replace)
        if checked.status:
            self._box.discard(token)
            raise _rejected(checked)
        if compared is None:
            after, lines = frr_merge.merge(running, text)
            self._staged[token] = _Staged(False, lines)
            return config_text.unified_diff(frr_merge.render(frr_merge.parse(running)), after) if lines else ""
        self._staged[token] = _Staged(True, text)
        return _native_diff(running, text, compared.words)

    def commit(self, token: str, revert_after: float | None) -> None:
        staged = self._staged.pop(token, None)
        if staged is None:
            raise ChangeUnknown(f"change {token} has nothing staged on this device", change=token)
        if revert_after is not None and self.native_timer:
            self._box.arm(token, revert_after)
        if staged.replace:
            done, left = self._box.apply_candidate(token)
            failed = bool(_deltas(left)) and (done.status != 0 or "Lines To Delete" in left)
        else:
            done, left = self._box.apply_lines(token, staged.lines), ""
            failed = done.status != 0
        if failed:
            self.restore(token, "")
            raise _rejected(done, left)

    def confirm(self, token: str) -> None:
        outcome = self._box.confirm(token)
        if outcome == "confirmed":
            return
        if outcome == "reverted":
            self._box.discard(token)
        words = {
            "reverted": "its timer ended first, and the device went back to the checkpoint by itself",
            "failed": "its timer ended first, and frr-reload could not go back to the checkpoint entirely",
            "gone": "the device has nothing of this change any more: it was settled, or the device was restarted",
        }
        known = words.get(outcome, "its timer ended first, and how the way back ended is not known")
        raise ChangeExpired(f"change {token} cannot be confirmed: {known}", change=token, outcome=outcome)

    def armed(self, token: str) -> bool:
        """Whether the change still waits on the box: neither confirmed nor taken back by its timer."""
        return self._box.waiting(token)

    def discard(self, token: str) -> None:
        self._staged.pop(token, None)
        self._box.discard(token)

    def restore(self, token: str, text: str) -> None:
        self._staged.pop(token, None)
        done = self._box.restore(token, text)
        if done.status:
            raise RollbackFailed(
                "frr-reload could not bring the device back to the checkpoint; these lines still differ: "
                + "; ".join(_deltas(done.words) or [done.words.strip()[-300:]]),
                differences=done.words,
            )

    def save(self) -> None:
        words = self._box.save()
        if not _SAVED.search(words):
            raise CommandFailed(f"the device did not save: {words.strip()}", command="write memory", output=words)


def _clean(text: str) -> str:
    """The file has no closing ``end`` and no first ``!``, what vtysh shows has: without them the two compare."""
    lines = config_text.clean(text).strip().splitlines()
    while lines and lines[-1].strip() in ("end", "!"):
        lines.pop()
    while lines and lines[0].strip() == "!":
        lines.pop(0)
    return "".join(line + "\n" for line in lines)


def _complete(running: str, text: str) -> str:
    """The candidate with the header lines that frr-reload cannot remove, should they be missing."""
    cleaned = _clean(text)
    header = [line for line in running.splitlines() if re.match(r"frr (version|defaults) ", line)]
    missing = [line for line in header if " ".join(line.split()[:2]) not in cleaned]
    return "".join(line + "\n" for line in missing) + cleaned


def _deltas(words: str) -> list[str]:
    """The lines of frr-reload's comparison; empty when it found none."""
    return [line.strip() for block in _DELTA.findall(words) for line in block.splitlines() if line.strip()]


def _native_diff(running: str, candidate: str, words: str) -> str:
    """frr-reload decides whether anything differs; the diff shows it in the configuration's own order."""
    if not _deltas(words):
        return ""
    before, after = (frr_merge.render(frr_merge.parse(text)) for text in (running, candidate))
    return config_text.unified_diff(before, after) or "".join(f"+{line}\n" for line in _deltas(words))


def _rejected(answer: Answer, left: str = "") -> ConfigRejected:
    """The first bad line and the device's words for it."""
    found = [match for match in _BAD_LINE.finditer(answer.words) if "%" not in match["line"][:1]]
    words = answer.words.strip() or "; ".join(_deltas(left))
    if not found:
        line = next(iter(_deltas(left)), "")
        what = f" at '{line}'" if line else ""
        return ConfigRejected(f"the configuration was refused{what}: {words[-400:]}", line=line, output=words)
    first = found[0]
    line = first["line"].strip()
    said = [row.strip() for row in answer.words[: first.start()].splitlines() if row.strip()]
    why = said[-1] if first["daemon"] and said else first["why"].strip()
    return ConfigRejected(f"line '{line}' was refused: {why}", line=line, output=words, lines=_lines(found))


def _lines(found: list[re.Match[str]]) -> list[str]:
    return list(dict.fromkeys(match["line"].strip() for match in found))
