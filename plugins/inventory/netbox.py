# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The NetBox inventory: its devices and virtual machines as hosts."""

from __future__ import annotations

DOCUMENTATION = r"""
name: netbox
version_added: 0.1.0
short_description: Devices of NetBox
description:
  - Reads devices of NetBox in bulk, never one by one.
  - The file's name ends in C(netbox.yml) or C(netbox.yaml).
  - C(docs/sources.md) has more about tokens, filters, addresses, large sources and outages.
author: holdfast.network contributors (@holdfast-network)
extends_documentation_fragment:
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
  - holdfast.network.inventory
  - holdfast.network.source_inventory
options:
  plugin:
    description: Tells Ansible whose configuration this is.
    type: str
    required: true
    choices:
      - holdfast.network.netbox
  url:
    description: Address of NetBox, for example V(https://netbox.example.com).
    type: str
    env:
      - name: NETBOX_API
      - name: NETBOX_URL
  token:
    description: API token, of either version. It may be a template, such as a lookup.
    type: str
    env:
      - name: NETBOX_TOKEN
      - name: NETBOX_API_TOKEN
"""

EXAMPLES = r"""
# inventory/netbox.yml; the token is in NETBOX_TOKEN
plugin: holdfast.network.netbox
url: https://netbox.example.com
filters:
  status: active
  has_primary_ip: true
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.ansible/cache/inventory

# Reach devices out of band where they have such an address, and group them by what matters to you
---
plugin: holdfast.network.netbox
url: https://netbox.example.com
ca_file: netbox-ca.pem
token: "{{ lookup('ansible.builtin.file', '~/.netbox-token') }}"
filters:
  site: [ulm, bonn]
  tag: managed
address: [oob, primary4]
virtual_chassis: chassis
groups:
  first: (holdfast_custom_fields | default({})).priority | default(9) == 1
  maintenance: (holdfast_custom_fields | default({})).maintenance | default(false)
keyed_groups:
  - key: holdfast_model
    prefix: model
"""

from ..plugin_utils.inventory.source import SourceInventory
from ..plugin_utils.sources.netbox import NetBox
from ..plugin_utils.sources.netbox_filters import doubtful
from ..plugin_utils.sources.rest import Rest


class InventoryModule(SourceInventory):
    NAME = "holdfast.network.netbox"
    FILES = ("netbox.yml", "netbox.yaml")
    SOURCE = "netbox"

    def source(self, rest: Rest, page: int) -> NetBox:
        return NetBox(rest, page, dns_names="dns_name" in (*self.option("address"), *self.option("facts")))

    def doubtful(self, names: list[str]) -> list[str]:
        return doubtful(names)
