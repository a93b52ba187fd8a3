# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action of holdfast.network.rollback."""

from __future__ import annotations

from typing import Any

from ..plugin_utils.broker.store import PRE_ROLLBACK
from ..plugin_utils.changes import LONG, described
from ..plugin_utils.device_action import DeviceAction, iso
from ..plugin_utils.options import exclusive


class ActionModule(DeviceAction):
    SPEC = {"to": {"type": "str"}, "change": {"type": "str"}, "timeout": {"type": "float"}}

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        exclusive(options, "to", "change", required=True)
        wait = options["timeout"] or LONG
        if options["change"]:
            return self._undo(options["change"], wait)
        meta = self.call("checkpoint.find", {"wanted": options["to"]})
        text = meta.pop("text")
        request = {"text": text, "replace": True, "check": self.check_mode, "backup": True}
        request |= {"comment": f"rollback to {meta['id']}", "label": PRE_ROLLBACK}
        done = self.call("config.apply", request, wait)
        return {
            "changed": done["changed"],
            "diff": {"prepared": done["change"]["diff"]},
            "checkpoint": {**meta, "taken": iso(meta["taken"])},
            "verified": (done["before"] if done["after"] is None else done["after"]) == text,
        }

    def _undo(self, change: str, wait: float) -> dict[str, Any]:
        done = self.call("change.revert", {"change": change, "check": self.check_mode}, wait)
        found = described(done["change"])
        return {
            "changed": done["changed"],
            "change": found,
            "diff": {"prepared": _reversed(done["change"]["diff"]) if done["changed"] else ""},
            "checkpoint": {"id": found["checkpoint"]},
            "verified": found["state"] in ("reverted", "rejected", "unchanged"),
        }


def _reversed(diff: str) -> str:
    turn = {"+": "-", "-": "+"}
    return "".join(turn.get(line[:1], line[:1]) + line[1:] for line in diff.splitlines(keepends=True))
