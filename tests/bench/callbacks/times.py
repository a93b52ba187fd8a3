# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A stdout callback for the benchmark: when plays and tasks begin, and when each host ends a task."""

from __future__ import annotations

DOCUMENTATION = """
name: times
type: stdout
short_description: times as JSON lines
description: Times as JSON lines, of a clock that all processes of a machine share.
"""

import json
import time

from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "times"

    def _line(self, event, **fields):
        print(json.dumps({"event": event, "time": time.monotonic(), **fields}), flush=True)

    def _host(self, outcome, result):
        changed = outcome == "ok" and bool(result.result.get("changed"))
        fields = {"task": result.task.get_name(), "host": result.host.get_name()}
        if outcome in ("failed", "unreachable"):
            fields["msg"] = str(result.result.get("msg"))
        self._line("host", outcome="changed" if changed else outcome, **fields)

    def v2_playbook_on_play_start(self, play):
        self._line("play")

    def v2_playbook_on_task_start(self, task, is_conditional):
        self._line("task", task=task.get_name())

    def v2_playbook_on_stats(self, stats):
        self._line("end")

    def v2_runner_on_ok(self, result):
        self._host("ok", result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._host("failed", result)

    def v2_runner_on_unreachable(self, result):
        self._host("unreachable", result)

    def v2_runner_on_skipped(self, result):
        self._host("skipped", result)
