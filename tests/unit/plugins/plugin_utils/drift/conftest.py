# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A small network that both sides agree on, to be bent by each test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.records import (
    Device,
    Failure,
    Found,
    Interface,
    Neighbor,
)
from ansible_collections.holdfast.network.plugins.plugin_utils.drift.compare import compare
from ansible_collections.holdfast.network.plugins.plugin_utils.drift.model import Difference, Options
from ansible_collections.holdfast.network.plugins.plugin_utils.sources.model import (
    SourceCable,
    SourceDevice,
    SourceInterface,
    Truth,
)


@dataclass
class Both:
    """Both sides: r1, r2 and r3, each with a cable to the next, everything the same."""

    truth: Truth = field(default_factory=Truth)
    found: Found = field(default_factory=Found)

    def seen(self, name: str, /, **changes: Any) -> Device:
        """Change a device of the network."""
        index = next(i for i, one in enumerate(self.found.devices) if one.id == name)
        self.found.devices[index] = replace(self.found.devices[index], **changes)
        return self.found.devices[index]

    def told(self, name: str, /, **changes: Any) -> SourceDevice:
        """Change a device of the source of truth."""
        device = next(one for one in self.truth.devices if one.key == f"key-{name}")
        for attribute, value in changes.items():
            setattr(device, attribute, value)
        return device

    def gone(self, name: str, *failures: Failure) -> None:
        """Nothing is found at a device's place any more; its neighbours do not tell of it either."""
        self.found.devices = [
            replace(one, neighbors=tuple(n for n in one.neighbors if n.name != name))
            for one in self.found.devices
            if one.id != name
        ]
        self.found.failures.extend(failures)

    def differences(self, **options: Any) -> list[Difference]:
        return compare(self.truth, self.found, Options(**options))

    def kinds(self, **options: Any) -> list[tuple[str, str]]:
        return [(one.kind, one.device) for one in self.differences(**options)]


@pytest.fixture
def both() -> Both:
    made = Both()
    for number in (1, 2, 3):
        name, before, after = f"r{number}", f"r{(number - 2) % 3 + 1}", f"r{number % 3 + 1}"
        address = f"10.0.0.{number}"
        made.truth.devices.append(
            SourceDevice(
                f"key-{name}", name, status="active", site="ams", role="core", platform="cisco-ios", vendor="cisco",
                model="C9300-48P", serial=f"SN{number}", version="17.9.4", primary_ip4=address,
            )
        )  # fmt: skip
        ports = [("GigabitEthernet0/1", [f"{address}/24"]), ("GigabitEthernet0/2", [])]
        made.truth.interfaces += [
            SourceInterface(f"{name}-{port}", f"key-{name}", port, addresses=addresses) for port, addresses in ports
        ]
        made.found.devices.append(
            Device(
                name, f"{name}.example.net", address, platform="cisco_ios", vendor="Cisco", model="C9300-48P",
                serial=f"SN{number}", version="17.9.4",
                interfaces=tuple(Interface(p, enabled=True, up=True, addresses=tuple(a)) for p, a in ports),
                neighbors=(Neighbor("Gi0/1", after, "Gi0/2"), Neighbor("Gi0/2", before, "Gi0/1")),
            )
        )  # fmt: skip
        cable = ((name, "Gi0/1"), (after, "GigabitEthernet0/2"))
        made.truth.cables.append(SourceCable(f"cable-{number}", *cable))
    return made


@pytest.fixture
def kinds(both: Both) -> Callable[..., list[tuple[str, str]]]:
    return both.kinds
