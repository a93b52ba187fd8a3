# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Options of every inventory plugin of this collection, and of the filters that export an inventory."""

from __future__ import annotations


class ModuleDocFragment:
    """Ansible looks for this name."""

    DOCUMENTATION = r"""
options:
  mandatory:
    description:
      - End Ansible with an error when this inventory cannot be read, so that no play runs with hosts missing.
      - Without it Ansible goes on with a warning, unless C(any_unparsed_is_failed) is set in its configuration.
    type: bool
    default: true
"""

    EXPORT = r"""
options:
  _input:
    description: Variables by host, such as C(hostvars).
    type: dict
    required: true
  hosts:
    description: The hosts to take. Without it all are.
    type: list
    elements: str
  usernames:
    description: Write the user names of the inventory (C(ansible_user)) too.
    type: bool
    default: false
"""
