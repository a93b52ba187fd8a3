# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action of holdfast.network.fleet_command."""

from __future__ import annotations

from typing import Any

from ..plugin_utils.asking import COMMANDS, all_read, run_request
from ..plugin_utils.fleet_action import SHARED, FleetAction, FleetHost
from ..plugin_utils.replies import shaped


class ActionModule(FleetAction):
    COMMAND = "run"
    EACH = ("commands",)
    SPEC = {**COMMANDS, **SHARED}

    def request(self, options: dict[str, Any], host: FleetHost) -> dict[str, Any] | None:
        if self.check_mode and not all_read(options["commands"], host.driver, host.platform):
            return None
        return run_request(options, self.read_file, self.become_user)

    def row(self, options: dict[str, Any], host: FleetHost, answer: dict[str, Any]) -> dict[str, Any]:
        return {**shaped(answer["replies"]), "changed": False}

    def reads(self, options: dict[str, Any]) -> bool:
        target = options["target"]
        return all_read(options["commands"], target.get("driver"), target.get("platform"))
