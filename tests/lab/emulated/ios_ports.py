# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""IOS's show commands about interfaces, in the columns the parsers expect."""

from __future__ import annotations

from .device import Device
from .views import Interface
from .wording import short


def _all(device: Device) -> list[Interface]:
    device.network.settle()
    return list(device.view.interfaces.values())


def _status(device: Device, interface: Interface) -> tuple[str, str]:
    if interface.shutdown:
        return "administratively down", "down"
    up = "up" if device.network.up(device, interface) else "down"
    return up, up


def ip_interface_brief(device: Device, *_params: str) -> str:
    """show ip interface brief"""
    rows = ["Interface                  IP-Address      OK? Method Status                Protocol"]
    for interface in _sorted(device):
        address = str(interface.addresses[0].ip) if interface.addresses else "unassigned"
        method = "NVRAM" if interface.addresses else "unset"
        line, protocol = _status(device, interface)
        rows.append(f"{interface.name:<26} {address:<15} YES {method:<6} {line:<21} {protocol:<8}")
    return "\n".join(rows)


def _sorted(device: Device) -> list[Interface]:
    physical = [i for i in _all(device) if i.physical]
    by_port = sorted(physical, key=lambda i: (device.ports.index(i.name.split(".")[0]), i.name))
    return by_port + sorted((i for i in _all(device) if not i.physical), key=lambda i: i.name)


def _named(device: Device, params: tuple[str, ...]) -> list[Interface]:
    return [i for i in _sorted(device) if not params or i.name == params[0]]


def interfaces(device: Device, *params: str) -> str:
    """show interfaces [NAME]"""
    return "\n".join(_interface(device, interface) for interface in _named(device, params))


def _interface(device: Device, interface: Interface) -> str:
    line, protocol = _status(device, interface)
    rows = [f"{interface.name} is {line}, line protocol is {protocol} "]
    if interface.physical:
        mac = device.mac(interface.name.split(".")[0])
        rows.append(f"  Hardware is iGbE, address is {mac} (bia {mac})")
    else:
        rows.append("  Hardware is Loopback")
    if interface.description:
        rows.append(f"  Description: {interface.description}")
    if interface.addresses:
        rows.append(f"  Internet address is {interface.addresses[0].with_prefixlen}")
    mtu, width, delay = (interface.mtu, 1000000, 10) if interface.physical else (1514, 8000000, 5000)
    rows += [
        f"  MTU {mtu} bytes, BW {width} Kbit/sec, DLY {delay} usec, ",
        "     reliability 255/255, txload 1/255, rxload 1/255",
        f"  Encapsulation {'ARPA' if interface.physical else 'LOOPBACK'}, loopback not set",
        "  Keepalive set (10 sec)",
    ]
    if interface.physical:
        rows += [
            "  Full Duplex, Auto Speed, link type is auto, media type is RJ45",
            "  output flow-control is unsupported, input flow-control is unsupported",
            "  ARP type: ARPA, ARP Timeout 04:00:00",
        ]
    rows += [
        "  Last input 00:00:02, output 00:00:05, output hang never",
        '  Last clearing of "show interface" counters never',
        "  Input queue: 0/75/0/0 (size/max/drops/flushes); Total output drops: 0",
        "  Queueing strategy: fifo",
        "  Output queue: 0/40 (size/max)",
        "  5 minute input rate 0 bits/sec, 0 packets/sec",
        "  5 minute output rate 0 bits/sec, 0 packets/sec",
        "     120 packets input, 12842 bytes, 0 no buffer",
        "     Received 0 broadcasts (0 IP multicasts)",
        "     0 runts, 0 giants, 0 throttles ",
        "     0 input errors, 0 CRC, 0 frame, 0 overrun, 0 ignored",
        "     0 watchdog, 0 multicast, 0 pause input",
        "     118 packets output, 12601 bytes, 0 underruns",
        "     0 output errors, 0 collisions, 0 interface resets",
        "     0 unknown protocol drops",
        "     0 babbles, 0 late collision, 0 deferred",
        "     0 lost carrier, 0 no carrier, 0 pause output",
        "     0 output buffer failures, 0 output buffers swapped out",
    ]
    return "\n".join(rows)


def interfaces_description(device: Device, *_params: str) -> str:
    """show interfaces description"""
    rows = ["Interface                      Status         Protocol Description"]
    for interface in _sorted(device):
        line, protocol = _status(device, interface)
        line = "admin down" if interface.shutdown else line
        rows.append(f"{short(interface.name):<30} {line:<14} {protocol:<8} {interface.description}")
    return "\n".join(rows)


def ip_interface(device: Device, *params: str) -> str:
    """show ip interface [NAME]"""
    rows = []
    for interface in _named(device, params):
        line, protocol = _status(device, interface)
        rows.append(f"{interface.name} is {line}, line protocol is {protocol}")
        if not interface.addresses:
            rows.append("  Internet protocol processing disabled")
            continue
        rows += [
            f"  Internet address is {interface.addresses[0].with_prefixlen}",
            "  Broadcast address is 255.255.255.255",
            "  Address determined by non-volatile memory",
            f"  MTU is {interface.mtu} bytes",
            "  Helper address is not set",
            "  Directed broadcast forwarding is disabled",
            *(f"  Secondary address {a.with_prefixlen}" for a in interface.addresses[1:]),
            "  Outgoing access list is not set",
            "  Inbound  access list is not set",
            "  Proxy ARP is enabled",
            "  Local Proxy ARP is disabled",
            "  Security level is default",
            "  Split horizon is enabled",
            "  ICMP redirects are always sent",
        ]
    return "\n".join(rows)
