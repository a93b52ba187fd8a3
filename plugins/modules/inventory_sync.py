# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the inventory_sync module; the action plugin of the same name does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
module: inventory_sync
version_added: 0.1.0
short_description: Write what discovery found into NetBox or Nautobot
description:
  - Compares a discovery store with the source of truth and writes the difference, devices, interfaces, addresses and
    cables, with what they refer to.
  - A second run writes nothing. Check mode plans and writes nothing, for which a token that may only read is enough.
  - What discovery does not know is left as it is. An empty description or an unknown serial number never takes the
    place of what people wrote.
  - Nothing is deleted unless O(prune) says so, but for one thing. A cable that is seen to lead elsewhere is replaced,
    since a port has one cable. Take V(cables) out of O(update) to keep it.
  - Whether the token may write is asked before the first write, so that a missing permission leaves nothing half done.
    Should the server refuse something later, RV(operations) tells what was written and RV(not_written) what was not.
    Nothing is undone; the next run goes on from there.
  - It runs once on the controller, whatever hosts the play has.
author: holdfast.network contributors (@holdfast-network)
options:
  filters:
    description:
      - Parameters of the source's list of devices, for example C(site) of NetBox or C(location) of Nautobot, when only
        some devices are to be compared. All that were discovered must be among them, else they are made a second time.
    type: dict
  create:
    description:
      - What may be made when it is missing.
      - Locations and roles are not in the default, since a typing error in their names would make one.
    type: list
    elements: str
    choices:
      - devices
      - interfaces
      - addresses
      - cables
      - prefixes
      - manufacturers
      - device_types
      - platforms
      - software_versions
      - roles
      - locations
    default:
      - devices
      - interfaces
      - addresses
      - cables
      - prefixes
      - manufacturers
      - device_types
      - platforms
      - software_versions
  update:
    description: What may be changed when the network says otherwise.
    type: list
    elements: str
    choices:
      - devices
      - interfaces
      - addresses
      - cables
    default:
      - devices
      - interfaces
      - addresses
      - cables
  prune:
    description:
      - What may be deleted when discovery does not see it any more. Only what this module made, which carries O(tag).
      - A device that discovery could not read this time is kept, and so is what belongs to devices that were not
        visited.
    type: list
    elements: str
    choices:
      - devices
      - interfaces
      - addresses
      - cables
    default: []
  location:
    description: Name of the location (in NetBox, the site) of new devices. Needed to make any.
    type: str
  location_type:
    description: Type of a location that is made. Only Nautobot has them.
    type: str
    default: Site
  role:
    description: Role of new devices that discovery knows no role of. Needed to make any of them.
    type: str
  status:
    description: Status of new devices. That of others is never changed.
    type: str
    default: active
  tag:
    description: Tag of devices, interfaces, addresses and cables that are made here. An empty word makes none.
    type: str
    default: holdfast
  namespace:
    description: Namespace of new addresses. Only Nautobot has them.
    type: str
    default: Global
  management_interface:
    description:
      - Interface that gets the address by which a device was reached, when none of its own has it, as it is behind
        address translation.
    type: str
  version_field:
    description:
      - Custom field of devices that takes the version of the software, in NetBox. Nautobot has versions of its own.
    type: str
requirements:
  - netutils
extends_documentation_fragment:
  - holdfast.network.source
  - holdfast.network.store
  - holdfast.network.attributes
  - holdfast.network.attributes.changes
seealso:
  - module: holdfast.network.discover
  - module: holdfast.network.inventory_drift
"""

EXAMPLES = r"""
- name: See what NetBox lacks
  holdfast.network.inventory_sync:
    source: netbox
    url: https://netbox.example.com
    location: Amsterdam
    role: access-switch
  check_mode: true
  diff: true

- name: Fill an empty Nautobot
  holdfast.network.inventory_sync:
    source: nautobot
    url: https://nautobot.example.com
    token: "{{ lookup('ansible.builtin.env', 'NAUTOBOT_TOKEN') }}"
    store: discovery
    location: Amsterdam
    role: router
    create: "{{ network + types + ['locations', 'roles'] }}"
  vars:
    network: [devices, interfaces, addresses, cables, prefixes]
    types: [manufacturers, device_types, platforms, software_versions]

- name: Only keep serial numbers and versions up to date
  holdfast.network.inventory_sync:
    source: nautobot
    create:
      - software_versions
    update:
      - devices
"""

RETURN = r"""
operations:
  description: What was written, in order; in check mode what would be.
  returned: always
  type: list
  elements: dict
  contains:
    action:
      description: V(create), V(update) or V(delete).
      type: str
    kind:
      description: Kind of object, such as V(device) or V(cable).
      type: str
    name:
      description: Which one.
      type: str
    fields:
      description: What it has now, of an update what changed.
      type: dict
    before:
      description: What it had, of an update and a deletion.
      type: dict
summary:
  description: How many of each kind were planned.
  returned: when a plan was made
  type: dict
  sample:
    create:
      device: 2
      interface: 14
left_out:
  description: What discovery found and is not written, and why.
  returned: when a plan was made
  type: list
  elements: str
not_written:
  description: What was planned and not written, as in RV(operations). The first ones caused the failure.
  returned: when the source refused something
  type: list
  elements: dict
"""
