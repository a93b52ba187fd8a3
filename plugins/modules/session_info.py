# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the session_info module; the action plugin of the same name does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
module: session_info
version_added: 0.1.0
short_description: List the sessions that the broker holds
description:
  - Lists the sessions of the user's broker, with state, age and counters, and says how the broker is.
  - Lists the logins that are blocked, and the devices that are not tried because they could not be reached.
  - It does not connect to any device and starts no broker.
author: holdfast.network contributors (@holdfast-network)
options: {}
extends_documentation_fragment:
  - holdfast.network.attributes
  - holdfast.network.attributes.read_only
seealso:
  - module: holdfast.network.session
"""

EXAMPLES = r"""
- name: List the sessions
  holdfast.network.session_info:
  register: held
  run_once: true
"""

RETURN = r"""
sessions:
  description: The sessions. Credentials are never among what is shown.
  returned: success
  type: list
  elements: dict
changes:
  description: The changes that wait for their confirmation.
  returned: success
  type: list
  elements: dict
jobs:
  description: The jobs that the broker remembers, as M(holdfast.network.job_info) lists them.
  returned: success
  type: list
  elements: dict
logins:
  description: The accounts whose logins were refused, as the lockout guard counts them.
  returned: success
  type: list
  elements: dict
  contains:
    device:
      description: Address and port of the device.
      type: str
    user:
      description: The user who was refused, whatever the password was.
      type: str
    state:
      description:
        - V(closed) lets logins through.
        - V(blocked) refuses them without touching the device.
        - V(half_open) lets one through, to see whether it is taken.
      type: str
    failures:
      description: Refused logins in a row.
      type: int
    last:
      description: The code of the last failure.
      type: str
    until:
      description: When the next login may be tried, in seconds since the epoch, or null for now.
      type: float
breakers:
  description:
    - The devices that could not be reached, as their circuit breakers count it.
    - As RV(logins), but for a whole device, and with V(open) in place of V(blocked).
  returned: success
  type: list
  elements: dict
broker:
  description:
    - The broker's own status, such as its process id, version, uptime and settings.
    - RV(ignore:running) is false when there is none.
  returned: success
  type: dict
"""
