# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Host keys: known, unknown or changed, with the fingerprint to compare.

Checking is on by default. The error for an unknown key says how to accept it, and nothing is ever accepted
by itself while checking is on.
"""

from __future__ import annotations

import base64
import hashlib
import os
from typing import TYPE_CHECKING, Any

from ..broker.errors import BadInput, HostKeyChanged, HostKeyUnknown
from .route import Hop

if TYPE_CHECKING:
    import paramiko


def fingerprint(key: paramiko.PKey) -> str:
    """As OpenSSH prints it: ``SHA256:...``."""
    digest = hashlib.sha256(key.asbytes()).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


class Verify:
    """Paramiko's policy for a host that is not in known_hosts: it asks ``missing_host_key``, whatever the class.

    The error keeps the fingerprint for the connection test. ``beyond`` says that only a jump host reaches it, where
    ssh-keyscan does not.
    """

    def __init__(self, checking: bool, known_hosts: str, stop: Hop, beyond: bool = False) -> None:
        self._checking = checking
        self._known_hosts = known_hosts
        self._stop = stop
        self._beyond = beyond

    def missing_host_key(self, client: Any, hostname: str, key: paramiko.PKey) -> None:
        if not self._checking:
            return
        stop, file = self._stop, self._known_hosts
        whose = "its own" if stop.number else "the device's"
        how = f"ssh-keyscan -p {stop.port} {stop.host} >> {file}"
        if self._beyond:
            how = f"echo '{known_name(stop)} {key.get_name()} {key.get_base64()}' >> {file}"
        raise HostKeyUnknown(
            f"{stop.title} shows the {key.get_name()} host key {fingerprint(key)}, which {file} does not have. "
            f"If it is {whose}, add it: {how}",
            fingerprint=fingerprint(key),
            known_hosts=file,
        )


def known_name(stop: Hop) -> str:
    """As known_hosts writes it."""
    return stop.host if stop.port == 22 else f"[{stop.host}]:{stop.port}"


def changed(exc: paramiko.BadHostKeyException, known_hosts: str, stop: Hop) -> HostKeyChanged:
    """The error for a key that differs from the known one: a new device there, or someone in between."""
    found, known = fingerprint(exc.key), fingerprint(exc.expected_key)
    what = "host" if stop.number else "device"
    return HostKeyChanged(
        f"{stop.title} shows host key {found}, but {known_hosts} has {known}. Either the {what} was replaced or "
        f"someone is in between. If it was replaced, remove the old key: ssh-keygen -R '{known_name(stop)}' "
        f"-f {known_hosts}",
        fingerprint=found,
        expected=known,
        known_hosts=known_hosts,
    )


def load(client: paramiko.SSHClient, stop: Hop, path: str, given: bool) -> None:
    """The lines of a known_hosts file that are about this host; a missing default file is an empty one.

    Paramiko would keep the whole file in every session, and takes long to read a thousand lines. Raises BadInput.
    """
    import paramiko

    known, name = client.get_host_keys(), known_name(stop)
    try:
        with open(path, encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                entry = paramiko.hostkeys.HostKeyEntry.from_line(line, number) if _about(line, name) else None
                if entry is not None and entry.key is not None:
                    known.add(name, entry.key.get_name(), entry.key)
    except FileNotFoundError as exc:
        if given:
            raise BadInput(f"holdfast_known_hosts: there is no file {path}", option="known_hosts", value=path) from exc
    except (OSError, UnicodeDecodeError, paramiko.SSHException, paramiko.hostkeys.InvalidHostKey) as exc:
        raise BadInput(f"holdfast_known_hosts: {path} cannot be read: {exc}", option="known_hosts", value=path) from exc


def _about(line: str, name: str) -> bool:
    """Whether a line's names have this one, plain or hashed."""
    import paramiko

    names = line.split(None, 1)[0].split(",") if line.strip() else []
    return any(
        known == name or (known.startswith("|1|") and paramiko.HostKeys.hash_host(name, known) == known)
        for known in names
    )


def default_file() -> str:
    return os.path.expanduser("~/.ssh/known_hosts")
