# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Telling a service manager how we are: one datagram to its socket, as sd_notify(3) describes."""

from __future__ import annotations

import logging
import os
import socket

LOG = logging.getLogger(__name__)


def notify(**state: str) -> bool:
    """``notify(READY="1", STATUS="...")``; False when nobody wants to know."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return False
    name = "\0" + address[1:] if address.startswith("@") else address
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
            sock.sendto("\n".join(f"{key}={value}" for key, value in state.items()).encode(), name)
    except OSError as exc:
        LOG.warning("cannot tell the service manager at %s: %s", address, exc)
        return False
    return True
