# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the topology module; the action plugin of the same name does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
module: topology
version_added: 0.1.0
short_description: Draw the network that was discovered
description:
  - Makes a map of what is in a discovery store, as a page for people (pan, zoom, search, details of each device), as a
    drawing, and for other programs.
  - M(holdfast.network.discover) does so by itself. This module does it again, with another title or at another place.
  - It runs once on the controller, whatever hosts the play has, and needs no connection.
author: holdfast.network contributors (@holdfast-network)
options:
  dir:
    description: Directory to write C(topology.json) and so on to. Without it O(store).
    type: path
  formats:
    description:
      - Which files to write.
      - V(html) is one page that needs nothing else; V(svg) a drawing; V(graphml) is for programs such as Gephi and yEd;
        V(json) is for scripts.
    type: list
    elements: str
    choices:
      - json
      - graphml
      - svg
      - html
    default:
      - json
      - graphml
      - svg
      - html
  title:
    description: Title of the map.
    type: str
    default: Network topology
requirements:
  - igraph, for V(svg) and V(html)
  - netutils
extends_documentation_fragment:
  - holdfast.network.store
  - holdfast.network.attributes
attributes:
  bypass_host_loop:
    description: Runs once for the whole play, not for each host.
    support: full
  check_mode:
    description: Runs without changing the device.
    support: full
    details: No file is written in check mode; the result says which would be.
  diff_mode:
    description: Shows what has changed or would change.
    support: none
seealso:
  - module: holdfast.network.discover
"""

EXAMPLES = r"""
- name: Draw the network for the wiki
  holdfast.network.topology:
    store: discovery
    dir: public/network
    formats:
      - html
      - svg
    title: Campus Amsterdam
"""

RETURN = r"""
paths:
  description: File of each format.
  returned: success
  type: dict
  sample:
    html: public/network/topology.html
    svg: public/network/topology.svg
written:
  description: The files that changed, or would change. A file that says the same already is left alone.
  returned: success
  type: list
  elements: str
  sample:
    - public/network/topology.html
nodes:
  description: How many devices are in the map, with those that were not reached.
  returned: success
  type: int
  sample: 23
links:
  description: How many cables are in the map.
  returned: success
  type: int
  sample: 29
"""
