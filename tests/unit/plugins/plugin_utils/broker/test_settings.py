# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The settings' file: what is wrong in it is named, with the fix; nothing is taken by halves."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker import paths
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import BadInput, StateDirError
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.paths import (
    default_paths,
    settings_file,
    shared_socket,
)
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.settings import Settings, load


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "broker.toml"
    path.write_text(text)
    return path


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    assert load(None) == Settings()
    assert load(written(tmp_path, "")) == Settings(file=str(tmp_path / "broker.toml"))


def test_a_whole_file(tmp_path: Path) -> None:
    text = """
    [limits]
    sessions = 50
    max_age = 3600
    [lockout]
    failures = 0
    [service]
    group = "netops"
    users = ["ann", 1001]
    private_keys = true
    [log]
    to = "stderr"
    [client]
    socket = "/run/holdfast/broker.sock"
    """
    found = load(written(tmp_path, text))
    assert (found.limits.sessions, found.limits.max_age, found.limits.parallel_logins) == (50, 3600.0, 20)
    assert found.service.users == ("ann", 1001) and found.service.private_keys and found.log.to == "stderr"
    assert found.breaker == Settings().breaker and found.lockout.failures == 0


WRONG = [
    ("[limit]\nsessions = 1", r"\[limit\]: there is no such section, did you mean 'limits'\?"),
    ("[weather]\n", r"\[weather\]: there is no such section; there are: limits, lockout, breaker"),
    ("limits = 3", r"limits: must be a section: write \[limits\]"),
    ("file = 3", r"\[file\]: there is no such section"),
    ("[limits]\nsesions = 1", r"limits.sesions: there is no such key, did you mean 'sessions'\?; it is 1"),
    ("[limits]\nsessions = 0", "limits.sessions: must be from 1 to 100000; it is 0"),
    ("[limits]\nsessions = 1.5", "limits.sessions: must be a whole number; it is 1.5"),
    ("[limits]\nsessions = true", "limits.sessions: must be a whole number; it is True"),
    ('[limits]\nmax_age = "1d"', "limits.max_age: must be a number; it is '1d'"),
    ("[limits]\nmax_age = nan", "limits.max_age: must be from 1 to"),
    ("[breaker]\nwait = 50\nwait_most = 20", r"breaker.wait_most: must not be less than breaker.wait \(50\); it is 20"),
    ("[jobs]\nmetadata_ttl = 10", r"jobs.metadata_ttl: must not be less than jobs.result_ttl \(300\)"),
    ("[service]\nprivate_keys = 1", "service.private_keys: must be true or false; it is 1"),
    ("[service]\ngroup = 5", "service.group: must be text in quotes; it is 5"),
    ('[service]\ngroup = "g"', "service.users: name the users of the group"),
    ('[service]\nusers = ["a"]', "service.group: name the group"),
    ('[service]\nusers = "ann"', "service.users: must be a list of names or numbers"),
    ("[service]\nusers = [true]", "service.users: must be a list of names or numbers"),
    ('[log]\nto = "syslog"', "log.to: must be one of: file, stderr; it is 'syslog'"),
    ('[client]\nsocket = "x.sock"', "client.socket: must be an absolute path; it is 'x.sock'"),
    ("[limits\n", "is no TOML: "),
]


@pytest.mark.parametrize(("text", "words"), WRONG)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, words: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(BadInput, match=f"^{path}: {words}"):
        load(path)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "broker.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(BadInput, match="broker.toml: cannot be read"):
        load(tmp_path / "broker.toml")
    with pytest.raises(BadInput, match="cannot be read: .*Is a directory"):
        load(tmp_path)


def test_where_it_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named, own, system = tmp_path / "named.toml", tmp_path / "holdfast/broker.toml", tmp_path / "etc.toml"
    monkeypatch.setattr(paths, "SYSTEM_SETTINGS", str(system))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("HOLDFAST_CONFIG", raising=False)
    assert settings_file() is None
    system.write_text("")
    assert settings_file() == system
    own.parent.mkdir()
    own.write_text("")
    assert settings_file() == own
    monkeypatch.setenv("HOLDFAST_CONFIG", str(named))
    with pytest.raises(BadInput, match=f"HOLDFAST_CONFIG: there is no file {named}"):
        settings_file()
    named.write_text("")
    assert settings_file() == named


def test_a_client_is_told_of_a_shared_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOLDFAST_SOCKET", "HOLDFAST_RUNTIME_DIR", "HOLDFAST_STATE_DIR"):
        monkeypatch.delenv(name, raising=False)
    path = written(tmp_path, '[client]\nsocket = "/run/holdfast/broker.sock"\n')
    monkeypatch.setenv("HOLDFAST_CONFIG", str(path))
    assert default_paths("1").socket == Path("/run/holdfast/broker.sock")
    assert (
        default_paths("1", serving=True).socket.name == default_paths("1", "/a", "/b").socket.name == "broker-1-1.sock"
    )
    monkeypatch.setenv("HOLDFAST_SOCKET", "/elsewhere.sock")
    assert default_paths("1").socket == Path("/elsewhere.sock")
    path.write_text("[limits]\nnonsense = 1\n")
    assert shared_socket() == "", "what is only the broker's does not keep a client from its work"
    path.unlink()
    path.mkdir()
    monkeypatch.setattr(paths, "settings_file", lambda: path)
    with pytest.raises(StateDirError, match="cannot be read"):
        shared_socket()


def test_every_section_and_key_is_documented() -> None:
    guide = (Path(__file__).resolve().parents[5] / "docs/service.md").read_text()
    usual = Settings()
    for section in (one for one in fields(Settings) if one.name != "file"):
        assert f"`[{section.name}]`" in guide, section.name
        for key in fields(getattr(usual, section.name)):
            assert f"`{key.name}`" in guide, f"{section.name}.{key.name}"
