# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Fingerprints as OpenSSH prints them, and hints that can be pasted."""

from __future__ import annotations

import base64
import shutil
import subprocess
from pathlib import Path

import paramiko
import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import BadInput, HostKeyUnknown
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers import hostkeys
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.route import Hop

PUBLIC = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJDrLzhUvIbV0pOZrPpR9CvGvR3HKbKD9DbSbzJRg5Jl"


def _key(line: str) -> paramiko.PKey:
    return paramiko.Ed25519Key(data=base64.b64decode(line.split()[1]))


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="compares with OpenSSH, which is not installed")
def test_a_fingerprint_is_openssh_s(tmp_path: Path) -> None:
    (tmp_path / "k.pub").write_text(PUBLIC + "\n")
    printed = subprocess.run(["ssh-keygen", "-lf", tmp_path / "k.pub"], capture_output=True, text=True, check=True)
    assert hostkeys.fingerprint(_key(PUBLIC)) in printed.stdout.split()


def test_unknown_says_how_to_add_it() -> None:
    policy = hostkeys.Verify(True, "/kh", Hop("2001:db8::1", 2222))
    with pytest.raises(HostKeyUnknown, match=r"ssh-keyscan -p 2222 2001:db8::1 >> /kh"):
        policy.missing_host_key(None, "x", _key(PUBLIC))
    assert hostkeys.Verify(False, "/kh", Hop("x")).missing_host_key(None, "x", _key(PUBLIC)) is None


def test_unknown_beyond_a_jump_host_gives_the_line_to_add() -> None:
    policy = hostkeys.Verify(True, "/kh", Hop("core", 2222, number=2), beyond=True)
    with pytest.raises(
        HostKeyUnknown, match=r"^jump host 2 \(core:2222\) .*echo '\[core\]:2222 ssh-ed25519 AAAA"
    ) as caught:
        policy.missing_host_key(None, "x", _key(PUBLIC))
    assert "ssh-keyscan" not in caught.value.message and PUBLIC in caught.value.message


@pytest.mark.parametrize(("port", "name"), [(22, "'r1'"), (2222, "'[r1]:2222'")])
def test_changed_says_how_to_remove_the_old_one(port: int, name: str) -> None:
    other = paramiko.ECDSAKey.generate()
    found = hostkeys.changed(paramiko.BadHostKeyException("r1", _key(PUBLIC), other), "/kh", Hop("r1", port))
    assert f"ssh-keygen -R {name} -f /kh" in found.message and not found.retryable
    assert found.detail["fingerprint"] == hostkeys.fingerprint(_key(PUBLIC)) != found.detail["expected"]


def test_known_hosts_files(tmp_path: Path) -> None:
    client = paramiko.SSHClient()
    stop = Hop("r1", 22)
    hostkeys.load(client, stop, str(tmp_path / "none"), given=False)
    (tmp_path / "good").write_text(f"# a comment\n\nr1 {PUBLIC}\n")
    hostkeys.load(client, stop, str(tmp_path / "good"), given=True)
    assert client.get_host_keys().lookup("r1")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\0")
    for bad in ("none", "binary", "."):
        with pytest.raises(BadInput, match="holdfast_known_hosts: "):
            hostkeys.load(paramiko.SSHClient(), stop, str(tmp_path / bad), given=True)


@pytest.mark.parametrize("names", ["r1", "other,r1,third", "HASHED", "x,HASHED"])
def test_only_the_lines_of_this_host_are_kept(tmp_path: Path, names: str) -> None:
    other = paramiko.ECDSAKey.generate()
    lines = [
        f"r11 {other.get_name()} {other.get_base64()}",
        f"{paramiko.HostKeys.hash_host('r2')} {other.get_name()} {other.get_base64()}",
        f"@revoked r1 {other.get_name()} {other.get_base64()}",
        "r3 ssh-rsa broken",
        f"{names.replace('HASHED', paramiko.HostKeys.hash_host('r1'))} {PUBLIC} a comment",
    ]
    (tmp_path / "kh").write_text("\n".join(lines))
    client = paramiko.SSHClient()
    hostkeys.load(client, Hop("r1", 22), str(tmp_path / "kh"), given=True)
    assert list(client.get_host_keys().keys()) == ["r1"]
    known = client.get_host_keys().lookup("r1")
    assert known is not None and list(known.keys()) == ["ssh-ed25519"]
