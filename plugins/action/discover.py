# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action of holdfast.network.discover."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.loader import connection_loader
from ansible.utils.display import Display

from ..plugin_utils.broker.errors import BadInput
from ..plugin_utils.device_action import DeviceAction
from ..plugin_utils.discovery.crawl import Limits
from ..plugin_utils.discovery.given import visit_settings
from ..plugin_utils.discovery.progress import Progress
from ..plugin_utils.discovery.records import Found
from ..plugin_utils.discovery.result import shaped
from ..plugin_utils.discovery.run import Outcome, Plan, discover
from ..plugin_utils.discovery.seeds import MAX_ADDRESSES, Ranges, Seeds
from ..plugin_utils.discovery.settings import TRANSPORTS
from ..plugin_utils.discovery.store import DiscoveryStore
from ..plugin_utils.discovery.visit import DeviceVisitor
from ..plugin_utils.fleet_action import plugin_options, task_keywords
from ..plugin_utils.topology.write import FORMATS, topology_files, write_files

FAIL_ON = ["all", "seed", "any", "never"]
CONNECTION = "holdfast.network.pinned"


async def _orphaned() -> None:
    """Until the process that started this one is gone."""
    parent = os.getppid()
    while os.getppid() == parent:
        await asyncio.sleep(0.5)


class ActionModule(DeviceAction):
    BYPASS_HOST_LOOP = True
    NEEDS_DEVICE = False
    SPEC = {
        "seeds": {"type": "list", "elements": "str", "required": True},
        "credentials": {"type": "list", "elements": "dict"},
        "snmp": {"type": "list", "elements": "dict"},
        "transports": {
            "type": "list",
            "elements": "str",
            "choices": list(TRANSPORTS),
            "default": ["ssh", "snmp"],
        },
        "port": {"type": "int"},
        "eapi_port": {"type": "int"},
        "snmp_port": {"type": "int", "default": 161},
        "snmp_timeout": {"type": "float", "default": 2.0},
        "snmp_retries": {"type": "int", "default": 1},
        "allow": {"type": "list", "elements": "str", "default": []},
        "deny": {"type": "list", "elements": "str", "default": []},
        "ignore": {"type": "list", "elements": "str", "default": []},
        "max_addresses": {"type": "int", "default": MAX_ADDRESSES},
        "max_depth": {"type": "int"},
        "max_devices": {"type": "int"},
        "parallel": {"type": "int", "default": 50},
        "login_rate": {"type": "float", "default": 20.0},
        "max_failed_logins": {"type": "int", "default": 2},
        "visit_timeout": {"type": "float", "default": 300.0},
        "connect_timeout": {"type": "float", "default": 10.0},
        "command_timeout": {"type": "float"},
        "store": {"type": "path", "default": "./discovery"},
        "resume": {"type": "bool", "default": False},
        "revisit": {"type": "bool", "default": True},
        "vanished": {"type": "str", "choices": ["keep", "remove"], "default": "keep"},
        "topology": {"type": "list", "elements": "str", "choices": list(FORMATS), "default": list(FORMATS)},
        "fail_on": {"type": "str", "choices": FAIL_ON, "default": "all"},
    }

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        directory = Path(options["store"])
        topology_files(Found(), directory, options["topology"])  # a library that is missing is told before the crawl
        plan = Plan(
            seeds=Seeds(options["seeds"], options["max_addresses"]),
            directory=directory,
            ranges=Ranges.parsed(options["allow"], options["deny"], options["ignore"]),
            limits=Limits(*(options[name] for name in ("max_depth", "max_devices", "parallel", "visit_timeout"))),
            resume=options["resume"],
            remove_vanished=options["vanished"] == "remove",
            revisit=options["revisit"],
            write=not self.check_mode,
        )
        known = DiscoveryStore(directory).load().devices
        visitor = DeviceVisitor(visit_settings(options, self._connection_options(), known))
        outcome = asyncio.run(self._crawl(plan, visitor))
        result = shaped(outcome, options["fail_on"], plan.seeds)
        result["logins"] = visitor.logins
        aside = [f"{name} was set aside: {why}" for name, why in visitor.set_aside.items()]
        result["warnings"] = outcome.warnings + aside
        drawn = topology_files(outcome.found, directory, options["topology"])
        if not self.check_mode:
            write_files(drawn)
        result["files"] += [file.path.name for file in drawn if file.changed]
        result["changed"] = bool(result["files"])
        result["store"] = str(directory)
        if not self._task.diff:
            del result["diff"]
        return result

    async def _crawl(self, plan: Plan, visitor: DeviceVisitor) -> Outcome:
        """Ends with the playbook: a worker outlives it when it is killed, and would hold the store."""
        crawl = asyncio.ensure_future(discover(plan, visitor, Progress(Display().display)))
        orphaned = asyncio.ensure_future(_orphaned())
        orphaned.add_done_callback(lambda _done: crawl.cancel())
        try:
            return await crawl
        finally:
            orphaned.cancel()
            visitor.close()

    def _connection_options(self) -> dict[str, Any]:
        """How the play's host says that devices are reached, whatever connection it has itself. Raises BadInput."""
        cls = connection_loader.get(CONNECTION, class_only=True)
        try:
            return plugin_options(cls._load_name, self.vars, self._templar, task_keywords(self))
        except AnsibleError as exc:
            raise BadInput(f"{self.host}: {exc}", option="credentials") from exc
