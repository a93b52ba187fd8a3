# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What NAPALM's getters say of a device, as records: interfaces, addresses, versions and models in one spelling."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from ipaddress import ip_address
from typing import Any

from .identity import cleaned
from .ports import canonical_port, mac_digits
from .records import Interface

GETTERS = ("get_facts", "get_interfaces", "get_interfaces_ip")
_UNKNOWN = ("unknown", "n/a", "none", "null", "-")
_VERSION = re.compile(r"\b[Vv]ersion:? ([^\s,;]+)")
_BUILD = re.compile(r"-\d{6,}\..*$")  # EOS's internal version: 4.33.1F-39879738.4331F


def told(value: Any) -> str:
    """A fact as text; NAPALM's words for not known are none."""
    text = cleaned(str(value or ""))
    return "" if text.lower() in _UNKNOWN else text


def version(text: str) -> str:
    """``15.9(3)M6`` of IOS's sentence, ``4.33.1F`` of EOS's build."""
    found = _VERSION.search(text)
    return _BUILD.sub("", found[1] if found else told(text))


def interfaces(data: Mapping[str, Any], addresses: Mapping[str, Any]) -> tuple[Interface, ...]:
    """From ``get_interfaces`` and ``get_interfaces_ip``; of NX-OS's mgmt0 the first says Management0."""
    ports = {name: "mgmt0" if name == "Management0" and "mgmt0" in addresses else canonical_port(name) for name in data}
    found = {ports[name]: _interface(ports[name], row) for name, row in data.items()}
    for name, families in addresses.items():
        port = canonical_port(name)
        known = found.get(port, Interface(port))
        found[port] = replace(known, addresses=tuple(sorted({*known.addresses, *_addresses(families)})))
    return tuple(found[name] for name in sorted(found))


def _interface(name: str, row: Mapping[str, Any]) -> Interface:
    digits = mac_digits(str(row.get("mac_address") or ""))
    return Interface(
        name=name,
        enabled=_flag(row.get("is_enabled")),
        up=_flag(row.get("is_up")),
        description=cleaned(str(row.get("description") or "")),
        mac=":".join(digits[at : at + 2] for at in range(0, 12, 2)) if digits and int(digits, 16) else None,
        mtu=int(row["mtu"]) if _positive(row.get("mtu")) else None,
        speed=float(row["speed"]) if _positive(row.get("speed")) else None,
    )


def _flag(value: Any) -> bool | None:
    return None if value is None else bool(value)


def _positive(value: Any) -> bool:
    return isinstance(value, int | float) and value > 0


def _addresses(families: Mapping[str, Any]) -> list[str]:
    """Without those of a link only, which say nothing of a device."""
    found = []
    for family in ("ipv4", "ipv6"):
        for address, row in (families.get(family) or {}).items():
            length = str(row.get("prefix_length", ""))
            try:
                one = ip_address(address)
            except ValueError:
                continue
            if length.isdigit() and not one.is_link_local:
                found.append(f"{one}/{length}")
    return found
