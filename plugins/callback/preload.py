# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Import network modules once, in the main process: its forks, one for each task of each host, find them ready."""

from __future__ import annotations

DOCUMENTATION = r"""
name: preload
version_added: 0.1.0
type: aggregate
short_description: Load the vendors' network modules once instead of in each task of each host
description:
  - Ansible forks a process for each task of each host, and network modules import their libraries in it each time.
  - This callback imports a task's module in the main process before the forks, so that they have it already.
  - It prints nothing, and changes no result.
  - It does so for modules of collections whose action plugins run them in Ansible's own process, which are those of
    C(ansible.netcommon) and of the platforms that build on it.
requirements:
  - To be enabled, for example with C(callbacks_enabled=holdfast.network.preload) in C(ansible.cfg).
author: holdfast.network contributors (@holdfast-network)
"""

import importlib
from typing import Any

from ansible.plugins.callback import CallbackBase
from ansible.plugins.loader import connection_loader, module_loader, shell_loader


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "holdfast.network.preload"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._known: set[str] = set()

    def v2_playbook_on_play_start(self, play: Any) -> None:
        if not self._known:
            for name in ("holdfast.network.network_cli", "ansible.builtin.local"):
                connection_loader.get(name, class_only=True)
            shell_loader.get("sh", class_only=True)

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        self._load(str(task.action), list(task.collections or ()))

    v2_playbook_on_handler_task_start = v2_playbook_on_task_start

    def _load(self, action: str, collections: list[str]) -> None:
        if action in self._known:
            return
        self._known.add(action)
        found = module_loader.find_plugin_with_context(action, collection_list=collections)
        name = str(found.plugin_resolved_name or "")
        if not found.resolved or not name.startswith("ansible_collections."):
            return
        try:
            importlib.import_module(name)
        except ImportError as exc:  # the task says so itself, in its own words
            self._display.vvv(f"holdfast.network.preload: {name}: {exc}")
