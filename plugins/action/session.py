# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action of holdfast.network.session."""

from __future__ import annotations

from typing import Any

from ..plugin_utils.broker.errors import BadInput
from ..plugin_utils.device_action import DeviceAction


class ActionModule(DeviceAction):
    SPEC = {
        "state": {"type": "str", "choices": ["closed", "drained", "open", "reset"], "required": True},
        "all": {"type": "bool", "default": False},
    }

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        if options["state"] == "open" and options["all"]:
            raise BadInput("all: cannot be used with state=open; run the task on the hosts to open", option="all")
        target = self._connection.requester.target()
        found = self.call("session.list")
        mine = [row for row in found["sessions"] if options["all"] or _is(row, target)]
        if options["state"] == "reset":
            return {**self._reset(found, target, options["all"]), "sessions": mine}
        if self.check_mode:
            return {"changed": bool(mine) != (options["state"] == "open"), "sessions": mine}
        if options["state"] == "open":
            changed = self.call("session.open")["changed"]
            opened = [row for row in self.call("session.list")["sessions"] if _is(row, target)]
            return {"changed": changed, "sessions": opened}
        request = {"all": options["all"], "now": options["state"] == "closed"}
        return {"changed": self.call("session.close", request)["changed"], "sessions": mine}

    def _reset(self, found: dict[str, Any], target: dict[str, Any], every: bool) -> dict[str, Any]:
        rows = [row for row in (*found["logins"], *found["breakers"]) if every or _is(_place(row), target)]
        if not self.check_mode:
            self.call("login.reset", {"all": every})
        return {"changed": bool(rows)}


def _place(row: dict[str, Any]) -> dict[str, Any]:
    host, _sep, port = row["device"].rpartition(":")
    return {"host": host, "port": int(port)}


def _is(row: dict[str, Any], target: dict[str, Any]) -> bool:
    return row["host"] == target["host"] and target["port"] in (None, row["port"])
