# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Webhooks against an HTTP server: what arrives, how it is signed, when it is tried again."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker import webhook
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.webhook import Delivery, Webhook, signature


class Receiver:
    """Answers with the given statuses in turn, then 204."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.seen: list[tuple[dict[str, str], bytes]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.seen.append((dict(self.headers), body))
                self.send_response(receiver.statuses.pop(0) if receiver.statuses else 204)
                self.send_header("Location", "/elsewhere")
                self.end_headers()

            def log_message(self, *_arguments: Any) -> None:
                """Quiet."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?token=sesame"


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setattr(webhook, "FIRST", 0.01)
    made = Receiver()
    thread = threading.Thread(target=made.server.serve_forever, args=(0.01,))
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


async def test_a_message_is_signed_so_that_the_receiver_can_tell(receiver: Receiver) -> None:
    delivery = Delivery(Webhook(receiver.url, "secret"))
    await delivery.run({"job": {"id": "a"}})
    ((headers, body),) = receiver.seen
    assert json.loads(body) == {"job": {"id": "a"}} and headers["Content-Type"] == "application/json"
    moment = int(headers["X-Holdfast-Signature"].split(",")[0].removeprefix("t="))
    assert headers["X-Holdfast-Signature"] == signature("secret", moment, body)
    assert (
        signature("other", moment, body) != signature("secret", moment, body) != signature("secret", moment + 1, body)
    )
    shown = delivery.describe()
    assert shown == {"to": webhook.Webhook(receiver.url).where, "state": "delivered", "attempts": 1, "last": "HTTP 204"}
    assert "sesame" not in str(shown) and "sesame" not in repr(Webhook(receiver.url, "secret"))


async def test_it_is_tried_again_until_it_is_taken(receiver: Receiver) -> None:
    receiver.statuses = [503, 429, 500]
    delivery = Delivery(Webhook(receiver.url))
    await delivery.run({})
    assert (delivery.state, delivery.attempts, len(receiver.seen)) == ("delivered", 4, 4)
    assert "X-Holdfast-Signature" not in receiver.seen[0][0]


@pytest.mark.parametrize("status", [400, 404, 302])
async def test_a_refusal_and_a_redirect_are_final(receiver: Receiver, status: int) -> None:
    receiver.statuses = [status]
    delivery = Delivery(Webhook(receiver.url))
    await delivery.run({})
    assert (delivery.state, delivery.attempts, delivery.last) == ("failed", 1, f"HTTP {status}")


async def test_the_number_of_tries_is_bounded_and_they_grow_apart(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr(webhook.asyncio, "sleep", sleep)
    monkeypatch.setattr(webhook, "MOST", 0.05)
    receiver.statuses = [500] * 9
    delivery = Delivery(Webhook(receiver.url, tries=5))
    await delivery.run({})
    assert delivery.state == "failed" and delivery.attempts == 5 and pauses == [0.01, 0.02, 0.04, 0.05]


async def test_nobody_there_is_tried_again_too() -> None:
    delivery = Delivery(Webhook("http://127.0.0.1:9/", tries=1))
    await delivery.run({})
    assert delivery.state == "failed" and "refused" in delivery.last
