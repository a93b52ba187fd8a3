# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action of holdfast.network.session_info."""

from __future__ import annotations

from typing import Any

from ..plugin_utils.broker.errors import BrokerUnavailable
from ..plugin_utils.device_action import DeviceAction
from ..plugin_utils.requester import ask_running


class ActionModule(DeviceAction):
    NEEDS_DEVICE = False

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        try:
            found = ask_running("session.list", {}, 30.0)
        except BrokerUnavailable:
            nothing: dict[str, Any] = {key: [] for key in ("sessions", "changes", "jobs", "logins", "breakers")}
            return {"changed": False, **nothing, "broker": {"running": False}}
        return {"changed": False, **found, "broker": {"running": True, **found["broker"]}}
