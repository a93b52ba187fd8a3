# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action of holdfast.network.job_info."""

from __future__ import annotations

from typing import Any

from ..plugin_utils.broker.errors import BadInput, BrokerUnavailable
from ..plugin_utils.detaching import shown
from ..plugin_utils.device_action import DeviceAction
from ..plugin_utils.requester import ask_running


class ActionModule(DeviceAction):
    NEEDS_DEVICE = False
    SPEC = {
        "id": {"type": "str"},
        "wait": {"type": "float", "default": 0.0},
        "offset": {"type": "int", "default": 0},
    }

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        if options["wait"] < 0:
            raise BadInput(f"wait: {options['wait']:g} is negative; give seconds", option="wait")
        try:
            found = ask_running("job.info", options, options["wait"] + 30.0)
        except BrokerUnavailable:
            if options["id"]:
                raise
            return {"changed": False, "jobs": [], "statistics": {}}
        if "jobs" in found:
            return {**found, "changed": False, "jobs": [shown(job) for job in found["jobs"]]}
        return {**found, "changed": False, "job": shown(found["job"])}
