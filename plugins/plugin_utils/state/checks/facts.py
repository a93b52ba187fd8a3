# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Facts: version, model and the like are the expected ones, and the device has not restarted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...broker.errors import BadInput
from ..names import suggestion
from .contract import Context, Outcome, register
from .options import option

_FACTS = ("vendor", "model", "os_version", "serial_number", "hostname", "fqdn")


@dataclass(frozen=True)
class FactsOptions:
    """``min_uptime`` is in seconds."""

    equals: dict[str, Any] = option("mapping", {})
    matches: dict[str, Any] = option("mapping", {})
    min_uptime: float = option("number", 0.0, least=0)

    def __post_init__(self) -> None:
        if not (self.equals or self.matches or self.min_uptime):
            raise BadInput("nothing to look for; give 'equals', 'matches' or 'min_uptime'", option="equals")
        for name in [*self.equals, *self.matches]:
            if name not in _FACTS:
                raise BadInput(f"option 'equals' or 'matches': {name!r} is no fact; {suggestion(name, _FACTS)}")
        for name, pattern in self.matches.items():
            try:
                re.compile(str(pattern))
            except re.error as exc:
                raise BadInput(f"option 'matches': {name} is {pattern!r}, no regular expression: {exc}") from exc


@register("facts", FactsOptions, features=("facts",))
def facts(options: FactsOptions, context: Context) -> Outcome:
    data: Mapping[str, Any] = context.features["facts"]
    problems = [
        f"{name} is {data.get(name)!r}, expected {value!r}"
        for name, value in options.equals.items()
        if str(data.get(name)) != str(value)
    ]
    problems += [
        f"{name} is {data.get(name)!r}, which does not match {pattern!r}"
        for name, pattern in options.matches.items()
        if not re.search(str(pattern), str(data.get(name, "")))
    ]
    uptime = float(data.get("uptime", -1))
    if 0 <= uptime < options.min_uptime:
        problems.append(f"up for {uptime:.0f} s, at least {options.min_uptime:.0f} s expected")
    named = [*options.equals, *options.matches, *(["uptime"] if options.min_uptime else [])]
    expected = {**options.equals, **options.matches}
    if options.min_uptime:
        expected["uptime"] = f"at least {options.min_uptime:.0f} s"
    return Outcome(expected, {name: data.get(name) for name in named}, problems, f"{len(named)} facts as expected")
