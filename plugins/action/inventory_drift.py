# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action of holdfast.network.inventory_drift."""

from __future__ import annotations

from typing import Any

from ..plugin_utils.device_action import DeviceAction
from ..plugin_utils.discovery.reading import read_store
from ..plugin_utils.drift.compare import compare
from ..plugin_utils.drift.model import IGNORED_STATUSES, KINDS, SEVERITIES, Options
from ..plugin_utils.drift.report import FORMATS, NEVER, TITLE, build_report, to_text, write_drift
from ..plugin_utils.sources.options import SPEC, client
from ..plugin_utils.sources.truth import read_truth


class ActionModule(DeviceAction):
    NEEDS_DEVICE = False
    BYPASS_HOST_LOOP = True
    SPEC = {
        **SPEC,
        "store": {"type": "path", "default": "./discovery"},
        "filters": {"type": "dict"},
        "kinds": {"type": "list", "elements": "str", "choices": list(KINDS)},
        "ignore": {"type": "list", "elements": "dict", "default": []},
        "ignore_statuses": {"type": "list", "elements": "str", "default": list(IGNORED_STATUSES)},
        "severities": {"type": "dict"},
        "version_field": {"type": "str"},
        "unset": {"type": "bool", "default": False},
        "fail_on": {"type": "str", "choices": [NEVER, *SEVERITIES], "default": "low"},
        "report_dir": {"type": "path"},
        "formats": {"type": "list", "elements": "str", "choices": list(FORMATS), "default": list(FORMATS)},
        "title": {"type": "str", "default": TITLE},
    }

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        wanted = Options(
            kinds=options["kinds"] or tuple(KINDS),
            ignore=options["ignore"],
            ignore_statuses=[str(status).lower() for status in options["ignore_statuses"]],
            severities=options["severities"] or {},
            version_field=options["version_field"] or "",
            unset=options["unset"],
        )
        found = read_store("store", options["store"])
        truth = read_truth(options["source"], client(options), options["filters"])
        differences = compare(truth, found, wanted)
        report = build_report(
            differences,
            source=options["source"],
            devices={"truth": len(truth.devices), "found": len(found.devices)},
            fail_on=options["fail_on"],
            title=options["title"],
        )
        result: dict[str, Any] = {
            "changed": False,
            "drift": bool(differences),
            "differences": report["differences"],
            "summary": report["summary"],
            "text": to_text(report),
            "paths": {},
        }
        if options["report_dir"] and not self.check_mode:
            result["paths"] = write_drift(report, options["report_dir"], options["formats"])
        if report["summary"]["failed"]:
            result.update(failed=True, msg=result["text"])
        return result
