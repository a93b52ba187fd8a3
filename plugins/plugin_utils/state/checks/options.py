# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A check's options: a frozen dataclass whose fields say what they take, and one reader for all of them."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from dataclasses import field as declare
from typing import Any, TypeVar

from ...broker.errors import BadInput
from ..names import suggestion

T = TypeVar("T")

_TRUE = {"true", "yes", "on", "1"}
_FALSE = {"false", "no", "off", "0"}


class Unset:
    """Stands for an option that was not given, where null is a value."""

    def __repr__(self) -> str:
        return "unset"


UNSET: Any = Unset()


def option(kind: str, default: Any = dataclasses.MISSING, *, least: float | None = None) -> Any:
    """A dataclass field read as ``kind``; required without ``default``; numbers not below ``least``.

    Kinds: text, integer, number, flag, texts (list of str, one str will do), regexes (texts that compile),
    entries (mapping, or list of names: {name: {}}), items (list), mapping, any.
    """
    metadata = {"kind": kind, "least": least}
    if default is not dataclasses.MISSING and isinstance(default, (list, dict)):
        return declare(default_factory=lambda: type(default)(default), metadata=metadata)
    return declare(default=default, metadata=metadata)


def read_options(cls: type[T], given: Mapping[str, Any]) -> T:
    """Build ``cls`` from what the catalogue says. Raises BadInput naming option, value and fix."""
    declared = dataclasses.fields(cls)  # type: ignore[arg-type]
    fields = {field.name: field for field in declared if "kind" in field.metadata}
    for name in given:
        if name not in fields:
            raise BadInput(f"unknown option {name!r}; {suggestion(name, fields)}", option=name)
    values: dict[str, Any] = {}
    for name, field in fields.items():
        if name in given:
            values[name] = _read(name, given[name], field.metadata["kind"], field.metadata["least"])
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise BadInput(f"option {name!r} is missing; give it {_WORDS[field.metadata['kind']]}", option=name)
    return cls(**values)


def _read(name: str, value: Any, kind: str, least: float | None) -> Any:
    try:
        result = _READERS[kind](value)
    except (ValueError, TypeError) as exc:
        reason = f" ({exc})" if isinstance(exc, _Explained) else ""
        raise BadInput(f"option {name!r} is {value!r}; it takes {_WORDS[kind]}{reason}", option=name) from exc
    if least is not None and result < least:
        raise BadInput(f"option {name!r} is {value!r}; it takes {_WORDS[kind]} of at least {least:g}", option=name)
    return result


class _Explained(ValueError):
    """A wrong value whose reason is worth showing."""


def _text(value: Any) -> str:
    if isinstance(value, (Mapping, list)) or value is None:
        raise TypeError
    return str(value)


def _integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise TypeError
    return int(value)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise TypeError
    return float(value)


def _flag(value: Any) -> bool:
    word = str(value).lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise ValueError


def _texts(value: Any) -> list[str]:
    return [_text(item) for item in (value if isinstance(value, list) else [value])]


def _regexes(value: Any) -> list[str]:
    patterns = _texts(value)
    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as exc:
            raise _Explained(f"{pattern!r} does not compile: {exc}") from exc
    return patterns


def _entries(value: Any) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return {str(key): item for key, item in value.items()}
    return {name: {} for name in _texts(value)}


def _items(value: Any) -> list[Any]:
    if value is None:
        raise TypeError
    return value if isinstance(value, list) else [value]


def _mapping(value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError
    return {str(key): item for key, item in value.items()}


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "text": _text,
    "integer": _integer,
    "number": _number,
    "flag": _flag,
    "texts": _texts,
    "regexes": _regexes,
    "entries": _entries,
    "items": _items,
    "mapping": _mapping,
    "any": lambda value: value,
}

_WORDS: Mapping[str, str] = {
    "text": "a string",
    "integer": "a whole number",
    "number": "a number",
    "flag": "true or false",
    "texts": "a list of strings",
    "regexes": "a list of regular expressions",
    "entries": "a mapping, or a list of names",
    "items": "a list",
    "mapping": "a mapping",
    "any": "a value",
}
