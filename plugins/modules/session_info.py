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
broker:
  description:
    - The broker's own status, such as its process id, version and uptime.
    - RV(ignore:running) is false when there is none.
  returned: success
  type: dict
"""
