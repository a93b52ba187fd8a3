# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What may go wrong on the way to NetBox, on demand."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

LOGIN_PAGE = b"<!DOCTYPE html><html><head><title>Log In | NetBox</title></head><body><form></form></body></html>"
BAD_GATEWAY = b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"


@dataclass
class Faults:
    """May be changed while the server runs. ``delay`` in seconds before each answer.

    ``kinds`` are taken one for each request, in order: ``half`` (half the body, then a reset), ``reset`` (nothing,
    then a reset), ``html`` (a login page with status 200), ``gateway`` (502), ``broken`` (half the JSON as a whole
    answer), ``redirect`` (to the login page), ``busy`` (429) and ``ok``. ``forever`` is for all requests after those.
    """

    delay: float = 0.0
    kinds: list[str] = field(default_factory=list)
    forever: str = "ok"
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def next(self) -> str:
        with self._lock:
            return self.kinds.pop(0) if self.kinds else self.forever

    def clear(self) -> None:
        with self._lock:
            self.delay, self.kinds, self.forever = 0.0, [], "ok"
