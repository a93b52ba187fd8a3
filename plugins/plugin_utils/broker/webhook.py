# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Telling a URL that something has happened: signed, and tried again at growing intervals.

The signature is the HMAC-SHA256 of ``TIMESTAMP.BODY`` under the shared secret, as
``X-Holdfast-Signature: t=TIMESTAMP,v1=HEX``: a receiver that checks the time cannot be fooled by a replay.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from typing import Any

from .errors import BadInput

LOG = logging.getLogger(__name__)
TIMEOUT = 10.0  # seconds for one try
FIRST, MOST = 1.0, 60.0  # seconds before the second try, doubled each time, and their bound
AGAIN = (408, 425, 429)  # besides 5xx: the receiver may take it later


@dataclass(frozen=True)
class Webhook:
    """Where to, and how often. ``result``: send the job's result too, not only what became of it."""

    url: str = field(repr=False)  # may hold a token
    secret: str | None = field(default=None, repr=False)
    tries: int = 5
    result: bool = False

    @property
    def where(self) -> str:
        """Scheme and host, for messages: path and query may hold a token."""
        parts = urllib.parse.urlsplit(self.url)
        return f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")


def checked(url: str) -> str:
    """Raises BadInput for what is no http(s) URL with a host."""
    try:
        parts = urllib.parse.urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable:
        raise BadInput(
            "webhook url: is no http:// or https:// address with a host, such as https://nms.example.com/hook",
            option="webhook",
        )
    return url


def signature(secret: str, timestamp: int, body: bytes) -> str:
    digest = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={digest}"


class Delivery:
    """One message on its way. ``describe`` says how far it has got."""

    def __init__(self, webhook: Webhook) -> None:
        self._webhook = webhook
        self.state = "pending"
        self.attempts = 0
        self.last = ""

    def describe(self) -> dict[str, Any]:
        return {"to": self._webhook.where, "state": self.state, "attempts": self.attempts, "last": self.last}

    async def run(self, message: dict[str, Any]) -> None:
        """Until it is taken, refused for good, or tried often enough; never raises."""
        body = json.dumps(message).encode()
        pause = FIRST
        while self.state == "pending":
            self.attempts += 1
            again = await asyncio.to_thread(self._post, body)
            if not again or self.attempts >= self._webhook.tries:
                break
            await asyncio.sleep(pause)
            pause = min(MOST, pause * 2)
        if self.state != "delivered":
            self.state = "failed"
            LOG.warning("webhook to %s failed after %d tries: %s", self._webhook.where, self.attempts, self.last)

    def _post(self, body: bytes) -> bool:
        """One try; whether another makes sense."""
        headers = {"Content-Type": "application/json", "User-Agent": "holdfast.network"}
        if self._webhook.secret:
            headers["X-Holdfast-Signature"] = signature(self._webhook.secret, int(time.time()), body)
        request = urllib.request.Request(self._webhook.url, body, headers, method="POST")
        try:
            with _OPENER.open(request, timeout=TIMEOUT) as answer:
                self.last, self.state = f"HTTP {answer.status}", "delivered"
            return False
        except urllib.error.HTTPError as exc:
            self.last = f"HTTP {exc.code}"
            exc.close()
            return exc.code >= 500 or exc.code in AGAIN
        except OSError as exc:  # URLError, time-outs and refused connections
            self.last = str(getattr(exc, "reason", exc))
            return True


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A signed message goes where the user said, and nowhere else."""

    def redirect_request(self, *_arguments: Any, **_named: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect)
