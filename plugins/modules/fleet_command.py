# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the fleet_command module; the action plugin of the same name does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
module: fleet_command
version_added: 0.1.0
short_description: Run commands on all hosts of the play in one task
description:
  - Runs commands on every host of the batch over its pinned session, many at the same time, without a fork for each
    host.
  - Each host has its own connection options. O(commands) is templated with the variables of each host.
  - A host that fails or cannot be reached does not hinder the others.
  - Use M(holdfast.network.command) where C(when), C(loop) or C(until) is to be evaluated for each host.
author: holdfast.network contributors (@holdfast-network)
extends_documentation_fragment:
  - holdfast.network.commands
  - holdfast.network.options.timeout
  - holdfast.network.fleet
  - holdfast.network.attributes
attributes:
  check_mode:
    description: Runs without changing the device.
    support: partial
    details:
      - A host whose commands do not all start with C(show), C(display), C(ping), C(traceroute) or the like is
        skipped.
  diff_mode:
    description: Shows what has changed or would change.
    support: none
seealso:
  - module: holdfast.network.command
  - module: holdfast.network.fleet_snapshot
"""

EXAMPLES = r"""
- name: Read the uplink of every router
  holdfast.network.fleet_command:
    commands:
      - show version
      - show interfaces {{ uplink }}
  register: fleet
  run_once: true

- name: Use a host's own result
  ansible.builtin.debug:
    var: fleet.results[inventory_hostname].stdout[0]

- name: Read what can be read
  holdfast.network.fleet_command:
    commands:
      - show ip interface brief
    parser: textfsm
    fail_on: never
  register: fleet
  run_once: true

- name: Go on with the hosts that are well
  ansible.builtin.fail:
    msg: "{{ fleet.results[inventory_hostname].msg }}"
  when: inventory_hostname in fleet.failed_hosts + fleet.unreachable_hosts

- name: Report on all of them
  holdfast.network.report:
    title: Reading all routers
    records: "{{ fleet.records }}"
  run_once: true
"""

RETURN = r"""
results:
  description:
    - Result of each host by its name.
    - It has C(stdout), C(stdout_lines) and C(parsed) as those of M(holdfast.network.command) and C(elapsed) in
      seconds, or C(failed) or C(unreachable) with C(msg) and C(code), or C(skipped).
  returned: always
  type: dict
failed_hosts:
  description: Hosts on which a command failed.
  returned: always
  type: list
  elements: str
unreachable_hosts:
  description: Hosts that gave no prompt.
  returned: always
  type: list
  elements: str
summary:
  description: How many hosts there were, and how many of them ended in which way.
  returned: always
  type: dict
  sample:
    hosts: 3
    ok: 2
    failed: 0
    unreachable: 1
    skipped: 0
records:
  description: A record for each host, for M(holdfast.network.report).
  returned: always
  type: list
  elements: dict
elapsed:
  description: Seconds of the whole task.
  returned: always
  type: float
"""
