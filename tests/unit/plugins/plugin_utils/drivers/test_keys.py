# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Private keys as text: all formats of OpenSSH, and what is wrong with one that cannot be used."""

from __future__ import annotations

import base64
import os
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import BadInput
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers import keys
from ansible_collections.holdfast.network.plugins.plugin_utils.drivers.route import Hop
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa

PHRASE = "right-Phra5e"
MADE: dict[str, Any] = {
    "ed25519": ed25519.Ed25519PrivateKey.generate(),
    "ecdsa": ec.generate_private_key(ec.SECP256R1()),
    "rsa": rsa.generate_private_key(65537, 2048),
}
FORMATS = {
    "openssh": form.PrivateFormat.OpenSSH, "pem": form.PrivateFormat.TraditionalOpenSSL,
    "pkcs8": form.PrivateFormat.PKCS8,
}  # fmt: skip


def text(kind: str = "ed25519", shape: str = "openssh", phrase: str | None = None) -> str:
    lock = form.BestAvailableEncryption(phrase.encode()) if phrase else form.NoEncryption()
    return MADE[kind].private_bytes(form.Encoding.PEM, FORMATS[shape], lock).decode()


def damaged(key: str) -> str:
    lines = key.splitlines()
    return "\n".join([lines[0], *(line.replace("A", "B") for line in lines[1:-1]), lines[-1]])


def stop(key: str, phrase: str | None = None, number: int = 0) -> Hop:
    return Hop("r1", 22, "u", private_key=key, passphrase=phrase, number=number)


@pytest.mark.parametrize("phrase", [None, PHRASE])
@pytest.mark.parametrize(
    ("kind", "shape"),
    [("ed25519", "openssh"), ("ecdsa", "openssh"), ("rsa", "openssh"), ("ecdsa", "pem"), ("rsa", "pem"),
     ("ed25519", "pkcs8"), ("rsa", "pkcs8")],
)  # fmt: skip
def test_every_format(kind: str, shape: str, phrase: str | None) -> None:
    public = MADE[kind].public_key().public_bytes(form.Encoding.OpenSSH, form.PublicFormat.OpenSSH).split()[1]
    found = keys.load(stop(text(kind, shape, phrase), phrase))
    assert found.can_sign() and base64.b64encode(found.asbytes()) == public


@pytest.mark.parametrize("change", [str.strip, lambda key: key.replace("\n", "\r\n"), lambda key: f"\n  {key}\n\n"])
def test_what_forms_and_vaults_do_to_text(change: Any) -> None:
    key = text()
    assert keys.load(stop(change(key))).asbytes() == keys.load(stop(key)).asbytes()
    assert keys.normal(stop(change(key))) == key


@pytest.mark.parametrize(
    ("key", "phrase", "words"),
    [
        ("~/.ssh/id_ed25519", None, "is no private key; give its whole text"),
        ("ssh-ed25519 AAAAC3Nza ann", None, "is no private key"),
        (text().replace("\n", " "), None, "with its line breaks"),
        (text()[:-40], None, "is no private key"),
        (damaged(text()), None, "is damaged; copy the whole file"),
        (damaged(text("rsa", "pem")), None, "is damaged"),
        (text(phrase=PHRASE), None, "has a passphrase; set holdfast_passphrase"),
        (text("rsa", "pem", PHRASE), None, "has a passphrase"),
        (text(phrase=PHRASE), "guessed", "cannot be decrypted; check holdfast_passphrase"),
        (text("rsa", "pkcs8", PHRASE), "guessed", "cannot be decrypted"),
    ],
)
def test_one_that_cannot_be_used(key: str, phrase: str | None, words: str) -> None:
    with pytest.raises(BadInput) as caught:
        keys.load(stop(key, phrase))
    message = caught.value.message
    assert message.startswith("holdfast_private_key: the key for r1:22 ") and words in message
    assert not any(line in str(caught.value.as_dict()) for line in key.split() if len(line) > 20)
    assert PHRASE not in message and "guessed" not in message


def test_other_kinds_of_keys() -> None:
    old = dsa.generate_private_key(1024).private_bytes(
        form.Encoding.PEM, form.PrivateFormat.TraditionalOpenSSL, form.NoEncryption()
    )
    with pytest.raises(BadInput, match="is of a kind that is not supported; use an Ed25519, ECDSA or RSA key"):
        keys.load(stop(old.decode()))


def test_a_jump_host_s_key_is_named() -> None:
    with pytest.raises(BadInput, match="^holdfast_jump_hosts: private_key of jump host 2: the key for jump host 2 "):
        keys.load(stop("nothing", number=2))
    with pytest.raises(BadInput, match="has a passphrase; set its passphrase there"):
        keys.load(stop(text(phrase=PHRASE), number=2))


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="there is no ssh-keygen (openssh-client)")
def test_a_file_in_memory_that_other_programs_read() -> None:
    with keys.as_file(stop(text().replace("\n", "\r\n"))) as path:
        mode = os.stat(path).st_mode
        assert stat.S_IMODE(mode) == 0o600 and stat.S_ISREG(mode) and os.readlink(path).startswith("/memfd:")
        done = subprocess.run(["ssh-keygen", "-y", "-f", path], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("ssh-ed25519 ") and not Path(path).exists()
