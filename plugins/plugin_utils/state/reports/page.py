# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Pages that need nothing but themselves: style, script and drawings are in the file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..libraries import require

_TEMPLATES = Path(__file__).parent / "templates"


def page(
    template: str, *, styles: tuple[str, ...] = ("palette.css", "report.css", "drawing.css"), **values: Any
) -> str:
    """A template of ours with these values, all text escaped. Raises MissingLibrary without Jinja2."""
    jinja2 = require("jinja2", "Jinja2", "an HTML report")
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(pretty=_pretty, diff_lines=_diff_lines, seconds=_seconds, moment=_moment)
    style = markup("".join(asset(name) for name in styles))
    return str(environment.get_template(template).render(style=style, **values))


def asset(name: str) -> str:
    """A file beside the templates, as it is."""
    return (_TEMPLATES / name).read_text(encoding="utf-8")


def markup(text: str) -> Any:
    """Text that is markup already, by an XML library or by us: not to be escaped."""
    return require("markupsafe", "MarkupSafe", "an HTML report").Markup(text)


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
