# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Model, serial number and version: ENTITY-MIB's chassis, the maker's own objects, else what sysDescr says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from . import snmp_values as values
from .snmp_platforms import Kind, model_in, version_in
from .snmp_session import Index, SnmpSession, Value

ENTITY_ENTRY = "1.3.6.1.2.1.47.1.1.1.1"
CLASS_COLUMN = 5
COLUMNS = {10: "version", 11: "serial", 12: "vendor", 13: "model"}
_CHASSIS, _STACK = 3, 11


@dataclass(frozen=True, slots=True)
class Hardware:
    model: str = ""
    serial: str = ""
    version: str = ""
    vendor: str = ""


async def read_hardware(session: SnmpSession, kind: Kind, sys_descr: str) -> Hardware:
    """Two requests and those that the list of parts takes."""
    at = chassis(await session.column(f"{ENTITY_ENTRY}.{CLASS_COLUMN}"))
    wanted = {name: f"{ENTITY_ENTRY}.{column}.{at}" for column, name in COLUMNS.items()} if at is not None else {}
    own = {f"own_{name}": oid for name, oid in kind.objects.items()}
    asked = {**wanted, **own}
    answers = await session.get(asked.values()) if asked else {}
    return hardware(kind, sys_descr, {name: answers.get(oid) for name, oid in asked.items()})


def chassis(classes: Mapping[Index, Value]) -> int | None:
    """Number of the first chassis; of a stack's whole if it has no member (then it is the only one to tell)."""
    for wanted in (_CHASSIS, _STACK):
        for index, value in classes.items():
            if value == wanted and len(index) == 1:
                return index[0]
    return None


def hardware(kind: Kind, sys_descr: str, answers: Mapping[str, Value]) -> Hardware:
    """The maker's own objects first, then what sysDescr tells of the version, then the chassis."""
    said = {name: values.text(value) for name, value in answers.items()}
    return Hardware(
        model=said.get("own_model") or said.get("model") or model_in(kind, sys_descr),
        serial=said.get("own_serial") or said.get("serial") or "",
        version=said.get("own_version") or version_in(kind, sys_descr) or said.get("version") or "",
        vendor=kind.vendor or said.get("vendor") or "",
    )
