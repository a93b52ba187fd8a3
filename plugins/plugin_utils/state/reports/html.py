# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One HTML file with everything in it: for a browser, a phone, a printer, an auditor's archive."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from .model import OUTCOMES, Host, Report
from .page import markup, page
from .svg import draw
from .topology import Topology


def to_html(report: Report, topology: Topology) -> str:
    """The report as a self-contained page. Raises MissingLibrary without Jinja2."""
    return page(
        "report.html.j2",
        report=report,
        outcomes=OUTCOMES,
        drawing=markup(draw(topology)),
        topology=topology,
        timelines={id(host): _timeline(host, report["hosts"]) for host in report["hosts"]},
        id=id,
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
