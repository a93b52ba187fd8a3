# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Catalogues: lists of checks in YAML or inline, validated before anything is asked of a device."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...broker.errors import BadInput, HoldfastError
from ..libraries import require
from ..names import suggestion
from ..plain import plain
from .contract import SEVERITIES, Check, definition
from .napalm_validate import from_validation_file
from .options import read_options

_COMMON = ("title", "name", "check", "tags", "severity", "when_unsupported")


def read_catalogue(path: str | Path) -> list[Any]:
    """The entries of a YAML file, not yet validated: a list, or a mapping with the list under ``checks``.

    Raises BadInput naming the file (missing, not readable, not YAML, no checks), MissingLibrary.
    """
    yaml = require("yaml", "PyYAML", "a check catalogue")
    try:
        text = Path(path).expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        reason = getattr(exc, "strerror", None) or "not UTF-8 text"
        raise BadInput(f"catalogue: cannot read {path}: {reason}; give the path of a YAML file") from exc
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as exc:
        mark = getattr(exc, "problem_mark", None)
        place = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        problem = getattr(exc, "problem", None) or "not YAML"
        raise BadInput(
            f"catalogue: {path} is not valid YAML{place}: {problem}; quote values that begin with '{{{{', '*' or '@'"
        ) from exc
    entries = _entries(data, str(path))
    if not entries:
        raise BadInput(f"catalogue: {path} has no checks; list them under 'checks:'")
    return entries


def parse_catalogue(data: Any, source: str) -> list[Check]:
    """Validated checks. ``data`` is what YAML gave, templates already rendered; ``source`` names it in messages.
    An entry of one of NAPALM's validation files is a check for each of its getters.

    Raises BadInput, UnknownCheck or ExpressionError; each names source, number and title of the check, option,
    value and fix.
    """
    return [
        _check(one, number, source)
        for number, entry in enumerate(_entries(plain(data), source), start=1)
        for one in from_validation_file(entry) or [entry]
    ]


def select_checks(checks: Sequence[Check], tags: Iterable[str] = (), skip_tags: Iterable[str] = ()) -> list[Check]:
    """Those with one of ``tags`` (all without any) and none of ``skip_tags``.

    Raises BadInput for one of ``tags`` that no check has, and when no check is left: a validation of nothing
    must not pass.
    """
    wanted, unwanted = set(tags), set(skip_tags)
    known = {tag for check in checks for tag in check.tags}
    for tag in sorted(wanted - known):
        raise BadInput(f"tags: no check has the tag {tag!r}; {suggestion(tag, known)}", option="tags")
    left = [c for c in checks if (not wanted or wanted & set(c.tags)) and not unwanted & set(c.tags)]
    if checks and not left:
        raise BadInput(
            f"skip_tags: {', '.join(sorted(unwanted))} leave none of the {len(checks)} checks; name fewer tags",
            option="skip_tags",
        )
    return left


def before_features(checks: Iterable[Check]) -> tuple[str, ...]:
    """Features that a snapshot taken before a change must have, so that these checks can be evaluated after it."""
    return tuple(dict.fromkeys(name for check in checks for name in check.before()))


def _entries(data: Any, source: str) -> list[Any]:
    if isinstance(data, Mapping):
        unknown = [key for key in data if key != "checks"]
        if unknown or "checks" not in data:
            key = repr(unknown[0]) if unknown else "nothing"
            raise BadInput(f"{source}: a catalogue is a list, or a mapping with 'checks' alone; it has {key}")
        data = data["checks"]
    if data is None:
        return []
    if not isinstance(data, list):
        raise BadInput(f"{source}: checks is {type(data).__name__}; write a list, each check beginning with '-'")
    return data


def _check(entry: Any, number: int, source: str) -> Check:
    where = f"{source}: check {number}"
    if not isinstance(entry, Mapping):
        raise BadInput(f"{where} is {entry!r}; write a mapping such as {{check: bgp, title: BGP is up}}")
    title = entry.get("title", entry.get("name"))
    if title:
        where = f"{where} ({title})"
    try:
        return _validated(entry, where)
    except HoldfastError as exc:
        # the same error, its message with the place in front; an expression's has the place already
        if not exc.message.startswith(where):
            exc.message = f"{where}: {exc.message}"
            exc.args = (exc.message,)
        raise


def _validated(entry: Mapping[str, Any], where: str) -> Check:
    if "title" in entry and "name" in entry:
        raise BadInput("has both 'title' and 'name', which mean the same; keep one", option="title")
    if "check" not in entry:
        close = suggestion("check", (key for key in entry if key not in _COMMON))
        raise BadInput(f"option 'check' is missing; name a check, such as 'check: bgp' (options here: {close})")
    found = definition(str(entry["check"]))
    title = entry.get("title", entry.get("name")) or found.name
    if not isinstance(title, str):
        raise BadInput(f"option 'title' is {title!r}; it takes a string", option="title")
    own = {key: value for key, value in entry.items() if key not in _COMMON}
    options = read_options(found.options, own)
    bind = getattr(options, "bind", None)
    if bind is not None:
        options = bind(where)
    return Check(
        definition=found,
        title=title,
        options=options,
        where=where,
        severity=_choice(entry, "severity", SEVERITIES, "high"),
        tags=_tags(entry.get("tags")),
        skip_unsupported=_choice(entry, "when_unsupported", ("error", "skip"), "error") == "skip",
    )


def _choice(entry: Mapping[str, Any], name: str, allowed: Sequence[str], default: str) -> str:
    value = entry.get(name, default)
    if value not in allowed:
        raise BadInput(f"option {name!r} is {value!r}; it takes {', '.join(allowed)}", option=name)
    return str(value)


def _tags(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, str):
        return tuple(tag.strip() for tag in value.split(",") if tag.strip())
    if isinstance(value, list) and all(isinstance(tag, str) for tag in value):
        return tuple(value)
    raise BadInput(f"option 'tags' is {value!r}; it takes a list of strings", option="tags")
