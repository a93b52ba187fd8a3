# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action of holdfast.network.command."""

from __future__ import annotations

from typing import Any

from ..plugin_utils.detaching import DETACH, refuse_waiting, start
from ..plugin_utils.device_action import DeviceAction
from ..plugin_utils.drivers.platforms import READ_ONLY
from ..plugin_utils.waiting import Conditions


class ActionModule(DeviceAction):
    SPEC = {
        "commands": {"type": "list", "elements": "raw", "required": True},
        "parser": {"type": "str", "choices": ["none", "textfsm", "json"], "default": "none"},
        "wait_for": {"type": "list", "elements": "str"},
        "match": {"type": "str", "choices": ["all", "any"], "default": "all"},
        "retries": {"type": "int", "default": 10},
        "interval": {"type": "float", "default": 1.0},
        "timeout": {"type": "float"},
        **DETACH,
    }

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        if self.check_mode and not all(READ_ONLY.match(_text(command)) for command in options["commands"]):
            return {"skipped": True, "msg": "check mode: not all commands only read", "changed": False}
        refuse_waiting(options)
        conditions = Conditions(options["wait_for"] or [], options["match"])
        request = {key: options[key] for key in ("commands", "parser", "timeout") if options[key] is not None}
        if options["detach"]:
            return start(self.call, "run", request, options["job"] or {})
        for attempt in conditions.attempts(options["retries"], options["interval"]):
            replies = self.call("run", request, _longest(options))["replies"]
            outputs = [reply["output"] for reply in replies]
            # ansible-core takes stdout for one text and splits it itself, and fails, where no lines are given
            result = {"stdout": outputs, "stdout_lines": [output.splitlines() for output in outputs]}
            if options["parser"] != "none":
                result["parsed"] = [reply["parsed"] for reply in replies]
            if conditions.hold(result):
                return {**result, "changed": False, "attempts": attempt}
        raise conditions.unmet(self.host)


def _text(command: Any) -> str:
    return command if isinstance(command, str) else str(command.get("command", ""))


def _longest(options: dict[str, Any]) -> float | None:
    return None if options["timeout"] is None else float(options["timeout"]) * len(options["commands"])
