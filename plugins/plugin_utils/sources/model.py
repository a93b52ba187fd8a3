# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A source of truth in one form, NetBox or Nautobot: what the inventory plugins, drift and write-back share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class SourceDevice:
    """A device (or virtual chassis) as the source of truth has it. Slugs and plain words, None or empty when not set.

    ``key`` is the source's own id, as text. Addresses are without a prefix length. ``status`` is in lower case.
    """

    key: str
    name: str
    status: str = ""
    site: str = ""
    role: str = ""
    tenant: str = ""
    platform: str = ""
    vendor: str = ""
    model: str = ""
    serial: str = ""
    version: str = ""
    primary_ip4: str | None = None
    primary_ip6: str | None = None
    oob_ip: str | None = None
    tags: list[str] = field(default_factory=list)
    custom_fields: dict[str, Any] = field(default_factory=dict)
    config_context: dict[str, Any] = field(default_factory=dict)
    virtual_chassis: str | None = None
    vc_master: bool = False
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class SourceInterface:
    """``device`` is the SourceDevice's key; ``addresses`` as ``10.0.0.1/30``; ``mtu`` in bytes.

    ``cable`` is the key of the cable in this port, wherever it leads.
    """

    key: str
    device: str
    name: str
    enabled: bool = True
    description: str = ""
    mac: str | None = None
    mtu: int | None = None
    addresses: list[str] = field(default_factory=list)
    cable: str | None = None


@dataclass(slots=True)
class SourceCable:
    """What two ports are connected by. ``a`` and ``b`` are (device's name, interface's name).

    ``key`` is the cable's own id, empty when the way leads through panels (several cables).
    """

    key: str
    a: tuple[str, str]
    b: tuple[str, str]


@dataclass(slots=True)
class SourceAddress:
    """An address with its prefix length; ``interfaces`` are the keys of those that have it (one in NetBox)."""

    key: str
    address: str
    interfaces: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Truth:
    """What a comparison needs."""

    devices: list[SourceDevice] = field(default_factory=list)
    interfaces: list[SourceInterface] = field(default_factory=list)
    cables: list[SourceCable] = field(default_factory=list)
    addresses: list[SourceAddress] = field(default_factory=list)
