# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Commands that read a device or have it do something, outside of its configuration."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any

from ... import reading
from ...drivers import borrow, platforms
from ...drivers.base import Driver
from ...state.features import feature_names
from .. import parsers, requests
from ..context import Context, Table
from ..errors import BadInput, CommandTimeout, HoldfastError, OutcomeUnknown, SessionLost, Unsupported
from ..lease import Caller


class DeviceCommands:
    def __init__(self, context: Context) -> None:
        self._context = context

    def table(self) -> Table:
        return {
            "run": self.run,
            "detect": self.detect,
            "get": self.get,
            "facts": self.facts,
            "ping": self.ping,
            "diagnose": self.diagnose,
        }

    async def run(self, params: dict[str, Any], caller: Caller) -> dict[str, Any]:
        """Commands in one trip: ``{replies: [{command, output, seconds, data?, parsed?}], login}``."""
        target, commands = requests.target(params), requests.commands(params)
        wanted = parsers.choices(params)
        timeout = requests.number(params, "timeout", target.command_timeout, 0.01, 86400)
        reads = all(platforms.only_reads(command.text, target.driver, target.platform) for command in commands)

        def work(driver: Driver) -> list[dict[str, Any]]:
            rows = [asdict(reply) for reply in driver.run(commands, timeout)]
            for row in rows:
                for key in ("data", "status", "stderr"):
                    if row[key] is None:
                        del row[key]
            return rows

        async with self._context.guard.device(target, caller) as lease:
            try:
                replies = await (self._context.pool.read(lease, work) if reads else lease.call(work, probe=True))
            except (SessionLost, CommandTimeout) as exc:
                if reads:
                    raise
                raise OutcomeUnknown(
                    f"{exc.message}; whether the device ran it is not known, it was not sent again", **exc.detail
                ) from exc
        # The device is free by now: nobody waits for it while this is parsed.
        await parsers.add_parsed(self._context.parsing, target.platform, replies, wanted)
        return {"replies": replies, "login": lease.opened_now}

    async def get(self, params: dict[str, Any], caller: Caller) -> dict[str, Any]:
        """NAPALM getters, and ``config`` for the running configuration: ``{data, unsupported: {name: why}}``."""
        target, names, arguments = requests.target(params), requests.getters(params), requests.arguments(params)

        def ask(driver: Driver, name: str) -> Any:
            if name == "config":
                return driver.config().read()
            if name in arguments:
                return borrow.get_with(driver, name, arguments[name])
            return driver.get([name])[name]

        def work(driver: Driver) -> dict[str, Any]:
            data: dict[str, Any] = {}
            unsupported: dict[str, str] = {}
            for name in names:
                try:
                    data[name] = ask(driver, name)
                except Unsupported as exc:
                    unsupported[name] = exc.message
            return {"data": data, "unsupported": unsupported}

        async with self._context.guard.device(target, caller) as lease:
            return {**await self._context.pool.read(lease, work), "platform": target.platform}

    async def detect(self, params: dict[str, Any], caller: Caller) -> dict[str, Any]:
        """Which platform the device is: ``{platform, prompt, login}``. The login is the one that later requests use.

        An open session with the same credentials answers by itself. Raises NotRecognized.
        """
        target = requests.target(params, detect=True)
        async with self._context.guard.device(target, caller) as lease:
            prompt = await self._context.pool.read(lease, lambda driver: getattr(driver, "prompt_name", ""))
            return {"platform": lease.target.platform, "prompt": prompt, "login": lease.opened_now}

    async def facts(self, params: dict[str, Any], caller: Caller) -> dict[str, Any]:
        """Features as Ansible facts: ``{ansible_facts, skipped_features}``. Raises Unsupported when there are none.

        A getter's own name (``get_environment``) in ``gather_subset`` gives what NAPALM gives.
        """
        subset = params.get("gather_subset") or ()
        getters = [name for name in subset if str(name).startswith("get_")] if isinstance(subset, list) else []
        names = feature_names([name for name in subset if name not in getters] if getters else subset, "gather_subset")
        answer = await self.get({**params, "getters": reading.needed(names) + getters}, caller)
        found = reading.collected(names, answer)
        features = {**found.features, **{name: answer["data"][name] for name in getters if name in answer["data"]}}
        skipped = {**found.skipped, **{name: why for name, why in answer["unsupported"].items() if name in getters}}
        if skipped and not features:
            raise Unsupported(f"gather_subset: {'; '.join(skipped.values())}", skipped=skipped)
        return {"ansible_facts": reading.as_ansible_facts(features), "skipped_features": skipped}

    async def ping(self, params: dict[str, Any], caller: Caller) -> dict[str, Any]:
        """Ping from the device, in NAPALM's schema."""
        target, destination = requests.target(params), str(params.get("destination") or "")
        allowed = ("source", "ttl", "timeout", "size", "count", "vrf")
        options = {key: value for key, value in requests.mapping(params, "options", {}).items() if key in allowed}
        if not destination:
            raise BadInput("destination: an address or name is needed", option="destination")
        async with self._context.guard.device(target, caller) as lease:
            return await self._context.pool.read(lease, lambda driver: borrow.ping(driver, destination, **options))

    async def diagnose(self, params: dict[str, Any], caller: Caller) -> dict[str, Any]:
        """How reaching the device went, phase by phase; a failure is an answer here, not an error."""
        target, start = requests.target(params), time.monotonic()
        pinned = self._context.pool.has(target)
        phases: list[dict[str, Any]] = []
        result: dict[str, Any] = {"reachable": True, "pinned": pinned, "phases": phases, "fingerprint": None}

        def probe(driver: Driver) -> None:
            for phase in getattr(driver, "phases", []):
                phases.append(asdict(phase))
            result["fingerprint"] = getattr(getattr(driver, "login", driver), "fingerprint", None)

        try:
            async with self._context.guard.device(target, caller) as lease:
                await lease.call(probe, probe=True)
                result["pinned"] = pinned and not lease.opened_now
        except HoldfastError as exc:
            phases += exc.detail.pop("phases", [])
            failed = next((phase["name"] for phase in phases if not phase["ok"]), exc.code)
            result.update(reachable=False, error=exc.as_dict(), failed=failed)
        return {**result, "seconds": round(time.monotonic() - start, 4)}
