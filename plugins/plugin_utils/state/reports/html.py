# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One HTML file with everything in it: for a browser, a phone, a printer, an auditor's archive."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from ..libraries import require
from .model import OUTCOMES, Host, Report
from .svg import draw
from .topology import Topology

_TEMPLATES = Path(__file__).parent / "templates"


def to_html(report: Report, topology: Topology) -> str:
    """The report as a self-contained page. Raises MissingLibrary without Jinja2."""
    jinja2 = require("jinja2", "Jinja2", "an HTML report")
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(pretty=_pretty, diff_lines=_diff_lines, seconds=_seconds, moment=_moment)
    # the drawing is made by an XML library and the style sheet is ours: both are markup already
    markup = require("markupsafe", "MarkupSafe", "an HTML report").Markup
    template = environment.get_template("report.html.j2")
    return str(
        template.render(
            report=report,
            outcomes=OUTCOMES,
            drawing=markup(draw(topology)),
            topology=topology,
            style=markup((_TEMPLATES / "report.css").read_text(encoding="utf-8")),
            timelines={id(host): _timeline(host, report["hosts"]) for host in report["hosts"]},
            id=id,
        )
    )


def _timeline(host: Host, hosts: list[Host]) -> list[dict[str, Any]]:
    """Bars of a host's phases, ``left`` and ``width`` in percent of the time all hosts took together."""
    spans = {id(h): _spans(h) for h in hosts}
    begin = min((start for found in spans.values() for start, _unused in found), default=0.0)
    end = max((stop for found in spans.values() for _unused, stop in found), default=0.0)
    whole = (end - begin) or 1.0
    return [
        {
            "phase": phase,
            "left": round(100 * (start - begin) / whole, 2),
            "width": round(100 * (stop - start) / whole, 2),
        }
        for phase, (start, stop) in zip(host["phases"], spans[id(host)], strict=True)
    ]


def _spans(host: Host) -> list[tuple[float, float]]:
    """Start and end of each phase; one without a start begins where the one before it ended."""
    spans: list[tuple[float, float]] = []
    for phase in host["phases"]:
        start = _time(phase.get("started"))
        if start is None:
            start = spans[-1][1] if spans else (_time(host["change"].get("started")) or 0.0)
        spans.append((start, start + float(phase.get("seconds") or 0)))
    return spans


def _time(text: Any) -> float | None:
    try:
        return datetime.fromisoformat(str(text)).timestamp()
    except ValueError:
        return None


def _moment(text: Any) -> str:
    return str(text or "").replace("T", " ").partition(".")[0].removesuffix("Z").removesuffix("+00:00") + " UTC"


def _seconds(value: Any) -> str:
    number = float(value or 0)
    return f"{number:.0f} s" if number >= 100 else f"{number:.1f} s" if number >= 10 else f"{number:.2f} s"


def _pretty(value: Any) -> str:
    """A value for a table cell: short things as they are, the rest as indented JSON."""
    if isinstance(value, str):
        return value
    flat = json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    return flat if len(flat) <= 60 else json.dumps(value, indent=1, ensure_ascii=False, sort_keys=True, default=str)


def _diff_lines(text: str) -> list[tuple[str, str]]:
    """Each line with its class: added, removed, place or same."""
    kinds = {"+++": "place", "---": "place", "@@": "place", "+": "added", "-": "removed"}
    return [
        (next((kind for mark, kind in kinds.items() if line.startswith(mark)), "same"), line)
        for line in text.splitlines()
    ]
