# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the rollback module; the action plugin of the same name does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
module: rollback
version_added: 0.1.0
short_description: Bring a network device back to a checkpoint
description:
  - Brings the configuration back to a checkpoint, or undoes a change that waits for its confirmation.
  - Afterwards the running configuration is read and compared with the checkpoint.
  - A device that is at the checkpoint already is not touched, and RV(ignore:changed) is false.
  - Exactly one of O(to) and O(change) is needed.
author: holdfast.network contributors (@holdfast-network)
options:
  to:
    description: Name or label of the checkpoint, or V(latest) for the newest one of the device.
    type: str
  change:
    description: Name of a pending change that is to be undone now.
    type: str
extends_documentation_fragment:
  - holdfast.network.options.timeout
  - holdfast.network.attributes
  - holdfast.network.attributes.changes
seealso:
  - module: holdfast.network.checkpoint
  - module: holdfast.network.config
"""

EXAMPLES = r"""
- name: Show what going back would change
  holdfast.network.rollback:
    to: before-maintenance
  check_mode: true
  diff: true

- name: Go back to the newest checkpoint
  holdfast.network.rollback:
    to: latest

- name: Undo a pending change without waiting for its deadline
  holdfast.network.rollback:
    change: "{{ applied.change.id }}"
"""

RETURN = r"""
diff:
  description: What changed, or would change in check mode, as a unified diff.
  returned: success
  type: dict
  contains:
    prepared:
      description: The unified diff, empty when nothing changes.
      returned: success
      type: str
checkpoint:
  description: The checkpoint that the device is at now.
  returned: success
  type: dict
  contains:
    id:
      description: Name of the checkpoint.
      returned: success
      type: str
    label:
      description: Label of the checkpoint, if it has one.
      returned: when O(to) is given
      type: str
    taken:
      description: When it was taken, in ISO 8601 and UTC.
      returned: when O(to) is given
      type: str
change:
  description: The change that was undone.
  returned: when O(change) is given
  type: dict
verified:
  description: Whether the running configuration was read afterwards and is the checkpoint's.
  returned: success
  type: bool
  sample: true
"""
