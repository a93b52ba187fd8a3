# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whom the broker serves: its own user, and in a shared service those on its list; and what others may not ask.

A session is found by an HMAC of the credentials, so whoever shares one knows them, and a key's text is as good as a
password. What is named by a path is different: the broker reads it with its own rights. So a key file, and the keys of
its agent and SSH directory, are not for others unless the settings say so, and neither are files to transfer.
"""

from __future__ import annotations

import grp
import os
import pwd
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .errors import BadInput, NotAllowed
from .settings import Settings

OWNER_ONLY = ("broker.drain", "broker.stop")
FOREIGN_CODE = ("template", "api")  # TTP's templates may hold Python, Genie's APIs open files
LOCAL_FILES = {"transfer"}  # they name files of the broker's machine


@dataclass(frozen=True)
class Sharing:
    """``gid`` is None for a private broker."""

    uids: frozenset[int] = frozenset()
    gid: int | None = None
    private_keys: bool = False

    @classmethod
    def of(cls, settings: Settings) -> Sharing:
        """As ``[service]`` says. Raises BadInput for a user or group that does not exist."""
        service = settings.service
        if not service.group:
            return cls()
        try:
            gid = grp.getgrnam(service.group).gr_gid
        except KeyError as exc:
            raise _unknown(settings, "group", service.group) from exc
        return cls(frozenset(_uid(settings, user) for user in service.users), gid, service.private_keys)

    def admits(self, uid: int) -> bool:
        return uid == os.getuid() or uid in self.uids

    def check(self, command: str, params: Mapping[str, Any], uid: int) -> None:
        """Raises NotAllowed for what only the broker's own user may ask."""
        if uid == os.getuid():
            return
        owner = pwd.getpwuid(os.getuid()).pw_name
        if command in OWNER_ONLY:
            raise NotAllowed(f"{command}: only {owner}, who runs this broker, may ask that")
        if found := LOCAL_FILES & _commands(command, params):
            raise NotAllowed(
                f"{min(found)}: not over the shared broker of {owner}: it would use files with {owner}'s rights"
            )
        if any(value for name, value in _items(params) if name in FOREIGN_CODE):
            raise NotAllowed(
                f"template, api: a template of your own and Genie's APIs run in the shared broker of {owner}, with "
                f"{owner}'s rights; use a broker of your own"
            )
        if not self.private_keys:
            for given in _logins(params):
                if given.get("private_key_file") or not (given.get("password") or given.get("private_key")):
                    raise NotAllowed(
                        f"ansible_private_key_file: the shared broker of {owner} would read keys as {owner}; set a "
                        "password or a key of your own (also for each jump host), use a broker of your own, or have "
                        "service.private_keys allowed",
                        option="private_key_file",
                    )


def _commands(command: str, params: Mapping[str, Any]) -> set[str]:
    """The command, and those inside of a job or a fleet's request."""
    found = {command}
    while command in ("job.start", "fleet.run") and isinstance(params, Mapping):
        command, params = str(params.get("command")), params.get("params") or {}
        found.add(command)
    return found


def _logins(params: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Credentials at any depth: of targets, of their jump hosts, of a fleet's devices, of a job's request."""
    for name, value in _items(params):
        for entry in value if isinstance(value, list) else [value]:
            if name == "target" and not (isinstance(entry, Mapping) and isinstance(entry.get("secrets"), Mapping)):
                yield {}
            elif name in ("secrets", "jump_hosts") and entry:
                yield entry if isinstance(entry, Mapping) else {}
            elif name == "secrets":
                yield {}


def _items(params: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Every key with its value, at any depth."""
    for name, value in params.items():
        yield name, value
        for entry in value if isinstance(value, list) else [value]:
            if isinstance(entry, Mapping):
                yield from _items(entry)


def _uid(settings: Settings, user: str | int) -> int:
    if isinstance(user, int):
        return user
    try:
        return pwd.getpwnam(user).pw_uid
    except KeyError as exc:
        raise _unknown(settings, "users", user) from exc


def _unknown(settings: Settings, key: str, name: str) -> BadInput:
    return BadInput(
        f"{settings.file}: service.{key}: there is no '{name}' on this machine; correct the name",
        file=settings.file, option=f"service.{key}", value=name,
    )  # fmt: skip
