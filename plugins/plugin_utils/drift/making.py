# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Differences in words, the same for every kind."""

from __future__ import annotations

from typing import Any

from ..discovery.records import Device
from .match import Unit
from .model import KINDS, Difference, Options


class Making:
    """Makes differences with the severities that the options give them."""

    def __init__(self, options: Options) -> None:
        self._options = options

    def of_unit(
        self, kind: str, unit: Unit, truth: Any, found: Any, message: str = "", *, interface: str = "", field: str = ""
    ) -> Difference:
        """One of a device that the source of truth has."""
        return Difference(
            kind=kind,
            severity=self._options.severity(kind),
            device=unit.device.name or unit.device.key,
            truth=truth,
            found=found,
            message=message or _sentence(kind, truth, found, field),
            interface=interface,
            field=field,
            site=unit.device.site,
            role=unit.device.role,
            key=unit.device.key,
            id=unit.found.id if unit.found else "",
        )

    def of_device(self, kind: str, device: Device, found: Any) -> Difference:
        """One of a device that the source of truth does not have."""
        return Difference(
            kind=kind,
            severity=self._options.severity(kind),
            device=device.name or device.address,
            truth=None,
            found=found,
            message=f"{KINDS[kind][1]}: {found}",
            site=device.site,
            role=device.role,
            id=device.id,
        )


def shown(value: Any) -> str:
    """A side of a difference in a sentence or a table."""
    if value is None or value in ("", []):
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _sentence(kind: str, truth: Any, found: Any, field: str) -> str:
    what = f"{KINDS[kind][1]}{f' ({field})' if field else ''}"
    return f"{what}: {shown(truth)} in the source of truth, {shown(found)} in the network"
