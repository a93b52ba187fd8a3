# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Writes the map's files."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..broker.errors import BadInput
from ..discovery.records import Found
from ..state.files import same_text, write_atomic
from ..state.names import suggestion
from ..state.reports.topology import Topology
from .drawing import placed, to_svg
from .graph import Map, build_map
from .graphml import to_graphml
from .html import to_html

TITLE = "Network topology"


def to_json(drawn: Map, title: str) -> str:
    """The map as JSON, keys sorted (docs/topology.md)."""
    return json.dumps(drawn.as_dict(title), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


#: each format's writer; a drawing is laid out only for those that need it
_DRAWN: Mapping[str, Callable[[Map, Topology, str], str]] = {"svg": to_svg, "html": to_html}
_PLAIN: Mapping[str, Callable[[Map, str], str]] = {
    "json": to_json,
    "graphml": lambda drawn, _title: to_graphml(drawn),
}
FORMATS = (*_PLAIN, *_DRAWN)


@dataclass(frozen=True, slots=True)
class File:
    """A file as it should be, and whether it differs from what is there."""

    path: Path
    text: str
    changed: bool


def topology_files(
    found: Found, directory: str | Path, formats: Sequence[str] = FORMATS, title: str = TITLE
) -> list[File]:
    """``DIR/topology.FORMAT`` of each format, nothing written yet.

    The same input gives the same bytes. Raises BadInput for a wrong format, MissingLibrary, and StateDirError
    for a file that is there and cannot be read.
    """
    for wanted in formats:
        if wanted not in FORMATS:
            raise BadInput(f"formats: {wanted!r} is no format; {suggestion(str(wanted), FORMATS)}", option="formats")
    drawn = build_map(found)
    topology = placed(drawn) if any(wanted in _DRAWN for wanted in formats) else None
    files = []
    for wanted in formats:
        path = Path(directory).expanduser() / f"topology.{wanted}"
        plain = _PLAIN.get(wanted)
        text = plain(drawn, title) if plain else _DRAWN[wanted](drawn, topology or Topology(), title)
        files.append(File(path, text, not same_text(path, text)))
    return files


def write_topology(
    found: Found, directory: str | Path, formats: Sequence[str] = FORMATS, title: str = TITLE
) -> list[Path]:
    """Write the map; returns the path of each format. A file that says the same already is left alone.

    Raises as ``topology_files``, and StateDirError when a file cannot be written.
    """
    return write_files(topology_files(found, directory, formats, title))


def write_files(files: Sequence[File]) -> list[Path]:
    """Write those that changed; returns the paths of all. Raises StateDirError."""
    for file in files:
        if file.changed:
            write_atomic(file.path, file.text)
    return [file.path for file in files]
