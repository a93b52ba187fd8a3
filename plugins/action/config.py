# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action of holdfast.network.config."""

from __future__ import annotations

from typing import Any

from ..plugin_utils.broker.errors import BadInput
from ..plugin_utils.changes import LONG, described, sectioned, timed, write_backup
from ..plugin_utils.device_action import DeviceAction
from ..plugin_utils.options import exclusive
from ..plugin_utils.templates import rendered


class ActionModule(DeviceAction):
    SPEC = {
        "lines": {"type": "list", "elements": "str"},
        "parents": {"type": "list", "elements": "str"},
        "src": {"type": "path"},
        "template": {"type": "path"},
        "replace": {"type": "bool", "default": False},
        "backup": {"type": "bool", "default": False},
        "backup_dir": {"type": "path", "default": "./backups"},
        "confirm_within": {"type": "int"},
        "save": {"type": "bool", "default": False},
        "comment": {"type": "str"},
        "label": {"type": "str"},
        "timeout": {"type": "float"},
    }

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        request = {key: options[key] for key in ("replace", "backup", "confirm_within", "save", "comment", "label")}
        request.update(text=self._candidate(options), check=self.check_mode)
        done = self.call("config.apply", request, options["timeout"] or LONG)
        change = described(done["change"])
        result = {
            "changed": done["changed"],
            "diff": {"prepared": done["change"]["diff"]},
            "commands": done["change"]["commands"],
            "change": {**change, "prediction": done["prediction"]},
            "phases": timed(done["change"]["phases"]),
        }
        if options["backup"] and not self.check_mode:
            result["backup_path"] = write_backup(options["backup_dir"], self.host, done["before"])
        return result

    def _candidate(self, options: dict[str, Any]) -> str:
        """The configuration text, from whichever of the three ways it was given."""
        exclusive(options, "lines", "src", "template", required=True)
        if options["parents"] and not options["lines"]:
            raise BadInput("parents: only goes with lines", option="parents")
        if options["save"] and options["confirm_within"] is not None:
            raise BadInput(
                "save: cannot be used with confirm_within; save with holdfast.network.confirm, "
                "once the change is confirmed",
                option="save",
            )
        if options["lines"]:
            return sectioned(options["parents"] or [], options["lines"])
        if options["src"]:
            return self.read_file("src", options["src"])
        return rendered(self, options["template"])
