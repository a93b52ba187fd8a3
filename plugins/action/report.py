# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action of holdfast.network.report."""

from __future__ import annotations

from typing import Any

from ..plugin_utils.device_action import DeviceAction
from ..plugin_utils.state.reports.write import write_reports

FORMATS = ["html", "markdown", "json", "junit"]


class ActionModule(DeviceAction):
    NEEDS_DEVICE = False
    SPEC = {
        "records": {"type": "list", "elements": "dict", "required": True},
        "title": {"type": "str", "default": "Network change report"},
        "dir": {"type": "path", "default": "./reports"},
        "formats": {"type": "list", "elements": "str", "choices": FORMATS, "default": FORMATS},
    }

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        if self.check_mode:
            return {"changed": False, "paths": {}}
        paths = write_reports(
            options["records"], title=options["title"], directory=options["dir"], formats=options["formats"]
        )
        return {"changed": True, "paths": paths}
