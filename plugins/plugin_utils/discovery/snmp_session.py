# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Asking one SNMP agent: gets and bounded walks over gufo-snmp, its errors translated (docs/adr/0009)."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from typing import Any, Self, TypeVar

from ..broker.errors import AuthenticationFailed, CommandFailed, CommandTimeout, NameNotResolved, Unreachable
from ..state.libraries import require
from .ports import is_address
from .snmp_credentials import SnmpCredential

#: None where there is no such object; an OID, an IPv4 address or a counter come as str, str and int
Value = bytes | str | int | float | None
Index = tuple[int, ...]
Row = dict[str, Value]
Answer = TypeVar("Answer")

PER_REQUEST = 25  # values asked at once: their answer stays below 1500 bytes for what is read here, or is cut short
MOST_VALUES = 20_000  # in one walk: a column of so many rows has no end
_AUTH_KEYS = {
    "md5": "Md5Key",
    "sha": "Sha1Key",
    "sha224": "Sha224Key",
    "sha256": "Sha256Key",
    "sha384": "Sha384Key",
    "sha512": "Sha512Key",
}
_PRIV_KEYS = {
    "des": "DesKey",
    "aes": "Aes128Key",
    "aes192": "Aes192Key",
    "aes256": "Aes256Key",
    "aes192c": "Aes192Key",
    "aes256c": "Aes256Key",
}


class SnmpSession:
    """One agent, opened with one credential. One request at a time. ``requests`` counts round trips, retries too.

    ``notes`` say what could not be read because the agent answered it wrongly.
    timeout: seconds for one answer. retries: how often a request is sent again.
    """

    def __init__(self, address: str, port: int, credential: SnmpCredential, timeout: float, retries: int) -> None:
        self.address = address
        self.port = port
        self.credential = credential
        self.requests = 0
        self.notes: list[str] = []
        self._timeout = timeout
        self._tries = retries + 1
        self._answers = 0
        self._session: Any = None
        self._library: Any = None

    async def open(self) -> Self:
        """Resolve the address and, for version 3, learn the agent's engine and whether it takes the user.

        Raises NameNotResolved, Unreachable, AuthenticationFailed, MissingLibrary.
        """
        self._library = require("gufo.snmp", "gufo-snmp", "discovery over SNMP")
        aio = require("gufo.snmp.aio", "gufo-snmp", "discovery over SNMP")
        keys: dict[str, Any] = {"timeout": self._timeout, "max_repetitions": PER_REQUEST, "policer": self}
        if self.credential.version == "3":
            keys |= {"user": self._user(), "version": self._library.SnmpVersion.v3}
        else:
            keys |= {"community": self.credential.community, "version": self._library.SnmpVersion.v2c}
        self._session = aio.SnmpSession(await self._resolved(), self.port, **keys)
        if self.credential.version == "3":
            await self._ask(self._session.refresh, "its engine")
        return self

    async def get(self, oids: Iterable[str]) -> dict[str, Value]:
        """The values that are there, by OID. Raises as ``walk``."""
        wanted = list(oids)
        found: dict[str, Value] = await self._ask(lambda: self._session.get_many(wanted), wanted[0])
        return found

    async def walk(self, base: str) -> dict[Index, Value]:
        """All values below an OID, by what follows it. Raises Unreachable, AuthenticationFailed, CommandTimeout, and
        CommandFailed for an agent whose table has no end or runs backwards."""
        found: dict[Index, Value] = {}
        skip = base.count(".") + 1
        rows: AsyncIterator[tuple[str, Value]] = aiter(self._session.getbulk(base))
        last: Index = ()
        while (row := await self._ask(lambda: anext(rows, None), base)) is not None:
            index = tuple(map(int, row[0].split(".")))[skip:]
            if index <= last:
                raise self._broken(base, f"{row[0]} does not come after the one before it")
            if len(found) >= MOST_VALUES:
                raise self._broken(base, f"it has more than {MOST_VALUES} values, so it has no end")
            last = index
            found[index] = row[1]
        return found

    async def column(self, base: str) -> dict[Index, Value]:
        """As ``walk``, but what an agent answers wrongly is left out and told in ``notes``."""
        try:
            return await self.walk(base)
        except CommandFailed as exc:
            self.notes.append(exc.message)
            return {}

    async def table(self, entry: str, columns: Mapping[int, str]) -> dict[Index, Row]:
        """Some columns of a table by their names, row by row. An agent without the first is taken to have none.

        Raises as ``column``.
        """
        rows: dict[Index, Row] = {}
        for number, name in columns.items():
            for index, value in (await self.column(f"{entry}.{number}")).items():
                rows.setdefault(index, {})[name] = value
            if not rows:
                break
        return rows

    async def wait(self) -> None:
        """Called by the library before it sends anything."""
        self.requests += 1

    # -- asking --------------------------------------------------------------------------------

    async def _ask(self, request: Callable[[], Awaitable[Answer]], what: str) -> Answer:
        clock = asyncio.get_running_loop().time
        for attempt in range(self._tries):
            started = clock()
            try:
                answer = await request()
            except TimeoutError as exc:
                if clock() - started < self._timeout / 2:  # the library's word for "port unreachable" as well
                    words = f"{self._label}: refused, nothing listens on this UDP port"
                    raise Unreachable(words, credential=self.credential.name, closed=True) from exc
                if attempt == self._tries - 1:
                    raise self._silent(what) from exc
            except self._library.SnmpAuthError as exc:
                raise self._refused(
                    "refused", "the user is unknown there, its key is wrong, or it asks for another security level"
                ) from exc
            except self._library.SnmpError as exc:
                raise self._broken(what, str(exc) or type(exc).__name__) from exc
            except OSError as exc:
                words = f"{self._label}: {exc.strerror or exc}"
                raise Unreachable(words, credential=self.credential.name, closed=True) from exc
            else:
                self._answers += 1
                return answer
        raise self._silent(what)

    @property
    def _label(self) -> str:
        return f"{self.address}:{self.port} (SNMP)"

    def _silent(self, what: str) -> Exception:
        """What no answer means: SNMP says nothing to a wrong community, nor to what it cannot decrypt."""
        waited = f"within {self._timeout:g} s" + (f", asked {self._tries} times" if self._tries > 1 else "")
        if self._answers:
            return CommandTimeout(f"{self._label}: answered before, but not when asked for {what} ({waited})")
        if self.credential.version == "3" and self._session.get_engine_id():
            return self._refused("not answered", "the agent answers, but not to this user: its privacy key is wrong")
        also = "the community is wrong" if self.credential.version != "3" else "version 3 is not configured there"
        return Unreachable(
            f"{self._label}: no answer {waited}: the address is not reached, a filter stands between, nothing "
            f"answers SNMP there, or {also} (SNMP does not tell which)",
            credential=self.credential.name,
        )

    def _refused(self, how: str, why: str) -> AuthenticationFailed:
        name, user = self.credential.name, self.credential.user
        words = f"{self._label}: user '{user}' ({name}, {self.credential.level}) is {how}: {why}"
        return AuthenticationFailed(words, credential=name)

    def _broken(self, base: str, why: str) -> CommandFailed:
        message = f"{self._label}: the agent's answer for {base} is no good: {why}"
        return CommandFailed(message, command=f"SNMP {base}", output=why)

    async def _resolved(self) -> str:
        if is_address(self.address):
            return self.address
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(self.address, self.port, type=socket.SOCK_DGRAM)
        except OSError as exc:
            raise NameNotResolved(f"'{self.address}' has no address: {exc.strerror or exc}") from exc
        return str(found[0][4][0])

    def _user(self) -> Any:
        given, library = self.credential, self._library
        auth = getattr(library, _AUTH_KEYS[given.auth_protocol or "sha"])
        priv = getattr(library, _PRIV_KEYS[given.priv_protocol or "aes"])
        expansion = library.KeyExpansion
        return library.User(
            given.user,
            auth_key=auth(given.auth_key.encode()) if given.auth_key else None,
            priv_key=priv(given.priv_key.encode()) if given.priv_key else None,
            key_expansion=expansion.Cisco if str(given.priv_protocol).endswith("c") else expansion.Blumenthal,
        )
