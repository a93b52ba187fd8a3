# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Work that goes on in the broker as a job while the playbook goes on: its options, its start, how it is shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .broker.errors import BadInput
from .device_action import iso
from .options import Spec, checked

#: A job's terms; what is not given is the broker's setting.
TERMS: Spec = {
    "label": {"type": "str"},
    "queue_ttl": {"type": "float"},
    "execution_timeout": {"type": "float"},
    "result_ttl": {"type": "float"},
    "metadata_ttl": {"type": "float"},
    "webhook": {"type": "dict"},
}
DETACH: Spec = {"detach": {"type": "bool", "default": False}, "job": {"type": "dict"}}


def start(call: Callable[..., Any], command: str, request: dict[str, Any], terms: Mapping[str, Any]) -> dict[str, Any]:
    """Queue a request as a job; the task's result. Raises BadInput for wrong terms."""
    given = {name: value for name, value in checked(TERMS, terms).items() if value is not None}
    made = call("job.start", {"command": command, "params": request, **given})
    return {"changed": False, "job": shown(made["job"])}


def refuse_waiting(options: Mapping[str, Any]) -> None:
    """Whoever does not wait for the output cannot wait for what is in it. Raises BadInput."""
    if options["detach"] and options.get("wait_for"):
        raise BadInput(
            "wait_for: cannot be used with detach, which returns before there is any output; wait with until on "
            "holdfast.network.job_info",
            option="wait_for",
        )
    if options["job"] and not options["detach"]:
        raise BadInput("job: is for detach: true only; add it, or leave job out", option="job")


def shown(job: Mapping[str, Any]) -> dict[str, Any]:
    """A job for people: times in ISO 8601."""
    times = {name: iso(job[name]) for name in ("queued_at", "started_at", "ended_at")}
    return {**job, **times}
