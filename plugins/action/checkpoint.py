# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action of holdfast.network.checkpoint."""

from __future__ import annotations

from typing import Any

from ..plugin_utils.device_action import DeviceAction, iso


class ActionModule(DeviceAction):
    SPEC = {"label": {"type": "str"}, "timeout": {"type": "float"}}

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        if self.check_mode:
            return {"changed": True, "checkpoint": {"label": options["label"] or ""}}
        meta = self.call("checkpoint.add", {"label": options["label"] or ""}, options["timeout"])
        return {"changed": True, "checkpoint": {**meta, "taken": iso(meta["taken"])}}
