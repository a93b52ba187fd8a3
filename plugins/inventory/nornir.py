# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The nornir inventory: the hosts of a Nornir SimpleInventory."""

from __future__ import annotations

DOCUMENTATION = r"""
name: nornir
version_added: 0.1.0
short_description: Hosts of a Nornir inventory
description:
  - Reads the files of Nornir's C(SimpleInventory). Nornir itself is not needed.
  - Each host gets what Nornir would find for it, its own or inherited from its groups and from the defaults.
  - Its C(data) become host variables of the same names, as far as they are names that Ansible takes. All of it is in
    C(holdfast_nornir).
  - Hosts are in their groups and in those that these inherit from, and in C(platform_PLATFORM). Hosts that nothing is
    known to talk to are in C(unknown_platform).
  - The file's name ends in C(nornir.yml) or C(nornir.yaml).
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
      - holdfast.network.nornir
  host_file:
    description:
      - The file with the hosts. It may be encrypted by Ansible Vault, then nothing of it is cached.
      - A relative path starts at the directory of the inventory file. So do the others.
    type: str
    required: true
  group_file:
    description: The file with the groups. Without it C(groups.yaml) beside the hosts is read, if there is one.
    type: str
  defaults_file:
    description: The file with the defaults. Without it C(defaults.yaml) beside the hosts is read, if there is one.
    type: str
  connection:
    description:
      - The connection plugin of Nornir whose C(connection_options) go before a host's own address, port, platform and
        login, as they do in Nornir.
    type: str
    default: netmiko
  credentials:
    description:
      - Give the hosts the variables C(ansible_user) and C(ansible_password), and C(holdfast_enable_secret) and
        C(holdfast_passphrase) from the C(extras) of the connection.
      - An inventory with a password in it is never cached.
    type: bool
    default: true
notes:
  - A transform function of Nornir is Python and is not run. What it adds, mostly credentials, belongs into
    C(group_vars).
  - Host keys are checked, whatever C(ssh_strict) says.
"""

EXAMPLES = r"""
# inventory/nornir.yml
plugin: holdfast.network.nornir
host_file: ../nornir/hosts.yaml

# Without the passwords that are in it, with groups by site
---
plugin: holdfast.network.nornir
host_file: ../nornir/hosts.yaml
credentials: false
keyed_groups:
  - key: site
    prefix: site
"""

from pathlib import Path

from ..plugin_utils.broker.errors import BadInput
from ..plugin_utils.inventory.base import DeviceInventory
from ..plugin_utils.inventory.hosts import Host
from ..plugin_utils.inventory.nornir_hosts import NornirHosts
from ..plugin_utils.testbed.document import Document

#: names that Nornir itself looks for
BESIDE = {"group_file": "groups.yaml", "defaults_file": "defaults.yaml"}


class InventoryModule(DeviceInventory):
    NAME = "holdfast.network.nornir"
    FILES = ("nornir.yml", "nornir.yaml")

    def hosts(self) -> list[Host]:
        hosts = self._document("host_file")
        if hosts is None:
            raise BadInput(f"host_file: there are no hosts in {self.path_option('host_file')}", option="host_file")
        groups, defaults = self._document("group_file"), self._document("defaults_file")
        found = NornirHosts(hosts, groups, defaults, str(self.option("connection")), bool(self.option("credentials")))
        rows = found.hosts()
        for one in found.warnings:
            self.warn(one)
        return rows

    def _document(self, name: str) -> Document | None:
        """The file of an option, None when it is empty, or is not named and not there."""
        path = self._path(name)
        if path is None:
            return None
        text = self.read_text(path, name)
        return Document(str(path), text) if _says_something(text) else None

    def _path(self, name: str) -> Path | None:
        if not self.option(name):
            beside = self.path_option("host_file").with_name(BESIDE[name])
            return beside if beside.is_file() else None
        return self.file_option(name)


def _says_something(text: str) -> bool:
    lines = (line.strip() for line in text.splitlines())
    return any(line and not line.startswith("#") and line != "---" for line in lines)
