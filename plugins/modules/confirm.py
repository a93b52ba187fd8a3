# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the confirm module; the action plugin of the same name does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
module: confirm
version_added: 0.1.0
short_description: Keep a change that waits for its confirmation
description:
  - Ends the countdown of a change that M(holdfast.network.config) made with
    O(holdfast.network.config#module:confirm_within).
  - After the deadline it fails, and the device stays as it was before the change.
author: holdfast.network contributors (@holdfast-network)
options:
  change:
    description: Name of the change. Without it the device's pending change is confirmed.
    type: str
  save:
    description: Copy the running configuration to the startup configuration once the change is confirmed.
    type: bool
    default: false
extends_documentation_fragment:
  - holdfast.network.options.timeout
  - holdfast.network.attributes
attributes:
  check_mode:
    description: Runs without changing the device.
    support: full
  diff_mode:
    description: Shows what has changed or would change.
    support: none
seealso:
  - module: holdfast.network.config
  - module: holdfast.network.rollback
"""

EXAMPLES = r"""
- name: Keep the pending change and save it
  holdfast.network.confirm:
    change: "{{ applied.change.id }}"
    save: true
"""

RETURN = r"""
change:
  description: The change that was confirmed.
  returned: success
  type: dict
  contains:
    id:
      description: Name of the change.
      returned: success
      type: str
      sample: 7f3a9c21b0
    state:
      description: State of the change, V(confirmed) from now on.
      returned: success
      type: str
      sample: confirmed
"""
