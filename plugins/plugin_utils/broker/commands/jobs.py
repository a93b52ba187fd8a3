# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Commands about jobs: start one of another command's kind, look at it, cancel it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import requests, webhook
from ..context import Context, Table
from ..errors import BadInput
from ..jobs import Job, Terms, new_job
from ..lease import Caller

KINDS = ("run", "get", "facts", "transfer", "genie", "fleet.run")
DAY = 86400.0


class JobCommands:
    """``others``: the table of the commands that a job may be."""

    def __init__(self, context: Context, others: Table) -> None:
        self._context = context
        self._kinds = {name: others[name] for name in KINDS if name in others}

    def table(self) -> Table:
        return {"job.start": self.start, "job.info": self.info, "job.cancel": self.cancel}

    async def start(self, params: dict[str, Any], caller: Caller) -> dict[str, Any]:
        """``{job}``: queued; the request's own parameters are in ``params``."""
        command = str(params.get("command"))
        if command not in self._kinds:
            raise BadInput(
                f"command: a job cannot be '{command}', it can be: {', '.join(self._kinds)}", option="command"
            )
        given = dict(requests.mapping(params, "params", {}))
        given.update((key, params[key]) for key in ("target", "owner", "priority") if key in params)
        device = requests.target(given).label if "target" in given else ""
        terms = _terms(params, self._context.terms)
        if terms.timeout is not None:
            given = {"timeout": terms.timeout, **given}
        handler = self._kinds[command]
        who = Caller(caller.name, priority=caller.priority, uid=caller.uid)
        job = new_job(command, device, str(params.get("label") or ""), who, terms)
        self._context.jobs.start(job, lambda own: handler(given, own))
        return {"job": job.describe()}

    async def info(self, params: dict[str, Any], caller: Caller) -> dict[str, Any]:
        """One job with its output from ``offset`` on and its result, after at most ``wait`` seconds; or all jobs."""
        if params.get("id") is None:
            rows = [job.describe() for job in self._context.jobs if job.caller.uid == caller.uid]
            return {"jobs": rows, "statistics": self._context.jobs.statistics()}
        job = self._find(params, caller)
        await self._context.jobs.wait(job, requests.number(params, "wait", 0.0, 0, DAY))
        text, following = job.since(int(requests.number(params, "offset", 0, 0, 1e15)))
        found: dict[str, Any] = {"job": job.describe(), "output": text, "offset": following}
        if job.result is not None:
            found["result"] = job.result
        return found

    async def cancel(self, params: dict[str, Any], caller: Caller) -> dict[str, Any]:
        job = self._find(params, caller)
        if params.get("check"):
            return {"changed": job.describe()["ended"] is False, "job": job.describe()}
        return {"changed": await self._context.jobs.cancel(job), "job": job.describe()}

    def _find(self, params: Mapping[str, Any], caller: Caller) -> Job:
        return self._context.jobs.find(str(params.get("id") or ""), caller.uid)


def _terms(params: Mapping[str, Any], usual: Terms) -> Terms:
    hook = params.get("webhook")
    timeout = params.get("execution_timeout")
    terms = Terms(
        queue_ttl=requests.number(params, "queue_ttl", usual.queue_ttl, 0.01, 7 * DAY),
        timeout=None if timeout is None else requests.number(params, "execution_timeout", 0, 0.01, 7 * DAY),
        result_ttl=requests.number(params, "result_ttl", usual.result_ttl, 0, 7 * DAY),
        metadata_ttl=requests.number(params, "metadata_ttl", usual.metadata_ttl, 0, 7 * DAY),
        webhook=None if hook is None else _webhook(requests.mapping(params, "webhook")),
    )
    if terms.metadata_ttl < terms.result_ttl:
        raise BadInput(
            f"metadata_ttl: {terms.metadata_ttl:g} is less than the result_ttl of {terms.result_ttl:g}; a job cannot "
            "be forgotten before its result",
            option="metadata_ttl",
        )
    return terms


def _webhook(given: Mapping[str, Any]) -> webhook.Webhook:
    unknown = set(given) - {"url", "secret", "tries", "result"}
    if unknown:
        raise BadInput(
            f"webhook: there is no '{min(unknown)}'; there are url, secret, tries and result", option="webhook"
        )
    return webhook.Webhook(
        webhook.checked(str(given.get("url") or "")),
        given.get("secret") or None,
        int(requests.number(given, "tries", 5, 1, 20)),
        bool(given.get("result", False)),
    )
