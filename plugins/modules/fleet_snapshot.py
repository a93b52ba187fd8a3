# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the fleet_snapshot module; the action plugin of the same name does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
module: fleet_snapshot
version_added: 0.1.0
short_description: Keep the state of all hosts of the play in files, in one task
description:
  - Reads features of every host of the batch over its pinned session, many at the same time, and writes the same
    files as M(holdfast.network.snapshot), C(DIR/LABEL/HOST.json).
  - A host that fails or cannot be reached does not hinder the others.
author: holdfast.network contributors (@holdfast-network)
options:
  label:
    description: Name of the snapshot, the same for all hosts. A snapshot of that name is replaced.
    type: str
    required: true
  return_data:
    description: Return the snapshots too. They are in the files anyway, and large.
    type: bool
    default: false
extends_documentation_fragment:
  - holdfast.network.options.selection
  - holdfast.network.options.dir
  - holdfast.network.options.timeout
  - holdfast.network.fleet
  - holdfast.network.attributes
  - holdfast.network.attributes.read_only
seealso:
  - module: holdfast.network.snapshot
  - module: holdfast.network.compare
  - module: holdfast.network.validate
"""

EXAMPLES = r"""
- name: Keep the state of all hosts before the maintenance
  holdfast.network.fleet_snapshot:
    label: before
  run_once: true

- name: And after it
  holdfast.network.fleet_snapshot:
    label: after
  run_once: true

- name: Compare the two without reading the devices again
  holdfast.network.compare:
    before: before
    after: after
"""

RETURN = r"""
results:
  description:
    - Result of each host by its name.
    - It has C(path), C(changed), C(features), C(skipped_features) and, on demand, C(snapshot) as those of
      M(holdfast.network.snapshot) and C(elapsed) in seconds, or C(failed) or C(unreachable) with C(msg) and C(code).
  returned: always
  type: dict
failed_hosts:
  description: Hosts that could not be read.
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
  description: A record for each host, for M(holdfast.network.report), with the topology that was read.
  returned: always
  type: list
  elements: dict
elapsed:
  description: Seconds of the whole task.
  returned: always
  type: float
"""
