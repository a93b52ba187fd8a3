# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action of holdfast.network.topology."""

from __future__ import annotations

from typing import Any

from ..plugin_utils.device_action import DeviceAction
from ..plugin_utils.discovery.reading import read_store
from ..plugin_utils.topology.graph import build_map
from ..plugin_utils.topology.write import FORMATS, TITLE, topology_files, write_files


class ActionModule(DeviceAction):
    NEEDS_DEVICE = False
    BYPASS_HOST_LOOP = True
    SPEC = {
        "store": {"type": "path", "default": "./discovery"},
        "dir": {"type": "path"},
        "formats": {"type": "list", "elements": "str", "choices": list(FORMATS), "default": list(FORMATS)},
        "title": {"type": "str", "default": TITLE},
    }

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        found = read_store("store", options["store"])
        directory = options["dir"] or options["store"]
        files = topology_files(found, directory, options["formats"], options["title"])
        if not self.check_mode:
            write_files(files)
        drawn = build_map(found)
        return {
            "changed": any(file.changed for file in files),
            "paths": {file.path.suffix[1:]: str(file.path) for file in files},
            "written": [str(file.path) for file in files if file.changed],
            "nodes": len(drawn.nodes),
            "links": len(drawn.links),
        }
