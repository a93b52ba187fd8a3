# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Networks to draw: a campus of any size, as discovery leaves it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.records import (
    Device,
    Failure,
    Found,
    Neighbor,
)

EVIL = "</script><script>alert(1)</script>"


def cables(count: int) -> list[tuple[str, str]]:
    """Two cores with two cables between them, distribution switches on both, access switches on those."""
    spread = max(2, count // 10)
    pairs = [("ams-core-1", "ams-core-2")] * 2
    pairs += [(f"ams-dist-{n:02d}", core) for n in range(spread) for core in ("ams-core-1", "ams-core-2")]
    pairs += [(f"ams-access-{n:03d}", f"ams-dist-{n % spread:02d}") for n in range(count - spread - 2)]
    return pairs


def campus(count: int) -> Found:
    """``count`` devices that were read, one neighbour with a hostile name, one that refused, one seed that is dead."""
    told: dict[str, list[Neighbor]] = {}
    for one, other in cables(count):
        ports = [f"GigabitEthernet1/0/{len(told.setdefault(name, [])) + 1}" for name in (one, other)]
        told[one].append(Neighbor(ports[0], other, ports[1]))
        told[other].append(Neighbor(ports[1], one, ports[0]))
    told["ams-core-1"].append(Neighbor("Te1/1/1", EVIL, "eth0"))
    told["ams-core-2"].append(Neighbor("Te1/1/1", "wan-1", "Gi0/0", address="198.51.100.1"))
    devices = [
        Device(
            id=name, name=f"{name}.example.net", address=f"10.0.{number // 250}.{number % 250 + 1}",
            serial=f"S{number}",
            vendor="Cisco", model="C9300", version="17.9.4", site="ams", neighbors=tuple(neighbors),
        )
        for number, (name, neighbors) in enumerate(told.items())
    ]  # fmt: skip
    failures = [
        Failure("198.51.100.1", "auth_failed", "the device refused user 'net'", name="wan-1.example.net"),
        Failure("203.0.113.7", "unreachable", "no answer within 5 s"),
    ]
    return Found(devices, failures)


@pytest.fixture
def network() -> Callable[[int], Found]:
    return campus
