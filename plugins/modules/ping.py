# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the ping module; the action plugin of the same name does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ping
version_added: 0.1.0
short_description: Test the connection to a network device
description:
  - Goes through the steps of a connection, says how long each took and, when one fails, what is wrong and what to do.
  - This is not an ICMP ping.
author: holdfast.network contributors (@holdfast-network)
options: {}
extends_documentation_fragment:
  - holdfast.network.attributes
  - holdfast.network.attributes.read_only
"""

EXAMPLES = r"""
- name: Test the connection
  holdfast.network.ping:
"""

RETURN = r"""
reachable:
  description: Whether the device gave a prompt.
  returned: always
  type: bool
  sample: true
phases:
  description: The steps of the connection.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: One of V(dns), V(tcp), V(host_key), V(auth) and V(prompt).
      returned: always
      type: str
    ok:
      description: Whether the step succeeded.
      returned: always
      type: bool
    seconds:
      description: Seconds it took.
      returned: always
      type: float
    message:
      description: What was found, in words.
      returned: always
      type: str
diagnosis:
  description: One sentence about the connection.
  returned: always
  type: str
  sample: r1 answers over the pinned session, within 0.004 s.
pinned:
  description: Whether the session was open already, so that no login was needed.
  returned: always
  type: bool
  sample: true
seconds:
  description: Seconds that the test took in all.
  returned: always
  type: float
  sample: 0.004
fingerprint:
  description: Fingerprint of the device's SSH host key.
  returned: when the connection got that far
  type: str
  sample: SHA256:uNiVztksCsDhcc0u9e8BgrJXVGDNQ6hXhAcP3DMUdnQ
"""
