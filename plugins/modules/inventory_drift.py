# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the inventory_drift module; the action plugin of the same name does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
module: inventory_drift
version_added: 0.1.0
short_description: Compare NetBox or Nautobot with what discovery found
description:
  - Reads devices, interfaces, addresses and cables of the source of truth in bulk, compares them with a discovery
    store, and tells every difference, with a kind and a severity.
  - Devices are told apart by serial number, then by name (without regard to case and domain), then by address.
    A virtual chassis is one device.
  - What one side does not know is no difference. A device that discovery could not read is V(unreached), not
    V(missing).
  - The task fails when there is a difference of at least the severity O(fail_on), so that a pipeline does.
  - Nothing is changed anywhere. It runs once on the controller, whatever hosts the play has.
author: holdfast.network contributors (@holdfast-network)
options:
  filters:
    description:
      - Parameters of the source's list of devices, for example C(site) of NetBox or C(location) of Nautobot, when only
        some devices are expected in the store.
    type: dict
  kinds:
    description:
      - Which kinds of differences to look for; without it all.
      - V(missing), V(unreached), V(extra) and V(replaced) (other hardware under the same name) are about whole devices.
      - V(name), V(serial), V(model), V(platform), V(version) and V(address) (a primary address that the device does not
        have) are about what a device is.
      - V(interface_missing), V(interface_extra), V(interface) (enabled, description, MTU, MAC address) and
        V(interface_address) are about its interfaces, V(cable_missing), V(cable_extra) and V(cable) (the other end
        differs) about cables between devices that both sides know.
    type: list
    elements: str
    choices:
      - missing
      - unreached
      - extra
      - replaced
      - name
      - serial
      - model
      - platform
      - version
      - address
      - interface_missing
      - interface_extra
      - interface
      - interface_address
      - cable_missing
      - cable_extra
      - cable
  ignore:
    description:
      - Differences to leave out. Each rule has some of C(kind), C(device), C(interface), C(field) (C(enabled),
        C(description), C(mtu), C(mac)), C(site) and C(role) with a shell pattern; a difference that fits all of them is
        left out. Case does not matter.
    type: list
    elements: dict
    default: []
  ignore_statuses:
    description: Devices of these statuses are not expected in the network, and not compared when they are in it.
    type: list
    elements: str
    default:
      - planned
      - staged
      - inventory
      - decommissioning
      - decommissioned
      - retired
  severities:
    description:
      - Severity of a kind, V(low), V(medium), V(high) or V(critical), where it is to be another one.
      - V(missing), V(replaced), V(serial), V(address), V(cable_missing) and V(cable) are high, V(version),
        V(interface_extra) and V(interface) are low, all others medium.
    type: dict
  version_field:
    description:
      - Custom field of devices that has the version of the software, in NetBox. Nautobot has versions of its own.
    type: str
  unset:
    description: Also compare serial numbers, models, platforms, versions and descriptions that the source leaves empty.
    type: bool
    default: false
  fail_on:
    description: Fail when there is a difference of this severity or a higher one.
    type: str
    choices:
      - never
      - low
      - medium
      - high
      - critical
    default: low
  report_dir:
    description: Directory to write C(drift.json), C(drift.md) and C(drift.html) to. Without it no file is written.
    type: path
  formats:
    description: Which reports to write.
    type: list
    elements: str
    choices:
      - html
      - markdown
      - json
    default:
      - html
      - markdown
      - json
  title:
    description: Title of the reports.
    type: str
    default: Inventory drift
requirements:
  - netutils
extends_documentation_fragment:
  - holdfast.network.source
  - holdfast.network.store
  - holdfast.network.attributes
attributes:
  bypass_host_loop:
    description: Runs once for the whole play, not for each host.
    support: full
  check_mode:
    description: Runs without changing the device.
    support: full
    details: No report is written in check mode.
  diff_mode:
    description: Shows what has changed or would change.
    support: none
seealso:
  - module: holdfast.network.discover
  - module: holdfast.network.inventory_sync
"""

EXAMPLES = r"""
- name: Fail when NetBox and the network differ
  holdfast.network.inventory_drift:
    source: netbox
    url: https://netbox.example.com
    token: "{{ lookup('ansible.builtin.env', 'NETBOX_TOKEN') }}"
    report_dir: reports/drift

- name: Only what matters at night, in one site
  holdfast.network.inventory_drift:
    source: nautobot
    filters:
      location: Amsterdam
    fail_on: high
    ignore:
      - device: lab-*
      - kind: interface_extra
        interface: Vlan*

- name: Look, and go on
  holdfast.network.inventory_drift:
    source: netbox
    kinds:
      - missing
      - extra
      - replaced
    fail_on: never
  register: drift
"""

RETURN = r"""
drift:
  description: Whether there is a difference.
  returned: when both sides could be read
  type: bool
differences:
  description: Every difference, in order of device, kind and interface.
  returned: when both sides could be read
  type: list
  elements: dict
  contains:
    kind:
      description: One of the O(kinds).
      type: str
    severity:
      description: V(low), V(medium), V(high) or V(critical).
      type: str
    device:
      description: Name in the source of truth, or the device's own name.
      type: str
    interface:
      description: Which interface, when it is about one.
      type: str
    field:
      description: Which of its settings, of the kind V(interface).
      type: str
    truth:
      description: What the source of truth says, null when it says nothing.
      type: raw
    found:
      description: What the network says, null when it says nothing.
      type: raw
    message:
      description: The difference in words.
      type: str
    site:
      description: Site or location of the device.
      type: str
    role:
      description: Role of the device.
      type: str
    key:
      description: The source's id of the device.
      type: str
    id:
      description: The device's id in the discovery store.
      type: str
summary:
  description: How many devices were compared, and how many differences there are of each kind and severity.
  returned: when both sides could be read
  type: dict
  sample:
    devices:
      found: 20
      truth: 21
    differences: 1
    failed: true
    kinds:
      missing: 1
    severities:
      high: 1
    words: "21 devices in NetBox, 20 in the network: 1 difference."
text:
  description: The first differences in words.
  returned: when both sides could be read
  type: str
paths:
  description: File of each report.
  returned: when both sides could be read
  type: dict
  sample:
    html: reports/drift/drift.html
"""
