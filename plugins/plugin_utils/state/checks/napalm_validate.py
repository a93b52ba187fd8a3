# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""NAPALM's validation: what a getter gives, compared by NAPALM itself. Its files are catalogues as they are."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...broker.errors import BadInput, MissingLibrary, Unsupported
from .contract import Context, Outcome, register
from .options import option

_OTHERS = ("ping", "traceroute", "is_alive")  # what such files may name besides getters
_NOT_COMPARED = "NAPALM does not compare get_config, here neither; use the check config"


@dataclass(frozen=True)
class NapalmOptions:
    """``expected`` in the words of NAPALM's validation files; ``arguments`` are its ``_kwargs``."""

    getter: str = option("text")
    expected: dict[str, Any] = option("mapping")
    arguments: dict[str, Any] = option("mapping", {})

    def __post_init__(self) -> None:
        if not _is_getter(self.getter):
            raise BadInput(
                f"option 'getter' is {self.getter!r}; it takes a getter of NAPALM, such as get_facts, or ping",
                option="getter",
            )


def from_validation_file(entry: Any) -> list[dict[str, Any]]:
    """The checks that an entry of NAPALM's makes, one for each getter; none for an entry that is not NAPALM's.

    As with NAPALM, a getter that the platform does not have is left out.
    """
    if not isinstance(entry, Mapping) or not entry or not all(_is_getter(str(key)) for key in entry):
        return []
    return [_check(str(getter), expected) for getter, expected in entry.items()]


def _check(getter: str, expected: Any) -> dict[str, Any]:
    if not isinstance(expected, Mapping):
        return {"check": "napalm_validate", "title": getter, "getter": getter, "expected": expected}
    rest = {key: value for key, value in expected.items() if key not in ("_name", "_kwargs")}
    return {
        "check": "napalm_validate",
        "title": expected.get("_name") or getter,
        "getter": getter,
        "arguments": expected.get("_kwargs") or {},
        "expected": rest,
        "when_unsupported": "skip",
    }


@register("napalm_validate", NapalmOptions)
def napalm_validate(options: NapalmOptions, context: Context) -> Outcome:
    if options.getter == "get_config":
        raise Unsupported(_NOT_COMPARED)
    actual = _actual(options, context)
    verdict = _compared(options.expected, actual)
    return Outcome(options.expected, actual, list(_problems(options.getter, verdict)), f"{options.getter} complies")


def _actual(options: NapalmOptions, context: Context) -> Any:
    arguments = dict(options.arguments)
    if options.getter != "ping":
        return context.getter(options.getter, arguments)
    destination = arguments.pop("destination", None)
    if not destination:
        raise BadInput("ping needs _kwargs with a destination", option="arguments")
    return context.ping(str(destination), **arguments)


def _compared(expected: Any, actual: Any) -> Any:
    """NAPALM changes what it compares. Keys come from the broker as text, whatever they were."""
    try:
        from napalm.base.exceptions import ValidationException
        from napalm.base.validate import compare
    except ImportError as exc:
        raise MissingLibrary("napalm_validate needs a package: pip install napalm", package="napalm") from exc
    try:
        return compare(_with_text_keys(expected), copy.deepcopy(actual))
    except (ValidationException, re.error) as exc:
        raise BadInput(f"NAPALM does not take what is expected: {exc}", option="expected") from exc


def _with_text_keys(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _with_text_keys(one) for key, one in value.items()}
    return [_with_text_keys(one) for one in value] if isinstance(value, list) else value


def _problems(path: str, verdict: Any) -> Iterator[str]:
    """Sentences out of NAPALM's report."""
    if not isinstance(verdict, Mapping):
        if not verdict:
            yield f"{path} is not as expected"
        return
    if verdict.get("complies"):
        return
    present = verdict.get("present")
    for key, row in present.items() if isinstance(present, Mapping) else ():
        if row.get("complies"):
            continue
        if row.get("nested"):
            yield from _problems(f"{path}.{key}", row["diff"])
        else:
            yield f"{path}.{key} is {row['actual_value']!r}, expected {row['expected_value']!r}"
    for one in verdict.get("missing") or ():
        yield f"{path} has no {one}"
    for one in verdict.get("extra") or ():
        yield f"{path} also has {one}"


def _is_getter(name: str) -> bool:
    return name in _OTHERS or bool(re.fullmatch(r"get_\w+", name))
