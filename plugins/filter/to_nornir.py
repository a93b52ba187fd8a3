# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The to_nornir filter: hosts of any inventory as Nornir's SimpleInventory."""

from __future__ import annotations

DOCUMENTATION = r"""
name: to_nornir
version_added: 0.1.0
short_description: Make a Nornir inventory of an inventory
description:
  - Makes what Nornir's C(SimpleInventory) reads of the hosts' variables, whatever inventory they come from.
  - A host is in it when it has a platform (C(holdfast_platform) or C(ansible_network_os)) and is not local. Which hosts
    are left out is said in a warning.
  - There is no password in it. C(docs/inventory.md) has the few lines of Python that give Nornir the credentials from
    the environment.
  - The platform is netmiko's. For NAPALM its own name of it is among the connection options.
author: holdfast.network contributors (@holdfast-network)
positional: hosts
extends_documentation_fragment:
  - holdfast.network.inventory.export
"""

EXAMPLES = r"""
- name: Write the three files of a Nornir inventory
  ansible.builtin.copy:
    dest: "nornir/{{ item }}.yaml"
    content: "{{ (hostvars | holdfast.network.to_nornir)[item] | to_nice_yaml }}"
    mode: "0644"
  loop:
    - hosts
    - groups
    - defaults
"""

RETURN = r"""
_value:
  description: C(hosts), C(groups) and C(defaults), each the content of one file.
  type: dict
"""

from collections.abc import Callable
from typing import Any

from ..plugin_utils.exports.filtering import answer
from ..plugin_utils.exports.nornir import nornir_inventory


def to_nornir(hostvars: Any, hosts: Any = None, **terms: Any) -> dict[str, Any]:
    return answer("to_nornir", lambda: nornir_inventory(hostvars, hosts, **terms))


class FilterModule:
    """What Ansible looks for in this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"to_nornir": to_nornir}
