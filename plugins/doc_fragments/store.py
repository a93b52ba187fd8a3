# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The option of the modules that work on what discovery found."""

from __future__ import annotations


class ModuleDocFragment:
    """Ansible looks for this name."""

    DOCUMENTATION = r"""
options:
  store:
    description:
      - Directory of the discovery store.
      - A relative path starts at the directory that Ansible was started in.
    type: path
    default: ./discovery
"""
