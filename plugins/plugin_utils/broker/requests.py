# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Parameters of requests, checked: what comes in is plain JSON from any program that may open the socket."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from ..drivers import platforms, registry
from ..drivers.base import Candidate, Command, Secrets, Target
from ..drivers.detecting import AUTODETECT
from ..drivers.route import parse_route
from .errors import BadInput
from .lease import Caller
from .transaction import Order
from .turns import HIGH, LOW, NORMAL

COMMAND_KEYS = ("command", "prompt", "answer", "check", "stdin", "environment", "become", "parser", "template")
CLI_DRIVERS = ("netmiko", "napalm", "pyeapi", "unicon")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
SECRETS = ("password", "private_key_file", "private_key", "passphrase", "enable")
QUEUES = ("pinned", "fifo")
PRIORITIES = {"high": HIGH, "normal": NORMAL, "low": LOW}


def target(params: Mapping[str, Any], detect: bool = False) -> Target:
    """The device of a request. Raises BadInput (UnknownPlatform for the platform).

    With ``detect`` its platform is the one that has the driver find out.
    """
    raw = mapping(params, "target")
    host = raw.get("host")
    if not isinstance(host, str) or not host:
        raise BadInput("ansible_host: a host name or address is needed", option="host")
    options = dict(mapping(raw, "options", {}))
    if options.get("queue") not in (None, *QUEUES):
        raise BadInput(f"holdfast_queue: '{options['queue']}' is none of: {', '.join(QUEUES)}", option="queue")
    if not raw.get("platform") and not detect:
        raise BadInput(
            f"holdfast_platform: {host} has none; set holdfast_platform or ansible_network_os, for example to ios, eos "
            "or frr",
            option="platform",
        )
    driver, platform = str(raw.get("driver") or "netmiko"), AUTODETECT if detect else str(raw["platform"])
    cls = registry.driver_class(driver)
    if detect and driver != "netmiko":
        raise BadInput(f"holdfast_driver: '{driver}' cannot detect the platform, netmiko can", option="driver")
    if not detect and platform not in getattr(cls, "platforms", ()):
        platform = platforms.device_type(platform)
    port = number(raw, "port", cls.default_port(platform, options), 1, 65535)
    secrets = mapping(raw, "secrets", {})
    return Target(
        driver=driver,
        platform=platform,
        host=host,
        port=int(port),
        user=word(raw, "user"),
        secrets=Secrets(**{key: word(secrets, key) for key in SECRETS}),
        connect_timeout=number(raw, "connect_timeout", 30.0, 0.01, 3600),
        command_timeout=number(raw, "command_timeout", 60.0, 0.01, 86400),
        options=options,
        route=parse_route(secrets.get("jump_hosts"), secrets.get("proxy")),
    )


def caller(params: Mapping[str, Any], name: str) -> Caller:
    priority = params.get("priority") or "normal"
    if not isinstance(priority, str) or priority not in PRIORITIES:
        raise BadInput(
            f"holdfast_priority: '{priority}' is none of: {', '.join(PRIORITIES)}",
            option="priority",
            value=str(priority),
        )
    waiting = number(params, "queue_timeout", 120.0, 0, 86400)
    return Caller(str(params.get("owner") or name), waiting, PRIORITIES[priority])


def commands(params: Mapping[str, Any]) -> list[Command]:
    raw = params.get("commands")
    if not isinstance(raw, list) or not raw:
        raise BadInput("commands: give at least one command", option="commands")
    target = params.get("target")
    driver = str((target.get("driver") if isinstance(target, Mapping) else None) or "netmiko")
    return [_command(entry, position, driver, params) for position, entry in enumerate(raw, 1)]


def _command(entry: Any, position: int, driver: str, params: Mapping[str, Any]) -> Command:
    fields = {"command": entry} if isinstance(entry, str) else entry
    text = fields.get("command") if isinstance(fields, dict) else None
    if not isinstance(text, str) or not text.strip():
        raise BadInput(f"commands: number {position} has no text; write a string or command: TEXT", option="commands")
    unknown = set(fields) - set(COMMAND_KEYS)
    if unknown:
        raise BadInput(
            f"commands: number {position} has an unknown key '{min(unknown)}'; there are {', '.join(COMMAND_KEYS)}",
            option="commands",
        )
    for key in ("stdin", "environment"):
        if fields.get(key) is not None and driver in CLI_DRIVERS:
            raise BadInput(
                f"commands: number {position}: {key} is for shells (holdfast_driver: paramiko), not for the driver "
                f"{driver}; prompt and answer are for a CLI",
                option="commands",
            )
    if "\n" in text.strip("\n"):
        raise BadInput(f"commands: number {position} holds a line break; write one command an entry", option="commands")
    _check_prompt(fields.get("prompt"), position)
    return Command(
        text=text.strip(),
        prompt=fields.get("prompt"),
        answer=_text(fields, "answer", position),
        check=bool(fields.get("check", True)),
        stdin=_text(fields, "stdin", position),
        environment=_environment(fields, position),
        become=_text(fields, "become", position) or _text(params, "become", position),
    )


def _check_prompt(prompt: Any, position: int) -> None:
    try:
        re.compile(prompt or "")
    except (re.error, TypeError) as exc:
        raise BadInput(
            f"commands: number {position}: prompt {prompt!r} is no regular expression", option="commands"
        ) from exc


def _text(fields: Mapping[str, Any], key: str, position: int) -> str | None:
    value = fields.get(key)
    if value is None or isinstance(value, str):
        return value
    raise BadInput(
        f"commands: number {position}: {key} must be text, not {type(value).__name__}; put it in quotes",
        option="commands",
    )


def _environment(fields: Mapping[str, Any], position: int) -> dict[str, str]:
    given = mapping(fields, "environment", {}) if fields.get("environment") is not None else {}
    for name in given:
        if not VARIABLE.fullmatch(str(name)):
            raise BadInput(
                f"commands: number {position}: environment: '{name}' is no name of a variable", option="commands"
            )
    return {str(name): str(value) for name, value in given.items()}


def getters(params: Mapping[str, Any]) -> list[str]:
    names = params.get("getters")
    if not isinstance(names, list) or not names:
        raise BadInput("getters: name at least one, in a list", option="getters")
    return [str(name) for name in names]


def arguments(params: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Of getters, by their names; those that have none are left out."""
    given = mapping(params, "arguments", {})
    return {name: dict(mapping(given, name)) for name in given if given[name]}


def order(params: Mapping[str, Any]) -> Order:
    text = params.get("text")
    if not isinstance(text, str) or not text.strip():
        raise BadInput("lines, src or template: the configuration is empty", option="text")
    within = params.get("confirm_within")
    if within is not None:
        within = number(params, "confirm_within", 0, 1, 7 * 86400)
    return Order(
        candidate=Candidate(text, bool(params.get("replace", False))),
        check=bool(params.get("check", False)),
        confirm_within=within,
        comment=str(params.get("comment") or ""),
        owner=str(params.get("owner") or "unknown"),
        label=str(params.get("label") or ""),
    )


def source(params: Mapping[str, Any]) -> Literal["running", "startup"]:
    value = params.get("source") or "running"
    if value == "running":
        return "running"
    if value == "startup":
        return "startup"
    raise BadInput(f"source: '{value}' is neither running nor startup", option="source")


def mapping(params: Mapping[str, Any], name: str, default: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
    value = params.get(name, default)
    if not isinstance(value, Mapping):
        raise BadInput(f"{name}: must be a mapping, not {type(value).__name__}", option=name)
    return value


def word(params: Mapping[str, Any], name: str) -> str | None:
    """A word, which YAML may have taken for a number. The message shows no value: it may be a password."""
    value = params.get(name)
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise BadInput(f"{name}: must be text, not {type(value).__name__}", option=name)


def number(params: Mapping[str, Any], name: str, default: float, least: float, most: float) -> float:
    value = params.get(name)
    if value is None:
        return default
    try:
        found = float(value)
    except (TypeError, ValueError) as exc:
        raise BadInput(f"{name}: '{value}' is no number", option=name, value=str(value)) from exc
    if not least <= found <= most:
        raise BadInput(f"{name}: {value} is outside {least:g} to {most:g}", option=name, value=value)
    return found
