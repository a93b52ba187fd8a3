# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Private keys that come as text: read before anything is sent, so that a damaged one never reaches a device.

No message repeats any of the text.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..broker.errors import BadInput
from .route import Hop

ARMOUR = re.compile(r"-----BEGIN (?P<kind>[A-Z0-9 ]*)PRIVATE KEY-----\n.+?\n-----END (?P=kind)PRIVATE KEY-----", re.S)


def load(stop: Hop) -> Any:
    """Paramiko's key of ``stop.private_key``, in any format that OpenSSH writes. Raises BadInput."""
    import paramiko
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    text = normal(stop)
    try:
        found = _decrypted(stop, text.encode())
    except UnsupportedAlgorithm as exc:
        raise _unusable(stop, "is of a kind that is not supported; use an Ed25519, ECDSA or RSA key") from exc
    kinds: tuple[tuple[Any, Any], ...] = (
        (ed25519.Ed25519PrivateKey, paramiko.Ed25519Key),
        (ec.EllipticCurvePrivateKey, paramiko.ECDSAKey),
        (rsa.RSAPrivateKey, paramiko.RSAKey),
    )
    for kind, cls in kinds:
        if isinstance(found, kind):
            plain = found.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
            )
            return cls.from_private_key(io.StringIO(plain.decode()))
    raise _unusable(stop, "is of a kind that is not supported; use an Ed25519, ECDSA or RSA key")


@contextmanager
def as_file(stop: Hop) -> Iterator[str]:
    """A path for programs that want one, of a file in memory: nothing is written to a disk. Raises BadInput."""
    load(stop)
    memory = os.memfd_create("holdfast-key")
    try:
        os.fchmod(memory, 0o600)  # ssh refuses a key that others could read
        os.write(memory, normal(stop).encode())
        yield f"/proc/{os.getpid()}/fd/{memory}"
    finally:
        os.close(memory)


def normal(stop: Hop) -> str:
    """The key alone, with line ends as ssh wants them."""
    text = (stop.private_key or "").replace("\r\n", "\n")
    found = ARMOUR.search("\n".join(line.strip() for line in text.split("\n")))
    if found is None:
        raise _unusable(
            stop,
            "is no private key; give its whole text with its line breaks, from -----BEGIN ... PRIVATE KEY----- to "
            "-----END ... PRIVATE KEY-----",
        )
    return f"{found[0]}\n"


def _decrypted(stop: Hop, text: bytes) -> Any:
    from cryptography.hazmat.primitives import serialization

    openssh = b"BEGIN OPENSSH" in text
    read: Any = serialization.load_ssh_private_key if openssh else serialization.load_pem_private_key
    try:
        return read(text, None)
    except TypeError as exc:  # it is encrypted
        if not stop.passphrase:
            raise _unusable(stop, f"has a passphrase; set {_passphrase(stop)}") from exc
    except ValueError as exc:
        raise _unusable(stop, "is damaged; copy the whole file of the key again") from exc
    try:
        return read(text, stop.passphrase.encode())
    except ValueError as exc:
        raise _unusable(stop, f"cannot be decrypted; check {_passphrase(stop)}") from exc


def _passphrase(stop: Hop) -> str:
    return "its passphrase there" if stop.number else stop.variable("passphrase")


def _unusable(stop: Hop, what: str) -> BadInput:
    return BadInput(
        f"{stop.variable('private_key')}: the key for {stop.title} {what}",
        option="jump_hosts" if stop.number else "private_key",
    )
