# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The drop-in connection: sockets on which the vendors' modules talk to a device as over ansible.netcommon."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ...cliconf.endpoints import Answer, Endpoints, method_and_arguments
from ...cliconf.plugins import Platform, load, network_os
from ...drivers.base import Target
from ...drivers.platforms import READ_ONLY
from .. import requests
from ..context import Context, Table
from ..errors import BadInput, BrokerUnavailable, HoldfastError, NotAllowed, SessionLost
from ..lease import Caller
from ..paths import default_paths
from ..version import COLLECTION_VERSION

if TYPE_CHECKING:
    from ...cliconf.adapter import PlatformSession

#: cliconf calls that may change the configuration: they wait for another's pending change to settle.
CHANGES = re.compile(r"(?:edit_|configure|commit|discard_|rollback|restore|replace|load_|pull_|get_session_config)")
CHANGING_LINES = re.compile(r"\s*(?:conf|commit|rollback|copy|wr|load|reload|reset|delete|erase)", re.IGNORECASE)
LINES = ("get", "send_command", "send", "exec_command", "run_commands")


class RpcCommands:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._endpoints: Endpoints | None = None
        self._platforms: dict[str, Platform] = {}

    def table(self) -> Table:
        return {"cli.open": self.cli_open}

    async def cli_open(self, params: dict[str, Any], caller: Caller) -> dict[str, Any]:
        """A socket for the modules of one playbook run: ``{socket: its file's name}``. Does not log in.

        Code is imported from the folders that the caller names, so it is for the broker's own user only.
        """
        if caller.uid not in (None, os.getuid()):
            raise NotAllowed("holdfast.network.network_cli: a shared broker serves it to its own user only")
        target = requests.target(params)
        if target.driver != "netmiko":
            raise BadInput(
                f"holdfast_driver: holdfast.network.network_cli needs netmiko, not '{target.driver}'", option="driver"
            )
        options = dict(requests.mapping(params, "options", {}))
        options["network_os"] = network_os(str(options.get("network_os") or ""), target.platform)
        given = [dict(requests.mapping(params, name, {})) for name in ("variables", "environment")]
        asked = [self._context.pool.key(target), target.command_timeout, params.get("run"), options, given]
        key = hashlib.sha256(json.dumps(asked, sort_keys=True, default=str).encode()).hexdigest()

        async def make() -> Answer:
            folders = [str(folder) for folder in params.get("collections") or ()]
            platform = await self._platform(options["network_os"], folders)
            values = platform.options(*given)
            session = await self._context.pool.in_thread(_session, target, platform, options, values)
            return self._answering(target, session, caller)

        endpoint = await self._all().get(key, make)
        return {"socket": endpoint.path.name}

    def _all(self) -> Endpoints:
        if self._endpoints is None:
            self._endpoints = Endpoints(default_paths(COLLECTION_VERSION, serving=True).runtime)
        return self._endpoints

    async def _platform(self, name: str, folders: list[str]) -> Platform:
        """Imported once, outside of the loop: it takes a moment."""
        if name not in self._platforms:
            self._platforms[name] = await self._context.pool.in_thread(load, name, folders)
        return self._platforms[name]

    def _answering(self, target: Target, session: PlatformSession, opener: Caller) -> Answer:
        """How one endpoint answers: each request takes the device's turn, like any other work."""
        from ...cliconf.adapter import rpc_error

        async def answer(request: bytes, touched: Callable[[], None]) -> bytes:
            caller = Caller(opener.name, opener.queue_timeout, opener.priority, on_start=touched)
            self._context.requests += 1
            try:
                if self._context.draining:
                    raise BrokerUnavailable("the broker is draining: it takes no new work")
                return (await self._serve(target, session, caller, request)).encode()
            except HoldfastError as exc:
                return rpc_error(request, exc.message).encode()
            except ValueError as exc:
                return rpc_error(request, f"the request cannot be read: {exc}").encode()

        return answer

    async def _serve(self, target: Target, session: PlatformSession, caller: Caller, request: bytes) -> str:
        changes, reads = kind(request)
        entrance = self._context.guard.writable if changes else self._context.guard.device
        async with entrance(target, caller) as lease:
            try:
                served = await lease.call(lambda driver: session.serve(driver, request), probe=not reads)
            except SessionLost:  # only reading had been sent
                served = await lease.call(lambda driver: session.serve(driver, request))
            if served.broken:
                await lease.drop()
            return served.response


def _session(
    target: Target, platform: Platform, options: Mapping[str, Any], values: Mapping[str, Any]
) -> PlatformSession:
    """Imported here, in a thread: ansible is loaded when the first playbook needs it, and not before."""
    from ...cliconf.adapter import PlatformSession

    return PlatformSession(target, platform, options, values)


def kind(request: bytes) -> tuple[bool, bool]:
    """Whether a JSON-RPC request may change the configuration, and whether it surely changes nothing."""
    method, positional, named = method_and_arguments(request)
    lines = _lines(method, positional, named)
    changes = bool(CHANGES.match(method)) or any(CHANGING_LINES.match(line) for line in lines)
    return changes, not changes and all(READ_ONLY.match(line) for line in lines)


def _lines(method: str, positional: list[Any], named: dict[str, Any]) -> list[str]:
    """The device's commands in a request, as far as it names any."""
    if method not in LINES:
        return []
    given = next((named[name] for name in ("commands", "command", "cmd") if name in named), None)
    if given is None and positional:
        given = positional[0]
    entries = given if isinstance(given, list) else [given]
    return [str(entry.get("command") if isinstance(entry, dict) else entry) for entry in entries if entry is not None]
