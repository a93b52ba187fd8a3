# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keys for a broker that runs elsewhere: the task reads them, for the device and for each jump host."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import BadInput
from ansible_collections.holdfast.network.plugins.plugin_utils.key_files import MOST, carried
from ansible_collections.holdfast.network.plugins.plugin_utils.requester import Requester

OPTIONS = {"host": "r1", "platform": "ios", "connect_timeout": 30.0, "command_timeout": 60.0}


@pytest.fixture
def key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "key").write_text("the key")
    return tmp_path / "key"


def test_text_takes_the_place_of_every_path(key: Path) -> None:
    hops = [{"host": "a", "private_key_file": "~/key"}, "user@b", {"host": "c", "password": "p"}]
    given: dict[str, Any] = {"private_key_file": str(key), "passphrase": "q", "jump_hosts": hops}
    assert carried(given) == {
        "private_key": "the key", "passphrase": "q",
        "jump_hosts": [{"host": "a", "private_key": "the key"}, "user@b", {"host": "c", "password": "p"}],
    }  # fmt: skip
    assert hops[0] == {"host": "a", "private_key_file": "~/key"}, "what was given stays as it is"
    assert carried({"jump_hosts": dict(hops[0])})["jump_hosts"][0]["private_key"] == "the key"  # type: ignore[call-overload]
    assert carried({"jump_hosts": "a,b", "password": "p"}) == {"jump_hosts": "a,b", "password": "p"}
    assert carried({"private_key": "own", "private_key_file": "/none"}) == {"private_key": "own"}


def test_files_that_are_no_keys(key: Path, tmp_path: Path) -> None:
    (tmp_path / "big").write_text("x" * (MOST + 1))
    os.mkfifo(tmp_path / "pipe")
    wrong = {
        "none": f"ansible_private_key_file: the key file {tmp_path}/none cannot be read here: No such file",
        "big": "is too long for a private key",
        "pipe": f"{tmp_path}/pipe is no file",
        "": f"{tmp_path}/ is no file",
    }
    for name, words in wrong.items():
        with pytest.raises(BadInput) as caught:
            carried({"private_key_file": f"{tmp_path}/{name}"})
        assert words in caught.value.message and caught.value.detail["option"] == "private_key_file"
    with pytest.raises(BadInput, match="^holdfast_jump_hosts: private_key_file of jump host 2: the key file /none"):
        carried({"jump_hosts": ["a", {"host": "b", "private_key_file": "/none"}]})


def test_only_for_a_broker_that_is_told_of(key: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOLDFAST_SOCKET", raising=False)
    asking = Requester({**OPTIONS, "private_key_file": str(key)}, 1.0)
    assert asking.target()["secrets"] == {"private_key_file": str(key)}
    monkeypatch.setenv("HOLDFAST_SOCKET", "/run/holdfast/broker.sock")
    assert asking.target()["secrets"] == {"private_key": "the key"}
