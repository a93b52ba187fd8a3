# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the modules of this collection can and cannot do, in the words of ansible-doc."""

from __future__ import annotations


class ModuleDocFragment:
    """Ansible looks for this name. The variants say how a module stands to check mode and diff mode."""

    DOCUMENTATION = r"""
attributes:
  action:
    description: Runs on the controller; nothing is copied to the device.
    support: full
  action_group:
    description: Use C(group/holdfast.network.all) in C(module_defaults) to set defaults for all modules.
    support: full
    membership:
      - holdfast.network.all
  async:
    description: Works with C(async).
    support: none
  platform:
    description: Works with these platforms.
    support: full
    platforms: network devices
"""

    # Modules that look at a device and never change it.
    READ_ONLY = r"""
attributes:
  check_mode:
    description: Runs without changing the device.
    support: full
    details: The device is only read, in check mode as without it.
  diff_mode:
    description: Shows what has changed or would change.
    support: none
"""

    # Modules that change a configuration and can say beforehand what would change.
    CHANGES = r"""
attributes:
  check_mode:
    description: Runs without changing the device.
    support: full
  diff_mode:
    description: Shows what has changed or would change.
    support: full
"""
