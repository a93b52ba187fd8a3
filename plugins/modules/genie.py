# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the genie module; the action plugin of the same name does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
module: genie
version_added: 0.1.0
short_description: Learn, parse and ask a device with pyATS Genie
description:
  - Uses Cisco's pyATS Genie over the device's pinned session. Genie does not log in by itself.
  - It learns whole features, parses the output of commands that it runs, and calls Genie's APIs.
  - It needs the Python package C(pyats[library]) where Ansible runs. The package is optional for this collection.
author: holdfast.network contributors (@holdfast-network)
options:
  learn:
    description:
      - Features to learn, for example V(interface), V(bgp), V(routing) or V(platform).
      - Genie sends several commands for each feature.
    type: list
    elements: str
  parse:
    description: Commands to run and to parse with Genie's parsers.
    type: list
    elements: str
  api:
    description:
      - Genie's APIs to call, each a name or a dictionary.
      - The keys of a dictionary are C(name) and C(arguments) (dictionary, without the device).
    type: list
    elements: raw
  changes:
    description:
      - Let APIs send commands and configuration that may change the device.
      - Such a change is not guarded, nothing undoes it. Prefer M(holdfast.network.config) for configuration.
    type: bool
    default: false
extends_documentation_fragment:
  - holdfast.network.options.timeout
  - holdfast.network.attributes
attributes:
  check_mode:
    description: Runs without changing the device.
    support: partial
    details:
      - Without O(changes) the device is only read, in check mode as without it.
      - With O(changes) the task is skipped in check mode.
  diff_mode:
    description: Shows what has changed or would change.
    support: none
seealso:
  - module: holdfast.network.command
    description: Its option O(holdfast.network.command#module:parser) has Genie's parsers without the device.
  - name: Genie's features, parsers and APIs
    description: Lists of what Genie knows, by operating system.
    link: https://developer.cisco.com/docs/genie-docs/
notes:
  - C(cisco_ios) and C(cisco_xe) are C(iosxe) for Genie.
  - Keys that are numbers become text in the result, and sets become lists.
"""

EXAMPLES = r"""
- name: Learn interfaces and BGP
  holdfast.network.genie:
    learn:
      - interface
      - bgp
  register: genie

- name: Parse two commands
  holdfast.network.genie:
    parse:
      - show version
      - show interfaces
  register: shown

- name: Ask by an API
  holdfast.network.genie:
    api:
      - name: get_interface_admin_status
        arguments:
          interface: GigabitEthernet1
"""

RETURN = r"""
learned:
  description: What each feature holds, as attributes of Genie's object; most have C(info).
  returned: when O(learn) is given
  type: dict
parsed:
  description: Data of each command, in the order of O(parse).
  returned: when O(parse) is given
  type: list
  elements: dict
api:
  description: Result of each call, in the order of O(api).
  returned: when O(api) is given
  type: list
  elements: raw
nothing:
  description: Features and commands about which Genie found nothing on this device.
  returned: success
  type: list
  elements: str
  sample:
    - ospf
"""
