# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which parser reads which command, and its data: the broker's side. The libraries run in ``parser_worker``."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from .errors import BadInput, ParserMissing
from .parser_pool import ParserPool

PARSERS = ("none", "textfsm", "ttp", "genie", "json")
WITH_TEMPLATE = ("textfsm", "ttp")
PACKAGED = "ttp://"  # a template of the package ttp-templates, by its path there


@dataclass(frozen=True)
class Template:
    """A template of the user's: ``name`` for messages, ``text`` None for one of ttp-templates."""

    name: str
    text: str | None = None


@dataclass(frozen=True)
class Choice:
    """How one command's output becomes data."""

    parser: str = "none"
    template: Template | None = None


def choices(params: Mapping[str, Any]) -> list[Choice]:
    """One for each of the request's commands; an entry's own ``parser`` and ``template`` go first. Raises BadInput."""
    parser = check(params.get("parser") or "none")
    common = _choice(parser, params.get("template"), "parser")
    return [_of(entry, number, common) for number, entry in enumerate(params["commands"], 1)]


def check(name: Any, option: str = "parser") -> str:
    """The parser's name if there is such a parser. Raises BadInput."""
    if name not in PARSERS:
        raise BadInput(f"{option}: '{name}' is none of: {', '.join(PARSERS)}", option="parser", value=str(name))
    return str(name)


def _of(entry: Any, number: int, common: Choice) -> Choice:
    if isinstance(entry, str) or not (entry.get("parser") or entry.get("template")):
        return common
    option = f"commands: number {number}: parser"
    parser = check(entry.get("parser") or common.parser, option)
    return _choice(parser, entry.get("template"), option)


def _choice(parser: str, template: Any, option: str) -> Choice:
    if template is None:
        return Choice(parser)
    if not isinstance(template, Mapping) or not isinstance(template.get("name"), str):
        raise BadInput("template: must be an object with name and text", option="template")
    found = Template(template["name"], template.get("text"))
    if parser not in WITH_TEMPLATE:
        raise BadInput(
            f"template: {option} {parser} takes none; use {' or '.join(WITH_TEMPLATE)}",
            option="template",
            value=found.name,
        )
    if found.text is None and (parser != "ttp" or not found.name.startswith(PACKAGED)):
        raise BadInput(
            f"template: '{found.name}' has no text; only parser ttp has templates by name, as {PACKAGED}PATH",
            option="template",
            value=found.name,
        )
    return Choice(parser, found)


async def add_parsed(pool: ParserPool, platform: str, rows: list[dict[str, Any]], wanted: list[Choice]) -> None:
    """Give each reply that is to be parsed its ``parsed``, all at the same time.

    Raises the first failure: ParserMissing, ParseFailed, BadInput (a template), MissingLibrary.
    """
    pairs = [(row, choice) for row, choice in zip(rows, wanted, strict=True) if choice.parser != "none"]
    found = await asyncio.gather(*(_parsed(pool, platform, *pair) for pair in pairs), return_exceptions=True)
    for (row, _choice), data in zip(pairs, found, strict=True):
        if isinstance(data, BaseException):
            raise data
        row["parsed"] = data


async def _parsed(pool: ParserPool, platform: str, row: dict[str, Any], choice: Choice) -> Any:
    if row.get("data"):
        return row["data"]  # the device gave data already (eAPI)
    if choice.parser == "json":
        return _json(row["command"], row["output"])
    return await pool.parse(
        {
            "parser": choice.parser,
            "platform": platform,
            "command": row["command"],
            "output": row["output"],
            "template": asdict(choice.template) if choice.template else None,
        }
    )


def _json(command: str, output: str) -> Any:
    try:
        return json.loads(output)
    except ValueError as exc:
        raise ParserMissing(
            f"parser json: '{command}' did not print JSON ({exc}); ask for it, for example '{command} | json' or "
            f"'{command} json'",
            command=command,
        ) from exc
