# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One run of write-back: read the source, plan, write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..broker.errors import BadInput
from ..discovery.records import Found
from .apply import Applied, Backend, apply, check_permissions
from .operations import Plan, Rules
from .plan import make_plan


@dataclass(slots=True)
class Synced:
    plan: Plan
    applied: Applied


def synchronise(
    found: Found, at: Backend, rules: Rules, filters: Mapping[str, Any] | None = None, *, only_plan: bool = False
) -> Synced:
    """Errors before the first write are raised, with nothing written; a later one is in ``applied.error``.

    ``only_plan`` needs no right to write. Raises what Rest raises, and BadInput for an option that new devices need.
    """
    if rules.prune and not rules.tag:
        raise BadInput("prune: only what carries the tag is deleted: give the option tag a name", option="tag")
    existing = at.existing(rules, filters)
    plan = make_plan(found, existing, rules)
    if only_plan:
        return Synced(plan, Applied())
    check_permissions(plan, at)
    return Synced(plan, apply(plan, existing, at))
