# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A discovery as the task's result."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ..broker.errors import AddressDenied, LimitReached
from .records import Failure
from .run import Outcome
from .seeds import Seeds

SUMMARY = ("id", "name", "address", "platform", "via", "credential", "vendor", "model", "serial", "version")
#: not visited because the task says so: no reason to fail
MEANT = (AddressDenied.code, LimitReached.code)


def shaped(outcome: Outcome, fail_on: str, seeds: Seeds) -> dict[str, Any]:
    """Plain values. ``failed`` when ``fail_on`` (any, seed, all, never) says so."""
    failures = outcome.failures
    result: dict[str, Any] = {
        "devices": [{name: getattr(device, name) for name in SUMMARY} for device in outcome.devices],
        "failures": [asdict(one) for one in failures],
        "changes": outcome.changes.as_dict(),
        "counts": {
            "devices": len(outcome.devices),
            "failures": len(failures),
            "links": len(outcome.links),
            "merged": outcome.merged,
            "resumed": outcome.resumed,
            "known": len(outcome.found.devices),
            "untried": outcome.untried,
        },
        "silent": outcome.silent,
        "files": list(outcome.files),
        "elapsed": round(outcome.seconds, 3),
        "diff": {"prepared": "".join(f"{line}\n" for line in outcome.changes.lines())},
    }
    counted = [one for one in failures if one.code not in MEANT]
    bad = {
        "all": counted or failures if not outcome.devices else [],
        "seed": [one for one in counted if seeds.single & {one.address, one.name}],
        "any": counted,
        "never": [],
    }[fail_on]
    result["msg"] = _words(outcome)
    if bad or (fail_on == "all" and not outcome.devices):
        result.update(failed=True, msg=_complaint(outcome, bad, seeds))
    return result


def _words(outcome: Outcome) -> str:
    differs = [f"{len(rows)} {kind}" for kind, rows in outcome.changes.as_dict().items() if rows]
    return (
        f"{len(outcome.devices)} devices and {len(outcome.links)} links found, {len(outcome.failures)} addresses or "
        f"neighbors not read, in {outcome.seconds:.1f} s; {', '.join(differs) or 'nothing is new'}"
    )


def _complaint(outcome: Outcome, bad: list[Failure], seeds: Seeds) -> str:
    if not bad:
        return f"no device was found: nobody answers at {', '.join(seeds.given[:3])}"
    first = "; ".join(f"{one.address or one.name}: {one.reason}" for one in bad[:3])
    more = f" (and {len(bad) - 3} more, see failures)" if len(bad) > 3 else ""
    head = f"{len(bad)} not read, {len(outcome.devices)} devices found" if outcome.devices else "no device was found"
    return f"{head}: {first}{more}"
