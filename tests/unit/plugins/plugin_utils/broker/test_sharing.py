# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whom a shared broker serves, and what it does not do with its own user's rights for others."""

from __future__ import annotations

import os
from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import BadInput, NotAllowed
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.settings import Service, Settings
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.sharing import Sharing

GUEST = os.getuid() + 1
WORD = {"secrets": {"password": "p"}}
KEY = {"secrets": {"password": "p", "private_key_file": "/k"}}
AGENT: dict[str, Any] = {"secrets": {}}
TEXT = {"secrets": {"private_key": "-----BEGIN"}}


def test_private_is_the_default() -> None:
    assert Sharing.of(Settings()) == Sharing()
    assert Sharing().admits(os.getuid()) and not Sharing().admits(GUEST)


def test_names_and_numbers_of_users() -> None:
    found = Sharing.of(Settings(service=Service(group="root", users=("root", GUEST))))
    assert found.gid == 0 and found.uids == {0, GUEST} and found.admits(GUEST) and not found.admits(GUEST + 1)


@pytest.mark.parametrize(
    ("group", "user", "key"), [("root", "no-such-user", "users"), ("no-such-group", "root", "group")]
)
def test_unknown_names(group: str, user: str, key: str) -> None:
    with pytest.raises(BadInput, match=f"^/f: service.{key}: there is no 'no-such-{key.rstrip('s')}' on this machine"):
        Sharing.of(Settings(service=Service(group=group, users=(user,)), file="/f"))


@pytest.mark.parametrize(
    ("command", "params"),
    [
        ("broker.stop", {}),
        ("broker.drain", {}),
        ("transfer", {"target": WORD}),
        ("job.start", {"command": "transfer", "target": WORD}),
        ("job.start", {"command": "fleet.run", "params": {"command": "transfer"}}),
        ("run", {"target": KEY}),
        ("run", {"target": AGENT}),
        ("run", {"target": {"secrets": {**TEXT["secrets"], "private_key_file": "/k"}}}),
        ("run", {"target": {"secrets": {**TEXT["secrets"], "jump_hosts": [{"host": "j"}]}}}),
        ("run", {"target": {}}),
        ("run", {"target": {**WORD, "options": {"jump_hosts": [{"host": "j", "private_key_file": "/k"}]}}}),
        ("run", {"target": {**WORD, "options": {"jump_hosts": [{"host": "j"}]}}}),
        ("run", {"target": {**WORD, "options": {"jump_hosts": "user@jump"}}}),
        ("run", {"target": {**WORD, "options": {"jump_hosts": ["user@jump"]}}}),
        ("run", {"target": WORD, "commands": [{"command": "a", "parser": "ttp", "template": {"name": "t"}}]}),
        ("genie", {"target": WORD, "api": ["get_interface_names"]}),
        ("job.start", {"command": "run", "target": KEY}),
        ("fleet.run", {"command": "run", "requests": {"a": {"target": WORD}, "b": {"target": AGENT}}}),
    ],
)
def test_what_only_the_owner_may_ask(command: str, params: dict[str, Any]) -> None:
    Sharing().check(command, params, os.getuid())
    with pytest.raises(NotAllowed):
        Sharing(frozenset({GUEST})).check(command, params, GUEST)


@pytest.mark.parametrize(
    ("command", "params"),
    [
        ("hello", {}),
        ("session.close", {"all": True}),
        ("run", {"target": WORD, "commands": [{"command": "transfer", "prompt": "x", "answer": "y"}]}),
        ("run", {"target": {**WORD, "options": {"jump_hosts": [{"host": "j", "password": "p"}]}}}),
        ("run", {"target": TEXT}),
        ("run", {"target": {"secrets": {**TEXT["secrets"], "jump_hosts": [{"host": "j", "private_key": "k"}]}}}),
        ("job.start", {"command": "run", "target": WORD}),
    ],
)
def test_what_all_may_ask(command: str, params: dict[str, Any]) -> None:
    Sharing(frozenset({GUEST})).check(command, params, GUEST)


def test_keys_can_be_allowed() -> None:
    Sharing(frozenset({GUEST}), 0, private_keys=True).check("run", {"target": KEY}, GUEST)
