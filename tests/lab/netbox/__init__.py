# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A local server that answers as NetBox does, for tests and benchmarks.

NetBox itself cannot be installed from the package registries. The shapes of its answers (``shapes/``) are those of its
documentation and serializers, each file says of which version; the server repeats them, it is no NetBox.
"""

from __future__ import annotations

from .data import Plan, Tables
from .faults import Faults
from .server import NetBoxLab

__all__ = ["Faults", "NetBoxLab", "Plan", "Tables"]
