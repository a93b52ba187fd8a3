# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action of holdfast.network.job."""

from __future__ import annotations

from typing import Any

from ..plugin_utils.asking import COMMANDS, SKIPPED, all_read, run_request
from ..plugin_utils.detaching import TERMS, start
from ..plugin_utils.device_action import DeviceAction


class ActionModule(DeviceAction):
    SPEC = {**COMMANDS, **TERMS}

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        if self.check_mode and not all_read(options["commands"], *self.kind):
            return SKIPPED
        request = run_request(options, self.read_file, self.become_user)
        return start(self.call, "run", request, {name: options[name] for name in TERMS})
