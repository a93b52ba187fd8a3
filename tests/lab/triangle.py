# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A small network as discovery records it: three routers in a triangle, with addresses on loopbacks and links."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.records import Device, Interface, Neighbor
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.store import DiscoveryStore

#: (device, port, its address) at both ends of each cable
CABLES = (
    (("r1", 1, "10.0.1.1/30"), ("r2", 1, "10.0.1.2/30")),
    (("r2", 2, "10.0.2.1/30"), ("r3", 2, "10.0.2.2/30")),
    (("r3", 1, "10.0.3.1/30"), ("r1", 2, "10.0.3.2/30")),
)


def triangle(cables: tuple[tuple[tuple[str, int, str], tuple[str, int, str]], ...] = CABLES) -> list[Device]:
    return [_router(number, f"r{number}", cables) for number in (1, 2, 3)]


def _router(number: int, name: str, cables: tuple[tuple[tuple[str, int, str], tuple[str, int, str]], ...]) -> Device:
    ends = [pair for a, b in cables for pair in ((a, b), (b, a)) if pair[0][0] == name]
    loopback = Interface("Loopback0", True, True, mtu=1514, addresses=(f"10.255.0.{number}/32",))
    ports = [
        Interface(
            f"GigabitEthernet0/{port}",
            True,
            True,
            f"to {far}",
            f"02:00:00:00:0{number}:0{port}",
            1500,
            1000.0,
            (address,),
        )
        for (_name, port, address), (far, _far_port, _far_address) in ends
    ]
    return Device(
        id=name, name=name, address=f"10.255.0.{number}", platform="cisco_ios", vendor="Cisco", model="ISR4331",
        serial=f"FDO{number:04}", version="17.9.4", chassis_id=f"02:00:00:00:0{number}:00",
        interfaces=(loopback, *ports),
        neighbors=tuple(
            Neighbor(f"Gi0/{port}", far, f"Gi0/{far_port}") for (_name, port, _at), (far, far_port, _far_at) in ends
        ),
    )  # fmt: skip


def keep(directory: Path, devices: list[Device]) -> Path:
    """A discovery store of exactly these."""
    store = DiscoveryStore(directory)
    for old in store.load().devices:
        store.remove(old.id)
    for device in devices:
        store.save(device)
    return directory


def described(device: Device, interface: str, text: str) -> Device:
    ports = tuple(replace(one, description=text) if one.name == interface else one for one in device.interfaces)
    return replace(device, interfaces=ports)
