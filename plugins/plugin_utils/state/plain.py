# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Plain JSON values out of whatever a caller hands in."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any


def plain(value: Any) -> Any:
    """The same value made of exact ``dict``, ``list``, ``str``, ``int``, ``float``, ``bool`` and ``None``.

    Automation tools hand over subclasses of these. JSON does not mind, but JMESPath looks at the exact
    type's name, and would call such a string no string. Keys become strings, anything else its ``str``.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, Mapping):
        return {plain(key) if isinstance(key, str) else str(key): plain(item) for key, item in value.items()}
    if isinstance(value, Set):
        return sorted((plain(item) for item in value), key=str)
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return str(value)
