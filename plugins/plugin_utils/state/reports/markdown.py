# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Markdown, for a ticket or a merge request."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from .model import Host, Report
from .topology import Topology

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!])")
_MARKS = {"passed": "✅", "failed": "❌", "error": "⚠️", "skipped": "⏭️", "ok": "✅"}


def to_markdown(report: Report, topology: Topology) -> str:
    """The report as GitHub-flavoured Markdown; every text of a device is escaped."""
    return "\n".join(_lines(report, topology)) + "\n"


def _lines(report: Report, topology: Topology) -> Iterator[str]:
    yield f"# {text(report['title'])}"
    yield ""
    checks = ", ".join(f"{count} {status}" for status, count in report["summary"]["checks"].items() if count)
    yield f"**{text(report['summary']['words'])}**{f' Checks: {checks}.' if checks else ''}"
    yield ""
    yield f"Written {report['generated']}."
    yield ""
    yield from table(
        ["device", "platform", "outcome", "change", "comment"],
        [
            [host["host"], host["platform"], host["words"], host["change"].get("id"), host["change"].get("comment")]
            for host in report["hosts"]
        ],
    )
    for host in report["hosts"]:
        yield from _host(host)
    if topology.links:
        yield "## Links"
        yield ""
        rows = [[link.a, link.port_a, link.b, link.port_b, link.words] for link in topology.links]
        yield from table(["device", "port", "device", "port", "state"], rows)


def _host(host: Host) -> Iterator[str]:
    yield f"## {text(host['host'])}: {text(host['words'])}"
    yield ""
    if host["phases"]:
        yield from table(
            ["phase", "seconds", "result", ""],
            [
                [p.get("name"), _seconds(p.get("seconds")), _marked(p.get("result")), p.get("words")]
                for p in host["phases"]
            ],
        )
    if host["change"].get("diff"):
        yield from _fence(str(host["change"]["diff"]), "diff")
    results = host["validation"].get("results")
    if results:
        rows = [
            [_marked(r.get("status")), r.get("title"), r.get("severity"), r.get("message"), _seconds(r.get("seconds"))]
            for r in results
        ]
        yield from table(["", "check", "severity", "", "seconds"], rows)
        for result in results:
            if result.get("status") in ("failed", "error"):
                yield f"{text(result.get('title'))}:"
                yield ""
                sides = [f"{side}: {_json(result.get(side))}" for side in ("expected", "actual")]
                yield from _fence("\n".join(sides), "text")
    differences = host["rollback"].get("differences")
    if differences:
        yield "Differs from the checkpoint after the rollback:"
        yield ""
        rows = [[d.get("path"), d.get("kind"), _json(d.get("before")), _json(d.get("after"))] for d in differences]
        yield from table(["path", "kind", "checkpoint", "now"], rows)


def table(head: list[str], rows: list[list[Any]]) -> Iterator[str]:
    """The lines of a table, every cell escaped."""
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(text(cell) for cell in row)} |"
    yield ""


def _fence(text: str, language: str) -> Iterator[str]:
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    yield f"{fence}{language}"
    yield text
    yield fence
    yield ""


def text(value: Any) -> str:
    """One line that Markdown shows as it is."""
    return "" if value is None else _SPECIAL.sub(r"\\\1", " ".join(str(value).split()))


def _marked(word: Any) -> str:
    return f"{_MARKS.get(str(word), '')} {word or ''}".strip()


def _seconds(value: Any) -> str:
    return "" if value is None else f"{float(value):.2f}"


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
