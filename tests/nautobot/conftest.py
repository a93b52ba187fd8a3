# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One real Nautobot for all tests here, empty at the start of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import requests

from tests.integration.conftest import calm, controller, ring
from tests.lab.nautobot import NautobotLab, obstacle

__all__ = ["calm", "controller", "ring"]  # fixtures of the other integration tests


class Api:
    """Nautobot's API as a person with a script uses it: what the tests fill and look by."""

    def __init__(self, lab: NautobotLab) -> None:
        self.lab = lab
        self.url = f"{lab.url}/api/"

    def get(self, path: str, **params: Any) -> list[dict[str, Any]]:
        answer = requests.get(
            self.url + path, {"limit": 0, "depth": 1, **params}, headers=self.lab.headers(), timeout=60
        )
        answer.raise_for_status()
        found: list[dict[str, Any]] = answer.json()["results"]
        return found

    def post(self, path: str, *rows: dict[str, Any]) -> list[dict[str, Any]]:
        return self._send("POST", path, rows)

    def patch(self, path: str, *rows: dict[str, Any]) -> list[dict[str, Any]]:
        return self._send("PATCH", path, rows)

    def delete(self, path: str, *rows: dict[str, Any]) -> None:
        self._send("DELETE", path, rows)

    def _send(self, method: str, path: str, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        answer = requests.request(method, self.url + path, json=list(rows), headers=self.lab.headers(), timeout=60)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        made: list[dict[str, Any]] = answer.json() if answer.content else []
        return made


@pytest.fixture(scope="session")
def server() -> Iterator[NautobotLab]:
    if reason := obstacle():
        pytest.fail(reason)
    with NautobotLab() as made:
        yield made


@pytest.fixture
def nautobot(server: NautobotLab) -> Api:
    """Empty but for what Nautobot itself comes with."""
    server.reset()
    return Api(server)


@pytest.fixture
def source(nautobot: Api) -> dict[str, Any]:
    """The options of a module that talks to it."""
    return {"source": "nautobot", "url": nautobot.lab.url, "token": nautobot.lab.tokens["admin"]}
