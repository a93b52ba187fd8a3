# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the checkpoint module; the action plugin of the same name does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
module: checkpoint
version_added: 0.1.0
short_description: Remember the configuration of a network device
description:
  - Keeps the running configuration in the broker's state directory, for M(holdfast.network.rollback) to go back to.
  - A change by M(holdfast.network.config) takes a checkpoint of its own.
author: holdfast.network contributors (@holdfast-network)
options:
  label:
    description: Name for the checkpoint, beside the one that it is given.
    type: str
extends_documentation_fragment:
  - holdfast.network.options.timeout
  - holdfast.network.attributes
attributes:
  check_mode:
    description: Runs without changing the device.
    support: full
    details: No checkpoint is taken in check mode.
  diff_mode:
    description: Shows what has changed or would change.
    support: none
seealso:
  - module: holdfast.network.rollback
"""

EXAMPLES = r"""
- name: Remember the configuration as it is before the maintenance
  holdfast.network.checkpoint:
    label: before-maintenance
"""

RETURN = r"""
checkpoint:
  description: The checkpoint.
  returned: success
  type: dict
  contains:
    id:
      description: Name that it was given.
      returned: success
      type: str
      sample: 20260115T103007Z-7f3a9c21
    label:
      description: Label of the task.
      returned: success
      type: str
      sample: before-maintenance
    taken:
      description: When it was taken, in ISO 8601 and UTC.
      returned: success
      type: str
      sample: "2026-01-15T10:30:07Z"
    path:
      description: File on the controller with the configuration.
      returned: success
      type: str
"""
