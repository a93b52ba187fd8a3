# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The broker's settings: one TOML file, read strictly. docs/service.md lists the keys; times are in seconds.

``paths.settings_file`` says where it is looked for. Without one the defaults below hold.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from .errors import BadInput

DAY = 86400.0
T = TypeVar("T")


def _within(least: float, most: float) -> dict[str, float]:
    return {"least": least, "most": most}


@dataclass(frozen=True)
class Limits:
    """``[limits]``: bounds of the pool. A session that was idle for ``probe_after`` is asked whether it is there."""

    sessions: int = field(default=1000, metadata=_within(1, 100_000))
    parallel_logins: int = field(default=20, metadata=_within(1, 1000))
    max_age: float = field(default=DAY, metadata=_within(1, 365 * DAY))
    probe_after: float = field(default=20.0, metadata=_within(0, DAY))


@dataclass(frozen=True)
class Trials:
    """``[lockout]`` and ``[breaker]``: after ``failures`` in a row (0: never) wait, twice as long each further time.

    ``window``: quiet time after which failures are forgotten.
    """

    failures: int = field(default=3, metadata=_within(0, 1000))
    window: float = field(default=900.0, metadata=_within(1, 7 * DAY))
    wait: float = field(default=300.0, metadata=_within(0.1, DAY))
    wait_most: float = field(default=3600.0, metadata=_within(0.1, 7 * DAY))


@dataclass(frozen=True)
class Reboot:
    """``[reboot]``: a device that went away under a session is waited for, within the connect timeout, for so long."""

    remember: float = field(default=600.0, metadata=_within(0, DAY))


@dataclass(frozen=True)
class JobTerms:
    """``[jobs]``: what a job gets that does not say otherwise, and how many are remembered."""

    most: int = field(default=10_000, metadata=_within(1, 1_000_000))
    queue_ttl: float = field(default=3600.0, metadata=_within(0.01, 7 * DAY))
    result_ttl: float = field(default=300.0, metadata=_within(0, 7 * DAY))
    metadata_ttl: float = field(default=1800.0, metadata=_within(0, 7 * DAY))


@dataclass(frozen=True)
class Service:
    """``[service]``: the life of the broker, and whom it serves. ``group`` and ``users`` count for ``serve`` only."""

    idle_exit: float = field(default=3600.0, metadata=_within(1, 365 * DAY))
    drain_timeout: float = field(default=60.0, metadata=_within(0, DAY))
    group: str = ""
    users: tuple[str | int, ...] = ()
    private_keys: bool = False


@dataclass(frozen=True)
class Log:
    """``[log]``: ``size`` in bytes of one file, of which ``backups`` older ones are kept; or ``to`` standard error."""

    to: str = field(default="file", metadata={"choices": ("file", "stderr")})
    size: int = field(default=5_000_000, metadata=_within(10_000, 10_000_000_000))
    backups: int = field(default=2, metadata=_within(0, 100))


@dataclass(frozen=True)
class ClientSide:
    """``[client]``: ``socket`` of a shared broker that clients use instead of one of their own."""

    socket: str = ""


@dataclass(frozen=True)
class Settings:
    """All of the file, by section. ``file`` is where it was read, empty for the defaults."""

    limits: Limits = field(default_factory=Limits)
    lockout: Trials = field(default_factory=Trials)
    breaker: Trials = field(default_factory=lambda: Trials(failures=5, wait=10.0, wait_most=120.0))
    reboot: Reboot = field(default_factory=Reboot)
    jobs: JobTerms = field(default_factory=JobTerms)
    service: Service = field(default_factory=Service)
    log: Log = field(default_factory=Log)
    client: ClientSide = field(default_factory=ClientSide)
    file: str = ""


def load(path: Path | None) -> Settings:
    """Read and check a file. Raises BadInput, which names file, key, value and fix."""
    if path is None:
        return Settings()
    import tomllib  # clients come by here for each task, and most have no file

    try:
        with path.open("rb") as handle:
            raw = tomllib.load(handle)
    except (OSError, UnicodeDecodeError) as exc:
        raise BadInput(f"{path}: cannot be read: {exc}", file=str(path)) from exc
    except tomllib.TOMLDecodeError as exc:
        raise BadInput(f"{path}: is no TOML: {exc}", file=str(path)) from exc
    usual = Settings()
    sections = {one.name: getattr(usual, one.name) for one in fields(Settings) if one.name != "file"}
    made: dict[str, Any] = {"file": str(path)}
    for name, given in raw.items():
        if name not in sections:
            raise _wrong(path, f"[{name}]", f"there is no such section{_alike(name, sections)}", name)
        if not isinstance(given, dict):
            raise _wrong(path, name, f"must be a section: write [{name}] and its keys below", given)
        made[name] = _section(path, name, given, sections[name])
    settings = Settings(**made)
    _consistent(path, settings)
    return settings


def _section(path: Path, section: str, given: dict[str, Any], usual: Any) -> Any:
    known = {one.name: one for one in fields(usual)}
    types = get_type_hints(type(usual))
    values = {name: getattr(usual, name) for name in known}
    for name, value in given.items():
        key = f"{section}.{name}"
        if name not in known:
            raise _wrong(path, key, f"there is no such key{_alike(name, known)}", value)
        values[name] = _value(path, key, value, types[name], known[name].metadata)
    return type(usual)(**values)


def _value(path: Path, key: str, value: Any, kind: Any, rules: Mapping[str, Any]) -> Any:
    if kind in (int, float):
        good = isinstance(value, int if kind is int else (int, float)) and not isinstance(value, bool)
        if not good:
            raise _wrong(path, key, f"must be {'a whole number' if kind is int else 'a number'}", value)
        if not rules["least"] <= value <= rules["most"]:
            raise _wrong(path, key, f"must be from {rules['least']:g} to {rules['most']:g}", value)
        return kind(value)
    if kind is bool:
        if not isinstance(value, bool):
            raise _wrong(path, key, "must be true or false", value)
        return value
    if kind is str:
        if not isinstance(value, str):
            raise _wrong(path, key, "must be text in quotes", value)
        if value not in rules.get("choices", (value,)):
            raise _wrong(path, key, f"must be one of: {', '.join(rules['choices'])}", value)
        return value
    listed = isinstance(value, list) and all(isinstance(one, (str, int)) and one is not True for one in value)
    if not listed or False in value:
        raise _wrong(path, key, 'must be a list of names or numbers, like ["ann", 1001]', value)
    return tuple(value)


def _consistent(path: Path, settings: Settings) -> None:
    """What no value can be wrong about alone."""
    for name in ("lockout", "breaker"):
        trials: Trials = getattr(settings, name)
        if trials.wait_most < trials.wait:
            raise _wrong(
                path, f"{name}.wait_most", f"must not be less than {name}.wait ({trials.wait:g})", trials.wait_most
            )
    if settings.jobs.metadata_ttl < settings.jobs.result_ttl:
        raise _wrong(
            path, "jobs.metadata_ttl", f"must not be less than jobs.result_ttl ({settings.jobs.result_ttl:g})",
            settings.jobs.metadata_ttl,
        )  # fmt: skip
    if settings.service.group and not settings.service.users:
        raise _wrong(path, "service.users", "name the users of the group who may use the broker", [])
    if settings.service.users and not settings.service.group:
        raise _wrong(path, "service.group", "name the group that the users share the socket by", "")
    if settings.client.socket and not os.path.isabs(settings.client.socket):
        raise _wrong(path, "client.socket", "must be an absolute path", settings.client.socket)


def _wrong(path: Path, key: str, what: str, value: Any) -> BadInput:
    return BadInput(f"{path}: {key}: {what}; it is {value!r}", file=str(path), option=key, value=value)


def _alike(name: str, known: Mapping[str, Any]) -> str:
    close = difflib.get_close_matches(name, known, 1, 0.6)
    return f", did you mean '{close[0]}'?" if close else f"; there are: {', '.join(known)}"
