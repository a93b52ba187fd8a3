# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action plugins that run once for the whole batch of hosts: each host's options and variables, one client call."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, ClassVar

from ansible import constants
from ansible.errors import AnsibleError, AnsibleValueOmittedError
from ansible.plugins.loader import connection_loader

from .broker.errors import BadInput, HoldfastError, from_dict
from .device_action import DeviceAction, failure, iso
from .fleet import FAIL_ON, run_fleet, totalled
from .options import checked
from .requester import GRACE, Requester

SHARED = {
    "parallel": {"type": "int", "default": 50},
    "fail_on": {"type": "str", "choices": list(FAIL_ON), "default": "any"},
}


class FleetAction(DeviceAction):
    """Subclasses give COMMAND (the broker's), SPEC, EACH, ``request`` and ``row``."""

    BYPASS_HOST_LOOP = True
    NEEDS_DEVICE = False
    COMMAND: ClassVar[str]
    #: the options that each host's own variables are used for
    EACH: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def finalize_task_arg(cls, name: str, value: Any, templar: Any, context: Any) -> Any:
        """Ansible would use the first host's variables: these options stay as they were written until ``act``."""
        return value if name in cls.EACH else super().finalize_task_arg(name, value, templar, context)

    def request(self, options: dict[str, Any], host: FleetHost) -> dict[str, Any] | None:
        """What to ask the broker about this host, None to skip it. Raises HoldfastError's kinds."""
        raise NotImplementedError

    def row(self, options: dict[str, Any], host: FleetHost, answer: dict[str, Any]) -> dict[str, Any]:
        """The host's result, of the broker's answer. Raises HoldfastError's kinds."""
        raise NotImplementedError

    def record(self, name: str, row: dict[str, Any]) -> dict[str, Any]:
        """What the host's record for a report has beside the phase."""
        return {}

    def reads(self, options: dict[str, Any]) -> bool:
        """Whether what is asked can be asked again."""
        return True

    def longest(self, options: dict[str, Any]) -> float:
        """Seconds that the work on one device may take when no host says otherwise."""
        return float(options["timeout"] or 60.0)

    def options(self) -> dict[str, Any]:
        """All but those of EACH, which must be there when they are required."""
        given = self._task.args
        for name in self.EACH:
            if self.SPEC[name].get("required") and given.get(name) is None:
                raise BadInput(f"{name}: this option is required", option=name)
        found = checked(_without(self.SPEC, self.EACH), _without(given, self.EACH))
        if found["parallel"] < 1:
            raise BadInput(f"parallel: {found['parallel']} is less than 1", option="parallel")
        return found

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        started, clock = time.time(), time.monotonic()
        rows: dict[str, dict[str, Any]] = {}
        asked: dict[str, FleetHost] = {}
        wanted: dict[str, dict[str, Any]] = {}
        names = list(self.vars.get("ansible_play_batch") or [self.host])
        resolver = Resolver(self)
        for name in names:
            rows[name] = {}  # all in the order of the play
            try:
                host = resolver.host(name)
                own = host.rendered({key: self._task.args[key] for key in self.EACH if key in self._task.args})
                mine = options | checked({key: self.SPEC[key] for key in self.EACH}, own)
                request = self.request(mine, host)
            except HoldfastError as exc:
                rows[name] = failure(exc)
                continue
            if request is None:
                rows[name] = {"skipped": True, "changed": False, "msg": "check mode: not all commands only read"}
                continue
            asked[name], wanted[name] = host, {**host.asking, **request}
        answers = self._answers(options, asked, wanted)
        for name, answer in answers.items():
            rows[name] = self._row(options, asked[name], answer)
        result = totalled(rows, options["fail_on"])
        result["records"] = [self._record(name, rows[name], asked.get(name), started) for name in names]
        result["elapsed"] = round(time.monotonic() - clock, 3)
        return result

    def _answers(
        self, options: dict[str, Any], asked: Mapping[str, FleetHost], wanted: dict[str, dict[str, Any]]
    ) -> dict[str, dict[str, Any]]:
        queueing = max((host.queue_timeout for host in asked.values()), default=0.0)
        logins = 2 * max((host.connect_timeout for host in asked.values()), default=0.0)
        commands = max((len(request.get("commands") or ()) for request in wanted.values()), default=1)
        work = max([self.longest(options), *(host.command_timeout for host in asked.values())]) * max(3, commands)
        return run_fleet(
            self.COMMAND,
            wanted,
            parallel=options["parallel"],
            reads=all(self.reads({**options, **request}) for request in wanted.values()),
            wait=queueing + logins + work + GRACE,
        )

    def _row(self, options: dict[str, Any], host: FleetHost, answer: dict[str, Any]) -> dict[str, Any]:
        try:
            if "error" in answer:
                raise from_dict(answer["error"])
            made = self.row(options, host, answer["result"])
        except HoldfastError as exc:
            made = failure(exc)
        return {**made, "elapsed": answer["seconds"]}

    def _record(self, name: str, row: dict[str, Any], host: FleetHost | None, started: float) -> dict[str, Any]:
        """For the report module: this task as a phase of the host's record."""
        bad = bool(row.get("failed") or row.get("unreachable"))
        phase = {
            "name": str(self._task.action).rpartition(".")[2],
            "started": iso(started),
            "seconds": row.get("elapsed", 0.0),
            "result": "failed" if bad else "skipped" if row.get("skipped") else "ok",
            "words": str(row.get("msg", "")),
        }
        where = {"platform": str(host.platform or ""), "address": str(host.target["host"])} if host else {}
        return {"host": name, **where, "phases": [phase], **self.record(name, row)}


class FleetHost:
    """One host of the batch: how to reach it, and its variables to render with."""

    def __init__(self, name: str, options: Mapping[str, Any], templar: Any) -> None:
        self.name = name
        self.queue_timeout = float(options["queue_timeout"])
        self.connect_timeout = float(options["connect_timeout"])
        self.command_timeout = float(options["command_timeout"])
        self.platform = options["platform"]
        self.driver = options["driver"]
        self.target = Requester(options, self.queue_timeout).target()
        #: its part of the request
        self.asking = {
            "target": self.target,
            "queue_timeout": self.queue_timeout,
            "priority": options["priority"],
        }
        self._templar = templar

    def rendered(self, value: Any) -> Any:
        """Raises BadInput, with Jinja's words."""
        try:
            return self._templar.template(value)
        except AnsibleError as exc:
            raise BadInput(f"{self.name}: {exc}") from exc


class Resolver:
    """Finds each host's connection options as the executor does for a task of its own, in about a millisecond."""

    def __init__(self, action: FleetAction) -> None:
        task = action._task
        self._action = action
        self._task = task
        self._manager = task.get_variable_manager()
        self._play = task.get_play()
        self._batch = action.vars.get("ansible_play_batch")
        self._all = action.vars.get("ansible_play_hosts_all")
        self._keywords = task_keywords(action)
        self._classes: dict[str, Any] = {}
        own = self._variables(str(action.vars.get("inventory_hostname")))
        # what only the task knows: the loop's item, and what the strategy adds
        self._extra = {key: value for key, value in action.vars.items() if key not in own}

    def host(self, name: str) -> FleetHost:
        """Raises BadInput when the host's connection or one of its options is wrong."""
        variables = {**self._extra, **self._variables(name)}
        templar = self._action._templar.copy_with_new_env(available_variables=variables)
        try:
            plugin = templar.template(variables.get("ansible_connection") or self._task.connection)
            return FleetHost(name, self._options(name, str(plugin), variables, templar), templar)
        except AnsibleError as exc:
            raise BadInput(f"{name}: {exc}", option="connection") from exc

    def _variables(self, name: str) -> dict[str, Any]:
        host = self._manager._inventory.get_host(name)
        found: dict[str, Any] = self._manager.get_vars(
            play=self._play, host=host, task=self._task, _hosts=self._batch, _hosts_all=self._all
        )
        return found

    def _options(self, name: str, plugin: str, variables: Mapping[str, Any], templar: Any) -> dict[str, Any]:
        cls = self._classes.get(plugin)
        if cls is None:
            cls = self._classes[plugin] = connection_loader.get(plugin, class_only=True)
        if not hasattr(cls, "call"):
            raise BadInput(
                f"connection: {self._action._task.action} needs holdfast.network.pinned, {name} uses {plugin}; set "
                "ansible_connection: holdfast.network.pinned",
                option="connection",
            )
        return plugin_options(cls._load_name, variables, templar, self._keywords)


def task_keywords(action: DeviceAction) -> dict[str, Any]:
    """What the task, its play and the command line say of connections."""
    found = {**action._task.dump_attrs(), "timeout": action._play_context.timeout}
    found.pop("retries", None)
    if action._play_context.password:  # given with --ask-pass
        found["password"] = action._play_context.password
    return found


def plugin_options(
    connection: str, variables: Mapping[str, Any], templar: Any, keywords: Mapping[str, Any]
) -> dict[str, Any]:
    """A connection plugin's options for a host with these variables. Raises AnsibleError."""
    values = {}
    for variable in constants.config.get_plugin_vars("connection", connection):
        if variable in variables:
            try:
                values[variable] = templar.template(variables[variable])
            except AnsibleValueOmittedError:
                continue  # as if it were not set
    return dict(constants.config.get_plugin_options("connection", connection, keys=keywords, variables=values))


def _without(mapping: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {key: value for key, value in mapping.items() if key not in names}
