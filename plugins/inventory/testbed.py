# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The testbed inventory: the devices of a pyATS testbed file as hosts."""

from __future__ import annotations

DOCUMENTATION = r"""
name: testbed
version_added: 0.1.0
short_description: Devices of a pyATS testbed
description:
  - Reads a pyATS testbed in YAML. pyATS itself is not needed.
  - The device's C(os) becomes the platform that P(holdfast.network.pinned#connection) needs, C(ip) and C(port) of one
    of its connections the address, C(proxy) the jump hosts, each with the credentials that the testbed has for it.
  - A device of type C(jump_host) is no host, it is only gone through.
  - Hosts are in the groups C(platform_PLATFORM), C(type_TYPE) and C(role_ROLE), and in C(unknown_platform) when nothing
    is known that could talk to them.
  - The file's name ends in C(testbed.yml) or C(testbed.yaml).
author: holdfast.network contributors (@holdfast-network)
extends_documentation_fragment:
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
  - holdfast.network.inventory
options:
  plugin:
    description: Tells Ansible whose configuration this is.
    type: str
    required: true
    choices:
      - holdfast.network.testbed
  testbed:
    description:
      - The testbed's YAML file. It may be encrypted by Ansible Vault as a whole, then nothing of it is cached.
      - A relative path starts at the directory of the inventory file.
    type: str
    required: true
  via:
    description:
      - Which of a device's connections to use, by its name. A device that does not have it uses another.
      - Without it the default that the testbed names for the device is used (C(connections.defaults.via)), then C(cli),
        then any. One by SSH goes before others.
    type: str
  credentials:
    description:
      - Give the hosts the variables C(ansible_user), C(ansible_password), C(holdfast_passphrase) and
        C(holdfast_enable_secret) from the credentials C(default) and C(enable) of the connection, the device, or the
        testbed.
      - What is written as C(%ENV{NAME}) becomes a lookup that reads the variable when a task needs it.
      - A password written as plain text becomes the variable's value. An inventory with one in it is never cached.
      - What only pyATS can evaluate, such as C(%ASK{}) and C(%ENC{}), gives no variable, and a warning says which one
        to set instead.
    type: bool
    default: true
notes:
  - A host's variables are those of the connection, C(holdfast_model), C(holdfast_role), C(holdfast_links) (from the
    section C(topology)) and C(holdfast_testbed) with C(type), C(os), C(platform), C(series), C(alias), C(custom),
    C(via) and C(protocol) as they are written.
  - C(holdfast_platform), C(holdfast_driver) and C(holdfast_port) under a device's C(custom) go before its C(os) and
    C(port).
  - Other testbeds that it names in C(extends) are read first, as pyATS does.
"""

EXAMPLES = r"""
# inventory/testbed.yml
plugin: holdfast.network.testbed
testbed: ../pyats/lab.yaml

# By another connection than the default one, with groups by what the testbed says under custom
---
plugin: holdfast.network.testbed
testbed: ../pyats/lab.yaml
via: mgmt
keyed_groups:
  - key: holdfast_testbed.custom.site
    prefix: site
"""

from ..plugin_utils.inventory.base import DeviceInventory
from ..plugin_utils.inventory.hosts import Host
from ..plugin_utils.testbed.document import load
from ..plugin_utils.testbed.hosts import read_hosts


class InventoryModule(DeviceInventory):
    NAME = "holdfast.network.testbed"
    FILES = ("testbed.yml", "testbed.yaml")

    def hosts(self) -> list[Host]:
        path = self.file_option("testbed")
        found, warnings = read_hosts(
            load(path, lambda one: self.read_text(one, "testbed")), self.option("via"), bool(self.option("credentials"))
        )
        for one in warnings:
            self.warn(one)
        return found
