# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the discover module; the action plugin of the same name does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
module: discover
version_added: 0.1.0
short_description: Find the devices of a network from a few addresses, and keep what they say
description:
  - Visits the seeds, asks each device what it is and whom it sees by LLDP and CDP, and goes on with those, breadth
    first.
  - Each device becomes a file of the discovery store in O(store), fit for git. A file changes only when the device has
    something new to say. The inventory plugin P(holdfast.network.discovered#inventory) reads the store.
  - Sessions that are opened stay open in the broker. A play that comes to the devices afterwards does not log in again.
  - A device that cannot be reached or refuses the login is returned with the reason, and hinders no other.
  - It runs once, whatever hosts the play has. C(hosts=localhost) is a good choice.
author: holdfast.network contributors (@holdfast-network)
options:
  seeds:
    description:
      - Where to start, addresses (V(192.0.2.1)), names (V(core1.example.com)) or ranges (V(192.0.2.0/24),
        V(2001:db8::/120)).
      - All addresses of a range are tried, but for the network's and the broadcast address of IPv4. That nobody
        answers at an address of a range is no failure, see RV(silent).
    type: list
    elements: str
    required: true
  credentials:
    description:
      - Ways to log in, in the order in which they are tried.
      - The keys of each are C(user), and C(password), C(private_key_file) or C(private_key) (its text), C(passphrase),
        C(enable_secret) as needed.
        C(name) is what results and messages say of it. C(platforms) is a list of the platforms it is for, all without
        it.
      - A set that opened a device before is the first one that is tried there.
      - Without this option the variables of the play's host are used, C(ansible_user), C(ansible_password) and so on.
    type: list
    elements: dict
  snmp:
    description:
      - Ways to read SNMP, for devices whose CLI is closed. They are tried in this order.
      - The keys of each are C(name), C(version) (V(2c) or V(3)), C(community), or C(user), C(auth_protocol),
        C(auth_key), C(priv_protocol) and C(priv_key).
    type: list
    elements: dict
  transports:
    description: Ways to read a device, in the order in which they are tried.
    type: list
    elements: str
    choices:
      - ssh
      - eapi
      - snmp
    default:
      - ssh
      - snmp
  port:
    description: TCP port of SSH. Without it C(ansible_port) of the play's host, else 22.
    type: int
  eapi_port:
    description: TCP port of eAPI. Without it 443, or 80 without TLS.
    type: int
  snmp_port:
    description: UDP port of SNMP.
    type: int
    default: 161
  snmp_timeout:
    description: Seconds to wait for an answer by SNMP.
    type: float
    default: 2
  snmp_retries:
    description: How often an SNMP request is repeated.
    type: int
    default: 1
  allow:
    description: Ranges that may be visited. Without any, all may.
    type: list
    elements: str
    default: []
  deny:
    description: Ranges that are not visited, whatever O(allow) says. They hold for seeds and for neighbors.
    type: list
    elements: str
    default: []
  ignore:
    description:
      - Regular expressions, without regard to case. A neighbor whose name, or description of itself, has a match for
        one of them is not visited.
      - So phones, access points and servers need not be asked. Whatever logs in to them tells them a password.
    type: list
    elements: str
    default: []
  max_addresses:
    description:
      - How many addresses the ranges of O(seeds) may hold together. More of them are refused before anything is tried.
      - To confirm that a larger range is meant, set this to the number that the error tells.
    type: int
    default: 4096
  max_depth:
    description: How many steps from a seed to go. V(0) visits only the seeds. Without it there is no limit.
    type: int
  max_devices:
    description: How many devices to find. Who is known but not visited then is among the failures.
    type: int
  parallel:
    description: How many devices are visited at the same time.
    type: int
    default: 50
  login_rate:
    description:
      - How many logins there are in a second at most, over all devices, to be polite to AAA servers. V(0) is no limit.
    type: float
    default: 20
  max_failed_logins:
    description: After how many refused logins a device is given up, so that no account is locked.
    type: int
    default: 2
  visit_timeout:
    description: Seconds after which a visit is given up, whatever the device does.
    type: float
    default: 300
  connect_timeout:
    description: Seconds until a device that gives no prompt counts as not reachable.
    type: float
    default: 10
  command_timeout:
    description:
      - Seconds that one command may take.
      - Without it the connection's O(holdfast.network.pinned#connection:command_timeout) is used.
    type: float
  store:
    description:
      - Directory of the discovery store on the controller. Use one for each network that is crawled by itself.
      - A relative path starts at the directory that Ansible was started in.
    type: path
    default: ./discovery
  resume:
    description:
      - Go on with a crawl that was interrupted, without visiting again what it visited.
      - Without one it starts as usual, so this can stay on.
    type: bool
    default: false
  revisit:
    description:
      - Ask devices of the store that nobody told of at the address they had, too.
      - With O(max_depth) they are not asked, since nobody knows how far away they are.
    type: bool
    default: true
  vanished:
    description:
      - What to do with the files of devices that nobody tells of any more, and that do not answer.
      - A device that was only not reached is not meant, its file stays. One that is switched off for so long that its
        neighbors forgot it is meant.
    type: str
    choices:
      - keep
      - remove
    default: keep
  topology:
    description:
      - Which maps of the network to write, as C(DIR/topology.FORMAT).
      - V(svg) and V(html) need the Python package igraph.
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
  fail_on:
    description:
      - When the task fails. V(all) is when no device was found, V(seed) when an address or name in O(seeds) was not
        read, V(any) when any device that was heard of was not read.
      - What O(allow), O(deny), O(ignore), O(max_depth) and O(max_devices) leave out does not count for V(seed) and
        V(any).
    type: str
    choices:
      - all
      - seed
      - any
      - never
    default: all
extends_documentation_fragment:
  - holdfast.network.attributes
attributes:
  check_mode:
    description: Runs without changing the device.
    support: full
    details: The network is crawled, but no file is written. The result says what would change.
  diff_mode:
    description: Shows what has changed or would change.
    support: full
    details: The difference is about devices and links, not about lines of files.
  bypass_host_loop:
    description: Runs once, as with C(run_once).
    support: full
notes:
  - Host keys, jump hosts, proxies, TLS and idle timeout are as the variables of the play's host say, the same as for
    P(holdfast.network.pinned#connection).
  - Logins that were refused are remembered by the broker, so that a second run does not lock an account either.
  - It says on the screen what fails, and once a second how far it is.
seealso:
  - plugin: holdfast.network.discovered
    plugin_type: inventory
  - module: holdfast.network.topology
  - module: holdfast.network.inventory_drift
"""

EXAMPLES = r"""
- name: Find all devices from one of them
  holdfast.network.discover:
    seeds:
      - 192.0.2.1
    credentials:
      - name: tacacs
        user: netops
        password: "{{ lookup('ansible.builtin.env', 'NETOPS_PASSWORD') }}"
      - name: local
        user: admin
        password: "{{ lookup('ansible.builtin.env', 'ADMIN_PASSWORD') }}"
        platforms:
          - ios
    deny:
      - 192.0.2.128/25
    ignore:
      - phone
      - ^ap-
  register: found

- name: Say who was not read
  ansible.builtin.debug:
    msg: "{{ item.address or item.name }}: {{ item.reason }}"
  loop: "{{ found.failures }}"
  loop_control:
    label: "{{ item.address or item.name }}"

- name: Sweep a range over SSH and SNMP, at most 200 devices
  holdfast.network.discover:
    seeds:
      - 198.51.100.0/24
    credentials:
      - user: netops
        private_key_file: ~/.ssh/netops
    snmp:
      - community: "{{ lookup('ansible.builtin.env', 'SNMP_COMMUNITY') }}"
    max_devices: 200
    login_rate: 5
    store: discovery/branches
    resume: true
"""

RETURN = r"""
devices:
  description: The devices that were read, in order of their ids. All that is known of them is in the store.
  returned: success
  type: list
  elements: dict
  sample:
    - id: core1
      name: core1
      address: 192.0.2.1
      platform: cisco_ios
      via: ssh
      credential: tacacs
      vendor: Cisco
      model: IOSv
      serial: 9ABCDEFGHIJ
      version: 15.9(3)M6
failures:
  description:
    - Addresses, and neighbors without one, that were not read, with C(code) and C(reason).
    - C(found_by) is the device and port that told of it, null for a seed. C(tried) names the credentials that were
      tried.
  returned: success
  type: list
  elements: dict
  sample:
    - address: 192.0.2.9
      name: sw9
      code: unreachable
      reason: nothing answers at 192.0.2.9 port 22
      found_by:
        - core1
        - GigabitEthernet0/3
      tried: []
silent:
  description: Addresses of the ranges in O(seeds) where nobody answers, as few ranges.
  returned: success
  type: list
  elements: str
changes:
  description:
    - What is different from the last run, in the lists C(appeared), C(vanished), C(unreached), C(moved) and
      C(changed).
    - A device is in C(unreached) when it was known and could not be read now, itself or because of one on the way to
      it.
    - A device is in C(moved) when its links changed, which C(lost) and C(gained) name.
  returned: success
  type: dict
  sample:
    appeared: []
    vanished: []
    unreached: []
    moved: []
    changed:
      - id: core1
        name: core1
        field: version
        before: 15.9(3)M6
        after: 15.9(3)M8
counts:
  description:
    - How many C(devices) were read, C(failures) and C(links) there are, and C(known) devices the store has.
    - C(merged) are visits to a device that was known from another address, C(resumed) devices of the interrupted crawl,
      C(untried) addresses of ranges that were left because of O(max_devices).
  returned: success
  type: dict
logins:
  description: How many logins were made. None for a device whose session was still open.
  returned: success
  type: int
files:
  description: Names of files that changed, or would change.
  returned: success
  type: list
  elements: str
store:
  description: Directory of the store.
  returned: success
  type: str
elapsed:
  description: Seconds of the whole crawl.
  returned: success
  type: float
"""
