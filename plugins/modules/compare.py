# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the compare module; the action plugin of the same name does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
module: compare
version_added: 0.1.0
short_description: Compare two snapshots, or a snapshot and the device
description:
  - Says what differs between the state of a device at two moments.
  - Counters, ages and uptimes are left out, because they always differ.
author: holdfast.network contributors (@holdfast-network)
options:
  before:
    description: Label of the earlier snapshot.
    type: str
    required: true
  after:
    description: Label of the later snapshot. Without it the device is read now.
    type: str
  exclude:
    description:
      - Patterns of paths that are left out, such as C(interfaces.*.description).
    type: list
    elements: str
    default: []
extends_documentation_fragment:
  - holdfast.network.options.selection
  - holdfast.network.options.dir
  - holdfast.network.options.timeout
  - holdfast.network.attributes
  - holdfast.network.attributes.read_only
seealso:
  - module: holdfast.network.snapshot
"""

EXAMPLES = r"""
- name: Compare the device with the snapshot taken before
  holdfast.network.compare:
    before: before
    exclude:
      - interfaces.*.description
  register: comparison

- name: Compare two snapshots
  holdfast.network.compare:
    before: before
    after: after
    features:
      - bgp
"""

RETURN = r"""
differs:
  description: Whether there is any difference.
  returned: success
  type: bool
  sample: true
differences:
  description: The differences.
  returned: success
  type: list
  elements: dict
  sample:
    - path: bgp.global.peers.10.0.0.2.is_up
      kind: changed
      before: true
      after: false
text:
  description: The differences as lines to read.
  returned: success
  type: str
msg:
  description: The differences in words, and whether the configuration is one of them.
  returned: when there is a difference
  type: str
"""
