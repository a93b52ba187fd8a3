# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action of holdfast.network.genie."""

from __future__ import annotations

from typing import Any

from ..plugin_utils.device_action import DeviceAction

WORK = ("learn", "parse", "api")


class ActionModule(DeviceAction):
    SPEC = {
        "learn": {"type": "list", "elements": "str"},
        "parse": {"type": "list", "elements": "str"},
        "api": {"type": "list", "elements": "raw"},
        "changes": {"type": "bool", "default": False},
        "timeout": {"type": "float"},
    }

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        if self.check_mode and options["changes"]:
            return {"skipped": True, "msg": "check mode: changes is set, so an API may do more than read"}
        request = {key: value for key, value in options.items() if value is not None}
        answer = self.call("genie", request, self._longest(options))
        kept = {"learned": "learn", "parsed": "parse", "api": "api"}
        found = {key: answer[key] for key, option in kept.items() if options[option]}
        return {**found, "nothing": answer["nothing"], "changed": answer["changed"]}

    def _longest(self, options: dict[str, Any]) -> float:
        """What it may take: Genie learns a feature by up to thirty commands."""
        each = float(options["timeout"] or self._connection.get_option("command_timeout"))
        return each * sum(count * len(options[name] or ()) for name, count in zip(WORK, (30, 1, 10), strict=True))
