# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the command module; the action plugin of the same name does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
module: command
version_added: 0.1.0
short_description: Run commands on a network device
description:
  - Runs one or more commands over the device's pinned session, in one trip, and returns what the device said.
  - It can answer questions, parse the output and repeat until conditions hold.
  - A command that the device refuses fails the task; the commands after it are not sent.
  - Use M(holdfast.network.config) to change the configuration.
author: holdfast.network contributors (@holdfast-network)
options:
  wait_for:
    description:
      - JMESPath expressions that have to be true. The commands are repeated until they are.
      - They see a dictionary with the lists C(stdout) and C(parsed), one item for each command.
    type: list
    elements: str
  match:
    description: Whether V(all) or V(any) of the O(wait_for) expressions have to be true.
    type: str
    choices:
      - all
      - any
    default: all
  retries:
    description: How many times the commands are run at most until O(wait_for) holds.
    type: int
    default: 10
  interval:
    description: Seconds between two tries.
    type: float
    default: 1.0
extends_documentation_fragment:
  - holdfast.network.commands
  - holdfast.network.options.timeout
  - holdfast.network.job.detach
  - holdfast.network.attributes
attributes:
  check_mode:
    description: Runs without changing the device.
    support: partial
    details:
      - The commands are sent only if all of them start with C(show), C(display), C(ping), C(traceroute) or the like.
        Otherwise the task is skipped.
      - For a shell those are C(cat), C(ls), C(df), C(ps), C(ping) and the like, without pipes, redirections and
        substitutions.
  diff_mode:
    description: Shows what has changed or would change.
    support: none
seealso:
  - module: holdfast.network.config
notes:
  - The result says RV(ignore:changed=false), because a module cannot know what a command does.
    Use C(changed_when) where it matters.
"""

EXAMPLES = r"""
- name: Read two things in one trip
  holdfast.network.command:
    commands:
      - show version
      - show ip interface brief
  register: answer

- name: Get data instead of text
  holdfast.network.command:
    commands:
      - show ip interface brief
    parser: textfsm

- name: Read each command with its own parser
  holdfast.network.command:
    commands:
      - command: show interfaces
        parser: genie
      - command: show vendor-thing
        parser: textfsm
        template: vendor_thing.textfsm
      - command: show clock

- name: Wait up to 30 seconds for two established neighbors
  holdfast.network.command:
    commands:
      - show bgp summary json
    parser: json
    wait_for:
      - length(values(parsed[0].ipv4Unicast.peers)[?state=='Established']) >= `2`
    retries: 30

- name: Answer the question that a command asks
  holdfast.network.command:
    commands:
      - command: clear logging
        prompt: '\[confirm\]'
        answer: ""
"""

RETURN = r"""
stdout:
  description: Output of each command.
  returned: success
  type: list
  elements: str
  sample:
    - "Cisco IOS Software, C2900 Software, Version 15.7(3)M"
stdout_lines:
  description: Lines of the output of each command.
  returned: success
  type: list
  elements: list
status:
  description: Exit status of each command.
  returned: with the driver V(paramiko)
  type: list
  elements: int
  sample: [0]
stderr:
  description: What each command wrote to its standard error.
  returned: with the driver V(paramiko)
  type: list
  elements: str
stderr_lines:
  description: Lines of the standard error of each command.
  returned: with the driver V(paramiko)
  type: list
  elements: list
parsed:
  description: Data of each command, as the parser made it. None for a command without parser.
  returned: when O(parser) is not V(none), or that of a command
  type: list
  elements: raw
job:
  description: The job that does the work, see M(holdfast.network.job).
  returned: when O(detach=true)
  type: dict
attempts:
  description: How many times the commands were run.
  returned: success
  type: int
  sample: 1
"""
