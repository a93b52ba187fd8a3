# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Options that the inventory plugins for sources of truth share."""

from __future__ import annotations


class ModuleDocFragment:
    """Ansible looks for this name."""

    DOCUMENTATION = r"""
options:
  token_kind:
    description:
      - How the token is sent. V(token) is for NetBox's tokens of version 1 and for Nautobot's, V(bearer) for NetBox's
        tokens of version 2 (C(nbt_KEY.SECRET), NetBox 4.5).
      - V(auto) tells them by their form.
    type: str
    choices:
      - auto
      - token
      - bearer
    default: auto
  validate_certs:
    description: Refuse a TLS certificate that cannot be verified.
    type: bool
    default: true
  ca_file:
    description:
      - File with the certificates that O(validate_certs) trusts, in PEM format.
      - A relative path starts at the directory of the inventory file. Without it the system's are used.
    type: str
  timeout:
    description: Seconds to wait for a connection, and for each silence of the server.
    type: float
    default: 30
  parallel:
    description: How many pages are read at the same time.
    type: int
    default: 4
  page_size:
    description: How many devices to ask for at a time. A server that gives fewer is asked for as many as it gives.
    type: int
    default: 1000
  api:
    description:
      - V(rest) reads lists of the REST API, V(graphql) only chooses the devices by them and reads their fields by
        GraphQL.
      - Both give the same inventory.
    type: str
    choices:
      - rest
      - graphql
    default: rest
  filters:
    description:
      - Parameters of the list of devices (C(/api/dcim/devices/)) in the REST API, by their names there. A value may
        be a list, of which any will do (all, of tags).
      - Without it all devices are taken.
    type: dict
  virtual_machines:
    description: Take virtual machines too.
    type: bool
    default: false
  vm_filters:
    description: As O(filters), for the list of virtual machines.
    type: dict
  address:
    description:
      - Which address becomes C(ansible_host), the first of these that there is.
      - V(primary4) and V(primary6) are the primary addresses, V(oob) is the out-of-band one (of NetBox),
        V(dns_name) the DNS name of the first address that has one.
      - For any other rule compose C(ansible_host).
    type: list
    elements: str
    choices:
      - primary4
      - primary6
      - oob
      - dns_name
    default:
      - primary4
      - primary6
      - oob
  unaddressed:
    description: What becomes of a device without any O(address). One that is kept is reached by its name.
    type: str
    choices:
      - keep
      - skip
    default: keep
  unnamed:
    description: What becomes of a device without a name. One that is kept is named after its site or address.
    type: str
    choices:
      - skip
      - keep
    default: skip
  virtual_chassis:
    description:
      - V(master) has one host for each virtual chassis, its master. V(chassis) does the same under the name of the
        chassis. V(members) has a host for each member.
      - A chassis without a master is represented by a member with an address, and a warning says so.
    type: str
    choices:
      - master
      - chassis
      - members
    default: master
  platforms:
    description:
      - What a platform of the source is to netmiko, by its slug or name, for example C(ios-xe-17) to V(cisco_xe).
      - Platforms that have one of the common names need none.
    type: dict
  facts:
    description:
      - What of a device becomes a variable C(holdfast_NAME), where it has a value.
      - Each costs time with very many devices. See C(docs/sources.md).
    type: list
    elements: str
    choices:
      - id
      - site
      - regions
      - location
      - rack
      - role
      - tenant
      - status
      - vendor
      - model
      - serial
      - version
      - tags
      - custom_fields
      - virtual_chassis
      - cluster
      - type
      - dns_name
    default:
      - site
      - role
      - tenant
      - status
      - vendor
      - model
      - serial
      - tags
      - custom_fields
  group_by:
    description:
      - Groups that a device is in, as C(site_ULM). One of V(region) is each of the regions that the site lies in.
      - These are much faster than C(keyed_groups).
    type: list
    elements: str
    choices:
      - site
      - region
      - location
      - rack
      - role
      - tenant
      - platform
      - vendor
      - model
      - status
      - tag
      - virtual_chassis
      - cluster
      - type
    default:
      - site
      - region
      - role
      - tenant
      - platform
      - vendor
      - status
      - tag
  config_context:
    description:
      - V(variable) gives the config context as the variable C(holdfast_config_context), V(flatten) each of its keys
        as a variable. Reading it is slow for the server.
      - Keys that begin with C(ansible_) or C(holdfast_) are left out by V(flatten). Whoever may edit a config
        context could otherwise have Ansible run programs.
    type: str
    choices:
      - none
      - variable
      - flatten
    default: none
  outage:
    description:
      - With O(cache=true), V(last_good) uses the last good answer when the source does not answer, with a warning
        that says how old it is. V(fail) makes it an error.
      - A refused login, a missing permission, a certificate that cannot be verified, or an answer that is no data,
        such as a login page, is an error in any case.
    type: str
    choices:
      - last_good
      - fail
    default: last_good
  last_good_dir:
    description:
      - Directory of the last good answers. Only their owner can read them.
      - Without it C(holdfast/last_good) in Ansible's home (C(~/.ansible)) is used.
    type: path
    env:
      - name: HOLDFAST_LAST_GOOD_DIR
    ini:
      - section: holdfast
        key: last_good_dir
notes:
  - A host's variables are those of P(holdfast.network.pinned#connection), C(ansible_host), C(ansible_connection) and
    C(holdfast_platform), and those of O(facts). Credentials are none of them.
  - Devices of one name are all kept, told apart by site, address, serial number or id, with a warning.
  - A platform that nobody knows is kept as it is, with a warning, and the host is in the group C(unknown_platform).
requirements:
  - requests
"""
