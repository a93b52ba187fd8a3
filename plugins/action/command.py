# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action of holdfast.network.command."""

from __future__ import annotations

from typing import Any

from ..plugin_utils.detaching import DETACH, refuse_waiting, start
from ..plugin_utils.device_action import DeviceAction
from ..plugin_utils.drivers.platforms import only_reads
from ..plugin_utils.replies import shaped
from ..plugin_utils.waiting import Conditions


class ActionModule(DeviceAction):
    SPEC = {
        "commands": {"type": "list", "elements": "raw", "required": True},
        "parser": {"type": "str", "choices": ["none", "textfsm", "ttp", "genie", "json"], "default": "none"},
        "template": {"type": "str"},
        "wait_for": {"type": "list", "elements": "str"},
        "match": {"type": "str", "choices": ["all", "any"], "default": "all"},
        "retries": {"type": "int", "default": 10},
        "interval": {"type": "float", "default": 1.0},
        "timeout": {"type": "float"},
        **DETACH,
    }

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        if self.check_mode and not all(self._only_reads(command) for command in options["commands"]):
            return {"skipped": True, "msg": "check mode: not all commands only read", "changed": False}
        refuse_waiting(options)
        conditions = Conditions(options["wait_for"] or [], options["match"])
        request = {key: options[key] for key in ("commands", "parser", "timeout") if options[key] is not None}
        request["commands"] = [self._with_template(command) for command in options["commands"]]
        if options["template"]:
            request["template"] = self._template(options["template"])
        if self._play_context.become:
            request["become"] = self._play_context.become_user or "root"
        if options["detach"]:
            return start(self.call, "run", request, options["job"] or {})
        for attempt in conditions.attempts(options["retries"], options["interval"]):
            replies = self.call("run", request, _longest(options))["replies"]
            result = shaped(replies)
            if conditions.hold(result):
                return {**result, "changed": False, "attempts": attempt}
        raise conditions.unmet(self.host)

    def _only_reads(self, command: Any) -> bool:
        text = str(command.get("command", "")) if isinstance(command, dict) else str(command)
        return only_reads(text, *(self._connection.get_option(name) for name in ("driver", "platform")))

    def _with_template(self, command: Any) -> Any:
        if not isinstance(command, dict) or not command.get("template"):
            return command
        return {**command, "template": self._template(str(command["template"]))}

    def _template(self, name: str) -> dict[str, str]:
        """The template's text goes with the request: the processes that parse may see other files than we do."""
        return {"name": name} if name.startswith("ttp://") else {"name": name, "text": self.read_file("template", name)}


def _longest(options: dict[str, Any]) -> float | None:
    return None if options["timeout"] is None else float(options["timeout"]) * len(options["commands"])
