# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How a testbed says to reach a device: which of its connections, through which jump hosts, with which credentials."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .document import Document, Keys
from .markup import Value, evaluate, settled

#: (where pyATS has it, our variable, what a jump host calls it)
CREDENTIALS = (
    (("default", "username"), "ansible_user", "user"),
    (("default", "password"), "ansible_password", "password"),
    (("default", "passphrase"), "holdfast_passphrase", "passphrase"),
    (("enable", "password"), "holdfast_enable_secret", None),
)
_SETTINGS = ("defaults",)


@dataclass(slots=True)
class Way:
    """The connection that is used. ``address`` is empty when the testbed gives none."""

    via: str = ""
    protocol: str = "ssh"
    address: str = ""
    port: int | None = None
    path: Keys = ()


@dataclass(slots=True)
class Credentials:
    """Variables by where their values are. ``missing``: variable to why it has none."""

    plain: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)


class Testbed:
    """The parts of a testbed file that an inventory needs. Methods raise BadInput with line and column."""

    def __init__(self, document: Document, via: str | None = None) -> None:
        self.document = document
        self.via = via

    def value(self, path: Keys, device: str | None = None) -> Value:
        """The text there, its markup evaluated. A reference to ``self`` is to the device."""
        return evaluate(self.document.text(*path), lambda reference: self._refer(reference, device))

    def way(self, device: str, top: Keys = ("devices",)) -> Way:
        """The connection asked for, the testbed's default, or ``cli``; any that is SSH rather than none."""
        path = (*top, device, "connections")
        blocks = self.document.mapping(*path)
        default = self.document.text(*path, "defaults", "via")
        wanted = [name for name in (self.via, default, "cli", *blocks) if name in blocks and name not in _SETTINGS]
        ways = [self._way(name, (*path, name), device) for name in dict.fromkeys(wanted)]
        if self.via in blocks and ways:
            return ways[0]
        reachable = [way for way in ways if way.address]
        by_ssh = [way for way in reachable if way.protocol == "ssh"]
        return next(iter(by_ssh or reachable or ways), Way(path=path))

    def credentials(self, device: str, way: Way, top: Keys = ("devices",)) -> Credentials:
        """Those of the connection, else of the device, else of the testbed, each value for itself."""
        found = Credentials()
        for keys, variable, _hop in CREDENTIALS:
            for above in (way.path, (*top, device), ("testbed",)):
                self.document.mapping(*above, "credentials", keys[0])
                if self.document.get(*above, "credentials", *keys) is not None:
                    _put(found, variable, self.value((*above, "credentials", *keys), device))
                    break
        return found

    def proxies(self, way: Way) -> Iterator[tuple[str, Keys]]:
        """Names of the devices to go through, in order, each with the section it is in."""
        given = self.document.get(*way.path, "proxy") or self.document.get(*way.path, "sshtunnel", "host") or []
        for one in given if isinstance(given, list) else [given]:
            name = one.get("device") if isinstance(one, dict) else one
            top: Keys = ("devices",) if name in self.document.mapping("devices") else ("testbed", "servers")
            if not isinstance(name, str) or name not in self.document.mapping(*top):
                raise self.document.wrong((*way.path, "proxy"), f"{name!r} is no device of this testbed; add it")
            yield name, top

    # -- inside --------------------------------------------------------------------------------

    def _way(self, via: str, path: Keys, device: str) -> Way:
        self.document.mapping(*path)
        address = settled(self.value((*path, "ip"), device)).text or settled(self.value((*path, "host"), device)).text
        protocol = self.document.text(*path, "protocol") or "ssh"
        return Way(via, protocol, address.partition("/")[0], self._port(path, device), path)

    def _port(self, path: Keys, device: str) -> int | None:
        text = settled(self.value((*path, "port"), device)).text
        if not text:
            return None
        if not text.isdecimal() or not 1 <= int(text) <= 65535:
            raise self.document.wrong((*path, "port"), f"{text!r} is no port; use a number from 1 to 65535")
        return int(text)

    def _refer(self, reference: str, device: str | None) -> str | None:
        first, *rest = reference.split(".")
        if first == "self" and device is not None:
            if not rest:
                return device
            first, rest = "devices", [device, *rest]
        found: Any = self.document.get(first, *rest)
        return str(found) if isinstance(found, str | int | float) else None


def _put(found: Credentials, variable: str, value: Value) -> None:
    if value.variable is not None:
        found.environment[variable] = value.variable
    elif value.missing:
        found.missing[variable] = value.missing
    elif value.text:
        found.plain[variable] = value.text
