# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The way to a device: a proxy, jump hosts, or nothing in between. Data and its checks, no sockets.

A jump host gets what it was given itself, never the device's credentials.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from ..broker.errors import BadInput, Unsupported

PROXY_PORTS = {"socks5": 1080, "socks5h": 1080, "socks4": 1080, "socks4a": 1080, "http": 3128}
_HOP_KEYS = ("host", "port", "user", "password", "private_key_file", "private_key", "passphrase")
_ADDRESS = re.compile(r"(?:(?P<user>.+)@)?(?:\[(?P<six>[^\]]+)\]|(?P<host>[^\[\]:@]+))(?::(?P<port>\d+))?")


@dataclass(frozen=True)
class Hop:
    """One SSH server on the way. ``number`` counts jump hosts from 1; 0 is the device itself."""

    host: str
    port: int = 22
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    private_key_file: str | None = None
    private_key: str | None = field(default=None, repr=False)
    passphrase: str | None = field(default=None, repr=False)
    number: int = 0

    @property
    def label(self) -> str:
        """``host:port``."""
        return f"{self.host}:{self.port}"

    @property
    def title(self) -> str:
        """For messages: a jump host says which one it is."""
        return f"jump host {self.number} ({self.label})" if self.number else self.label

    def phase(self, name: str) -> str:
        return f"hop{self.number} {name}" if self.number else name

    def variable(self, name: str) -> str:
        """Where the user writes this value, for messages."""
        if self.number:
            return f"holdfast_jump_hosts: {name} of jump host {self.number}"
        return f"holdfast_{name}" if name in ("passphrase", "private_key") else f"ansible_{name}"


@dataclass(frozen=True)
class Proxy:
    """``kind`` is a key of PROXY_PORTS."""

    kind: str
    host: str
    port: int
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @property
    def title(self) -> str:
        return f"proxy {self.kind}://{self.host}:{self.port}"


@dataclass(frozen=True)
class Route:
    """First the proxy, then the jump hosts in order, then the device."""

    hops: tuple[Hop, ...] = ()
    proxy: Proxy | None = None

    @property
    def direct(self) -> bool:
        return not self.hops and self.proxy is None


def parse_route(jump_hosts: Any, proxy: Any) -> Route:
    """From the options ``jump_hosts`` (text or dictionary, or a list of them) and ``proxy`` (URL). Raises BadInput.

    No message repeats a value: there may be a password in it.
    """
    if isinstance(jump_hosts, Mapping):
        jump_hosts = [jump_hosts]
    if not isinstance(jump_hosts, (list, tuple)):
        if not isinstance(jump_hosts, (str, type(None))):
            raise BadInput("holdfast_jump_hosts: write a list of jump hosts", option="jump_hosts")
        jump_hosts = [part.strip() for part in (jump_hosts or "").split(",") if part.strip()]
    hops = tuple(_hop(number, entry) for number, entry in enumerate(jump_hosts, start=1))
    return Route(hops, _proxy(str(proxy)) if proxy else None)


def check_way(route: Route, driver: Any) -> None:
    """A driver that does not say that it goes this way would reach the device past it. Raises Unsupported."""
    able = getattr(driver, "ways", ())
    for option, used in (("jump_hosts", route.hops), ("proxy", route.proxy)):
        if used and option not in able:
            other = ", or holdfast_proxy (ssh -D makes a jump host a SOCKS proxy)" if "proxy" in able else ""
            raise Unsupported(
                f"holdfast_{option}: the driver {driver.name} does not go that way; use netmiko or paramiko{other}",
                option=option,
            )


def _hop(number: int, entry: Any) -> Hop:
    if isinstance(entry, str):
        found = _ADDRESS.fullmatch(entry.strip())
        if found is None:
            raise _bad_hop(number, "is not USER@HOST:PORT (write an IPv6 address in brackets)")
        entry = {"user": found["user"], "host": found["six"] or found["host"], "port": found["port"]}
    if not isinstance(entry, Mapping):
        raise _bad_hop(number, "is neither USER@HOST:PORT nor a dictionary")
    unknown = set(entry) - set(_HOP_KEYS)
    if unknown:
        raise _bad_hop(number, f"has an unknown key '{min(map(str, unknown))}'; there are {', '.join(_HOP_KEYS)}")
    values = {key: str(entry[key]) for key in _HOP_KEYS if entry.get(key) not in (None, "")}
    if not values.get("host"):
        raise _bad_hop(number, "has no host")
    port = values.pop("port", "22")
    return Hop(**values, port=_port(port, f"holdfast_jump_hosts: number {number}", "jump_hosts"), number=number)


def _bad_hop(number: int, what: str) -> BadInput:
    return BadInput(f"holdfast_jump_hosts: number {number} {what}", option="jump_hosts")


def _port(text: str, where: str, option: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise BadInput(f"{where}: a port is a number from 1 to 65535", option=option)
    return int(text)


def _proxy(url: str) -> Proxy:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as exc:
        raise BadInput("holdfast_proxy: write SCHEME://USER:PASSWORD@HOST:PORT", option="proxy") from exc
    if parts.scheme not in PROXY_PORTS or not host:
        raise BadInput(
            f"holdfast_proxy: write SCHEME://USER:PASSWORD@HOST:PORT, where the scheme is one of: "
            f"{', '.join(PROXY_PORTS)}",
            option="proxy",
        )
    user, password = (unquote(part) if part else None for part in (parts.username, parts.password))
    return Proxy(parts.scheme, host, port or PROXY_PORTS[parts.scheme], user, password)
