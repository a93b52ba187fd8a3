# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the config module; the action plugin of the same name does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
module: config
version_added: 0.1.0
short_description: Change the configuration of a network device, as a whole or not at all
description:
  - Takes a checkpoint, loads lines, a file or a rendered template, compares, and commits.
  - When the device refuses a line nothing is committed, and the error names the line and the device's words.
  - With O(confirm_within) the change is undone by itself unless M(holdfast.network.confirm) confirms it in time.
    This is so as well when the playbook or the controller has died meanwhile.
  - Exactly one of O(lines), O(src) and O(template) is needed.
author: holdfast.network contributors (@holdfast-network)
options:
  lines:
    description: Configuration lines in the device's own syntax.
    type: list
    elements: str
  parents:
    description: Lines of the section that O(lines) belong to, the outermost first. Only together with O(lines).
    type: list
    elements: str
  src:
    description: Text file on the controller with configuration in the device's own syntax.
    type: path
  template:
    description:
      - Jinja2 file on the controller that is rendered with the host's variables.
      - An undefined variable is an error.
    type: path
  replace:
    description: Make what is given the whole configuration, instead of merging it into the running one.
    type: bool
    default: false
  backup:
    description: Keep the running configuration in a file on the controller before the change.
    type: bool
    default: false
  backup_dir:
    description:
      - Directory of the backup files.
      - A relative path starts at the directory that Ansible was started in.
    type: path
    default: ./backups
  confirm_within:
    description:
      - Seconds within which the change has to be confirmed.
      - Without a confirmation the device goes back to the checkpoint.
      - Without this option the change is final at once.
    type: int
  save:
    description:
      - Copy the running configuration to the startup configuration afterwards.
      - It cannot be used together with O(confirm_within). Let M(holdfast.network.confirm) save instead.
    type: bool
    default: false
  comment:
    description: Ticket or reason. It is kept with the change.
    type: str
  label:
    description:
      - Name for the checkpoint that is taken before the change, beside the one that it is given.
      - A checkpoint with a label is kept until somebody removes it.
    type: str
extends_documentation_fragment:
  - holdfast.network.options.timeout
  - holdfast.network.attributes
  - holdfast.network.attributes.changes
seealso:
  - module: holdfast.network.confirm
  - module: holdfast.network.rollback
  - module: holdfast.network.command
notes:
  - In check mode the difference comes from the device where it can compare natively, and is computed elsewhere.
    RV(change.prediction) says which.
  - While a change waits for its confirmation, others can read the device.
    Their changes wait, or are refused with the name of the holder.
"""

EXAMPLES = r"""
- name: Merge two lines
  holdfast.network.config:
    parents:
      - interface Ethernet1
    lines:
      - description uplink to leaf1
      - no shutdown

- name: Show what a template would change
  holdfast.network.config:
    template: templates/router.j2
    replace: true
  check_mode: true
  diff: true

- name: Change with a safety net of two minutes
  holdfast.network.config:
    src: changes/new-peer.conf
    confirm_within: 120
    comment: NET-1234 new peer
  register: applied

- name: Keep it
  holdfast.network.confirm:
    change: "{{ applied.change.id }}"
    save: true
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
      sample: "+ description uplink to leaf1"
commands:
  description: The lines that were loaded.
  returned: success
  type: list
  elements: str
change:
  description: The change as the broker keeps it.
  returned: success
  type: dict
  contains:
    id:
      description: Name of the change, for M(holdfast.network.confirm) and M(holdfast.network.rollback).
      returned: success
      type: str
      sample: 7f3a9c21b0
    checkpoint:
      description: Name of the checkpoint that was taken before the change.
      returned: success
      type: str
    deadline:
      description: When the device goes back to the checkpoint unless the change is confirmed, in ISO 8601 and UTC.
      returned: when O(confirm_within) is given and something changed
      type: str
      sample: "2026-01-15T10:32:07Z"
    state:
      description:
        - V(committed) is final, V(pending) waits for its confirmation, V(unchanged) had nothing to do.
        - V(predicted) is what check mode says.
      returned: success
      type: str
      sample: pending
    prediction:
      description: Whether the difference is the device's own (V(native)) or V(computed).
      returned: success
      type: str
      sample: native
backup_path:
  description: File with the configuration as it was before.
  returned: when O(backup) is true
  type: str
  sample: ./backups/r1/20260115T103007Z.cfg
phases:
  description: Seconds that each phase took.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the phase.
      returned: success
      type: str
      sample: commit
    seconds:
      description: Seconds it took.
      returned: success
      type: float
      sample: 0.21
"""
