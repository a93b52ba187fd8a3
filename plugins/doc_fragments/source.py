# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Options of the modules that talk to a source of truth."""

from __future__ import annotations


class ModuleDocFragment:
    """Ansible looks for this name."""

    DOCUMENTATION = r"""
options:
  source:
    description: What the source of truth is.
    type: str
    choices:
      - netbox
      - nautobot
    required: true
  url:
    description:
      - Address of the source of truth, for example V(https://netbox.example.com).
      - Without it C(NETBOX_API) or C(NETBOX_URL), or C(NAUTOBOT_URL), of the environment is used.
    type: str
  token:
    description:
      - API token. NetBox's tokens of both versions and Nautobot's are told apart by their form.
      - Without it C(NETBOX_TOKEN) or C(NETBOX_API_TOKEN), or C(NAUTOBOT_TOKEN), of the environment is used.
    type: str
  validate_certs:
    description: Refuse a TLS certificate that cannot be verified.
    type: bool
    default: true
  ca_file:
    description:
      - File with the certificates that O(validate_certs) trusts, in PEM format.
      - Without it the system's are used.
    type: path
  timeout:
    description: Seconds to wait for a connection, and for each silence of the server.
    type: float
    default: 30
requirements:
  - requests
"""
