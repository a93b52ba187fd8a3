# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action of holdfast.network.facts."""

from __future__ import annotations

from typing import Any

from ..plugin_utils.broker.errors import Unsupported
from ..plugin_utils.device_action import DeviceAction
from ..plugin_utils.reading import DeviceReader, as_ansible_facts


class ActionModule(DeviceAction):
    SPEC = {
        "gather_subset": {"type": "list", "elements": "str", "default": ["facts", "interfaces"]},
        "timeout": {"type": "float"},
    }

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        found = DeviceReader(self.call, options["timeout"]).collect(options["gather_subset"], "gather_subset")
        if found.skipped and not found.features:
            raise Unsupported(f"gather_subset: {'; '.join(found.skipped.values())}", skipped=found.skipped)
        return {
            "changed": False,
            "ansible_facts": as_ansible_facts(found.features),
            "skipped_features": found.skipped,
        }
