# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action of holdfast.network.snapshot."""

from __future__ import annotations

from typing import Any

from ..plugin_utils.device_action import DeviceAction
from ..plugin_utils.reading import DeviceReader
from ..plugin_utils.state.features import DEFAULT_FEATURES
from ..plugin_utils.state.snapshots import SnapshotStore


class ActionModule(DeviceAction):
    SPEC = {
        "label": {"type": "str", "required": True},
        "features": {"type": "list", "elements": "str"},
        "dir": {"type": "path", "default": "./snapshots"},
        "timeout": {"type": "float"},
    }

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        store = SnapshotStore(options["dir"])
        store.path(options["label"], self.host)  # a bad label is an error before the device is read
        snapshot = DeviceReader(self.call, options["timeout"]).snapshot(
            options["features"] or DEFAULT_FEATURES,
            host=self.host,
            platform=str(self._connection.get_option("platform")),
            label=options["label"],
        )
        skipped = snapshot["metadata"]["skipped"]
        result = {"features": list(snapshot["features"]), "skipped_features": skipped, "snapshot": snapshot}
        if self.check_mode:
            return {**result, "changed": False, "path": str(store.path(options["label"], self.host))}
        saved = store.save(snapshot)
        return {**result, "changed": saved.changed, "path": str(saved.path)}
