# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""pyATS Genie over the pinned session."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...drivers import genie_bridge
from ...state.plain import plain
from .. import requests
from ..context import Context, Table
from ..errors import BadInput, OutcomeUnknown, SessionLost
from ..lease import Caller


class GenieCommands:
    def __init__(self, context: Context) -> None:
        self._context = context

    def table(self) -> Table:
        return {"genie": self.genie}

    async def genie(self, params: dict[str, Any], caller: Caller) -> dict[str, Any]:
        """``{learned, parsed, api, nothing, changed}`` as plain JSON, see ``genie_bridge.work``."""
        target, wanted = requests.target(params), _wanted(params)
        timeout = requests.number(params, "timeout", target.command_timeout, 0.01, 86400)
        async with self._context.guard.device(target, caller) as lease:
            if not wanted.changes:
                found = await self._context.pool.read(lease, lambda driver: genie_bridge.work(driver, wanted, timeout))
            else:
                try:
                    found = await lease.call(lambda driver: genie_bridge.work(driver, wanted, timeout), probe=True)
                except SessionLost as exc:
                    raise OutcomeUnknown(
                        f"{exc.message}; whether the device did it is not known, it was not sent again", **exc.detail
                    ) from exc
        return dict(plain(found))


def _wanted(params: Mapping[str, Any]) -> genie_bridge.Wanted:
    wanted = genie_bridge.Wanted(
        learn=_names(params, "learn"),
        parse=_names(params, "parse"),
        apis=[_api(entry) for entry in _list(params, "api")],
        changes=bool(params.get("changes")),
    )
    if not (wanted.learn or wanted.parse or wanted.apis):
        raise BadInput("learn, parse or api: give at least one of them", option="learn")
    return wanted


def _list(params: Mapping[str, Any], name: str) -> list[Any]:
    value = params.get(name) or []
    if not isinstance(value, list):
        raise BadInput(f"{name}: must be a list, not {type(value).__name__}", option=name)
    return value


def _names(params: Mapping[str, Any], name: str) -> list[str]:
    for entry in (entries := _list(params, name)):
        if not isinstance(entry, str) or not entry.strip():
            raise BadInput(f"{name}: {entry!r} is no text", option=name)
    return [entry.strip() for entry in entries]


def _api(entry: Any) -> genie_bridge.Api:
    fields = {"name": entry} if isinstance(entry, str) else entry
    name = fields.get("name") if isinstance(fields, Mapping) else None
    if not isinstance(name, str) or not name.isidentifier() or name.startswith("_"):
        raise BadInput(f"api: {entry!r} has no name of an API", option="api")
    unknown = set(fields) - {"name", "arguments"}
    if unknown:
        raise BadInput(f"api: '{name}' has an unknown key '{min(unknown)}'; there are name and arguments", option="api")
    arguments = requests.mapping(fields, "arguments", {}) if fields.get("arguments") is not None else {}
    return genie_bridge.Api(name, {str(key): value for key, value in arguments.items()})
