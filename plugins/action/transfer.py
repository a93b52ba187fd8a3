# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action of holdfast.network.transfer."""

from __future__ import annotations

import os
from typing import Any

from ..plugin_utils.broker.errors import BadInput
from ..plugin_utils.detaching import DETACH, refuse_waiting, start
from ..plugin_utils.device_action import DeviceAction

LONGEST = 3600.0


class ActionModule(DeviceAction):
    SPEC = {
        "direction": {"type": "str", "choices": ["put", "get"], "default": "put"},
        "src": {"type": "str", "required": True},
        "dest": {"type": "str"},
        "protocol": {"type": "str", "choices": ["auto", "scp", "sftp"], "default": "auto"},
        "timeout": {"type": "float", "default": LONGEST},
        **DETACH,
    }

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        refuse_waiting(options)
        local, remote = self._ends(options)
        request = {"local": local, "remote": remote, "check": self.check_mode}
        request |= {name: options[name] for name in ("direction", "protocol", "timeout")}
        if options["detach"]:
            return start(self.call, "transfer", request, options["job"] or {})
        found: dict[str, Any] = self.call("transfer", request, options["timeout"])
        if options["direction"] == "put":
            ends = {"src": local, "dest": found.pop("path")}
        else:
            ends = {"src": found.pop("path"), "dest": local}
        return {**found, **ends, "diff": _diff(ends["dest"], found)}

    def _ends(self, options: dict[str, Any]) -> tuple[str, str]:
        """The controller's file and the device's. Raises BadInput."""
        src, dest = options["src"], options["dest"]
        if options["direction"] == "put":
            local = self.find_file("src", src)
            return local, dest or os.path.basename(local)
        name = src.rpartition("/")[2].rpartition(":")[2]
        if not name:
            raise BadInput(f"src: '{src}' names no file", option="src", value=src)
        local = self._loader.path_dwim(os.path.expanduser(dest or name))
        return (os.path.join(local, name) if os.path.isdir(local) or (dest or "").endswith("/") else local), src


def _diff(dest: str, found: dict[str, Any]) -> dict[str, str]:
    if not found["changed"]:
        return {"prepared": ""}
    before = "no file" if found["replaced"] is None else f"{found['replaced']} bytes"
    return {"prepared": f"--- {dest}\n+++ {dest}\n-{before}\n+{found['size']} bytes\n"}
