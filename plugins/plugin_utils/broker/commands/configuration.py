# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Commands about a device's configuration: reading, guarded changes, checkpoints."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from .. import requests
from ..context import Context, Table
from ..lease import Caller
from ..transaction import Outcome


class ConfigurationCommands:
    def __init__(self, context: Context) -> None:
        self._context = context

    def table(self) -> Table:
        return {
            "config.read": self.config_read,
            "config.apply": self.config_apply,
            "change.confirm": self.change_confirm,
            "change.revert": self.change_revert,
            "change.list": self.change_list,
            "checkpoint.add": self.checkpoint_add,
            "checkpoint.find": self.checkpoint_find,
        }

    async def config_read(self, params: dict[str, Any], caller: Caller) -> dict[str, Any]:
        target, source = requests.target(params), requests.source(params)
        async with self._context.guard.device(target, caller) as lease:
            return {"text": await self._context.pool.read(lease, lambda driver: driver.config().read(source))}

    async def config_apply(self, params: dict[str, Any], caller: Caller) -> dict[str, Any]:
        """Change the configuration under guard; see ``_outcome`` for the answer."""
        outcome = await self._context.guard.apply(requests.target(params), caller, requests.order(params))
        save = bool(params.get("save")) and outcome.change.state in ("committed", "unchanged")
        if save:
            async with self._context.guard.device(requests.target(params), caller) as lease:
                await lease.call(lambda driver: driver.config().save())
        return _outcome(outcome, bool(params.get("backup")))

    async def change_confirm(self, params: dict[str, Any], caller: Caller) -> dict[str, Any]:
        change, save = requests.word(params, "change"), bool(params.get("save"))
        return await self._context.guard.confirm(requests.target(params), caller, change, save)

    async def change_revert(self, params: dict[str, Any], caller: Caller) -> dict[str, Any]:
        change, check = str(params.get("change") or ""), bool(params.get("check"))
        return await self._context.guard.revert(requests.target(params), caller, change, check)

    async def change_list(self, params: dict[str, Any], caller: Caller) -> list[dict[str, Any]]:
        return self._context.guard.describe(requests.target(params).label if "target" in params else None)

    async def checkpoint_add(self, params: dict[str, Any], caller: Caller) -> dict[str, Any]:
        target, label = requests.target(params), str(params.get("label") or "")
        async with self._context.guard.device(target, caller) as lease:
            text = await self._context.pool.read(lease, lambda driver: driver.config().read())
            return self._context.guard.checkpoints.add(target.label, target.platform, text, label)

    async def checkpoint_find(self, params: dict[str, Any], caller: Caller) -> dict[str, Any]:
        store = self._context.guard.checkpoints
        meta = store.find(requests.target(params).label, str(params.get("wanted") or "latest"))
        return {**meta, "text": store.text(meta)}


def _outcome(outcome: Outcome, texts: bool) -> dict[str, Any]:
    """``{changed, change, prediction}``, and with ``texts`` the whole configurations before and after."""
    answer = {"changed": outcome.changed, "prediction": outcome.prediction, "change": asdict(outcome.change)}
    if texts:
        answer |= {"before": outcome.before, "after": outcome.after}
    return answer
