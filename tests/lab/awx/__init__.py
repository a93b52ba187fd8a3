# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A local server that answers as the API of AWX does, for tests.

AWX itself cannot be installed from the package registries; its command line and its collection can. This server speaks
to both. What it knows of AWX is in ``resources.yml`` and ``rules.py``, facts of its API with their sources. It is no
AWX: it runs no job. It is stricter in one thing: a field that AWX would silently ignore is refused.
"""

from __future__ import annotations

from .server import AwxLab

__all__ = ["AwxLab"]
