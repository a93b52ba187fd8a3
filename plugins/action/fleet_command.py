# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action of holdfast.network.fleet_command."""

from __future__ import annotations

from typing import Any

from ..plugin_utils.drivers.platforms import only_reads
from ..plugin_utils.fleet_action import SHARED, FleetAction, FleetHost
from ..plugin_utils.replies import shaped


class ActionModule(FleetAction):
    COMMAND = "run"
    EACH = ("commands",)
    SPEC = {
        "commands": {"type": "list", "elements": "raw", "required": True},
        "parser": {"type": "str", "choices": ["none", "textfsm", "ttp", "genie", "json"], "default": "none"},
        **SHARED,
    }

    def request(self, options: dict[str, Any], host: FleetHost) -> dict[str, Any] | None:
        if self.check_mode and not all(_reads(command, host) for command in options["commands"]):
            return None
        request = {key: options[key] for key in ("commands", "parser", "timeout") if options[key] is not None}
        if self._play_context.become:
            request["become"] = self._play_context.become_user or "root"
        return request

    def row(self, options: dict[str, Any], host: FleetHost, answer: dict[str, Any]) -> dict[str, Any]:
        return {**shaped(answer["replies"]), "changed": False}

    def reads(self, options: dict[str, Any]) -> bool:
        target = options["target"]
        return all(
            only_reads(_text(command), target.get("driver"), target.get("platform")) for command in options["commands"]
        )


def _text(command: Any) -> str:
    return str(command.get("command", "")) if isinstance(command, dict) else str(command)


def _reads(command: Any, host: FleetHost) -> bool:
    return bool(only_reads(_text(command), host.driver, host.platform))
