# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""SNMP credentials from a task's options; what is wrong with them is said without showing them."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import BadInput
from ansible_collections.holdfast.network.plugins.plugin_utils.discovery.snmp_credentials import SnmpCredential


def test_names_versions_and_protocols_are_filled_in() -> None:
    found = SnmpCredential.from_options(
        [
            {"community": "s3cret"},
            {"user": "u", "name": "core", "auth_protocol": None},
            {"user": "u", "auth_key": "12345678", "priv_key": "abcdefgh", "auth_protocol": "SHA-256"},
        ]
    )
    assert [(one.name, one.version, one.level) for one in found] == [
        ("snmp1", "2c", "community"),
        ("core", "3", "noAuthNoPriv"),
        ("snmp3", "3", "authPriv"),
    ]
    assert (found[2].auth_protocol, found[2].priv_protocol) == ("sha256", "aes")
    assert not any(word in repr(found) for word in ("s3cret", "12345678", "abcdefgh"))
    assert SnmpCredential.from_options(None) == ()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("public", r"snmp\[1\]: is a str; give a dictionary"),
        ({}, r"snmp\[1\]\.community: is missing"),
        ({"version": "1", "community": "x"}, r"snmp\[1\]\.version: '1' is none of: 2c, 3"),
        ({"comunity": "x"}, r"snmp\[1\]\.comunity: no such option; did you mean 'community'"),
        ({"community": "x", "auth_key": "12345678"}, r"snmp\[1\]\.auth_key: belongs to version 3"),
        ({"version": 3}, r"snmp\[1\]\.user: is missing"),
        ({"user": "u", "community": "x"}, r"snmp\[1\]\.community: belongs to version 2c"),
        ({"user": "u", "auth_protocol": "sha"}, r"snmp\[1\]\.auth_key: is missing; auth_protocol 'sha' needs one"),
        ({"user": "u", "auth_key": "12345678", "auth_protocol": "sha3"}, r"'sha3' is none of: md5, sha,"),
        ({"user": "u", "auth_key": "12345678", "priv_protocol": "aes512", "priv_key": "abcdefgh"}, "'aes512' is none"),
        ({"user": "u", "priv_key": "abcdefgh"}, r"snmp\[1\]\.auth_key: is missing; SNMP encrypts only"),
        ({"user": "u", "auth_key": "hunter2"}, r"snmp\[1\]\.auth_key: has fewer than 8 characters"),
    ],
)
def test_what_is_wrong_is_named_and_no_secret_shown(given: Any, words: str) -> None:
    with pytest.raises(BadInput, match=words) as refused:
        SnmpCredential.from_options([given])
    assert not any(secret in str(refused.value) for secret in ("12345678", "abcdefgh", "hunter2"))


def test_two_sets_of_one_name_are_refused() -> None:
    with pytest.raises(BadInput, match="snmp: snmp1 is the name of two sets"):
        SnmpCredential.from_options([{"community": "a"}, {"community": "b", "name": "snmp1"}])
