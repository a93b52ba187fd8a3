# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A stdout callback for the tests: one line of JSON for each result."""

from __future__ import annotations

DOCUMENTATION = """
name: jsonlines
type: stdout
short_description: one JSON line a result
description: One JSON line a result.
"""

import json

from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "jsonlines"

    def _line(self, outcome, result, **_options):
        task = getattr(result, "task", None) or result._task
        host = getattr(result, "host", None) or result._host
        data = getattr(result, "result", None) or result._result
        row = {"task": task.get_name(), "host": host.get_name(), "result": {**dict(data), "outcome": outcome}}
        print(json.dumps(row, default=str), flush=True)

    def v2_runner_on_ok(self, result, **options):
        self._line("ok", result)

    def v2_runner_on_failed(self, result, ignore_errors=False, **options):
        self._line("failed", result)

    def v2_runner_on_unreachable(self, result, **options):
        self._line("unreachable", result)

    def v2_runner_on_skipped(self, result, **options):
        self._line("skipped", result)
