# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which words announce a secret, and which do not."""

from __future__ import annotations

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.state.reports.redact import HIDDEN, redact, redact_text


@pytest.mark.parametrize(
    "line",
    [
        "+ neighbor 10.0.0.1 password {}",
        "enable secret 5 {}",
        "username a privilege 15 secret sha512 {}",
        "snmp-server community {} RO",
        "ip ospf message-digest-key 1 md5 7 {}",
        " key 7 {}",
        " key {}",
        " key-string {}",
        "tacacs-server host 10.0.0.1 key 7 {}",
        "snmp-server user u g v3 auth sha {} priv aes 128 other",
        'set password "{} and more"',
    ],
)
def test_hidden(line: str) -> None:
    text = redact_text(line.format("0941xS3cret"))
    assert "0941xS3cret" not in text
    assert HIDDEN in text


@pytest.mark.parametrize(
    "line",
    [
        "service password-encryption",
        "set community 65001:100",
        "key chain X",
        " key 1",
        "a password\n+ b",
        "ip ospf md5",
    ],
)
def test_kept(line: str) -> None:
    assert redact_text(line) == line


def test_only_where_configuration_may_be() -> None:
    record = {"words": "wrong password for admin", "change": {"diff": ["+password x", {"deep": "secret y"}]}}
    assert redact(record) == {
        "words": "wrong password for admin",
        "change": {"diff": [f"+password {HIDDEN}", {"deep": f"secret {HIDDEN}"}]},
    }
