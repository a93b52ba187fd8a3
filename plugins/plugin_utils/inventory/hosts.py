# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Devices of any source as Ansible hosts: their names, groups and the variables that the pinned connection reads."""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from ..broker.errors import UnknownPlatform
from ..drivers.platforms import device_type

CONNECTION = "holdfast.network.pinned"
UNKNOWN_PLATFORM = "unknown_platform"
DEFAULT_PORTS = {"pyeapi": 443}
#: Names that mean something else to Ansible: a router whose name was never set is often "localhost".
RESERVED = frozenset({"all", "ungrouped", "localhost"})
_NAMED_AT_MOST = 5


@dataclass(slots=True)
class Host:
    """One row of an inventory. ``groups`` as the source has them, Ansible's own function makes names of them.

    ``distinct`` is what tells it from another device of the same name, best first, such as address and serial.
    ``reached`` is False for one that nobody could look at, whose platform need not be known.
    ``environment`` and ``secrets`` are values that are not in ``variables``, by variable, or by a path into one such as
    ``holdfast_jump_hosts.0.password``: the name of a variable of the environment, to be read when it is needed; or the
    value itself, which is never cached.
    """

    name: str
    variables: dict[str, Any]
    groups: list[str] = field(default_factory=list)
    distinct: tuple[str | None, ...] = ()
    reached: bool = True
    environment: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Listing:
    """What an inventory source answered: plain JSON values, fit for a cache."""

    hosts: dict[str, dict[str, Any]]
    groups: dict[str, list[str]]
    warnings: list[str] = field(default_factory=list)
    environment: dict[str, dict[str, str]] = field(default_factory=dict)
    secrets: dict[str, dict[str, str]] = field(default_factory=dict)


def connection_variables(
    address: str | None, platform: str | None, port: int | None = None, driver: str | None = None
) -> dict[str, Any]:
    """What the pinned connection needs to know, without credentials. A port that is the driver's default is left out.

    ``platform`` is any common name; a known one becomes netmiko's device type, an unknown one is kept.
    """
    found: dict[str, Any] = {"ansible_connection": CONNECTION}
    if address:
        found["ansible_host"] = address
    if port and port != DEFAULT_PORTS.get(driver or "", 22):
        found["ansible_port"] = port
    if platform:
        found["holdfast_platform"] = known_platform(platform) or platform
    if driver:
        found["holdfast_driver"] = driver
    return found


@functools.cache
def known_platform(platform: str) -> str | None:
    """Netmiko's device type, None when nobody knows this name. Raises MissingLibrary without netutils."""
    try:
        return device_type(platform)
    except UnknownPlatform:
        return None


def given(**facts: Any) -> dict[str, Any]:
    """Those facts that say something, as host variables ``holdfast_NAME``."""
    return {f"holdfast_{name}": value for name, value in facts.items() if value not in (None, "", [], {}, ())}


def listing(hosts: Iterable[Host]) -> Listing:
    """Names made fit and distinct, groups turned round, a warning for whatever is not as the source has it."""
    rows = list(hosts)
    named, warnings = _names(rows)
    found = Listing({}, defaultdict(list), warnings)
    unknown: dict[str, list[str]] = defaultdict(list)
    for name, row in sorted(zip(named, rows, strict=True), key=lambda pair: pair[0]):
        found.hosts[name] = row.variables
        if row.environment:
            found.environment[name] = row.environment
        if row.secrets:
            found.secrets[name] = row.secrets
        for group in dict.fromkeys(row.groups):
            found.groups[group].append(name)
        platform = row.variables.get("holdfast_platform")
        if row.reached and (platform is None or known_platform(str(platform)) is None):
            found.groups[UNKNOWN_PLATFORM].append(name)
            unknown[str(platform or "")].append(name)
    found.groups = dict(found.groups)
    found.warnings += [_unknown(platform, names) for platform, names in sorted(unknown.items())]
    return found


def some(names: Sequence[str]) -> str:
    """The first of these names, and how many more there are."""
    shown = ", ".join(names[:_NAMED_AT_MOST])
    return f"{shown} and {len(names) - _NAMED_AT_MOST} more" if len(names) > _NAMED_AT_MOST else shown


def host_name(text: str) -> str:
    """``text`` as a name that Ansible's patterns take; empty when nothing of it is left or it means something else."""
    clean = re.sub(r"[^\w.-]+", "-", text.strip()).strip("-.")
    return "" if clean.lower() in RESERVED else clean


def _unknown(platform: str, names: Sequence[str]) -> str:
    if not platform:
        return f"no platform is known of {some(names)}; set holdfast_platform for the group {UNKNOWN_PLATFORM}"
    return (
        f"netmiko does not know the platform '{platform}' of {some(names)}; it is kept, in the group "
        f"{UNKNOWN_PLATFORM}; set the right holdfast_platform by compose or in host_vars"
    )


def _names(rows: Sequence[Host]) -> tuple[list[str], list[str]]:
    """A name for each row, all different, in the order of the rows; and what was changed, in words."""
    warnings: list[str] = []
    wanted = [host_name(row.name) or host_name(_first(row.distinct)) or "device" for row in rows]
    changed = [f"{row.name!r} to {name}" for row, name in zip(rows, wanted, strict=True) if row.name not in ("", name)]
    if changed:
        warnings.append(f"names that are no host names were changed: {some(changed)}")
    alike: dict[str, list[int]] = defaultdict(list)
    for index, name in enumerate(wanted):
        alike[name].append(index)
    taken = {name for name, indices in alike.items() if len(indices) == 1}
    for name, indices in sorted(alike.items()):
        if len(indices) > 1:
            for index, suffix in zip(indices, _suffixes([rows[i].distinct for i in indices]), strict=True):
                wanted[index] = _free(f"{name}-{suffix}", taken)
            same = [wanted[index] for index in indices]
            warnings.append(f"{len(indices)} devices are named {name}; they are kept as {some(same)}")
    return wanted, warnings


def _first(words: Iterable[str | None]) -> str:
    return next((word for word in words if word), "")


def _suffixes(distinct: Sequence[tuple[str | None, ...]]) -> list[str]:
    """By the first property in which all of them differ, else by number."""
    for column in zip(*distinct, strict=False):
        words = [host_name(word or "") for word in column]
        if all(words) and len(set(words)) == len(words):
            return words
    return [str(number) for number in range(1, len(distinct) + 1)]


def _free(name: str, taken: set[str]) -> str:
    number, found = 1, name
    while found in taken:
        number += 1
        found = f"{name}-{number}"
    taken.add(found)
    return found


def group_names(**values: str | Iterable[str] | None) -> list[str]:
    """``site="Ulm"`` as ``site_Ulm``, one group for each value that there is."""
    found: list[str] = []
    for kind, value in values.items():
        words = [value] if isinstance(value, str) else list(value or ())
        found += [f"{kind}_{word}" for word in words if word]
    return found


def as_dict(found: Listing) -> dict[str, Any]:
    """Plain JSON values, without copies of them."""
    return {one.name: getattr(found, one.name) for one in fields(found)}


def as_listing(data: Mapping[str, Any]) -> Listing:
    """What was put into a cache. Raises KeyError for anything else."""
    return Listing(data["hosts"], data["groups"], data["warnings"], data["environment"])
