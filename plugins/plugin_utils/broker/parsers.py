# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Text of commands into data: ntc-templates by TextFSM, or the JSON that the device printed."""

from __future__ import annotations

import json
from typing import Any

from .errors import BadInput, MissingLibrary, ParserMissing

PARSERS = ("none", "textfsm", "json")


def check(name: str) -> str:
    """The parser's name if there is such a parser. Raises BadInput."""
    if name not in PARSERS:
        raise BadInput(f"parser: '{name}' is none of: {', '.join(PARSERS)}", option="parser", value=name)
    return name


def parse(name: str, platform: str, command: str, output: str) -> Any:
    """Data for one command. Raises ParserMissing, MissingLibrary."""
    return _json(command, output) if name == "json" else _textfsm(platform, command, output)


def _json(command: str, output: str) -> Any:
    try:
        return json.loads(output)
    except ValueError as exc:
        raise ParserMissing(
            f"parser json: '{command}' did not print JSON ({exc}); ask for it, for example '{command} | json' or "
            f"'{command} json'",
            command=command,
        ) from exc


def _textfsm(platform: str, command: str, output: str) -> Any:
    try:
        from ntc_templates.parse import ParsingException, parse_output
    except ImportError as exc:
        raise MissingLibrary("parser textfsm needs a package: pip install ntc-templates") from exc
    try:
        return parse_output(platform={"cisco_xe": "cisco_ios"}.get(platform, platform), command=command, data=output)
    except ParsingException as exc:
        raise ParserMissing(
            f"parser textfsm: ntc-templates has nothing that reads '{command}' of {platform} ({exc}); use parser json "
            "where the device prints JSON, or none",
            command=command,
            platform=platform,
        ) from exc
