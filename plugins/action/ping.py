# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action of holdfast.network.ping."""

from __future__ import annotations

from typing import Any

from ..plugin_utils.device_action import DeviceAction


class ActionModule(DeviceAction):
    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        found = self.call("diagnose")
        result = {key: found[key] for key in ("reachable", "phases", "fingerprint", "pinned", "seconds")}
        if found["reachable"]:
            how = "over the pinned session" if found["pinned"] else "after logging in"
            diagnosis = f"{self.host} answers {how}, within {found['seconds']:.3f} s."
            return {**result, "changed": False, "diagnosis": diagnosis}
        error = found["error"]
        diagnosis = f"{self.host} fails at {found['failed']}: {error['message']}"
        failure = {"failed": True, "diagnosis": diagnosis, "msg": diagnosis, "code": error["code"]}
        return {**result, "changed": False, **failure}
