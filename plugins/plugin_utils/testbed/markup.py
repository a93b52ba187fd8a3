# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""pyATS's markup in the values of a testbed: %ENV{}, %ASK{}, %ENC{}, %CLI{}, %{references}."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass

_MARKUP = re.compile(r"%(?P<kind>[A-Z]+)?\{(?P<body>[^{}]*)\}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_DEEPEST = 8


@dataclass(frozen=True, slots=True)
class Value:
    """What a text says: ``variable``, when it is nothing but one variable of the environment, without a default, which
    may be set or not; or ``text``; or ``missing``, why there is no value.
    """

    text: str = ""
    variable: str | None = None
    missing: str = ""


def evaluate(text: str, refer: Callable[[str], str | None], depth: int = 0) -> Value:
    """``refer`` gives the text at a reference such as ``testbed.custom.domain``, None when there is none."""
    whole = _MARKUP.fullmatch(text)
    if whole and whole["kind"] == "ENV" and _NAME.fullmatch(whole["body"].strip()):
        return Value(variable=whole["body"].strip())
    parts: list[str] = []
    end = 0
    for found in _MARKUP.finditer(text):
        value = _one(found, refer, depth)
        if value.missing:
            return value
        parts += [text[end : found.start()], value.text]
        end = found.end()
    return Value("".join([*parts, text[end:]]))


def settled(value: Value) -> Value:
    """With the environment as it is now."""
    if value.variable is None:
        return value
    found = os.environ.get(value.variable)
    return Value(found) if found else Value(missing=f"the environment variable {value.variable} is not set")


def _one(found: re.Match[str], refer: Callable[[str], str | None], depth: int) -> Value:
    kind, body = found["kind"], found["body"].strip()
    if kind is None:
        target = refer(body) if depth < _DEEPEST else None
        if target is None:
            return Value(missing=f"the reference {found.group()} leads nowhere")
        return settled(evaluate(target, refer, depth + 1))
    if kind == "ENV":
        name, _comma, default = body.partition(",")
        if os.environ.get(name.strip()) or default.strip():
            return Value(os.environ.get(name.strip()) or default.strip())
        return Value(missing=f"the environment variable {name.strip()} is not set")
    return Value(missing=f"%{kind}{{}} is for pyATS only")
