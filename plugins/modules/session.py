# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the session module; the action plugin of the same name does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
module: session
version_added: 0.1.0
short_description: Open, drain or close the session of a network device, or let it be logged in to again
description:
  - Brings the session of the task's host into a state.
author: holdfast.network contributors (@holdfast-network)
options:
  state:
    description:
      - V(open) logs in if there is no session yet.
      - V(drained) lets the requests that wait finish, and closes the session then.
      - V(closed) closes the session at once.
      - V(reset) forgets the failed logins of the device, so that the lockout guard and the circuit breaker let
        logins through again.
    type: str
    choices:
      - closed
      - drained
      - open
      - reset
    required: true
  all:
    description: Do it to every session that the broker holds, not only to this host's. Not with O(state=open).
    type: bool
    default: false
extends_documentation_fragment:
  - holdfast.network.attributes
attributes:
  check_mode:
    description: Runs without changing the device.
    support: full
  diff_mode:
    description: Shows what has changed or would change.
    support: none
seealso:
  - module: holdfast.network.session_info
"""

EXAMPLES = r"""
- name: Log in ahead of the maintenance window
  holdfast.network.session:
    state: open

- name: Let everybody finish and close all sessions
  holdfast.network.session:
    state: drained
    all: true
  run_once: true

- name: The password is corrected, log in again without waiting for the lockout guard
  holdfast.network.session:
    state: reset
"""

RETURN = r"""
sessions:
  description:
    - The sessions that were concerned; those that are closed as they were before.
    - With O(state=reset) the sessions stay as they are.
  returned: success
  type: list
  elements: dict
"""
