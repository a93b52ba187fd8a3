# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The Nautobot inventory: its devices and virtual machines as hosts."""

from __future__ import annotations

DOCUMENTATION = r"""
name: nautobot
version_added: 0.1.0
short_description: Devices of Nautobot
description:
  - Reads devices of Nautobot (2 and later) in bulk, never one by one.
  - The file's name ends in C(nautobot.yml) or C(nautobot.yaml).
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
      - holdfast.network.nautobot
  url:
    description: Address of Nautobot, for example V(https://nautobot.example.com).
    type: str
    env:
      - name: NAUTOBOT_URL
  token:
    description: API token. It may be a template, such as a lookup.
    type: str
    env:
      - name: NAUTOBOT_TOKEN
"""

EXAMPLES = r"""
# inventory/nautobot.yml; the token is in NAUTOBOT_TOKEN
plugin: holdfast.network.nautobot
url: https://nautobot.example.com
filters:
  status: Active
  location: [Ulm, Bonn]

# By GraphQL, IPv6 first, with the software version as a variable and a group for what is due
---
plugin: holdfast.network.nautobot
api: graphql
address: [primary6, primary4]
facts: [version, model, role]
groups:
  old: holdfast_version is defined and holdfast_version is version('17.9', '<')
"""

from ..plugin_utils.inventory.source import SourceInventory
from ..plugin_utils.sources.nautobot import Nautobot
from ..plugin_utils.sources.rest import Rest


class InventoryModule(SourceInventory):
    NAME = "holdfast.network.nautobot"
    FILES = ("nautobot.yml", "nautobot.yaml")
    SOURCE = "nautobot"

    def source(self, rest: Rest, page: int) -> Nautobot:
        return Nautobot(rest, page)
