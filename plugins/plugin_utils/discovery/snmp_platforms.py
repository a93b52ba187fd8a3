# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which platform an SNMP agent is, and what its description says of model and version. Pure functions.

The enterprise number of sysObjectID says who made it; words of sysDescr say which of the maker's systems it runs,
because the numbers below an enterprise are models, thousands of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

ENTERPRISES = "1.3.6.1.4.1."
_VERSION = r"(?:[Vv]ersion|[Rr]evision|[Rr]elease):? v?([^\s,;\[\]]+)"


@dataclass(frozen=True, slots=True)
class Kind:
    """A platform by netmiko's name. ``words`` is looked for in sysDescr (none: any), ``version`` and ``model`` have one
    group. ``objects`` are further OIDs that the maker has for model, serial and version."""

    platform: str
    vendor: str
    words: str = ""
    version: str = _VERSION
    model: str = ""
    objects: dict[str, str] = field(default_factory=dict)


#: enterprise number -> its kinds, the first whose words are found
KINDS: dict[int, tuple[Kind, ...]] = {
    9: (
        Kind("cisco_nxos", "Cisco", r"NX-OS", model=r"NX-OS\(tm\) (\w+),"),
        Kind("cisco_xr", "Cisco", r"IOS[ -]XR", model=r"IOS[ -]XR Software \(([^)]*)\)"),
        Kind("cisco_asa", "Cisco", r"Adaptive Security Appliance|Firepower Threat Defense|PIX Security"),
        Kind("cisco_xe", "Cisco", r"IOS[ -]?XE|LINUX_IOSD|CAT[39]K_|Catalyst L3 Switch"),
        Kind("cisco_wlc", "Cisco", r"Cisco Controller"),
        Kind("cisco_s300", "Cisco", r"(?:Gigabit|10G|Ethernet).* Managed Switch"),
        Kind("cisco_ios", "Cisco", r"IOS"),
    ),
    11: (
        Kind("hp_comware", "HPE", r"Comware"),
        Kind("hp_procurve", "HPE", version=r"revision ([^\s,]+)", model=r"(?:HP|HPE|Aruba|ProCurve) (J\w+)"),
    ),
    171: (Kind("dlink_ds", "D-Link"),),
    207: (Kind("allied_telesis_awplus", "Allied Telesis", r"AlliedWare Plus|AW\+"),),
    674: (
        Kind("dell_os10", "Dell", r"OS10", version=r"OS Version: ([^\s,]+)"),
        Kind("dell_os6", "Dell", version=r"(\d+\.\d+\.\d+\.\d+)", model=r"(N\d{4}\S*)"),
    ),
    890: (Kind("zyxel_os", "Zyxel"),),
    1588: (Kind("brocade_fos", "Brocade"),),
    1916: (Kind("extreme_exos", "Extreme", r"ExtremeXOS|Switch Engine", model=r"\(([^)]+)\) version"),),
    1991: (Kind("brocade_fastiron", "Brocade", version=r"Version ([^\s,]+?)T?\d* Compiled|Version ([^\s,]+)"),),
    2011: (
        Kind(
            "huawei_vrp", "Huawei", version=r"[Vv]ersion ([\d.]+)", model=r"[Vv]ersion [\d.]+ \((\S+) V\d|\((\S+) V\d"
        ),
    ),
    2620: (Kind("checkpoint_gaia", "Check Point"),),
    2636: (
        Kind(
            "juniper_junos",
            "Juniper",
            version=r"JUNOS ([^\s,]+)",
            model=r"Juniper Networks, Inc\. (\S+)",
            objects={"serial": "1.3.6.1.4.1.2636.3.1.3.0"},
        ),
    ),
    4526: (Kind("netgear_prosafe", "Netgear"),),
    6027: (Kind("dell_force10", "Dell", version=r"(?:Application Software )?Version: ([^\s,]+)"),),
    6486: (Kind("alcatel_aos", "Alcatel-Lucent", version=r"(\d+\.\d+\.\d+\.R\d+)", model=r"(OS\d\S*)"),),
    6527: (
        Kind("nokia_srl", "Nokia", r"SRLinux", version=r"SRLinux-v?([\d.]+\d)", model=r"SRLinux-\S+ (.+?) Copyright"),
        Kind("nokia_sros", "Nokia", version=r"TiMOS-\w+-(\S+)", model=r"(?:Nokia|ALCATEL|Alcatel\S*) (\d{4} \S+)"),
    ),
    12356: (
        Kind(
            "fortinet",
            "Fortinet",
            version=r"v?(\d+\.\d+\.\d+)",
            objects={"serial": "1.3.6.1.4.1.12356.100.1.1.1.0", "version": "1.3.6.1.4.1.12356.101.4.1.1.0"},
        ),
    ),
    14823: (Kind("aruba_os", "Aruba", model=r"MODEL: (?:Aruba)?(\S+?)\)"),),
    14988: (
        Kind(
            "mikrotik_routeros",
            "MikroTik",
            model=r"RouterOS (\S+)",
            objects={"serial": "1.3.6.1.4.1.14988.1.1.7.3.0", "version": "1.3.6.1.4.1.14988.1.1.4.4.0"},
        ),
    ),
    25461: (
        Kind(
            "paloalto_panos",
            "Palo Alto Networks",
            model=r"Networks (\S+)",
            objects={"serial": "1.3.6.1.4.1.25461.2.1.2.1.3.0", "version": "1.3.6.1.4.1.25461.2.1.2.1.1.0"},
        ),
    ),
    25506: (Kind("hp_comware", "H3C"),),
    30065: (Kind("arista_eos", "Arista", version=r"EOS version (\S+)", model=r"running on an? Arista Networks (\S+)"),),
    33049: (Kind("mellanox_mlnxos", "Mellanox"),),
    40310: (Kind("cumulus_linux", "Cumulus"),),
    41112: (Kind("ubiquiti_edge", "Ubiquiti", version=r"v(\d\S*)"),),
    44641: (Kind("vyos", "VyOS"),),
    47196: (Kind("aruba_aoscx", "Aruba", version=r"\b([A-Z]{2}\.\d\S+)", model=r"Aruba (\S+)"),),
    50145: (Kind("frr", "FRRouting", version=r"FRRouting (\d\S*)"),),
}
_FRR = Kind("frr", "FRRouting", version=r"FRRouting (\d\S*)")
_VYOS = Kind("vyos", "VyOS", version=r"VyOS (\S+)")
_LINUX = Kind("linux", "Linux", version=r"Linux \S+ (\d\S*)")
_CUMULUS = Kind("cumulus_linux", "Cumulus", version=r"Cumulus\S* (?:Linux )?(?:version )?(\d\S*)")
#: for agents that say no more than net-snmp, or another maker's number, by their words
BY_WORDS: tuple[tuple[str, Kind], ...] = (
    (r"FRRouting", _FRR),
    (r"VyOS", _VYOS),
    (r"Cumulus", _CUMULUS),
    (r"Arista Networks EOS", KINDS[30065][0]),
    (r"\bLinux\b", _LINUX),
)
NET_SNMP_LINUX = "1.3.6.1.4.1.8072.3.2.10"


def enterprise(sys_object_id: str) -> int | None:
    """The enterprise number of an OID below 1.3.6.1.4.1; None for any other."""
    rest = sys_object_id.removeprefix(".").removeprefix(ENTERPRISES)
    number = rest.split(".")[0]
    return int(number) if rest != sys_object_id.removeprefix(".") and number.isdigit() else None


def kind_of(sys_object_id: str, sys_descr: str) -> Kind:
    """Who made it and what it runs. What is not known becomes ``enterprise_NUMBER``, or ``unknown`` without one."""
    number = enterprise(sys_object_id)
    for kind in KINDS.get(number or 0, ()):
        if re.search(kind.words, sys_descr):
            return kind
    for words, kind in BY_WORDS:
        if re.search(words, sys_descr):
            return kind
    if sys_object_id.removeprefix(".") == NET_SNMP_LINUX:
        return _LINUX
    return Kind(f"enterprise_{number}" if number is not None else "unknown", "")


def version_in(kind: Kind, sys_descr: str) -> str:
    return _first(kind.version, sys_descr)


def model_in(kind: Kind, sys_descr: str) -> str:
    return _first(kind.model, sys_descr)


def _first(pattern: str, text: str) -> str:
    found = re.search(pattern, text) if pattern else None
    return next((group for group in found.groups() if group), "") if found else ""
