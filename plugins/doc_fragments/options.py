# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Options that several modules share."""

from __future__ import annotations


class ModuleDocFragment:
    """Ansible looks for this name. Each variant is one option, so that a module names what it has."""

    TIMEOUT = r"""
options:
  timeout:
    description:
      - Seconds that one command may take.
      - Without it the connection's O(holdfast.network.pinned#connection:command_timeout) is used.
    type: float
"""

    DIR = r"""
options:
  dir:
    description:
      - Directory of the snapshots on the controller. A snapshot is the file C(DIR/LABEL/HOST.json).
      - A relative path starts at the directory that Ansible was started in.
    type: path
    default: ./snapshots
"""

    SELECTION = r"""
options:
  features:
    description:
      - Parts of the device's state, such as V(facts), V(interfaces), V(bgp), V(ospf), V(lldp), V(routes), V(vlans),
        V(arp) or V(config).
      - A feature that the platform does not have is skipped, and the result says so.
      - Without it these are used, V(facts), V(interfaces), V(bgp), V(ospf), V(lldp), V(routes) and V(config).
    type: list
    elements: str
"""
