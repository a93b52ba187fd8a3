# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Configuration as text: cleaned, compared, predicted, remediated. Knows no device and no session."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from typing import Any

from ..broker.errors import BadInput, MissingLibrary

#: Lines that a device prints anew each time; they are no configuration.
VOLATILE = re.compile(
    r"^(Building configuration\.\.\.|Current configuration\b.*|Using \d+ out of \d+ bytes.*"
    r"|! Last configuration change at .*|! NVRAM config last updated at .*|! No configuration change since .*"
    r"|! Command: .*|! device: .*|! boot system .*|! Startup-config last modified at .*|ntp clock-period \d+)\s*$"
)
#: Negations that no device keeps in its configuration: with nothing to negate they change nothing.
#: A log line that came while the device was printing; no line of a configuration begins with a time.
LOGGED = re.compile(
    r"^[*.]?(?:\d+: )*[*.]?(?:[A-Z][a-z]{2} +\d+ )?(?:\d{4} )?\d\d:\d\d:\d\d\S* .{0,80}?%[A-Z0-9_-]+-[0-7]-[A-Z0-9_]+:"
)
NEVER_SHOWN = re.compile(
    r"no (shutdown|description|ip address|ipv6 address|neighbor|network|ip route|ipv6 route|vlan)\b"
)


def clean(text: str) -> str:
    """Without volatile lines, log lines, blank ends and trailing blanks; ends with one newline."""
    kept = (line for line in text.replace("\r", "").splitlines() if not VOLATILE.match(line))
    lines = [line.rstrip() for line in kept if not LOGGED.match(line)]
    return "\n".join(lines).strip("\n") + "\n"


def unified_diff(before: str, after: str) -> str:
    """Changed lines, each under the section headers it stands in; empty when nothing differs.

    Unlike plain unified diff the context is the section (``router bgp 65001``), whatever the distance.
    """
    old, new = before.splitlines(), after.splitlines()
    shown: list[str] = []
    out: list[str] = []
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        for sign, lines, start, end in (("-", old, i1, i2), ("+", new, j1, j2)):
            for index in range(start, end):
                if lines[index].strip() in ("", "!"):
                    continue
                headers = _headers(lines, index)
                out.extend(
                    f" {header}" for depth, header in enumerate(headers) if headers[: depth + 1] != shown[: depth + 1]
                )
                shown = [*headers, lines[index]]
                out.append(f"{sign}{lines[index]}")
    return "\n".join(out) + "\n" if out else ""


def _headers(lines: Sequence[str], index: int) -> list[str]:
    """The lines less and less indented above this one: its sections, outermost first."""
    headers: list[str] = []
    indent = _indent(lines[index])
    for line in reversed(lines[:index]):
        if indent == 0:
            break
        if line.strip() and not line.lstrip().startswith("!") and _indent(line) < indent:
            headers.insert(0, line)
            indent = _indent(line)
    return headers


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _tree(platform: str, text: str) -> Any:
    try:
        from hier_config import Platform, get_hconfig
        from hier_config.exceptions import DuplicateChildError
    except ImportError as exc:
        raise MissingLibrary("hier_config is needed to predict changes: pip install hier-config") from exc
    name = {"cisco_xe": "cisco_ios", "frr": "generic"}.get(platform, platform)
    try:
        return get_hconfig(Platform[name.upper()], text)
    except DuplicateChildError as exc:
        raise BadInput(f"the configuration has one section twice: {exc}; join the two") from exc


def predict(platform: str, running: str, candidate: str) -> str:
    """The diff that merging ``candidate`` into ``running`` should make: computed, not asked of a device."""
    tree = _tree(platform, running)
    future = tree.future(_tree(platform, candidate))
    return _as_diff(tree.unified_diff(future))


def predict_replace(platform: str, running: str, wanted: str) -> str:
    """The diff from ``running`` to ``wanted``, sections regardless of their order."""
    return _as_diff(_tree(platform, running).unified_diff(_tree(platform, wanted)))


def _as_diff(lines: Any) -> str:
    """hier_config marks a line behind its indentation; ours are marked in the first column, headers only if used."""
    out: list[str] = []
    headers: list[str] = []
    for line in lines:
        indent, mark, text = re.fullmatch(r"(\s*)(?:([-+]) )?(.*)", line).groups()  # type: ignore[union-attr]
        indent = indent[: len(indent) // 2]  # one blank a level, as IOS and FRR print it
        if mark == "+" and NEVER_SHOWN.match(text):
            continue
        if mark is None:
            headers = [h for h in headers if _indent(h) - 1 < len(indent)] + [f" {indent}{text}"]
            continue
        out.extend(header for header in headers if _indent(header) - 1 < len(indent))
        headers = []
        out.append(f"{mark}{indent}{text}")
    return "\n".join(out) + "\n" if out else ""


def remediation(platform: str, running: str, wanted: str) -> list[str]:
    """The lines that lead from ``running`` to ``wanted``, indented by section, deletions first (hier_config)."""
    from hier_config import WorkflowRemediation

    work = WorkflowRemediation(_tree(platform, running), _tree(platform, wanted))
    return [child.cisco_style_text() for child in work.remediation_config.all_children_sorted()]


def sections(text: str) -> list[str]:
    """Lines to send, in order, without comments and blanks; a banner stays whole, with its line breaks."""
    out: list[str] = []
    banner_end = ""
    for line in text.replace("\r", "").splitlines():
        if banner_end:
            out[-1] += "\n" + line
            if banner_end in line:
                banner_end = ""
            continue
        if not line.strip() or line.lstrip().startswith("!") or line.strip() == "end":
            continue
        out.append(line.rstrip())
        banner = re.match(r"\s*banner \S+(?: (\^C|\S)(.*))?$", line)
        if banner and not banner.group(1):
            banner_end = "EOF"  # as EOS writes them
        elif banner and banner.group(1) not in banner.group(2):
            banner_end = banner.group(1)
    return out
