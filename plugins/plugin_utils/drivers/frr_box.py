# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is kept and run on an FRRouting box for one change: shell scripts, and the answers they print.

A change's directory is ``DIR/holdfast-TOKEN`` (mode 0700): ``checkpoint/frr.conf``, the candidate, the dead-man
timer and its log. Timer, confirm and restore race for ``claim``: making that directory is atomic, so one wins.
The winner renames the change's directory before removing it: removed in place, the claim would go first, and a
second confirm could take it again.

frr-reload runs with ``--confdir`` set to a directory of the change: given the file there it does not write the
startup configuration, which it does otherwise even for a change that nobody has confirmed yet.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..broker.errors import BadInput, CommandFailed, Unsupported
from .vtysh import ExecResult, VtyshSession

DEFAULT_RELOAD = "/usr/lib/frr/frr-reload.py"
DEFAULT_DIRECTORY = "/tmp"
_TOKEN = re.compile(r"[a-z0-9]{8,16}")
_MARK = "holdfast-mark:"

_COMMON = r"""
umask 077
D={directory}
lock() {{ if command -v flock >/dev/null; then flock -w 30 "$D/lock" "$@"; else "$@"; fi; }}
vty() {{ {vtysh} "$@"; }}
show() {{ vty -c 'show running-config no-header'; }}
own() {{
  mkdir -m 700 "$D" 2>/dev/null || {{ [ -d "$D" ] && [ ! -L "$D" ] && [ -O "$D" ]; }} || {{
    echo "$D cannot be made or is not ours" >&2; exit 90; }}
}}
room() {{
  own; mkdir -p "$D/$1"
  [ -f "$D/$1/vtysh.conf" ] || cat {etc}/vtysh.conf > "$D/$1/vtysh.conf" 2>/dev/null || :
}}
test_() {{ {reload} --test --log-level error --confdir "$D/$1" --rundir "$D/$1" "$D/$1/frr.conf"; }}
reload() {{
  lock {reload} --reload --stdout --log-level error --confdir "$D/$1" --rundir "$D/$1" "$D/$1/frr.conf"
}}
back() {{
  n=0
  while [ "$n" -lt 20 ]; do
    reload checkpoint
    left=$(test_ checkpoint 2>&1) && case $left in *'Lines To'*) ;; *) return 0 ;; esac
    n=$((n + 1)); sleep 0.5 2>/dev/null || sleep 1
  done
  printf '%s\n' "$left"
  return 1
}}
quiet() {{
  pid=$(cat "$D/timer.pid" 2>/dev/null) || return 0
  if tr '\0' ' ' < "/proc/$pid/cmdline" 2>/dev/null | grep -q "$D/timer"; then kill -- "-$pid" 2>/dev/null; fi
  return 0
}}
settled() {{
  n=0
  while [ -d "$D/claim" ] && [ ! -f "$D/claim/done" ] && [ "$n" -lt 60 ]; do
    n=$((n + 1)); sleep 0.5 2>/dev/null || sleep 1
  done
  cat "$D/claim/done" 2>/dev/null || {{ if [ -d "$D" ]; then echo unknown; else echo gone; fi; }}
}}
away() {{ mv "$D" "$D.$$" && rm -rf "$D.$$"; }}
mark() {{ echo; echo "{mark}$1"; }}
"""

_TIMER = """
echo $$ > "$D/timer.pid"
sleep {seconds}
mkdir "$D/claim" 2>/dev/null || exit 0
if back; then echo reverted > "$D/claim/part"; else echo failed > "$D/claim/part"; fi
mv "$D/claim/part" "$D/claim/done"
"""

_CHECKPOINT = """
room checkpoint
show > "$D/checkpoint/part" && mv "$D/checkpoint/part" "$D/checkpoint/frr.conf" || exit 91
command -v setsid >/dev/null && command -v {program} >/dev/null && echo timer
exit 0
"""

_CHECK = """
room candidate
cat > "$D/candidate/frr.conf"
vty -C -f "$D/candidate/frr.conf" 2>&1; mark "$?"
"""
_COMPARE = """
test_ candidate 2>&1; mark "$?"
"""

_ARM = """
cat > "$D/timer" || exit 93
setsid sh "$D/timer" < /dev/null > "$D/timer.log" 2>&1 &
n=0
while [ ! -s "$D/timer.pid" ] && [ "$n" -lt 50 ]; do n=$((n + 1)); sleep 0.02; done
kill -0 "$(cat "$D/timer.pid")" || exit 92
"""
_MERGE = """
cat > "$D/candidate/lines"
lock {vtysh} -f "$D/candidate/lines" > "$D/out" 2>&1; rc=$?
cat "$D/out"; mark "$rc"
"""
_REPLACE = r"""
reload candidate > "$D/out" 2>&1; rc=$?
left=$(test_ candidate 2>&1)
case $left in *'Lines To'*) reload candidate >> "$D/out" 2>&1; rc=$?; left=$(test_ candidate 2>&1) ;; esac
cat "$D/out"; mark "$rc"; printf '%s\n' "$left"; mark 0
"""

_CONFIRM = """
[ -d "$D" ] || { echo gone; exit 0; }
if mkdir "$D/claim" 2>/dev/null; then quiet; away; echo confirmed; exit 0; fi
settled
"""
_WAITING = """
if [ -s "$D/timer.pid" ] && [ ! -d "$D/claim" ]; then echo waiting; fi
"""
_DISCARD = """
[ -d "$D" ] || exit 0
if mkdir "$D/claim" 2>/dev/null; then quiet; else settled >/dev/null; fi
[ ! -d "$D" ] || away
"""
_RESTORE = """
room checkpoint
if mkdir "$D/claim" 2>/dev/null; then quiet; else settled >/dev/null; fi
if [ -s "$D/checkpoint/frr.conf" ]; then cat > /dev/null; else cat > "$D/checkpoint/frr.conf"; fi
if back; then away; mark 0; else mark 1; fi
"""


@dataclass(frozen=True)
class Answer:
    """What vtysh or frr-reload said, and with which exit status it ended."""

    words: str
    status: int


class Box:
    """The on-box side. Every method is one shell command on the session's login.

    options: ``frr_reload`` (command line; may have -N NAME), ``frr_directory`` (where changes are kept).
    """

    def __init__(self, session: VtyshSession, options: Mapping[str, Any]) -> None:
        self._session = session
        words = shlex.split(str(options.get("frr_reload") or DEFAULT_RELOAD))
        if not words:
            raise BadInput("holdfast_frr_reload: is blank; give the command line, such as " + DEFAULT_RELOAD)
        self.program = words[0]
        space, rest = _pathspace(words)
        # frr-reload refuses --confdir beside -N, so a path space is named by its sockets instead.
        self._reload = shlex.join([*rest, *(["--vty_socket", f"/var/run/frr/{space}"] if space else [])])
        self._vtysh = shlex.join(["vtysh", *(["-N", space] if space else [])])
        self._etc = f"/etc/frr/{space}" if space else "/etc/frr"
        self._base = str(options.get("frr_directory") or DEFAULT_DIRECTORY).rstrip("/")
        if not self._base.startswith("/"):
            raise BadInput(f"frr_directory: '{self._base}' is not an absolute path on the device")

    def running(self) -> str:
        """On a channel of its own: what comes is the configuration, whole, or an error."""
        return self._sh(f"{self._vtysh} -c 'show running-config no-header'").stdout

    def save(self) -> str:
        return self._sh(f"{self._vtysh} -c 'write memory' 2>&1").stdout

    def startup(self) -> str:
        return self._sh(f"cat {shlex.quote(self._etc + '/frr.conf')}").stdout

    def checkpoint(self, token: str) -> bool:
        """Keep the running configuration; returns whether a timer can be armed here."""
        script = self._common(token) + _CHECKPOINT.format(program=shlex.quote(self.program))
        return "timer" in self._sh(script).stdout

    def check(self, token: str, text: str, compare: bool) -> tuple[Answer, Answer | None]:
        """Let vtysh read the text without applying it; with ``compare``, then what frr-reload would change."""
        script = self._common(token) + _CHECK + (_COMPARE if compare else "")
        answers = _answers(self._sh(script, text).stdout)
        return answers[0], answers[1] if compare else None

    def arm(self, token: str, seconds: float) -> None:
        """Start the timer; it outlives this login."""
        self._sh(self._common(token) + _ARM, self._common(token) + _TIMER.format(seconds=f"{seconds:.3f}"))

    def apply_lines(self, token: str, lines: str) -> Answer:
        return _answers(self._sh(self._common(token) + _MERGE.format(vtysh=self._vtysh), lines).stdout)[0]

    def apply_candidate(self, token: str) -> tuple[Answer, str]:
        """Replace; returns frr-reload's answer and what still differs from the candidate afterwards."""
        done, left = _answers(self._sh(self._common(token) + _REPLACE).stdout)
        return done, left.words

    def confirm(self, token: str) -> str:
        """``confirmed``; or what became of it: ``reverted``, ``failed``, ``unknown``, ``gone``."""
        return self._sh(self._common(token) + _CONFIRM).stdout.strip()

    def waiting(self, token: str) -> bool:
        return "waiting" in self._sh(self._common(token) + _WAITING).stdout

    def discard(self, token: str) -> None:
        self._sh(self._common(token) + _DISCARD)

    def restore(self, token: str, text: str) -> Answer:
        return _answers(self._sh(self._common(token) + _RESTORE, text).stdout)[0]

    def _common(self, token: str) -> str:
        if not _TOKEN.fullmatch(token):
            raise BadInput(f"token '{token}' is not 8 to 16 small letters and digits")
        directory = shlex.quote(f"{self._base}/holdfast-{token}")
        return _COMMON.format(directory=directory, vtysh=self._vtysh, reload=self._reload, etc=self._etc, mark=_MARK)

    def _sh(self, script: str, stdin: str = "") -> ExecResult:
        done = self._session.exec(f"sh -c {shlex.quote(script)}", stdin, 120.0)
        if done.status == 127 or done.stdout.lstrip().startswith("% Unknown command: sh -c"):
            raise Unsupported(
                "changes on FRRouting need a shell on the same login (for frr-reload); this login only has vtysh",
                output=(done.stderr or done.stdout)[-400:],
            )
        if done.status:
            words = (done.stderr or done.stdout).strip()[-400:]
            raise CommandFailed(f"the device could not do its part of the change: {words}", output=words)
        return done


def _pathspace(words: list[str]) -> tuple[str | None, list[str]]:
    for at, word in enumerate(words):
        if word in ("-N", "--pathspace") and at + 1 < len(words):
            return words[at + 1], words[:at] + words[at + 2 :]
    return None, words


def _answers(text: str) -> list[Answer]:
    """Split at the marks, each of which carries the exit status of what was printed before it."""
    parts = re.split(rf"\n{_MARK}(\d+)\n?", text)
    return [Answer(parts[at].strip("\n"), int(parts[at + 1])) for at in range(0, len(parts) - 1, 2)]
