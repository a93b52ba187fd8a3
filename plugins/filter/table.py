# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The table filter: a list of dictionaries as lines of text."""

from __future__ import annotations

DOCUMENTATION = r"""
name: table
version_added: 0.1.0
short_description: Show a list of dictionaries as a table
description:
  - Makes lines of text, the head first, with columns of even width.
  - Made for what modules of this collection return, such as the sessions of M(holdfast.network.session_info).
author: holdfast.network contributors (@holdfast-network)
positional: columns
options:
  _input:
    description: The rows.
    type: list
    elements: dict
    required: true
  columns:
    description:
      - The titles of the columns, each with the key of its values.
      - A key may be a path, like V(error.code). What a row does not have is shown as a dash.
      - V(|seconds) behind a key shows a duration like V(4m30s), V(|time) seconds since the epoch as a time in UTC.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show who is logged in where
  ansible.builtin.debug:
    msg: "{{ held.sessions | holdfast.network.table({'DEVICE': 'host', 'USER': 'user', 'AGE': 'age|seconds'}) }}"
"""

RETURN = r"""
_value:
  description: The lines.
  type: list
  elements: str
"""

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ..plugin_utils.broker.errors import BadInput
from ..plugin_utils.tables import lines


def table(rows: Any, columns: Any) -> list[str]:
    try:
        return lines(rows, columns)
    except BadInput as exc:
        raise AnsibleFilterError(exc.message) from exc


class FilterModule:
    """What Ansible looks for in this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"table": table}
