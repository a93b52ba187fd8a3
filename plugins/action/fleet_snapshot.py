# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action of holdfast.network.fleet_snapshot."""

from __future__ import annotations

from typing import Any

from ..plugin_utils.fleet_action import SHARED, FleetAction, FleetHost
from ..plugin_utils.reading import DeviceReader, needed
from ..plugin_utils.state.features import DEFAULT_FEATURES, feature_names
from ..plugin_utils.state.snapshots import SnapshotStore

DRAWN = ("interfaces", "lldp", "bgp")  # what a report draws the topology from


class ActionModule(FleetAction):
    COMMAND = "get"
    SPEC = {
        "label": {"type": "str", "required": True},
        "features": {"type": "list", "elements": "str"},
        "dir": {"type": "path", "default": "./snapshots"},
        "return_data": {"type": "bool", "default": False},
        "timeout": {"type": "float"},
        **SHARED,
    }

    def options(self) -> dict[str, Any]:
        options = super().options()
        options["features"] = feature_names(options["features"] or DEFAULT_FEATURES, "features")
        return options

    def request(self, options: dict[str, Any], host: FleetHost) -> dict[str, Any] | None:
        SnapshotStore(options["dir"]).path(
            options["label"], host.name
        )  # a bad label is an error before a device is read
        return {"getters": needed(options["features"])}

    def row(self, options: dict[str, Any], host: FleetHost, answer: dict[str, Any]) -> dict[str, Any]:
        store = SnapshotStore(options["dir"])
        snapshot = DeviceReader(lambda *_arguments: answer).snapshot(
            options["features"], host=host.name, platform=str(host.platform), label=options["label"]
        )
        features = snapshot["features"]
        row = {"features": list(features), "skipped_features": snapshot["metadata"]["skipped"]}
        row["topology"] = {name: features[name] for name in DRAWN if name in features}
        if options["return_data"]:
            row["snapshot"] = snapshot
        if self.check_mode:
            return {**row, "changed": False, "path": str(store.path(options["label"], host.name))}
        saved = store.save(snapshot)
        return {**row, "changed": saved.changed, "path": str(saved.path)}

    def record(self, name: str, row: dict[str, Any]) -> dict[str, Any]:
        """The topology goes into the report, not into the result a second time."""
        return {"topology": row.pop("topology")} if row.get("topology") else {}
