# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What IOS does with whole configurations: show, merge, replace, compare, and the rollback timer."""

from __future__ import annotations

import asyncio
import difflib
import re
import time
from dataclasses import dataclass

from .device import Device
from .tree import Config, Editor, NoMatch
from .wording import VERSIONS, stamp

_NEEDS_PEER = re.compile(r"\s*neighbor (\S+) (?!remote-as|peer-group)", re.I)


def body(config: Config) -> str:
    """A configuration as it is kept in files, from ``version`` to ``end``."""
    return f"version {VERSIONS['ios'].partition('(')[0]}\n{config.text()}\nend\n"


def running_text(device: Device) -> str:
    """show running-config"""
    text = header(device) + body(device.running)
    return f"Building configuration...\n\nCurrent configuration : {len(text)} bytes\n!\n{text}"


def header(device: Device) -> str:
    """The comment lines with times, which make two copies of one configuration differ."""
    lines = f"! Last configuration change at {stamp(device.changed_at)} by {device.changed_by}\n"
    if device.saved_at:
        lines += f"! NVRAM config last updated at {stamp(device.saved_at)} by {device.changed_by}\n"
    return lines + "!\n"


def startup_text(device: Device) -> str:
    """show startup-config"""
    if not device.startup:
        return "startup-config is not present"
    text = f"{header(device)}version {VERSIONS['ios'].partition('(')[0]}\n{device.startup}\nend\n"
    return f"Using {len(text)} out of 262144 bytes\n!\n{text}"


def semantic_error(editor: Editor, text: str) -> str:
    """What IOS says about a line whose syntax is right."""
    wanted = re.fullmatch(r"\s*router bgp (\S+)\s*", text, re.I)
    for section in editor.config.root.find("router", "bgp"):
        if wanted and section.words[2] != wanted.group(1):
            return f"BGP is already running; AS is {section.words[2]}"
    found = _NEEDS_PEER.match(text)
    section = editor.path[-1]
    if found and section.words[:2] == ("router", "bgp"):
        known = (*section.find("neighbor", found.group(1), "remote-as"),
                 *section.find("neighbor", found.group(1), "peer-group"))  # fmt: skip
        if not known:
            return "% Specify remote-as or peer-group commands first"
    return ""


@dataclass
class Pending:
    """A confirmed change that waits for its confirmation."""

    original: Config
    timer: asyncio.TimerHandle
    since: float
    minutes: int
    user: str
    idle: bool


def archived(device: Device) -> bool:
    """Whether ``archive`` has a ``path``, which the rollback timer needs."""
    return any(True for section in device.running.root.find("archive") for _unused in section.find("path"))


def arm(device: Device, minutes: int, user: str, idle: bool = False) -> str:
    """Start the rollback timer. Returns what the device says; nothing is started when that begins with %."""
    if not archived(device):
        return "%Please turn config archive on before using the Rollback Confirmed Change feature\n"
    if device.transactions is not None:
        return "%Rollback Confirmed Change is already pending\n"
    original = device.running.copy()
    timer = asyncio.get_running_loop().call_later(minutes * device.minute, revert, device)
    device.transactions = Pending(original, timer, time.time(), minutes, user, idle)
    path = next(e.words[1] for s in device.running.root.find("archive") for e in s.find("path"))
    name = f"{path.partition(':')[2].lstrip('/')}-{time.strftime('%b-%d-%H-%M-%S')}-{len(device.files)}"
    device.write_file(name, body(original))
    return f"Rollback Confirmed Change: Backing up current running config to flash:{name}\n\n"


def revert(device: Device) -> str:
    """Back to what ran when the timer was started."""
    pending: Pending | None = device.transactions
    if pending is None:
        return "%No Rollback Confirmed Change pending\n"
    confirm(device)
    device.replace(pending.original, pending.user)
    said = "Rollback Confirmed Change: Rolling back to the saved configuration\n\n"
    return said + "Total number of passes: 1\nRollback Done\n"


def rearm(device: Device, minutes: int) -> str:
    """Another deadline for the pending change."""
    pending: Pending | None = device.transactions
    if pending is None:
        return "%No Rollback Confirmed Change pending\n"
    pending.timer.cancel()
    pending.timer = asyncio.get_running_loop().call_later(minutes * device.minute, revert, device)
    pending.since, pending.minutes = time.time(), minutes
    return ""


def confirm(device: Device) -> str:
    """Keep the change."""
    pending: Pending | None = device.transactions
    if pending is None:
        return "%No Rollback Confirmed Change pending\n"
    pending.timer.cancel()
    device.transactions = None
    return ""


def pending_text(device: Device) -> str:
    """show archive config rollback timer"""
    pending: Pending | None = device.transactions
    if pending is None:
        return "%No Rollback Confirmed Change pending"
    kind = "idle" if pending.idle else "absolute"
    return (
        f"Time configured(or reconfigured): {stamp(pending.since)}\nTimer type: {kind} timer\n"
        f"Timer value: {pending.minutes} min\nUser: {pending.user}\n"
    )


def archive_text(device: Device) -> str:
    """show archive"""
    if not archived(device):
        return "Archive feature not enabled"
    kept = [name for name in device.files if name.startswith("archive")]
    rows = [
        "The maximum archive configurations allowed is 10.",
        f"There are currently {len(kept)} archive configurations saved.",
        f"The next archive file will be named flash:archive-<timestamp>-{len(kept)}",
        " Archive #  Name",
        *(f"   {number}        flash:{name}" for number, name in enumerate(kept, 1)),
    ]
    return "\n".join(rows)


def apply(device: Device, config: Config, text: str, known: frozenset[str] = frozenset()) -> list[tuple[str, str]]:
    """Put the lines of a file into a configuration. Returns the refused lines, each with the device's words.

    Faults do not hit ``known`` lines: a device that replaces only touches what differs.
    """
    editor = Editor(config)
    refused = []
    for line in text.splitlines():
        broken = None if line.strip() in known else device.failing(line.strip())
        if broken is None and not editor.in_banner:
            broken = semantic_error(editor, line) or None
        if broken is not None:
            refused.append((line.strip(), broken))
            continue
        try:
            editor.line(line)
        except NoMatch as error:
            refused.append((line.strip(), f"{' ' * error.offset}^\n% Invalid input detected at '^' marker.\n"))
    return refused


def apply_quietly(config: Config, text: str) -> list[str]:
    """As ``apply`` without faults; returns the refused lines."""
    editor = Editor(config)
    refused = []
    for line in text.splitlines():
        try:
            editor.line(line)
        except NoMatch:
            refused.append(line.strip())
    return refused


def merge(device: Device, text: str, user: str) -> str:
    """copy FILE running-config: what it prints."""
    refused = apply(device, device.running, text)
    device.touched(user)
    return "".join(f"{line}\n{words}\n" for line, words in refused)


def replace(device: Device, text: str, user: str, trigger_error: bool) -> str:
    """configure replace FILE force: what it prints."""
    if not re.search(r"^end\s*$", text, re.M):
        return "%The input file is not a valid config file.\n"
    current = device.running
    config = device.blank()
    refused = apply(device, config, text, frozenset(line.strip() for line in current.lines()))
    if not refused:
        if config.lines() != current.lines():
            device.replace(config, user)
        passes = 0 if config.lines() == current.lines() else 1
        return f"Total number of passes: {passes}\nRollback Done\n"
    words = "\n".join(line for line, _words in refused)
    errors = "".join(f"{message}\n" for _line, message in refused)
    said = (
        f"{errors}\nThe rollback configlet from the last pass is listed below:\n********\n"
        f"!List of Rollback Commands:\n{words}\nend\n********\n\n\nRollback aborted after 5 passes\n"
        f"The following commands are failed to apply to the IOS image.\n********\n{words}\n********\n"
    )
    if trigger_error:
        return said + "\nRollback failed: the original configuration has been successfully restored.\n"
    device.replace(config, user)
    return said


def with_context(lines: list[str]) -> list[tuple[str, ...]]:
    """Each line with the section lines above it."""
    above: list[str] = []
    found = []
    for line in lines:
        depth = len(line) - len(line.lstrip(" "))
        above = [*above[:depth], line.strip()]
        found.append(tuple(above))
    return found


def differences(old: list[str], new: list[str]) -> str:
    """show archive config differences: sections as context, + and - lines."""
    rows = ["!Contextual Config Diffs:"]
    shown: tuple[str, ...] = ()
    for line in difflib.ndiff([*map("\0".join, with_context(old))], [*map("\0".join, with_context(new))]):
        if line[0] not in "+-":
            continue
        path = tuple(line[2:].split("\0"))
        for depth, section in enumerate(path[:-1]):
            if shown[: depth + 1] != path[: depth + 1]:
                rows.append(" " * depth + section)
        shown = path if line[0] == "+" else path[:-1]
        rows.append(f"{' ' * (len(path) - 1)}{line[0]}{path[-1]}")
    return "\n".join(rows if len(rows) > 1 else [*rows, "!No changes were found"])


def incremental(device: Device, text: str) -> str:
    """show archive config incremental-diffs: the lines of a file that would change something."""
    rows = ["!List of Commands:"]
    have = set(with_context(device.running.lines()))
    candidate = device.running.copy()
    apply_quietly(candidate, text)
    shown: tuple[str, ...] = ()
    for path in with_context(candidate.lines()):
        if path in have:
            continue
        for depth, section in enumerate(path[:-1]):
            if shown[: depth + 1] != path[: depth + 1]:
                rows.append(" " * depth + section)
        shown = path
        rows.append(" " * (len(path) - 1) + path[-1])
    kept = set(with_context(candidate.lines()))
    rows += [f"no {path[-1]}" for path in with_context(device.running.lines()) if path not in kept and len(path) == 1]
    return "\n".join([*rows, "end"] if len(rows) > 1 else [*rows, "end", "!No changes were found"])
