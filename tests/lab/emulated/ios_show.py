# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""IOS's show commands as text, in the columns the parsers expect: the device itself, and the list of all."""

from __future__ import annotations

import time
from collections.abc import Callable

from . import ios_neighbors, ios_ports, ios_routing
from .device import FLASH_BYTES, Device
from .wording import VERSIONS, stamp, uptime

VERSION = VERSIONS["ios"]


def clock(device: Device, *_params: str) -> str:
    """show clock"""
    now = time.time()
    return f"*{time.strftime('%H:%M:%S', time.gmtime(now))}.{int(now * 1000) % 1000:03d}" + stamp(now)[8:]


def version(device: Device, *_params: str) -> str:
    """show version"""
    return f"""\
Cisco IOS Software, IOSv Software (VIOS-ADVENTERPRISEK9-M), Version {VERSION}, RELEASE SOFTWARE (fc1)
Technical Support: http://www.cisco.com/techsupport
Copyright (c) 1986-2022 by Cisco Systems, Inc.
Compiled Thu 15-Dec-22 16:58 by prod_rel_team


ROM: Bootstrap program is IOSv

{device.hostname} uptime is {uptime(device.booted)}
System returned to ROM by {device.reload_reason}
System image file is "flash0:/vios-adventerprisek9-m"
Last reload reason: {device.reload_reason}


Cisco IOSv (revision 1.0) with  with 984313K/62464K bytes of memory.
Processor board ID {serial(device)}
{len(device.ports)} Gigabit Ethernet interfaces
DRAM configuration is 72 bits wide with parity disabled.
256K bytes of non-volatile configuration memory.
2097152K bytes of ATA System CompactFlash 0 (Read/Write)
0K bytes of ATA CompactFlash 1 (Read/Write)

Configuration register is 0x0
"""


def serial(device: Device) -> str:
    """A serial number, stable for a device."""
    return f"9LAB{device.spec.index:07d}"


def hosts(device: Device, *_params: str) -> str:
    """show hosts"""
    domain = f"Default domain is {device.view.domain}\n" if device.view.domain else "Default domain is not set\n"
    return domain + "Name/address lookup uses static mappings\n"


def vlan(device: Device, *_params: str) -> str:
    """show vlan brief"""
    rows = [
        "",
        "VLAN Name                             Status    Ports",
        "---- -------------------------------- --------- -------------------------------",
    ]
    names = {1: "default", **device.view.vlans}
    rows += [f"{number:<4} {name:<32} active    " for number, name in sorted(names.items())]
    return "\n".join(rows)


def directory(device: Device, *params: str) -> str:
    """dir [FILE SYSTEM or FILE]"""
    where = params[0] if params else "flash:/"
    name = where.partition(":")[2].lstrip("/")
    if not where.startswith(("flash", "bootflash", "disk0", "nvram")):
        return f"%Error opening {where} (No such device)"
    if name and name not in device.files:
        return f"%Error opening {where} (No such file or directory)"
    shown = [name] if name else list(device.files)
    fs = where.partition(":")[0] + ":"
    rows = [f"Directory of {where if name else fs + '/'}", ""]
    for number, file in enumerate(shown, 1):
        when = time.strftime("%b %d %Y %H:%M:%S +00:00", time.gmtime(device.file_times.get(file, device.booted)))
        rows.append(f"{number:>5}  -rw-  {len(device.files[file]):>12}  {when}  {file}")
    hidden = device.faults.find("flash_full")
    shown_free = FLASH_BYTES if hidden is not None and hidden.args.get("hidden") else device.flash_free
    return "\n".join([*rows, "", f"{FLASH_BYTES} bytes total ({shown_free} bytes free)"])


def users(device: Device, *_params: str) -> str:
    """show users"""
    rows = ["    Line       User       Host(s)              Idle       Location"]
    for line, (number, session) in enumerate(sorted(device.sessions.items())):
        mark = "*" if number == device.asking else " "
        rows.append(f"{mark}{line + 2:>3} vty {line:<4} {session.cli.user:<10} idle                 00:00:00 127.0.0.1")
    return "\n".join([*rows, "", "  Interface    User               Mode         Idle     Peer Address", ""])


def tech(device: Device, *_params: str) -> str:
    """show tech-support: 100 kB, or what the fault says"""
    fault = device.faults.take("big_output")
    size = int(float(fault.args.get("megabytes", 5)) * 1_000_000) if fault else 100_000
    line = "0x7F3A2B10: 00000000 DEADBEEF 0BADF00D CAFEBABE 00000000 12345678 9ABCDEF0 0000  block in use"
    head = "------------------ show version ------------------\n\n" + version(device)
    return head + "\n".join(f"{i:08d} {line}" for i in range(max(1, (size - len(head)) // (len(line) + 10))))


def file_systems(device: Device, *_params: str) -> str:
    """show file systems"""
    return """\
File Systems:

       Size(b)       Free(b)      Type  Flags  Prefixes
             -             -    opaque     rw   system:
             -             -    opaque     rw   null:
             -             -    opaque     ro   tar:
*   2142715904    2021691392      disk     rw   flash0: flash:#
        262144        258512     nvram     rw   nvram:
"""


def inventory(device: Device, *_params: str) -> str:
    """show inventory"""
    return f'NAME: "IOSv", DESCR: "IOSv chassis, Hw Serial#: {serial(device)}, Hw Revision: 1.0"\n' + (
        f"PID: IOSv              , VID: 1.0, SN: {serial(device)}\n"
    )


SHOWS: dict[str, Callable[..., str]] = {
    function.__name__: function
    for function in (
        clock,
        version,
        hosts,
        ios_ports.ip_interface_brief,
        ios_ports.interfaces,
        ios_ports.interfaces_description,
        ios_ports.ip_interface,
        ios_routing.bgp_summary,
        ios_routing.bgp_all_summary,
        ios_routing.bgp_neighbors,
        ios_routing.bgp_no_family,
        ios_routing.bgp_table,
        ios_neighbors.lldp_neighbors,
        ios_neighbors.lldp_neighbors_detail,
        ios_neighbors.cdp_neighbors_detail,
        ios_neighbors.arp,
        ios_routing.ip_route,
        ios_routing.ospf_neighbor,
        vlan,
        directory,
        users,
        tech,
        file_systems,
        inventory,
    )
}
