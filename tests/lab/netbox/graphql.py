# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""As much of GraphQL as a list query by ids needs, in the forms of NetBox 4.3 (lists) and of version 2 in 4.5 (pages).

A field that the schema does not have is refused in the words of the real engine.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .data import DEVICES, MACHINES, Row, Tables

LISTS = {"device_list": (DEVICES, "DeviceType"), "virtual_machine_list": (MACHINES, "VirtualMachineType")}
Selection = dict[str, "Selection"]
#: What of REST's rows GraphQL does not have.
ABSENT = {"display", "display_url", "url", "device_role", "primary_ip"}
_HEAD = re.compile(
    r"query \(\$ids: \[ID!\]!\) \{ (\w+)"
    r"\(filters: \{id: \{in_list: \$ids\}\}, pagination: \{limit: (\d+)\}\) (\{.*\}) \}$"
)


class QueryError(Exception):
    """The message of an entry in ``errors``."""


def answered(tables: Tables, query: str, variables: Mapping[str, Any], version: int) -> dict[str, Any]:
    """``data`` for the query. Raises QueryError."""
    found = _HEAD.match(query)
    if found is None or found.group(1) not in LISTS:
        raise QueryError("Syntax Error: this server answers list queries by ids")
    name, limit, text = found.group(1), int(found.group(2)), found.group(3)
    table, type_name = LISTS[name]
    selection = _parsed(text)
    if version == 2:
        if set(selection) != {"results"}:
            raise QueryError(f"Cannot query field 'id' on type '{type_name}OffsetPaginated'.")
        selection = selection["results"]
    wanted = {int(key) for key in variables["ids"]}
    rows = [row for key, row in sorted(tables.rows[table].items()) if key in wanted][:limit]
    given = [_projected(row, selection, type_name) for row in rows]
    return {name: {"results": given} if version == 2 else given}


def _parsed(text: str) -> Selection:
    """``{a b {c}}`` as ``{a: {}, b: {c: {}}}``."""
    top: Selection = {}
    stack = [top]
    last = ""
    for word in re.findall(r"[{}]|\w+", text)[1:-1]:
        if word == "{":
            stack.append(stack[-1][last])
        elif word == "}":
            stack.pop()
        else:
            last = word
            stack[-1][word] = {}
    return top


def _projected(row: Row, selection: Selection, type_name: str) -> Row:
    found: Row = {}
    for name, inner in selection.items():
        if name not in row or name in ABSENT:
            raise QueryError(f"Cannot query field '{name}' on type '{type_name}'.")
        found[name] = _value(name, row[name], inner)
    return found


def _value(name: str, value: Any, inner: Selection) -> Any:
    """Ids are text, choices their value, scalars of JSON as they are."""
    if name == "id":
        return str(value)
    if isinstance(value, dict) and not inner:
        return value["value"] if set(value) == {"value", "label"} else value
    if isinstance(value, dict):
        return _projected(value, inner, name.title())
    if isinstance(value, list) and inner:
        return [_projected(one, inner, name.title()) for one in value]
    return value
