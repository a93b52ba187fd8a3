# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reading a device over SNMP v2c and v3, where its CLI is closed or to learn what it is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from ..broker.errors import AuthenticationFailed, BadInput, CommandTimeout, ConnectFailed, Unreachable
from . import snmp_values as values
from .detection import role
from .records import Device, Interface
from .snmp_credentials import SnmpCredential
from .snmp_entity import read_hardware
from .snmp_interfaces import read_interfaces
from .snmp_neighbors import LLDP_LOCAL, read_neighbors
from .snmp_platforms import Kind, kind_of
from .snmp_session import SnmpSession, Value

SYSTEM = {
    "descr": "1.3.6.1.2.1.1.1.0",
    "object_id": "1.3.6.1.2.1.1.2.0",
    "name": "1.3.6.1.2.1.1.5.0",
    "location": "1.3.6.1.2.1.1.6.0",
}
NO_PLACE = ("Unknown", "unknown", "Sitting on the Dock of the Bay")  # what net-snmp is installed with
LONGEST = 120.0  # seconds for one whole device; SNMPv3's clock window is 150 s


@dataclass(frozen=True, slots=True)
class SnmpIdentity:
    """What an agent says it is. ``platform`` is a netmiko device type, or ``enterprise_NUMBER``.

    ``credential`` names the set that it answered.
    """

    sys_object_id: str
    sys_descr: str
    sys_name: str
    platform: str
    vendor: str
    credential: str


class SnmpReader:
    """Devices by SNMP, any number at a time, each with the first of ``credentials`` that it answers.

    timeout: seconds for one answer. retries: how often a question is asked again. port: UDP.
    The credential that an address answered is tried first the next time.
    """

    def __init__(
        self, credentials: Sequence[SnmpCredential], timeout: float = 2.0, retries: int = 1, port: int = 161
    ) -> None:
        if not credentials:
            raise BadInput("snmp: no credentials given; give a community, or a user for version 3", option="snmp")
        if not 0 < port < 65536:
            raise BadInput(f"snmp_port: {port} is no port; give 1 to 65535, 161 is the usual one", option="snmp_port")
        if timeout <= 0:
            raise BadInput(f"snmp_timeout: {timeout:g} is not more than 0; give seconds", option="snmp_timeout")
        if retries < 0:
            raise BadInput(f"snmp_retries: {retries} is less than 0", option="snmp_retries")
        self._credentials = tuple(credentials)
        self._timeout = timeout
        self._retries = retries
        self._port = port
        self._answered: dict[str, SnmpCredential] = {}
        #: round trips that the last reading of each address took, retries and refusals too
        self.requests: dict[str, int] = {}

    async def identify(self, address: str) -> SnmpIdentity | None:
        """What is at this address; None if nothing answers SNMP there.

        Raises AuthenticationFailed when an agent answers but takes none of the users, NameNotResolved, CommandTimeout,
        CommandFailed, MissingLibrary.
        """
        try:
            async with self._opened(address) as (session, system):
                return _identity(session, system)
        except Unreachable:
            return None

    async def device(self, address: str) -> Device:
        """All that is read of a device. Raises as ``identify``, and Unreachable when nothing answers."""
        async with self._opened(address) as (session, system):
            return await _device(session, system)

    @asynccontextmanager
    async def _opened(self, address: str) -> AsyncIterator[tuple[SnmpSession, dict[str, Value]]]:
        """A session with the first credential that is answered, and the answer: the system group, LLDP's own names."""
        self.requests[address] = 0
        session: SnmpSession | None = None
        try:
            async with asyncio.timeout(LONGEST):
                session, system = await self._first_answer(address)
                yield session, system
        except TimeoutError as exc:
            raise CommandTimeout(f"{address} (SNMP): took longer than {LONGEST:g} s to be read") from exc
        finally:
            self.requests[address] += session.requests if session is not None else 0

    async def _first_answer(self, address: str) -> tuple[SnmpSession, dict[str, Value]]:
        failed: list[ConnectFailed] = []
        silent: set[str] = set()
        for credential in self._in_order(address):
            if credential.version in silent:
                continue
            session = SnmpSession(address, self._port, credential, self._timeout, self._retries)
            try:
                await session.open()
                system = await session.get([*SYSTEM.values(), *LLDP_LOCAL.values()])
            except (Unreachable, AuthenticationFailed) as exc:
                failed.append(exc)
                self.requests[address] += session.requests
                if exc.detail.get("closed"):
                    break  # no other credential opens it
                if isinstance(exc, Unreachable) and credential.version == "3":
                    silent.add("3")  # an agent that speaks it says so to anybody
            else:
                self._answered[address] = credential
                return session, system
        raise _all_failed(failed)

    def _in_order(self, address: str) -> list[SnmpCredential]:
        """As given, but one that this address answered before comes first."""
        known = self._answered.get(address)
        return sorted(self._credentials, key=lambda one: one != known)


def _all_failed(failed: Sequence[ConnectFailed]) -> ConnectFailed:
    """A refusal says more than silence, so it is what is reported. ``detail`` has the names of the sets ``tried``."""
    tried = [one.detail["credential"] for one in failed]
    told = [one for one in failed if isinstance(one, AuthenticationFailed)] or failed
    return type(told[0])("; ".join(dict.fromkeys(one.message for one in told)), tried=tried)


def _said(system: Mapping[str, Value], key: str) -> str:
    return values.text(system.get(SYSTEM[key]))


def _kind(system: Mapping[str, Value]) -> Kind:
    """LLDP's description too: on a Linux router it may say more than the agent's."""
    local = values.text(system.get(LLDP_LOCAL["system_description"]))
    return kind_of(_said(system, "object_id"), f"{_said(system, 'descr')} {local}".strip())


def _identity(session: SnmpSession, system: Mapping[str, Value]) -> SnmpIdentity:
    kind = _kind(system)
    return SnmpIdentity(
        sys_object_id=_said(system, "object_id"),
        sys_descr=_said(system, "descr"),
        sys_name=_said(system, "name"),
        platform=kind.platform,
        vendor=kind.vendor,
        credential=session.credential.name,
    )


async def _device(session: SnmpSession, system: Mapping[str, Value]) -> Device:
    kind = _kind(system)
    hardware = await read_hardware(session, kind, _said(system, "descr"))
    ports = await read_interfaces(session)
    neighbors = await read_neighbors(session, ports)
    name = _said(system, "name") or values.text(system.get(LLDP_LOCAL["system_name"])) or session.address
    return Device(
        id=name,
        name=name,
        address=session.address,
        platform=kind.platform,
        via="snmp",
        credential=session.credential.name,
        vendor=hardware.vendor,
        model=hardware.model,
        serial=hardware.serial,
        version=hardware.version,
        chassis_id=values.chassis_id(system.get(LLDP_LOCAL["chassis_subtype"]), system.get(LLDP_LOCAL["chassis_id"])),
        role=role(kind.platform, hardware.model, values.capabilities(system.get(LLDP_LOCAL["capabilities"]))),
        site="" if (place := _said(system, "location")) in NO_PLACE else place,
        addresses=_others(session.address, ports),
        interfaces=tuple(ports.values()),
        neighbors=neighbors,
        notes=tuple(session.notes),
    )


def _others(address: str, ports: Mapping[int, Interface]) -> tuple[str, ...]:
    """The device's other addresses, without their prefix lengths."""
    own = {one.partition("/")[0] for port in ports.values() for one in port.addresses}
    return tuple(sorted(own - {address}))
