# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Figures as Markdown: on the screen, and docs/benchmarks.md."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.bench.figures import Target, table
from tests.bench.sections import NAMES, section

Entries = Mapping[str, dict[str, Any]]
MARKS = {True: "reached", False: "**missed**", None: "not measured"}


def targets(name: str, entry: dict[str, Any]) -> list[Target]:
    return section(name).targets(entry["figures"]) if "figures" in entry else []


def part(name: str, entry: dict[str, Any]) -> str:
    """One section: its tables, and what it was measured under."""
    found = section(name)
    if "figures" not in entry:
        return f"## {found.TITLE}\n\nNot measured: {_reason(entry)}.\n"
    machine = entry["machine"]
    when = f"Measured {machine['date']} in {entry['seconds']:.0f} s; load average before: {machine['load_before'][0]}."
    return "\n\n".join([f"## {found.TITLE}", *found.tables(entry["figures"]), when]) + "\n"


def _reason(entry: dict[str, Any]) -> str:
    if "left_out" in entry:
        return str(entry["left_out"])
    lines = [line for line in str(entry["failed"]).splitlines() if line.strip()]
    return f"the section failed ({lines[-1][:300] if lines else 'without a word'})"


def outcome(name: str, entry: dict[str, Any]) -> str:
    """The targets of one section."""
    return table(("target", "measured", ""), ((r.aim, r.measured, MARKS[r.held]) for r in targets(name, entry)))


def summary(entries: Entries) -> str:
    """All targets at a glance, and the sections without figures."""
    rows = [(section(name).TITLE, row) for name, entry in entries.items() for row in targets(name, entry)]
    cells = [(title, row.aim, row.measured, MARKS[row.held]) for title, row in rows]
    missed = sum(row.held is False for _title, row in rows)
    verdict = f"{sum(row.held is True for _title, row in rows)} targets reached, {missed} missed."
    empty = [f"{section(name).TITLE} ({_reason(entries[name])})" for name in entries if "figures" not in entries[name]]
    empty += [section(name).TITLE for name in NAMES if name not in entries]
    if empty:
        verdict += f" Not measured: {'; '.join(empty)}."
    return f"{verdict}\n\n{table(('section', 'target', 'measured', ''), cells)}\n"


def document(entries: Entries) -> str:
    """docs/benchmarks.md."""
    dates = sorted(entry["machine"]["date"] for entry in entries.values())
    machine = max((entry["machine"] for entry in entries.values()), key=lambda found: str(found["date"]))
    peers = next((found for found in map(_versions, entries.values()) if found), {})
    versions = {**machine["versions"], **{f"{key} (peers)": value for key, value in peers.items()}}
    when = f"{dates[0]} to {dates[-1]}; each section says when" if dates[0] != dates[-1] else dates[0]
    return _DOCUMENT.format(
        when=when,
        summary=summary(entries),
        sections="\n".join(part(name, entries[name]) for name in NAMES if name in entries),
        notes="\n\n".join(f"### {section(name).TITLE}\n\n{section(name).NOTES}" for name in NAMES if name in entries),
        versions=", ".join(f"{name} {value}" for name, value in versions.items()),
        **{key: machine[key] for key in ("cores", "memory_gb", "cpu", "kernel", "python")},
    )


def _versions(entry: dict[str, Any]) -> dict[str, str]:
    return dict(entry.get("figures", {}).get("peer", {}).get("versions", {}))


_DOCUMENT = """\
# Benchmarks

Written by `python -m tests.bench.run --write-docs`; `make bench` measures on your machine and prints the same tables.
Measured {when}.

{summary}
{sections}
## The machine

{cores} cores, {memory_gb} GB, {cpu}, Linux {kernel}. Python {python}; {versions}.

## How it was measured

- All is on one machine: Ansible, the broker, the peers and the emulated devices share its cores. Ratios are of figures
  from one run, in which ours and what it is compared with take turns or follow each other.
- Each section has a broker and devices of its own. The devices count logins and commands themselves.
- The peers' `ansible_network_os` is `cisco.ios.ios`. They run without host key checking, which ours does: libssh reads
  only the known_hosts of the user's home, and the benchmark leaves that alone.

{notes}

## What was not measured

- Real devices: an emulated device answers in under a millisecond, and its login takes no AAA round trip. With a real
  one its own time comes on top: for each command in every way of asking, for each login where logins are repeated.
- Networks: everything is on loopback.
- Guarded changes, parsing, other platforms, eAPI, and long outputs.
- More than one controller, and other numbers of forks.
- network_cli with one connection kept over several plays.
"""
