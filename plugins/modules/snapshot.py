# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the snapshot module; the action plugin of the same name does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
module: snapshot
version_added: 0.1.0
short_description: Keep the state of a network device in a file
description:
  - Reads features of the device in NAPALM's vendor-neutral schema and writes them to C(DIR/LABEL/HOST.json).
  - The files are written at once or not at all, and are fit to be committed to git.
author: holdfast.network contributors (@holdfast-network)
options:
  label:
    description: Name of the snapshot, the same for all hosts. A snapshot of that name is replaced.
    type: str
    required: true
extends_documentation_fragment:
  - holdfast.network.options.selection
  - holdfast.network.options.dir
  - holdfast.network.options.timeout
  - holdfast.network.attributes
  - holdfast.network.attributes.read_only
seealso:
  - module: holdfast.network.compare
  - module: holdfast.network.validate
"""

EXAMPLES = r"""
- name: Keep the state before the maintenance
  holdfast.network.snapshot:
    label: before

- name: Keep routing only
  holdfast.network.snapshot:
    label: routing
    features:
      - bgp
      - ospf
      - routes
    dir: state
"""

RETURN = r"""
path:
  description: File of the snapshot.
  returned: success
  type: str
  sample: ./snapshots/before/r1.json
features:
  description: Features that the snapshot has.
  returned: success
  type: list
  elements: str
  sample:
    - facts
    - interfaces
skipped_features:
  description: Features that the platform does not have, each with the reason.
  returned: success
  type: dict
  sample:
    ospf: not available for cisco_ios
snapshot:
  description: The snapshot itself.
  returned: success
  type: dict
"""
