# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which platform answers on a session: by netmiko's table of SSHDetect, read by events, and FRRouting.

SSHDetect itself makes a login of its own and sleeps seconds for each command. Here the commands go over the session
that is used afterwards, and the first whose answer fits ends it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

AUTODETECT = "autodetect"
#: Platforms that SSHDetect does not know: command, what its answer has, confidence (0 to 99).
OWN: dict[str, tuple[str, tuple[str, ...], int]] = {"frr": ("show version", (r"FRRouting \d",), 99)}
#: SSHDetect has two ways to see these.
SAME = {"cisco_wlc_85": "cisco_wlc", "cisco_xr_2": "cisco_xr"}
#: How a CLI says that it has no such command: such an answer tells nothing, though it may repeat words of the command.
UNKNOWN = re.compile(
    r"% ?(?:Invalid|Error|Unrecognized|Unknown|Incomplete|Ambiguous)|syntax error|unrecognized command|not found"
    r"|unexpected argument|invalid input",
    re.IGNORECASE,
)
LONGEST = 10.0  # seconds that one command may take: logins wait for one another


@dataclass(frozen=True)
class Pattern:
    """One platform's sign. ``kind``: ``command`` output, SSH ``version`` of the server, or ``greeting``."""

    platform: str
    kind: str
    words: tuple[str, ...]
    flags: int
    confidence: int

    def fits(self, text: str) -> bool:
        return any(re.search(words, text, self.flags) for words in self.words)


@dataclass(frozen=True)
class Table:
    """The patterns by the command that they are looked for in, in the order to ask."""

    commands: Mapping[str, Sequence[Pattern]]
    others: Sequence[Pattern]


def table() -> Table:
    """Netmiko's and ours; the command that most platforms have comes first."""
    from netmiko.ssh_autodetect import SSH_MAPPER_DICT

    kinds = {"_autodetect_remote_version": "version", "_autodetect_login_banner": "greeting"}
    commands: dict[str, list[Pattern]] = {}
    others: list[Pattern] = []
    for platform, (command, words, confidence) in OWN.items():
        commands.setdefault(command, []).append(Pattern(platform, "command", words, re.IGNORECASE, confidence))
    for name, row in SSH_MAPPER_DICT.items():
        kind = kinds.get(str(row["dispatch"]), "command")
        flags, confidence = int(str(row.get("re_flags", int(re.IGNORECASE)))), int(str(row["priority"]))
        sign = Pattern(SAME.get(name, name), kind, tuple(map(str, _list(row["search_patterns"]))), flags, confidence)
        if kind == "command":
            commands.setdefault(str(row["cmd"]), []).append(sign)
        else:
            others.append(sign)
    ordered = sorted(commands.items(), key=lambda item: -len(item[1]))
    return Table(dict(ordered), others)


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def best(patterns: Sequence[Pattern], text: str) -> str | None:
    """The platform whose sign is in the text; the most confident one."""
    fitting = [sign for sign in patterns if sign.fits(text)]
    return max(fitting, key=lambda sign: sign.confidence).platform if fitting else None


def detect(cli: Any, server: str, timeout: float) -> tuple[str | None, str]:
    """(platform, name in the prompt) of the device that ``cli`` (an EventDriven of no platform) is at a prompt of.

    ``server`` is what its SSH server calls itself. Raises netmiko's ReadTimeout and ReadException, and ValueError
    where there is no prompt.
    """
    prompt = cli.find_prompt()
    name = prompt[:-1].rstrip()
    cli.named(name or prompt)
    known = table()
    found = best([sign for sign in known.others if sign.kind == "version"], server)
    for command, answer in _asked(cli, known, min(timeout, LONGEST)) if found is None else ():
        if not UNKNOWN.search(answer[:2000]):
            # A device may be called after another maker.
            found = best(known.commands[command], answer.replace(name, "") if name else answer)
        if found:
            break
    return found, name


def _asked(cli: Any, known: Table, timeout: float) -> Iterator[tuple[str, str]]:
    for command in known.commands:
        yield command, cli.tidy(command, cli.exchange(command, timeout))
