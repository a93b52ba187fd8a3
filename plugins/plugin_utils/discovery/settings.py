# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How devices are visited: what to log in with, by which ways, how fast. Secrets stay out of every ``repr``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..broker.errors import BadInput

if TYPE_CHECKING:
    from .snmp_credentials import SnmpCredential

TRANSPORTS = ("ssh", "eapi", "snmp")


@dataclass(frozen=True, slots=True)
class CredentialSet:
    """One way to log in. ``platforms`` limits it to devices of these platforms; empty is any.

    ``name`` is what records, failures and messages say of it.
    """

    name: str
    user: str
    password: str | None = field(default=None, repr=False)
    private_key_file: str | None = None
    private_key: str | None = field(default=None, repr=False)
    passphrase: str | None = field(default=None, repr=False)
    enable_secret: str | None = field(default=None, repr=False)
    platforms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VisitSettings:
    """All that a visit needs besides its address. Times in seconds, ``login_rate`` in logins a second, 0 no limit.

    ``transports`` in the order they are tried. ``port`` is SSH's, ``eapi_port`` eAPI's (None: by ``use_tls``).
    ``max_failed_logins`` counts one device in one run. A set that ``set_aside_after`` devices refused before one took
    it is not tried on further ones (0: it is). ``opened_by`` is what earlier runs know: address ->
    name of the set that opened it last. ``threads`` bounds what is asked of the broker at the same time.
    """

    credentials: tuple[CredentialSet, ...] = ()
    snmp: tuple[SnmpCredential, ...] = ()
    transports: tuple[str, ...] = ("ssh", "snmp")
    port: int = 22
    eapi_port: int | None = None
    snmp_port: int = 161
    snmp_timeout: float = 2.0
    snmp_retries: int = 1
    connect_timeout: float = 30.0
    command_timeout: float = 60.0
    idle_timeout: float | None = None
    queue_timeout: float = 60.0
    login_rate: float = 0.0
    max_failed_logins: int = 2
    set_aside_after: int = 5
    host_key_checking: bool = True
    known_hosts: str | None = None
    use_tls: bool = True
    validate_certs: bool = True
    ca_file: str | None = None
    frr_reload: str | None = None
    jump_hosts: object = field(default=None, repr=False)
    proxy: str | None = field(default=None, repr=False)
    threads: int = 32
    opened_by: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        unknown = [name for name in self.transports if name not in TRANSPORTS]
        if unknown or not self.transports:
            raise BadInput(f"transports: {', '.join(unknown) or 'none given'}; use some of {', '.join(TRANSPORTS)}")
        names = [one.name for one in self.credentials]
        double = sorted({name for name in names if names.count(name) > 1})
        if double:
            raise BadInput(f"credentials: {', '.join(double)} is the name of two sets; give each its own")
        if not self.credentials and not self.snmp:
            raise BadInput("credentials: none given; give a set for logins (credentials) or for SNMP (snmp)")
        if self.max_failed_logins < 1:
            raise BadInput(f"max_failed_logins: {self.max_failed_logins}; it must be 1 or more")
        if self.login_rate < 0:
            raise BadInput(f"login_rate: {self.login_rate}; give logins a second, or 0 for no limit")
