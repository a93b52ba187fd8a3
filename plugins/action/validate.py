# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action of holdfast.network.validate."""

from __future__ import annotations

from textwrap import shorten
from typing import Any

from ..plugin_utils.broker.errors import BadInput
from ..plugin_utils.device_action import DeviceAction
from ..plugin_utils.reading import DeviceReader, SavedReader
from ..plugin_utils.state.checks.catalogue import parse_catalogue, read_catalogue, select_checks
from ..plugin_utils.state.checks.contract import Check
from ..plugin_utils.state.checks.runner import Result, run_checks
from ..plugin_utils.state.reports.write import write_reports
from ..plugin_utils.state.snapshots import SnapshotStore
from ..plugin_utils.templates import own_variables, rendered_data


class ActionModule(DeviceAction):
    SPEC = {
        "checks": {"type": "list", "elements": "dict", "default": []},
        "catalogue": {"type": "raw"},
        "before": {"type": "str"},
        "after": {"type": "str"},
        "dir": {"type": "path", "default": "./snapshots"},
        "tags": {"type": "list", "elements": "str", "default": []},
        "skip_tags": {"type": "list", "elements": "str", "default": []},
        "severity": {"type": "str", "choices": ["low", "medium", "high", "critical"], "default": "low"},
        "converge": {"type": "float", "default": 0.0},
        "interval": {"type": "float", "default": 1.0},
        "report_dir": {"type": "path"},
        "timeout": {"type": "float"},
    }

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        checks = select_checks(self._checks(options), options["tags"], options["skip_tags"])
        store = SnapshotStore(options["dir"])
        before = store.load(options["before"], self.host) if options["before"] else None
        found = run_checks(
            checks,
            self._reader(options, store),
            before,
            host=self.host,
            hostvars=own_variables(self),
            severity=options["severity"],
            converge=options["converge"],
            interval=options["interval"],
        )
        result = {"changed": False, **found.as_dict()}
        if options["report_dir"] and not self.check_mode:
            record = {"host": self.host, "validation": found.as_dict()}
            title = f"Validation of {self.host}"
            result["report_paths"] = write_reports(
                [record], title=title, directory=options["report_dir"], name=self.host
            )
        return result if found.passed else {**result, "failed": True, "msg": _words(self.host, found)}

    def _reader(self, options: dict[str, Any], store: SnapshotStore) -> DeviceReader | SavedReader:
        """The device, or the snapshot that stands for it."""
        if not options["after"]:
            return DeviceReader(self.call, options["timeout"])
        if options["converge"]:
            raise BadInput("converge: a snapshot stays as it is; leave converge out, or after", option="converge")
        return SavedReader(store.load(options["after"], self.host))

    def _checks(self, options: dict[str, Any]) -> list[Check]:
        """The catalogues' checks, then the inline ones. Raises BadInput when there is none."""
        files = options["catalogue"] or []
        checks: list[Check] = []
        for path in [files] if isinstance(files, str) else files:
            found = self.find_file("catalogue", str(path))
            checks += parse_catalogue(rendered_data(self, read_catalogue(found)), str(path))
        if options["checks"]:
            checks += parse_catalogue(options["checks"], "checks")
        if not checks:
            raise BadInput("checks or catalogue: give at least one check", option="checks")
        return checks


def _words(host: str, found: Result) -> str:
    bad = [row for row in found.results if row["status"] in ("failed", "error")]
    first = "; ".join(f"{row['title']}: {shorten(row['message'], 200, placeholder=' ...')}" for row in bad[:3])
    more = f" (and {len(bad) - 3} more)" if len(bad) > 3 else ""
    return f"{host}: {len(bad)} of {len(found.results)} checks failed: {first}{more}"
