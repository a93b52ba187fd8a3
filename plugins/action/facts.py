# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action of holdfast.network.facts."""

from __future__ import annotations

from typing import Any

from ..plugin_utils.device_action import DeviceAction


class ActionModule(DeviceAction):
    SPEC = {
        "gather_subset": {"type": "list", "elements": "str", "default": ["facts", "interfaces"]},
        "timeout": {"type": "float"},
    }

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        asked = {"gather_subset": options["gather_subset"]}
        return {"changed": False, **self.call("facts", asked, options["timeout"])}
