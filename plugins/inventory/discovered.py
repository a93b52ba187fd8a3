# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The discovered inventory: what discovery found, as hosts."""

from __future__ import annotations

DOCUMENTATION = r"""
name: discovered
version_added: 0.1.0
short_description: Devices that discovery found
description:
  - Reads a discovery store, which M(holdfast.network.discover) writes. No device is asked.
  - A host has its device's name. Several devices of one name are all kept, told apart by their addresses or serial
    numbers, with a warning.
  - Its variables let P(holdfast.network.pinned#connection) reach it at once. Credentials are none of them. Each host is
    in the group C(credential_NAME) of the credential set that opened it, so that the variables of these groups can give
    them.
  - Hosts are in the groups C(platform_PLATFORM), C(vendor_VENDOR), C(role_ROLE) and C(via_ssh), C(via_eapi) or
    C(via_snmp) too, and in C(unknown_platform) when nothing is known that could talk to them.
  - The file's name ends in C(discovered.yml) or C(discovered.yaml).
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
      - holdfast.network.discovered
  store:
    description:
      - Directory of the discovery store.
      - A relative path starts at the directory of the inventory file.
    type: str
    default: discovery
  unreached:
    description: Have a host also for each address that was not reached or refused the login, in the group C(unreached).
    type: bool
    default: false
  details:
    description: Give the variable C(holdfast_discovered) the device's interfaces and neighbours too.
    type: bool
    default: false
notes:
  - A host's variables are C(ansible_connection), C(ansible_host), C(ansible_port) when it is not the driver's default,
    C(holdfast_platform), C(holdfast_driver), C(holdfast_vendor), C(holdfast_model), C(holdfast_serial),
    C(holdfast_version), C(holdfast_role), C(holdfast_links) (a list of C(interface), C(neighbor),
    C(neighbor_interface), C(neighbor_id)) and C(holdfast_discovered), with the rest of what the store has.
"""

EXAMPLES = r"""
# inventory/discovered.yml
plugin: holdfast.network.discovered
store: ../discovery

# Further groups and variables, as with any constructed inventory
---
plugin: holdfast.network.discovered
store: ../discovery
unreached: true
compose:
  priority: 1 if holdfast_role == 'router' else 2
groups:
  old_software: holdfast_version is version('15.2', '<')
keyed_groups:
  - key: holdfast_model
    prefix: model
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from ..plugin_utils.broker.errors import BadInput
from ..plugin_utils.discovery.links import links
from ..plugin_utils.discovery.records import Device, End, Failure, Link
from ..plugin_utils.discovery.store import DiscoveryStore
from ..plugin_utils.inventory.base import DeviceInventory
from ..plugin_utils.inventory.hosts import Host, connection_variables, given, group_names

_DETAILS = ("interfaces", "neighbors")
#: These are variables of their own.
_ELSEWHERE = ("address", "port", "platform", "driver", "vendor", "model", "serial", "version", "role")


class InventoryModule(DeviceInventory):
    NAME = "holdfast.network.discovered"
    FILES = ("discovered.yml", "discovered.yaml")

    def hosts(self) -> Iterator[Host]:
        directory = self.path_option("store")
        store = DiscoveryStore(directory)
        if not store.devices.is_dir() and not store.unreached.exists():
            raise BadInput(
                f"store: {directory} is no discovery store; run the playbook holdfast.network.discover, or correct "
                "the path",
                option="store",
            )
        found = store.load()
        failures = found.failures if self.option("unreached") else []
        if not found.devices and not failures:
            raise BadInput(
                f"store: the discovery store {directory} has no device, {len(found.failures)} were not reached; "
                "run the playbook holdfast.network.discover again and look at what it says",
                option="store",
            )
        details = bool(self.option("details"))
        ends = _ends(links(found.devices))
        yield from (_host(device, ends[device.id], details) for device in found.devices)
        yield from (_unreached(failure) for failure in failures)


def _ends(found: list[Link]) -> dict[str, list[dict[str, Any]]]:
    """Of each device's id, its links as seen from there."""
    seen: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for link in found:
        for here, there in ((link.a, link.b), (link.b, link.a)):
            if here.device is not None:
                seen[here.device].append(_link(here, there))
    return seen


def _link(here: End, there: End) -> dict[str, Any]:
    return {
        "interface": here.interface,
        "neighbor": there.name,
        "neighbor_interface": there.interface,
        "neighbor_id": there.device,
    }


def _host(device: Device, ends: list[dict[str, Any]], details: bool) -> Host:
    left_out = _ELSEWHERE if details else (*_ELSEWHERE, *_DETAILS)
    rest = {name: value for name, value in device.as_dict().items() if value and name not in left_out}
    variables = {
        **connection_variables(device.address, device.platform, device.port, device.driver),
        **given(
            vendor=device.vendor,
            model=device.model,
            serial=device.serial,
            version=device.version,
            role=device.role,
            links=ends,
        ),
        "holdfast_discovered": rest,
    }
    groups = group_names(
        platform=variables["holdfast_platform"],
        vendor=device.vendor,
        role=device.role,
        credential=device.credential,
        via=device.via,
    )
    return Host(device.name, variables, groups, (device.address, device.serial, device.id))


def _unreached(failure: Failure) -> Host:
    variables = connection_variables(failure.address, None)
    rest = {key: value for key, value in asdict(failure).items() if key not in ("address", "name")}
    variables["holdfast_unreached"] = rest
    return Host(failure.name, variables, ["unreached"], (failure.address,), reached=False)
