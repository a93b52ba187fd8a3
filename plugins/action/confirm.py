# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action of holdfast.network.confirm."""

from __future__ import annotations

from typing import Any

from ..plugin_utils.changes import described
from ..plugin_utils.device_action import DeviceAction


class ActionModule(DeviceAction):
    SPEC = {"change": {"type": "str"}, "save": {"type": "bool", "default": False}, "timeout": {"type": "float"}}

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        if self.check_mode:
            pending = self.call("change.list")
            return {"changed": bool(pending), "change": described(pending[0]) if pending else {}}
        request = {"change": options["change"], "save": options["save"]}
        found = self.call("change.confirm", request, options["timeout"])
        return {"changed": found["changed"], "change": described(found["change"])}
