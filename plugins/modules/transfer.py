# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the transfer module; the action plugin of the same name does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
module: transfer
version_added: 0.1.0
short_description: Copy a file to or from a network device
description:
  - Copies one file by SCP or SFTP, with the credentials and the way of the device's pinned session.
  - Before it copies, it looks whether the file is there already, with the same size and hash, and whether there is
    room for it.
  - A file goes to the device under a passing name (the name with C(.XXXXXXXX.part) added), is verified there, and
    then gets its name. A copy that ends early leaves nothing under the final name, and its rest is deleted.
  - The hash is computed by the device, with C(verify /md5) on IOS, C(verify /sha512) on EOS (C(/md5) on those that have
    no other) and C(sha256sum) on Linux and FRR boxes.
  - Devices that open no second channel on a login (IOS) are logged in to once more for the length of the copy.
    RV(logins) tells. On IOS C(ip scp server enable) has to be configured.
  - It is for C(ios), C(iosxe), C(eos), C(frr) and Linux, with the drivers netmiko and paramiko.
author: holdfast.network contributors (@holdfast-network)
options:
  direction:
    description: V(put) copies to the device, V(get) from it.
    type: str
    choices:
      - put
      - get
    default: put
  src:
    description:
      - The file to copy.
      - With O(direction=put) a file of the controller. It is looked for in C(files) as M(ansible.builtin.copy) does.
      - With O(direction=get) a file of the device, for example V(flash:/startup-backup.cfg).
    type: str
    required: true
  dest:
    description:
      - Where the copy goes, with the file's name. The same name as O(src) when omitted.
      - On the device, a name without file system goes to the one that C(dir) shows.
      - On the controller, a relative path is relative to the playbook, and a directory gets a file of the same name.
    type: str
  protocol:
    description: How to copy. V(auto) is V(scp) on network systems and V(sftp) on Linux and FRR boxes.
    type: str
    choices:
      - auto
      - scp
      - sftp
    default: auto
  timeout:
    description: Seconds for all of it, hashes included. What was copied by then is deleted.
    type: float
    default: 3600.0
extends_documentation_fragment:
  - holdfast.network.job.detach
  - holdfast.network.attributes
attributes:
  check_mode:
    description: Looks at both files and at the room, and says whether it would copy.
    support: full
  diff_mode:
    description: Shows the size before and after.
    support: full
seealso:
  - module: holdfast.network.command
  - module: holdfast.network.job_info
notes:
  - While a file is copied, others wait for the device. Use C(detach) so that the playbook does not.
  - A device without a command to rename files gets the copy under its final name. It is deleted there when the copy
    fails.
"""

EXAMPLES = r"""
- name: Put a new image on the device
  holdfast.network.transfer:
    src: images/vios-159-3.bin
    dest: flash:/vios-159-3.bin

- name: Fetch a file into one directory for all hosts
  holdfast.network.transfer:
    direction: get
    src: flash:/startup-backup.cfg
    dest: "backups/{{ inventory_hostname }}.cfg"

- name: Copy for long while the playbook goes on
  holdfast.network.transfer:
    src: images/vios-159-3.bin
    detach: true
  register: copying

- name: Wait for it
  holdfast.network.job_info:
    id: "{{ copying.job.id }}"
  register: state
  until: state.job.ended
  retries: 120
  delay: 10
"""

RETURN = r"""
src:
  description: Path of the file that was read.
  returned: success, without C(detach)
  type: str
dest:
  description: Path of the copy.
  returned: success, without C(detach)
  type: str
  sample: flash:/vios-159-3.bin
size:
  description: Bytes of the file.
  returned: success, without C(detach)
  type: int
  sample: 57623552
algorithm:
  description: What the hash was computed with, on the device and on the controller.
  returned: success, without C(detach). None in check mode when a file would go to the device.
  type: str
  sample: md5
hash:
  description: The hash in hexadecimal, the same at both ends.
  returned: as RV(algorithm)
  type: str
protocol:
  description: How it was copied, or would be.
  returned: success, without C(detach)
  type: str
  sample: scp
logins:
  description: How many further logins were made for the copy.
  returned: success, without C(detach)
  type: int
  sample: 1
seconds:
  description: How long copying and verifying took.
  returned: success, without C(detach)
  type: float
replaced:
  description: Bytes of the file that was replaced, or would be. None when there was none.
  returned: success, without C(detach)
  type: int
diff:
  description: The sizes before and after, empty when nothing changes.
  returned: success, without C(detach)
  type: dict
  contains:
    prepared:
      description: The sizes as a diff.
      returned: success
      type: str
"""
