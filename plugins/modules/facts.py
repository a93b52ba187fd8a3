# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The facts module. Tasks get the action plugin of the same name; ``gather_facts`` runs this module itself."""

from __future__ import annotations

DOCUMENTATION = r"""
module: facts
version_added: 0.1.0
short_description: Gather facts of a network device
description:
  - Reads facts in NAPALM's vendor-neutral schema and sets them as Ansible facts.
  - Name it in C(ansible_facts_modules) to have C(gather_facts) run it.
author: holdfast.network contributors (@holdfast-network)
options:
  gather_subset:
    description:
      - Features to read, such as V(facts), V(interfaces), V(bgp), V(ospf), V(lldp), V(routes), V(vlans), V(arp) or
        V(config).
      - Also any getter of NAPALM by its own name, such as V(get_environment). What it gives is in
        C(ansible_facts.holdfast) under that name.
    type: list
    elements: str
    default:
      - facts
      - interfaces
extends_documentation_fragment:
  - holdfast.network.options.timeout
  - holdfast.network.attributes
  - holdfast.network.attributes.read_only
attributes:
  facts:
    description: Returns a dictionary C(ansible_facts) that is merged into the host's facts.
    support: full
seealso:
  - module: holdfast.network.snapshot
"""

EXAMPLES = r"""
- name: Gather the default facts
  holdfast.network.facts:

- name: Gather BGP state as well
  holdfast.network.facts:
    gather_subset:
      - facts
      - interfaces
      - bgp

# In the inventory, for plays with gather_facts:
#   ansible_facts_modules: holdfast.network.facts
"""

RETURN = r"""
ansible_facts:
  description: Facts of the device.
  returned: success
  type: dict
  contains:
    net_hostname:
      description: Name of the device.
      returned: when V(facts) is in O(gather_subset)
      type: str
      sample: r1
    net_vendor:
      description: Vendor.
      returned: when V(facts) is in O(gather_subset)
      type: str
      sample: Cisco
    net_model:
      description: Model.
      returned: when V(facts) is in O(gather_subset)
      type: str
    net_serial:
      description: Serial number.
      returned: when V(facts) is in O(gather_subset)
      type: str
    net_version:
      description: Version of the operating system.
      returned: when V(facts) is in O(gather_subset)
      type: str
    net_uptime:
      description: Seconds since the device was started.
      returned: when V(facts) is in O(gather_subset)
      type: float
    net_interfaces:
      description: Interfaces by name, as NAPALM's C(get_interfaces) gives them.
      returned: when V(interfaces) is in O(gather_subset)
      type: dict
    holdfast:
      description: Every feature that was read, by name.
      returned: success
      type: dict
skipped_features:
  description: Features that the platform does not have, each with the reason.
  returned: success
  type: dict
  sample:
    ospf: not available for cisco_ios
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils.broker_socket import BrokerError, ask


def main():
    module = AnsibleModule(
        argument_spec={
            "gather_subset": {"type": "list", "elements": "str", "default": ["facts", "interfaces"]},
            "timeout": {"type": "float"},
        },
        supports_check_mode=True,
    )
    if not module._socket_path:
        module.fail_json(msg="connection: this module needs ansible_connection: holdfast.network.pinned")
    try:
        asked = {"gather_subset": module.params["gather_subset"]}
        module.exit_json(changed=False, **ask(module._socket_path, "facts", asked))
    except (BrokerError, OSError) as exc:
        module.fail_json(msg=str(exc), code=getattr(exc, "code", "broker_unavailable"))


if __name__ == "__main__":
    main()
