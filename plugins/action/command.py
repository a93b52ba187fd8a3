# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action of holdfast.network.command."""

from __future__ import annotations

from typing import Any

from ..plugin_utils.asking import COMMANDS, SKIPPED, all_read, longest, run_request
from ..plugin_utils.detaching import DETACH, refuse_waiting, start
from ..plugin_utils.device_action import DeviceAction
from ..plugin_utils.replies import shaped
from ..plugin_utils.waiting import Conditions


class ActionModule(DeviceAction):
    SPEC = {
        **COMMANDS,
        "wait_for": {"type": "list", "elements": "str"},
        "match": {"type": "str", "choices": ["all", "any"], "default": "all"},
        "retries": {"type": "int", "default": 10},
        "interval": {"type": "float", "default": 1.0},
        **DETACH,
    }

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        if self.check_mode and not all_read(options["commands"], *self.kind):
            return SKIPPED
        refuse_waiting(options)
        conditions = Conditions(options["wait_for"] or [], options["match"])
        request = run_request(options, self.read_file, self.become_user)
        if options["detach"]:
            return start(self.call, "run", request, options["job"] or {})
        for attempt in conditions.attempts(options["retries"], options["interval"]):
            result = shaped(self.call("run", request, longest(options))["replies"])
            if conditions.hold(result):
                return {**result, "changed": False, "attempts": attempt}
        raise conditions.unmet(self.host)
