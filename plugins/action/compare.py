# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action of holdfast.network.compare."""

from __future__ import annotations

from typing import Any

from ..plugin_utils.device_action import DeviceAction
from ..plugin_utils.reading import DeviceReader
from ..plugin_utils.state.diff import Comparison, compare_snapshots
from ..plugin_utils.state.snapshots import SnapshotStore


class ActionModule(DeviceAction):
    SPEC = {
        "before": {"type": "str", "required": True},
        "after": {"type": "str"},
        "features": {"type": "list", "elements": "str"},
        "exclude": {"type": "list", "elements": "str", "default": []},
        "dir": {"type": "path", "default": "./snapshots"},
        "timeout": {"type": "float"},
    }

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        store = SnapshotStore(options["dir"])
        before = store.load(options["before"], self.host)
        after = store.load(options["after"], self.host) if options["after"] else self._live(before, options)
        found = compare_snapshots(before, after, features=options["features"], exclude=options["exclude"])
        result = {"changed": False, "differs": found.differs, "differences": found.differences, "text": found.text}
        return {**result, "msg": _words(self.host, options, found)} if found.differs else result

    def _live(self, before: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
        """The device as it is now, in the features of the earlier snapshot."""
        names = options["features"] or before["metadata"]["features"]
        return DeviceReader(self.call, options["timeout"]).snapshot(
            names, host=self.host, platform=str(self._connection.get_option("platform")), label="live"
        )


def _words(host: str, options: dict[str, Any], found: Comparison) -> str:
    """What a task that fails on a difference says; whether the configuration is part of it comes first."""
    other = f"snapshot {options['after']}" if options["after"] else "now"
    same = "config" in found.features and not any(row["path"].startswith("config") for row in found.differences)
    configured = "the configuration is the same, but the state differs" if same else "differs"
    return f"{host}, snapshot {options['before']} and {other}: {configured}:\n{found.text}"
