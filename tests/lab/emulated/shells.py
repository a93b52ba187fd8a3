# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which command line goes with which platform."""

from __future__ import annotations

from .device import Device
from .eos_cli import EosCli
from .ios_cli import IosCli


def make_cli(device: Device, user: str, number: int) -> IosCli | EosCli:
    """A fresh command line for one session."""
    return IosCli(device, user, number) if device.platform == "ios" else EosCli(device, user, number)
