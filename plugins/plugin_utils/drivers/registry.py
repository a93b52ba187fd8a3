# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which driver a name means. The library behind a driver is imported when it is first used, not before."""

from __future__ import annotations

import importlib

from ..broker.errors import UnknownDriver
from .base import Driver

BUILT_IN = {
    "netmiko": ("driver_netmiko", "NetmikoDriver"),
    "pyeapi": ("driver_pyeapi", "PyeapiDriver"),
}


def driver_class(name: str) -> type[Driver]:
    """Raises UnknownDriver, naming the ones there are."""
    if name not in BUILT_IN:
        raise UnknownDriver(
            f"holdfast_driver: there is no driver '{name}'; choose one of: {', '.join(sorted(BUILT_IN))}",
            option="driver",
            value=name,
        )
    module, cls = BUILT_IN[name]
    found: type[Driver] = getattr(importlib.import_module(f"{__package__}.{module}"), cls)
    return found
