# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which calls of a module may change a device: those wait for a pending change of somebody else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.commands.rpc import kind

READS, CHANGES, OTHER = (False, True), (True, False), (False, False)


def request(method: str, *positional: Any, **named: Any) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": "1", "method": method, "params": [positional, named]}).encode()


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (request("get_capabilities"), READS),
        (request("get_config", source="running"), READS),
        (request("get", "show version"), READS),
        (request("run_commands", commands=["show version", {"command": "show clock"}]), READS),
        (request("edit_config", candidate=["hostname x"]), CHANGES),
        (request("edit_banner", candidate="{}"), CHANGES),
        (request("get_session_config", ["hostname x"]), CHANGES),
        (request("discard_changes"), CHANGES),
        (request("rollback", 1), CHANGES),
        (request("run_commands", commands=["show clock", "configure terminal"]), CHANGES),
        (request("send_command", command="copy running-config startup-config"), CHANGES),
        (request("get", command="reload"), CHANGES),
        (request("run_commands", [{"command": "clear counters"}]), OTHER),
        (request("get", "show tech | redirect flash:x"), OTHER),
    ],
    ids=lambda value: json.loads(value)["method"] if isinstance(value, bytes) else "",
)
def test_kinds_of_calls(asked: bytes, expected: tuple[bool, bool]) -> None:
    assert kind(asked) == expected
