# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A real Nautobot, with PostgreSQL and Redis, on the loopback of this machine."""

from __future__ import annotations

from .lab import NautobotLab
from .services import LabError, obstacle

__all__ = ["LabError", "NautobotLab", "obstacle"]
