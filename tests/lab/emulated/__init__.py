# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Emulated network devices in one process: IOS-like and EOS-like command lines, state and faults."""

from __future__ import annotations

from .client import EmulatedLab, LabDevice, LabError
from .topology import Link, Spec, Topology, campus, leaf_spine, own_addresses, pairs, ring, standalone

__all__ = [
    "EmulatedLab",
    "LabDevice",
    "LabError",
    "Link",
    "Spec",
    "Topology",
    "campus",
    "leaf_spine",
    "own_addresses",
    "pairs",
    "ring",
    "standalone",
]
