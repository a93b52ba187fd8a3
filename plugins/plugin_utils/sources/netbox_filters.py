# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The names of NetBox's filters. It ignores one that it does not know, so a misspelt filter gives all devices."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

#: Of devices and virtual machines, NetBox 3.7 to 4.4; each may have a lookup (``name__ic``) or be an id (``site_id``).
_NAMES = """
airflow asset_tag bootable cluster cluster_group cluster_type comments config_template console_ports
console_server_ports contact contact_group contact_role created created_by_request description device device_bays
device_type disk display face front_ports has_oob_ip has_primary_ip has_virtual_device_context id interfaces
last_updated latitude local_context_data location longitude mac_address manufacturer memory model
modified_by_request module_bays name oob_ip owner owner_group parent_bay parent_device pass_through_ports platform
position power_outlets power_ports primary_ip4 primary_ip6 primary_mac_address q rack rear_ports region role serial
site site_group start_on_boot status tag tenant tenant_group updated_by_request vc_position vc_priority vcpus
virtual_chassis virtual_chassis_member
"""
KNOWN = frozenset(_NAMES.split())


def doubtful(names: Iterable[str]) -> list[str]:
    """A sentence for each name that is in none of the versions."""
    found = []
    for name in names:
        base = name.partition("__")[0]
        if not base.startswith("cf_") and base not in KNOWN and base.removesuffix("_id") not in KNOWN:
            close = difflib.get_close_matches(base, KNOWN, n=1)
            hint = f", did you mean {close[0]}?" if close else ";"
            found.append(f"{name} is no filter of NetBox that is known here{hint} NetBox ignores what it does not know")
    return found
