# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Visiting one device: from an address and credentials to a complete record, or to the reason why there is none.

Talks to the broker, which keeps the login for whoever comes next; only SNMP is asked from here.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..broker.errors import (
    AuthenticationFailed,
    BreakerOpen,
    CommandFailed,
    CommandTimeout,
    ConnectFailed,
    DeviceHeld,
    HoldfastError,
    LoginBlocked,
    NotRecognized,
    ParseFailed,
    QueueTimeout,
    SessionLost,
    UnknownPlatform,
    Unreachable,
    Unsupported,
)
from .banner import platform_of_banner, read_banner
from .cli_device import Read, read_device
from .conversation import Conversation, conversation
from .credentials import Credentials
from .detection import name_in_prompt, platform_of_description, role
from .identity import cleaned, file_id
from .login_options import login_options
from .rate import LoginRate
from .records import Candidate, Device, Failure
from .settings import CredentialSet, VisitSettings

if TYPE_CHECKING:
    from .snmp import SnmpReader

UNKNOWN = "unknown"
#: What a device is to blame for. Anything else (the broker, an option, a library) would fail everywhere.
_DEVICE_ERRORS = (
    *(ConnectFailed, SessionLost, CommandTimeout, CommandFailed),
    *(QueueTimeout, DeviceHeld, ParseFailed, Unsupported),
)
DRIVERS = {"ssh": "netmiko", "eapi": "pyeapi"}


class DeviceVisitor:
    """Visits any number of devices at the same time. Use as a context manager, or ``close`` it."""

    def __init__(self, settings: VisitSettings) -> None:
        self.settings = settings
        self.credentials = Credentials(settings)
        #: made so far, refused ones too
        self.logins = 0
        self._rate = LoginRate(settings.login_rate)
        self.threads = ThreadPoolExecutor(settings.threads, thread_name_prefix="visit")
        self.snmp: SnmpReader | None = None
        if settings.snmp:
            from .snmp import SnmpReader

            self.snmp = SnmpReader(settings.snmp, settings.snmp_timeout, settings.snmp_retries, settings.snmp_port)

    def close(self) -> None:
        self.threads.shutdown(wait=False, cancel_futures=True)

    def __enter__(self) -> DeviceVisitor:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    @property
    def set_aside(self) -> dict[str, str]:
        """Credential sets that are not tried any more in this run, with the reason."""
        return dict(self.credentials.aside)

    async def visit(self, candidate: Candidate) -> Device | Failure:
        """The device, by the first transport that reads it. Raises BadInput, MissingLibrary and what a broker may say
        that cannot be reached: no other device would fare better."""
        visit = _Visit(self, candidate)
        for transport in self.settings.transports:
            device = await visit.by(transport)
            if device is not None:
                return device
        return visit.failure()

    # -- for the visits ----------------------------------------------------------------------------

    async def login_turn(self) -> None:
        """Before a login."""
        await self._rate.take()
        self.logins += 1

    def no_login(self) -> None:
        """It was not needed: the broker had the session, or did not try."""
        self._rate.give_back()
        self.logins -= 1


class _Visit:
    """One visit: what was tried so far, and how it ended."""

    def __init__(self, visitor: DeviceVisitor, candidate: Candidate) -> None:
        self.candidate = candidate
        self.address = candidate.address
        self.tried: list[str] = []
        self._visitor = visitor
        self._settings = visitor.settings
        self._errors: list[HoldfastError] = []
        self._refused_by: list[str] = []  # credential sets that the device refused, over any transport
        self._prompt = ""  # the name in it, of a device that nothing else is known of
        self._hint = platform_of_description(candidate.platform) if candidate.platform else None

    async def by(self, transport: str) -> Device | None:
        """The device by this way, or None, and the reason is kept."""
        ways: dict[str, Callable[[], Any]] = {"ssh": self._ssh, "eapi": self._eapi, "snmp": self._by_snmp}
        try:
            found: Device | None = await ways[transport]()
        except _DEVICE_ERRORS as exc:
            self._errors.append(exc)
            return None
        return found

    def failure(self) -> Failure:
        """Why there is no record: the first way that got an answer says it best."""
        if not self._errors:
            ways = ", ".join(self._settings.transports)
            self._errors.append(Unreachable(f"{self.address}: no credentials for any of its transports ({ways})"))
        answered = [one for one in self._errors if not isinstance(one, Unreachable)]
        best = (answered or self._errors)[0]
        reason = "; ".join(dict.fromkeys(one.message for one in [best, *self._errors]))
        candidate = self.candidate
        return Failure(
            address=self.address, code=best.code, reason=reason, name=cleaned(candidate.name),
            found_by=candidate.found_by, tried=tuple(dict.fromkeys(self.tried)),
        )  # fmt: skip

    # -- ways ----------------------------------------------------------------------------------------

    async def _ssh(self) -> Device | None:
        settings = self._settings
        if not settings.credentials:
            return None
        if not settings.jump_hosts and not settings.proxy:
            software = await read_banner(self.address, settings.port, settings.connect_timeout)
            self._hint = self._hint or platform_of_banner(software)
        await self._identify()
        return await self._read("ssh")

    async def _eapi(self) -> Device | None:
        """Only EOS has it; whoever is said to be something else is not asked."""
        if not self._settings.credentials or self._hint not in (None, "arista_eos"):
            return None
        return await self._read("eapi")

    async def _read(self, transport: str) -> Device:
        """Raises AuthenticationFailed when no set opens it, and what else keeps it from being read."""
        visitor, settings = self._visitor, self._settings
        for chosen in visitor.credentials.order(self.address, self._hint):
            if len(self._refused_by) >= settings.max_failed_logins:
                break
            if chosen.name in self._refused_by:
                continue  # it is the same account
            options = login_options(settings, chosen, self.address, DRIVERS[transport])
            with conversation(options, settings.queue_timeout, visitor.threads) as talk:
                async with visitor.credentials.trial(chosen, self.address) as usable:
                    if not usable:
                        continue
                    await visitor.login_turn()
                    self.tried.append(chosen.name)
                    try:
                        platform = await self._login(transport, talk)
                    except AuthenticationFailed:
                        self._refused_by.append(chosen.name)
                        visitor.credentials.refused(chosen, self.address)
                        continue
                    visitor.credentials.opened(chosen, self.address)
                return await self._opened(transport, talk, platform, chosen)
        raise AuthenticationFailed(self._refused(transport))

    async def _login(self, transport: str, talk: Conversation) -> str:
        """One login, which stays for later; the platform that answers."""
        try:
            if transport == "eapi":
                talk.options["platform"] = "arista_eos"
                await talk.ask("run", {"commands": ["show version"]})
                return "arista_eos"
            found = await talk.ask("detect", {})
        except NotRecognized as exc:
            self._prompt = str(exc.detail.get("name") or "")
            return UNKNOWN
        except (LoginBlocked, BreakerOpen):
            self._visitor.no_login()
            raise
        if not found["login"]:
            self._visitor.no_login()
        self._prompt = str(found["prompt"])
        return str(found["platform"])

    async def _opened(self, transport: str, talk: Conversation, platform: str, chosen: CredentialSet) -> Device:
        """The record of a device that let us in."""
        read = Read()
        if platform == UNKNOWN:
            read.notes.append(f"{self.address} let us in, but it answers as no platform that can be detected")
        else:
            talk.options["platform"] = platform
            try:
                read = await read_device(talk.ask, platform)
            except UnknownPlatform as exc:  # netmiko detects some that nothing else has a name for
                read.notes.append(exc.message)
        if not read.neighbors or platform == UNKNOWN:
            found = await self._beside(read)
            if found is not None and platform == UNKNOWN:
                return found
        return self._record(read, platform, transport, chosen)

    async def _beside(self, read: Read) -> Device | None:
        """What SNMP knows of a device whose CLI tells no neighbours, or that is of no platform we know."""
        if "snmp" not in self._settings.transports:
            return None
        try:
            found = await self._by_snmp()
        except _DEVICE_ERRORS:
            return None  # the CLI was enough to get this far
        if found is not None:
            read.neighbors, read.chassis_id = found.neighbors, read.chassis_id or found.chassis_id
            read.interfaces = read.interfaces or found.interfaces
        return found

    async def _identify(self) -> None:
        """Where it makes a difference what it is before the login, and nobody said so, SNMP may."""
        settings, snmp = self._settings, self._visitor.snmp
        matters = "eapi" in settings.transports or any(one.platforms for one in settings.credentials)
        if self._hint is None and snmp is not None and matters and "snmp" in settings.transports:
            try:
                found = await snmp.identify(self.address)
            except _DEVICE_ERRORS:
                return
            self._hint = found.platform if found is not None else None

    async def _by_snmp(self) -> Device | None:
        snmp = self._visitor.snmp
        if snmp is None:
            return None
        try:
            found = await snmp.device(self.address)
        except HoldfastError as exc:
            self.tried += exc.detail.get("tried") or ()
            raise
        return replace(
            found,
            id=file_id(found.name) or self.address,
            role=found.role or role(found.platform, found.model),
        )

    def _refused(self, transport: str) -> str:
        """Which sets were refused, and why the others were not tried."""
        settings, refused = self._settings, self._refused_by
        aside = {name: why for name, why in self._visitor.credentials.aside.items() if name not in refused}
        others = [one for one in settings.credentials if one.name not in (*self.tried, *aside)]
        kept = [one.name for one in others if one.platforms and self._hint and self._hint not in one.platforms]
        left = [one.name for one in others if one.name not in kept]
        parts = [f"refused the credential sets {', '.join(refused)}" if refused else "no credential set was tried"]
        if left and len(refused) >= settings.max_failed_logins:
            limit = settings.max_failed_logins
            parts.append(f"not tried, because {limit} may fail (max_failed_logins): {', '.join(left)}")
        if kept:
            parts.append(f"not tried, because it seems to be {self._hint} (platforms): {', '.join(kept)}")
        parts += [f"{name} is set aside: {why}" for name, why in aside.items()]
        return f"{self.address} ({transport}): {'; '.join(parts)}"

    # -- records -------------------------------------------------------------------------------------

    def _record(self, read: Read, platform: str, via: str, chosen: CredentialSet) -> Device:
        name = cleaned(read.name) or name_in_prompt(self._prompt) or cleaned(self.candidate.name) or self.address
        settings = self._settings
        return Device(
            id=file_id(name) or self.address,
            name=name,
            address=self.address,
            port=settings.eapi_port if via == "eapi" else settings.port if settings.port != 22 else None,
            platform=platform,
            driver=DRIVERS[via],
            via=via,
            credential=chosen.name,
            vendor=read.vendor,
            model=read.model,
            serial=read.serial,
            version=read.version,
            chassis_id=read.chassis_id,
            role=role(platform, read.model, read.capabilities),
            interfaces=read.interfaces,
            neighbors=read.neighbors,
            notes=tuple(read.notes),
        )
