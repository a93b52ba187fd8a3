# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An embedded lab for each module that asks for it, and targets on its devices."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.base import Secrets, Target

from tests.lab.emulated import EmulatedLab, ring

DEVICE_TYPES = {"ios": "cisco_ios", "eos": "arista_eos"}
Where = Callable[..., Target]


@pytest.fixture(scope="module")
def running_lab() -> Iterator[EmulatedLab]:
    with EmulatedLab(ring(2, ["ios", "eos"]), minute=1.0) as lab:
        yield lab


@pytest.fixture
def lab(running_lab: EmulatedLab) -> Iterator[EmulatedLab]:
    """r1 speaks IOS, r2 EOS; as they started, counters at zero."""
    running_lab.reset_counters()
    yield running_lab
    running_lab.reset()


@pytest.fixture
def ssh(lab: EmulatedLab) -> Where:
    """A target for the CLI of a device; ``secrets`` and ``options`` are added to what reaches it."""

    def make(
        name: str, options: dict[str, Any] | None = None, secrets: dict[str, Any] | None = None, **more: Any
    ) -> Target:
        device = lab.devices[name]
        values: dict[str, Any] = {
            "driver": "netmiko", "platform": DEVICE_TYPES[device.platform], "host": device.host, "port": device.port,
            "user": device.user, "connect_timeout": 10.0, "command_timeout": 10.0,
            "secrets": Secrets(**{"password": device.password, "enable": device.enable, **(secrets or {})}),
            "options": {"known_hosts": str(lab.known_hosts), **(options or {})},
        }  # fmt: skip
        return Target(**{**values, **more})

    return make


@pytest.fixture
def eapi(lab: EmulatedLab) -> Where:
    """A target for the eAPI of r2."""

    def make(options: Any = None, secrets: Any = None, **more: Any) -> Target:
        device = lab.devices["r2"]
        values: dict[str, Any] = {
            "driver": "pyeapi", "platform": "arista_eos", "host": device.host, "port": device.eapi_port,
            "user": device.user, "connect_timeout": 10.0, "command_timeout": 10.0,
            "secrets": Secrets(**{"password": device.password, "enable": device.enable, **(secrets or {})}),
            "options": {"ca_file": str(lab.directory / "eapi.pem"), **(options or {})},
        }  # fmt: skip
        return Target(**{**values, **more})

    return make
