# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What lldpd prints in JSON, in NAPALM's getter schema and a little more. Pure functions."""

from __future__ import annotations

from typing import Any

from .frr_getters import Json


def lldp_neighbors(data: Json) -> dict[str, list[dict[str, str]]]:
    """From ``lldpctl -f json0``."""
    return {
        port: [{"hostname": one["remote_system_name"], "port": one["remote_port"]} for one in found]
        for port, found in lldp_neighbors_detail(data).items()
    }


def lldp_neighbors_detail(data: Json) -> dict[str, list[dict[str, Any]]]:
    """NAPALM's, and beyond it ``holdfast_management_address`` (IPv4 before IPv6, empty when none is told) and
    ``holdfast_protocol`` (lldpd hears ``cdp`` and others as well as ``lldp``)."""
    result: dict[str, list[dict[str, Any]]] = {}
    for top in data.get("lldp", ()):
        for heard in top.get("interface", ()):
            chassis, port = _first(heard, "chassis"), _first(heard, "port")
            capabilities = [str(one.get("type", "")).lower() for one in chassis.get("capability", ())]
            enabled = [str(one.get("type", "")).lower() for one in chassis.get("capability", ()) if one.get("enabled")]
            result.setdefault(str(heard["name"]), []).append(
                {
                    "parent_interface": "",
                    "remote_chassis_id": _value(chassis, "id"),
                    "remote_system_name": _value(chassis, "name"),
                    "remote_system_description": _value(chassis, "descr"),
                    "remote_port": _value(port, "id"),
                    "remote_port_description": _value(port, "descr"),
                    "remote_system_capab": capabilities,
                    "remote_system_enable_capab": enabled,
                    "holdfast_management_address": next(iter(_management(chassis)), ""),
                    "holdfast_protocol": str(heard.get("via", "lldp")).lower().rstrip("v12"),
                }
            )
    return result


def lldp_chassis(data: Json) -> dict[str, Any]:
    """From ``lldpcli -f json0 show chassis``: what the box tells its neighbours of itself.

    {chassis_id, name, description, addresses}, empty where lldpd does not say.
    """
    chassis = _first(_first(data, "local-chassis"), "chassis")
    return {
        "chassis_id": _value(chassis, "id"),
        "name": _value(chassis, "name"),
        "description": _value(chassis, "descr"),
        "addresses": _management(chassis),
    }


def _management(chassis: Json) -> list[str]:
    told = [str(one.get("value", "")) for one in chassis.get("mgmt-ip", ())]
    return sorted(filter(None, told), key=lambda address: ":" in address)


def _first(data: Json, key: str) -> Json:
    found = data.get(key) or [{}]
    first: Json = found[0]
    return first


def _value(data: Json, key: str) -> str:
    return str(_first(data, key).get("value", ""))
