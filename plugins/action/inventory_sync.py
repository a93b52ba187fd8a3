# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action of holdfast.network.inventory_sync."""

from __future__ import annotations

from typing import Any

from ..plugin_utils.device_action import DeviceAction, failure
from ..plugin_utils.discovery.reading import read_store
from ..plugin_utils.sources.apply import PRUNED, backend
from ..plugin_utils.sources.operations import CREATES, CREATES_BY_DEFAULT, UPDATES, Rules
from ..plugin_utils.sources.options import SPEC, client
from ..plugin_utils.sources.sync import Synced, synchronise

#: Options that are fields of Rules.
RULES = (
    "create", "update", "prune", "location", "location_type", "role", "status", "tag", "namespace",
    "management_interface", "version_field",
)  # fmt: skip


class ActionModule(DeviceAction):
    NEEDS_DEVICE = False
    BYPASS_HOST_LOOP = True
    SPEC = {
        **SPEC,
        "store": {"type": "path", "default": "./discovery"},
        "filters": {"type": "dict"},
        "create": {"type": "list", "elements": "str", "choices": list(CREATES), "default": CREATES_BY_DEFAULT},
        "update": {"type": "list", "elements": "str", "choices": UPDATES, "default": UPDATES},
        "prune": {"type": "list", "elements": "str", "choices": list(PRUNED), "default": []},
        "location": {"type": "str"},
        "location_type": {"type": "str", "default": "Site"},
        "role": {"type": "str"},
        "status": {"type": "str", "default": "active"},
        "tag": {"type": "str", "default": "holdfast"},
        "namespace": {"type": "str", "default": "Global"},
        "management_interface": {"type": "str"},
        "version_field": {"type": "str"},
    }

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        found = read_store("store", options["store"])
        rules = Rules(**{name: options[name] for name in RULES if options[name] is not None})
        at = backend(options["source"], client(options), rules)
        done = synchronise(found, at, rules, options["filters"], only_plan=self.check_mode)
        return self._result(done)

    def _result(self, done: Synced) -> dict[str, Any]:
        planned = done.plan.operations
        result: dict[str, Any] = {
            "changed": bool(planned),
            "operations": [one.as_dict() for one in (planned if self.check_mode else done.applied.written)],
            "summary": done.plan.summary(),
            "left_out": done.plan.skipped,
        }
        if self._task.diff:
            result["diff"] = done.plan.diff()
        if done.applied.error is not None:
            result.update(failure(done.applied.error))
            result["changed"] = bool(done.applied.written)
            result["not_written"] = [one.as_dict() for one in done.applied.left]
        return result
