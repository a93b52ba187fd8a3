# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Real FRRouting routers in network namespaces, behind OpenSSH: for tests and for ``make demo LAB=frr``.

Needs root and a Debian or Ubuntu system. ``python -m tests.lab.frr --help`` is the same by hand.
"""

from __future__ import annotations

from .lab import FrrLab
from .packages import obstacle
from .router import Router
from .topology import LabError

__all__ = ["FrrLab", "LabError", "Router", "obstacle"]
