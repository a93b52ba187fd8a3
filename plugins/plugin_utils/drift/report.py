# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Drift as JSON for a pipeline, Markdown for a ticket, HTML for people."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from ..broker.errors import BadInput
from ..state.files import write_atomic
from ..state.names import suggestion
from ..state.reports.markdown import table, text
from ..state.reports.page import page
from .making import shown
from .model import KINDS, SEVERITIES, Difference

FORMAT = 1
TITLE = "Inventory drift"
NEVER = "never"
#: how the sources write themselves
_NAMES = {"netbox": "NetBox", "nautobot": "Nautobot"}
#: the colour class of each severity in a page
_COLOURS = {"critical": "bad", "high": "bad", "medium": "warn", "low": "calm"}

Report = Mapping[str, Any]


def build_report(
    differences: Sequence[Difference],
    *,
    source: str,
    devices: Mapping[str, int],
    fail_on: str = "low",
    title: str = TITLE,
    generated: datetime | None = None,
) -> dict[str, Any]:
    """``devices`` are how many each side has ({truth, found}); ``fail_on`` is the least severity that fails, or never.

    The result is what the JSON file holds (docs/drift.md).
    """
    kinds, severities = (Counter(getattr(one, name) for one in differences) for name in ("kind", "severity"))
    failing = 0 if fail_on == NEVER else sum(severities[one] for one in SEVERITIES[SEVERITIES.index(fail_on) :])
    words = f"{devices['truth']} devices in {_NAMES.get(source, source)}, {devices['found']} in the network"
    count = f"{len(differences)} difference{'' if len(differences) == 1 else 's'}"
    return {
        "format": FORMAT,
        "title": title,
        "generated": (generated or datetime.now(UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "source": source,
        "summary": {
            "devices": dict(devices),
            "differences": len(differences),
            "kinds": {kind: kinds[kind] for kind in KINDS if kinds[kind]},
            "severities": {one: severities[one] for one in reversed(SEVERITIES) if severities[one]},
            "failed": failing > 0,
            "words": f"{words}: {count if differences else 'no difference'}.",
        },
        "differences": [one.as_dict() for one in differences],
    }


def to_json(report: Report) -> str:
    return json.dumps(report, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def to_markdown(report: Report) -> str:
    return "\n".join(_markdown(report)) + "\n"


def _markdown(report: Report) -> Iterator[str]:
    yield f"# {text(report['title'])}"
    yield ""
    yield f"**{text(report['summary']['words'])}**"
    yield ""
    yield f"Written {report['generated']}."
    yield ""
    if report["summary"]["kinds"]:
        yield from table(
            ["kind", "", "differences"],
            [[kind, KINDS[kind][1], count] for kind, count in report["summary"]["kinds"].items()],
        )
    for device, rows in _by_device(report):
        yield f"## {text(device)}"
        yield ""
        yield from table(
            ["severity", "kind", "where", _named(report), "network"],
            [[row["severity"], row["kind"], where(row), shown(row["truth"]), shown(row["found"])] for row in rows],
        )


def to_html(report: Report) -> str:
    """A self-contained page in the style of the change report. Raises MissingLibrary without Jinja2."""
    worst = next(iter(report["summary"]["severities"]), None)
    return page(
        "drift.html.j2",
        report=report,
        verdict=_COLOURS[worst] if worst else "good",
        colours=_COLOURS,
        kinds=KINDS,
        devices=_by_device(report),
        source=_named(report),
        shown=shown,
        where=where,
    )


def to_text(report: Report, most: int = 20) -> str:
    """What a task says: the summary, and a line for each of the first differences."""
    rows = report["differences"]
    lines = [
        f"  {row['severity']}: {row['device']}{f' {where(row)}' if where(row) else ''}: {row['message']}"
        for row in rows
    ]
    rest = [f"  and {len(rows) - most} more"] if len(rows) > most else []
    return "\n".join([report["summary"]["words"], *lines[:most], *rest])


def _named(report: Report) -> str:
    source = str(report["source"])
    return _NAMES.get(source, source)


def where(row: Mapping[str, Any]) -> str:
    """Which part of a device a difference is about."""
    return " ".join(filter(None, (row["interface"], row["field"])))


def _by_device(report: Report) -> list[tuple[str, list[Mapping[str, Any]]]]:
    return [(device, list(rows)) for device, rows in groupby(report["differences"], key=lambda row: row["device"])]


#: each format's file ending and writer
FORMATS: Mapping[str, tuple[str, Callable[[Report], str]]] = {
    "html": ("html", to_html),
    "markdown": ("md", to_markdown),
    "json": ("json", to_json),
}


def write_drift(report: Report, directory: str | Path, formats: Sequence[str] = tuple(FORMATS)) -> dict[str, str]:
    """Write ``DIR/drift.ENDING`` for each format; returns {format: path}. Raises BadInput, StateDirError."""
    paths: dict[str, str] = {}
    for wanted in formats:
        if wanted not in FORMATS:
            raise BadInput(f"formats: {wanted!r} is no format; {suggestion(str(wanted), FORMATS)}", option="formats")
        ending, writer = FORMATS[wanted]
        path = Path(directory).expanduser() / f"drift.{ending}"
        write_atomic(path, writer(report))
        paths[wanted] = str(path)
    return paths
