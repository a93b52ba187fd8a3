# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One spelling for ports, host names and MAC addresses, whoever told of them."""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import ip_address

from ..state.libraries import require
from ..state.names import same_host

#: names that a Unix system gives (eth0, lo, swp1, r1-eth0): lower case, and no slot
_SYSTEM = re.compile(r"[a-z][^/]*")
_HEX = re.compile(r"[0-9a-f]{12}")


@lru_cache(maxsize=65536)
def canonical_port(name: str) -> str:
    """``Gi0/1`` as ``GigabitEthernet0/1``; names of Linux and FRR, and those nobody knows, as they are.

    Raises MissingLibrary without netutils.
    """
    text = name.strip()
    if not text or _SYSTEM.fullmatch(text):
        return text
    interface = require("netutils.interface", "netutils", "comparing names of interfaces")
    return str(interface.canonical_interface_name(text))


def mac_digits(text: str | None) -> str | None:
    """The twelve hexadecimal digits of a MAC address in any notation; None for anything else."""
    digits = re.sub(r"[:.\-\s]", "", (text or "").lower())
    return digits if _HEX.fullmatch(digits) else None


def is_address(text: str) -> bool:
    """Whether this is an IP address and not a name with dots."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def host_key(name: str) -> str:
    """What names of one device have in common, with a domain or without; an address is its own key."""
    text = name.strip().lower()
    return text if is_address(text) else text.split(".")[0]


def is_named(one: str, other: str) -> bool:
    """Whether two names can be one device's: without regard to case and to a domain that one of them lacks."""
    if is_address(one.strip()) or is_address(other.strip()):
        return one.strip().lower() == other.strip().lower()
    return same_host(one, other)
