# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The state is as in the snapshot before, but for what was meant to change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..diff import diff_features, render
from ..features import DEFAULT_FEATURES, feature_names
from ..paths import compile_patterns
from .contract import Context, Outcome, register
from .options import option


@dataclass(frozen=True)
class UnchangedOptions:
    """``tolerance`` counts differences."""

    features: list[str] = option("texts", [])
    but_for: list[str] = option("texts", [])
    tolerance: int = option("integer", 0, least=0)

    def __post_init__(self) -> None:
        feature_names(self.features, option="option 'features'")
        compile_patterns(self.but_for, option="option 'but_for'")


def _needs(options: UnchangedOptions, before: Sequence[str]) -> Sequence[str]:
    """Those named, or all of the snapshot's: without a snapshot yet, what one takes by default."""
    if options.features:
        return options.features
    return [name for name in before or DEFAULT_FEATURES if name != "counters"]


@register("unchanged", UnchangedOptions, features=_needs, before=_needs)
def unchanged(options: UnchangedOptions, context: Context) -> Outcome:
    before = context.before or {}
    names = _needs(options, tuple(before))
    differences = diff_features(
        {name: before[name] for name in names},
        {name: context.features[name] for name in names},
        options.but_for,
        option="but_for",
    )
    problems = [" ".join(render([difference]).split("\n", 1)[-1].split()) for difference in differences]
    problems = [f"{d['path'].split('.')[0]}: {words}" for d, words in zip(differences, problems, strict=True)]
    return Outcome(
        expected={"unchanged": list(names), "but_for": options.but_for},
        actual=list(differences),
        problems=problems,
        tolerance=options.tolerance,
        message=f"{', '.join(names)} unchanged",
    )
