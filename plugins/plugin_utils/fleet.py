# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One request to the broker for many devices, and what their answers come to. No Ansible in here."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from .broker import lifecycle
from .broker.client import Client
from .broker.errors import BrokerLost, OutcomeUnknown
from .broker.paths import default_paths
from .broker.version import COLLECTION_VERSION
from .requester import OWNER

FAIL_ON = ("any", "all", "never")


def run_fleet(
    command: str, wanted: Mapping[str, Mapping[str, Any]], *, parallel: int, reads: bool, wait: float
) -> dict[str, dict[str, Any]]:
    """Answers by name: ``{result, seconds}`` or ``{error, seconds}``.

    ``wanted`` has each device's parameters; ``wait`` is what one device may take, in seconds. Reads are asked once more
    when the broker dies under them; otherwise that raises OutcomeUnknown.
    """
    if not wanted:
        return {}
    request = {"command": command, "requests": wanted, "parallel": parallel, "owner": OWNER}
    limit = wait * math.ceil(len(wanted) / parallel)
    try:
        return _asked(request, limit)
    except BrokerLost as exc:
        if reads:
            return _asked(request, limit)
        raise OutcomeUnknown(
            f"the broker ended during '{command}' on {len(wanted)} devices: on which it was done is not known",
            command=command,
        ) from exc


def _asked(request: dict[str, Any], limit: float) -> dict[str, dict[str, Any]]:
    client: Client = lifecycle.connect(default_paths(COLLECTION_VERSION))
    try:
        found: dict[str, dict[str, Any]] = client.call("fleet.run", request, limit)["results"]
        return found
    finally:
        client.close()


def totalled(rows: Mapping[str, Mapping[str, Any]], fail_on: str) -> dict[str, Any]:
    """The task's result: all rows, who failed, and whether the task did."""
    unreachable = [name for name, row in rows.items() if row.get("unreachable")]
    failed = [name for name, row in rows.items() if row.get("failed")]
    skipped = [name for name, row in rows.items() if row.get("skipped")]
    bad = len(failed) + len(unreachable)
    counts = {"hosts": len(rows), "ok": len(rows) - bad - len(skipped), "failed": len(failed)}
    result: dict[str, Any] = {
        "results": dict(rows),
        "changed": any(row.get("changed") for row in rows.values()),
        "failed_hosts": failed,
        "unreachable_hosts": unreachable,
        "summary": {**counts, "unreachable": len(unreachable), "skipped": len(skipped)},
    }
    if bad:
        result["msg"] = _words(rows, [*unreachable, *failed])
    tried = len(rows) - len(skipped)
    if bad and (fail_on == "any" or (fail_on == "all" and bad == tried)):
        result["failed"] = True
    if rows and len(skipped) == len(rows):
        result.update(skipped=True, msg=next(iter(rows.values()))["msg"])
    return result


def _words(rows: Mapping[str, Mapping[str, Any]], bad: list[str]) -> str:
    first = "; ".join(f"{name}: {rows[name]['msg']}" for name in bad[:3])
    more = f" (and {len(bad) - 3} more, see failed_hosts and unreachable_hosts)" if len(bad) > 3 else ""
    return f"{len(bad)} of {len(rows)} hosts failed: {first}{more}"
