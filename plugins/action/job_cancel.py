# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action of holdfast.network.job_cancel."""

from __future__ import annotations

from typing import Any

from ..plugin_utils.detaching import shown
from ..plugin_utils.device_action import DeviceAction
from ..plugin_utils.requester import ask_running


class ActionModule(DeviceAction):
    NEEDS_DEVICE = False
    SPEC = {"id": {"type": "str", "required": True}}

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        done = ask_running("job.cancel", {"id": options["id"], "check": self.check_mode}, 60.0)
        return {"changed": done["changed"], "job": shown(done["job"])}
