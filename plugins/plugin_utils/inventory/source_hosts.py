# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Devices of a source of truth as hosts: which of them, at which address, with which variables and groups."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..sources.model import SourceDevice
from .hosts import Host, connection_variables, given, group_names, known_platform, some

#: What of a device can be a variable ``holdfast_NAME``, a group ``NAME_VALUE``.
FACTS = (
    "id", "site", "regions", "location", "rack", "role", "tenant", "status", "vendor", "model", "serial", "version",
    "tags", "custom_fields", "virtual_chassis", "cluster", "type", "dns_name",
)  # fmt: skip
GROUPS = (
    "site", "region", "location", "rack", "role", "tenant", "platform", "vendor", "model", "status", "tag",
    "virtual_chassis", "cluster", "type",
)  # fmt: skip
ADDRESSES = ("primary4", "primary6", "oob", "dns_name")
#: Whoever may write a config context must not decide what Ansible runs: names that begin so are never taken from one.
PROTECTED = ("ansible_", "holdfast_")


@dataclass(frozen=True)
class Choice:
    """The options of the inventory plugins, see doc_fragments/source_inventory.py."""

    addresses: Sequence[str] = ("primary4", "primary6", "oob")
    facts: Sequence[str] = ()
    groups: Sequence[str] = ()
    virtual_chassis: str = "master"
    unnamed: str = "skip"
    unaddressed: str = "keep"
    config_context: str = "none"
    platforms: Mapping[str, str] = field(default_factory=dict)


class Hosts:
    """``warnings`` says what was left out or is not as it should be, once ``made`` has been read to its end."""

    def __init__(self, choice: Choice) -> None:
        self.choice = choice
        self.warnings: list[str] = []
        self._refused: set[str] = set()
        self._spoken: dict[str, str] = {}

    def made(self, devices: Iterable[SourceDevice]) -> Iterator[Host]:
        """A host for each device that is wanted."""
        unnamed, bare = [], []
        for device in self._chassis(list(devices)):
            address = self._address(device)
            if not device.name:
                unnamed.append(device.key)
                if self.choice.unnamed == "skip":
                    continue
            if address is None:
                bare.append(device.name or device.key)
                if self.choice.unaddressed == "skip":
                    continue
            yield self._host(device, address)
        if unnamed and self.choice.unnamed == "skip":
            self.warnings.append(f"{len(unnamed)} devices without a name were left out (ids {some(unnamed)})")
        if bare:
            done = "left out" if self.choice.unaddressed == "skip" else "kept, and reached by their names"
            self.warnings.append(f"{len(bare)} devices have no address of {self._wanted()}: {done} ({some(bare)})")
        if self._refused:
            names = some(sorted(self._refused))
            self.warnings.append(f"config contexts cannot set these variables, which were left out: {names}")

    # -- one device ------------------------------------------------------------------------------

    def _host(self, device: SourceDevice, address: str | None) -> Host:
        facts = _facts(device)
        platform = self._platform(device)
        variables = connection_variables(address, platform)
        variables.update(given(**{name: facts[name] for name in self.choice.facts}))
        if self.choice.config_context == "variable":
            variables.update(given(config_context=device.config_context))
        elif self.choice.config_context == "flatten":
            variables = {**self._flat(device.config_context), **variables}
        values = {**facts, "platform": platform, "region": facts["regions"], "tag": facts["tags"]}
        groups = group_names(**{name: values[name] for name in self.choice.groups})
        return Host(device.name, variables, groups, (device.site, address, device.serial, device.key))

    def _address(self, device: SourceDevice) -> str | None:
        known = {
            "primary4": device.primary_ip4,
            "primary6": device.primary_ip6,
            "oob": device.oob_ip,
            "dns_name": device.extra.get("dns_name"),
        }
        return next((str(known[name]) for name in self.choice.addresses if known[name]), None)

    def _platform(self, device: SourceDevice) -> str:
        """As the option ``platforms`` says; else a name that is known, of the slug's usual spellings; else the slug."""
        slug = device.platform
        if slug not in self._spoken:
            name = str(device.extra.get("platform_name") or "")
            tried = (slug, slug.replace("-", "_"), slug.replace("-", "."), slug.replace("-", ""), name)
            known = next((word for word in tried if word and known_platform(word)), slug)
            self._spoken[slug] = str(self.choice.platforms.get(slug) or self.choice.platforms.get(name) or known)
        return self._spoken[slug]

    def _flat(self, context: Mapping[str, Any]) -> dict[str, Any]:
        """The variables of a config context: names that Python takes, none that steers Ansible or the connection."""
        fit = {key: value for key, value in context.items() if key.isidentifier() and not key.startswith(PROTECTED)}
        self._refused.update(str(key) for key in context if key not in fit)
        return fit

    def _wanted(self) -> str:
        return ", ".join(self.choice.addresses)

    # -- virtual chassis -------------------------------------------------------------------------

    def _chassis(self, devices: list[SourceDevice]) -> list[SourceDevice]:
        """One device for each chassis: its master, else the member with an address and the lowest position."""
        if self.choice.virtual_chassis == "members":
            return devices
        members: dict[str, list[SourceDevice]] = {}
        for one in devices:
            if one.virtual_chassis:
                members.setdefault(_chassis_key(one), []).append(one)
        heads = {key: self._head(rows) for key, rows in members.items()}
        found = [one for one in devices if not one.virtual_chassis or heads[_chassis_key(one)] is one]
        if self.choice.virtual_chassis == "chassis":
            for one in heads.values():
                one.name = one.virtual_chassis or one.name
        return found

    def _head(self, members: Sequence[SourceDevice]) -> SourceDevice:
        master = next((one for one in members if one.vc_master), None)
        if master is not None:
            return master
        head = min(members, key=lambda one: (self._address(one) is None, one.extra.get("vc_position") or 0, one.name))
        self.warnings.append(
            f"the virtual chassis {head.virtual_chassis} has no master among these devices; {head.name or head.key} "
            "stands for it"
        )
        return head


def _chassis_key(device: SourceDevice) -> str:
    return str(device.extra.get("virtual_chassis_id") or device.virtual_chassis)


def _facts(device: SourceDevice) -> dict[str, Any]:
    extra = device.extra.get
    return {
        "id": device.key,
        "site": device.site,
        "regions": extra("regions") or [],
        "location": extra("location"),
        "rack": extra("rack"),
        "role": device.role,
        "tenant": device.tenant,
        "status": device.status,
        "vendor": device.vendor,
        "model": device.model,
        "serial": device.serial,
        "version": device.version,
        "tags": device.tags,
        "custom_fields": {name: value for name, value in device.custom_fields.items() if value is not None},
        "virtual_chassis": device.virtual_chassis,
        "cluster": extra("cluster"),
        "type": extra("type"),
        "dns_name": extra("dns_name"),
    }
