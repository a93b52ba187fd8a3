# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which command line goes with which platform."""

from __future__ import annotations

from .device import Device
from .eos_cli import EosCli
from .ios_cli import IosCli
from .nxos_cli import NxosCli


class Stranger(NxosCli):
    """A box of no platform that anybody knows."""

    def run(self, line: str) -> str:
        fault = self.device.faults.find("stranger")
        return str(fault.args.get("text", "bad command") if fault else "") + "\n"


_CLIS: dict[str, type[IosCli | EosCli | NxosCli]] = {"ios": IosCli, "eos": EosCli, "nxos": NxosCli}


def make_cli(device: Device, user: str, number: int) -> IosCli | EosCli | NxosCli:
    """A fresh command line for one session."""
    stranger = device.faults.find("stranger")
    if stranger is not None:
        return Stranger(device, user, number)
    return _CLIS[device.platform](device, user, number)
