# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Short-lived words for targets: what a child process of a task is given instead of credentials."""

from __future__ import annotations

import secrets
import time
from typing import Any

from .errors import BadInput

LIFETIME = 600.0


class Handles:
    """Targets by handle, each forgotten after LIFETIME seconds."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, dict[str, Any]]] = {}

    def add(self, target: dict[str, Any]) -> str:
        now = time.monotonic()
        self._known = {name: entry for name, entry in self._known.items() if entry[0] > now}
        handle = secrets.token_urlsafe(18)
        self._known[handle] = (now + LIFETIME, target)
        return handle

    def find(self, handle: str) -> dict[str, Any]:
        """Raises BadInput for one that is unknown or too old."""
        until, target = self._known.get(handle, (0.0, {}))
        if until < time.monotonic():
            raise BadInput("handle: unknown or expired; ask for a new one with session.handle", option="handle")
        return target

    def expand(self, params: dict[str, Any]) -> dict[str, Any]:
        """Parameters with a handle's target in place."""
        return {**params, "target": self.find(str(params["handle"]))} if "handle" in params else params
