# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Writes a report's files."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from ...broker.errors import BadInput
from ..files import safe_name, write_atomic
from ..names import suggestion
from .html import to_html
from .junit import to_junit
from .markdown import to_markdown
from .model import Report, merge
from .topology import Topology, build_topology


def to_json(report: Report) -> str:
    """The report as JSON, keys sorted."""
    return json.dumps(report, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


#: each format's file ending and writer
FORMATS: Mapping[str, tuple[str, Callable[[Report, Topology], str]]] = {
    "html": ("html", to_html),
    "markdown": ("md", to_markdown),
    "json": ("json", lambda report, _topology: to_json(report)),
    "junit": ("xml", lambda report, _topology: to_junit(report)),
}


def write_reports(
    records: Iterable[Any],
    *,
    title: str,
    directory: str | Path,
    formats: Sequence[str] = tuple(FORMATS),
    name: str = "report",
    generated: datetime | None = None,
) -> dict[str, str]:
    """Write ``DIR/NAME.ENDING`` for each format; returns {format: path}.

    Raises BadInput for a wrong format, name or record, StateDirError when a file cannot be written.
    """
    for wanted in formats:
        if wanted not in FORMATS:
            raise BadInput(f"formats: {wanted!r} is no format; {suggestion(str(wanted), FORMATS)}", option="formats")
    safe_name("name", name)
    report = merge(records, title, generated)
    topology = build_topology(report["hosts"])
    paths: dict[str, str] = {}
    for wanted in formats:
        ending, writer = FORMATS[wanted]
        path = Path(directory).expanduser() / f"{name}.{ending}"
        write_atomic(path, writer(report, topology))
        paths[wanted] = str(path)
    return paths
