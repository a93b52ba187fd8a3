# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Text of commands into data by TextFSM, TTP and Genie. Imported in the parsing processes only."""

from __future__ import annotations

import difflib
import io
import json
import logging
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from .errors import BadInput, MissingLibrary, ParseFailed, ParserMissing

#: Genie's names of a platform, those that know most commands first
GENIE = {
    "cisco_ios": ("ios", "iosxe"),
    "cisco_xe": ("iosxe", "ios"),
    "cisco_nxos": ("nxos",),
    "cisco_xr": ("iosxr",),
    "cisco_asa": ("asa",),
    "juniper_junos": ("junos",),
    "nokia_sros": ("sros",),
    "linux": ("linux",),
}
TEXTFSM = {"cisco_xe": "cisco_ios", "huawei": "huawei_vrp"}  # whose templates a platform shares
MODULES = {"textfsm": "ntc-templates", "ttp": "ttp ttp-templates", "genie": "'pyats[library]'"}


def parse(parser: str, platform: str, command: str, output: str, template: dict[str, Any] | None) -> Any:
    """Data for one command. Raises ParserMissing, ParseFailed, BadInput (for the template), MissingLibrary."""
    work = {"textfsm": _textfsm, "ttp": _ttp, "genie": _genie}[parser]
    try:
        return work(platform, command, output, template)
    except ImportError as exc:
        raise MissingLibrary(
            f"parser {parser} needs a package where Ansible runs: pip install {MODULES[parser]} ({exc})", parser=parser
        ) from exc


def _missing(parser: str, platform: str, command: str, known: Iterable[str]) -> ParserMissing:
    """Nothing reads this command: say what is near."""
    close = difflib.get_close_matches(" ".join(command.split()), sorted(set(known)), n=3, cutoff=0.6)
    near = " or ".join(f"'{text}'" for text in close)
    hint = f"did you mean {near}?" if close else "use a template of your own, or another parser"
    return ParserMissing(
        f"parser {parser}: nothing reads '{command}' of {platform}; {hint}", command=command, platform=platform
    )


def _broken(parser: str, name: str, words: str) -> BadInput:
    return BadInput(f"template: {parser} cannot read {name}: {words}", option="template", value=name)


# -- TextFSM -------------------------------------------------------------------------------------


def _textfsm(platform: str, command: str, output: str, template: dict[str, Any] | None) -> Any:
    import textfsm

    if template is None:
        return _ntc(platform, command, output)
    try:
        machine = textfsm.TextFSM(io.StringIO(template["text"]))
    except textfsm.TextFSMTemplateError as exc:
        raise _broken("textfsm", template["name"], str(exc)) from exc
    try:
        rows = machine.ParseTextToDicts(output)
    except textfsm.TextFSMError as exc:  # the template's own Error state
        raise ParseFailed(
            f"template: {template['name']} does not take the output of '{command}': {exc}", command=command
        ) from exc
    return [{key.lower(): value for key, value in row.items()} for row in rows]


def _ntc(platform: str, command: str, output: str) -> Any:
    from ntc_templates.parse import ParsingException, parse_output

    name = TEXTFSM.get(platform, platform)
    try:
        return parse_output(platform=name, command=command, data=output)
    except ParsingException as exc:
        raise _missing("textfsm", platform, command, _ntc_commands(name)) from exc


@lru_cache(16)
def _ntc_commands(platform: str) -> tuple[str, ...]:
    """The commands that ntc-templates reads, from the regular expressions of its index."""
    import ntc_templates

    found = []
    with open(f"{ntc_templates.__path__[0]}/templates/index", encoding="utf-8") as index:
        for line in index:
            columns = [column.strip() for column in line.split(",", 3)]  # template, host, platform, command
            if len(columns) == 4 and re.fullmatch(columns[2], platform):
                found.append(re.sub(r"\[\[|\]\]", "", columns[3]).replace(r"\s+", " "))
    return tuple(found)


# -- TTP -----------------------------------------------------------------------------------------


class _Complaints(logging.Handler):
    """What TTP logs as errors and goes on, with nothing or half of it in the result."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.words: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.words.append(record.getMessage())


def _ttp(platform: str, command: str, output: str, template: dict[str, Any] | None) -> Any:
    from xml.etree.ElementTree import ParseError

    from ttp import ttp

    name, text = _ttp_template(platform, command, template)
    complaints = _Complaints()
    log = logging.getLogger("ttp.ttp")
    log.addHandler(complaints)
    try:
        parser = ttp(data=output, template=text, log_level="ERROR")
        parser.parse(one=True)
        found = parser.result(structure="flat_list")
    except ParseError as exc:
        # TTP puts a line of its own before the template
        line = max(1, min(exc.position[0] - 1, len(text.splitlines())))
        raise _broken("ttp", name, f"{str(exc).partition(':')[0]}, line {line}") from exc
    except (re.error, SyntaxError, SystemExit) as exc:
        raise _broken("ttp", name, f"{type(exc).__name__}: {exc}") from exc
    finally:
        log.removeHandler(complaints)
    if complaints.words:
        raise _broken("ttp", name, "; ".join(dict.fromkeys(complaints.words)))
    return found


def _ttp_template(platform: str, command: str, template: dict[str, Any] | None) -> tuple[str, str]:
    """The name and the text of the template to use."""
    if template is not None and template["text"] is not None:
        return template["name"], template["text"]
    from ttp_templates import get_template, list_templates

    if template is not None:
        try:
            return template["name"], get_template(path=template["name"])
        except (OSError, ValueError) as exc:
            known = sorted(_names(list_templates()))
            close = difflib.get_close_matches(template["name"].removeprefix("ttp://"), known, n=3, cutoff=0.6)
            hint = f"did you mean ttp://{' or ttp://'.join(close)}?" if close else f"there are {len(known)} of them"
            raise BadInput(
                f"template: ttp-templates has no {template['name']}; {hint}", option="template", value=template["name"]
            ) from exc
    for name in dict.fromkeys((platform, TEXTFSM.get(platform, platform))):
        try:
            return f"{name} '{command}'", get_template(platform=name, command=command)
        except (OSError, ValueError):
            continue
    start = f"{TEXTFSM.get(platform, platform)}_"
    files = [file[len(start) :] for file in list_templates()["platform"] if file.startswith(start)]
    known = [file.removesuffix(".txt").replace("_pipe_", " | ").replace("_", " ") for file in files]
    raise _missing("ttp", platform, command, known)


def _names(tree: Any, under: str = "") -> Iterable[str]:
    """Paths of all templates of ttp-templates, as after ``ttp://``."""
    if isinstance(tree, dict):
        for name, inner in tree.items():
            yield from _names(inner, f"{under}{name}/")
    else:
        yield from (f"{under}{name}" for name in tree)


# -- Genie ---------------------------------------------------------------------------------------


def _genie(platform: str, command: str, output: str, template: dict[str, Any] | None) -> Any:
    from genie.libs.parser.utils.common import ParserNotFound
    from genie.metaparser.util.exceptions import SchemaEmptyParserError

    names = GENIE.get(platform, ())
    for name in names:
        try:
            return _genie_device(name).parse(command, output=output)
        except ParserNotFound:
            continue
        except SchemaEmptyParserError:
            return {}  # the parser found nothing: the same answer as a device that has nothing to tell
    if not names:
        raise ParserMissing(
            f"parser genie: Genie has no parsers for {platform}; it has for {', '.join(GENIE)}",
            command=command,
            platform=platform,
        )
    raise _missing("genie", platform, command, _genie_commands(names))


@lru_cache(16)
def _genie_device(name: str) -> Any:
    """A device that Genie knows by its operating system only."""
    from genie.conf.base import Device

    device = Device("device", os=name)
    device.custom.setdefault("abstraction", {"order": ["os"]})
    return device


@lru_cache(16)
def _genie_commands(names: tuple[str, ...]) -> tuple[str, ...]:
    """The commands that Genie reads, but for those with a parameter."""
    from genie.libs import parser

    with open(f"{parser.__path__[0]}/parsers.json", encoding="utf-8") as index:
        entries = {text: entry for text, entry in json.load(index).items() if isinstance(entry, dict)}
    return tuple(text for text in entries if "{" not in text and set(names) & set(entries[text].get("folders", ())))
