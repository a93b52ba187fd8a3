# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action of holdfast.network.job."""

from __future__ import annotations

from typing import Any

from ..plugin_utils.detaching import TERMS, start
from ..plugin_utils.device_action import DeviceAction
from ..plugin_utils.drivers.platforms import READ_ONLY


class ActionModule(DeviceAction):
    SPEC = {
        "commands": {"type": "list", "elements": "raw", "required": True},
        "parser": {"type": "str", "choices": ["none", "textfsm", "ttp", "genie", "json"], "default": "none"},
        **TERMS,
    }

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        texts = [c if isinstance(c, str) else str(c.get("command", "")) for c in options["commands"]]
        if self.check_mode and not all(READ_ONLY.match(text) for text in texts):
            return {"skipped": True, "msg": "check mode: not all commands only read", "changed": False}
        request = {"commands": options["commands"], "parser": options["parser"]}
        return start(self.call, "run", request, {name: options[name] for name in TERMS})
