# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The to_testbed filter: hosts of any inventory as a pyATS testbed."""

from __future__ import annotations

DOCUMENTATION = r"""
name: to_testbed
version_added: 0.1.0
short_description: Make a pyATS testbed of an inventory
description:
  - Makes a testbed of the hosts' variables, whatever inventory they come from. Written as YAML, pyATS loads it.
  - A host is a device of it when it has a platform (C(holdfast_platform) or C(ansible_network_os)) and is not local.
    Which hosts are left out is said in a warning.
  - There is no password in it. Credentials are C(%ENV{}) or C(%ASK{}), which pyATS evaluates when it loads the file.
  - Jump hosts (C(holdfast_jump_hosts)) become devices of type C(jump_host). Links (C(holdfast_links), which
    P(holdfast.network.discovered#inventory) and P(holdfast.network.testbed#inventory) give) become the section
    C(topology).
  - Connecting changes nothing on a device, the lines that unicon would configure are switched off. Host keys are
    verified as the inventory says.
author: holdfast.network contributors (@holdfast-network)
positional: hosts
extends_documentation_fragment:
  - holdfast.network.inventory.export
options:
  name:
    description: Name of the testbed.
    type: str
    default: holdfast
  credentials:
    description:
      - With V(env) pyATS takes credentials from the environment, with V(ask) it asks for them.
    type: str
    choices:
      - env
      - ask
    default: env
  prefix:
    description:
      - How the environment's variables begin. They are C(PREFIX_USERNAME), C(PREFIX_PASSWORD), C(PREFIX_ENABLE) for
        devices that have an enable secret, C(PREFIX_JUMP_USERNAME) and C(PREFIX_JUMP_PASSWORD) for jump hosts.
    type: str
    default: PYATS
  per_credential:
    description:
      - Name other variables for each credential set that discovery used, such as C(PREFIX_SET_PASSWORD).
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Write a testbed of all hosts
  ansible.builtin.copy:
    dest: testbed.yaml
    content: "{{ hostvars | holdfast.network.to_testbed(name='lab') | to_nice_yaml }}"
    mode: "0644"

- name: Write a testbed of the routers, each with the credentials of the set that discovery used
  ansible.builtin.copy:
    dest: routers.yaml
    content: "{{ hostvars | holdfast.network.to_testbed(groups['role_router'], per_credential=true) | to_nice_yaml }}"
    mode: "0644"
"""

RETURN = r"""
_value:
  description: The testbed, with C(testbed), C(devices) and, when links are known, C(topology).
  type: dict
"""

from collections.abc import Callable
from typing import Any

from ..plugin_utils.exports.filtering import answer
from ..plugin_utils.exports.testbed import PyatsTerms, pyats_testbed


def to_testbed(hostvars: Any, hosts: Any = None, **terms: Any) -> dict[str, Any]:
    return answer("to_testbed", lambda: pyats_testbed(hostvars, PyatsTerms(**terms), hosts))


class FilterModule:
    """What Ansible looks for in this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"to_testbed": to_testbed}
