# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""pyATS Genie on a session that is open already: learn, parse and api without a second login.

Genie asks its device object for a connection; it is given one whose commands go to the driver. Genie and its parsers
cost a second and 110 MB, once: they are imported when they are first asked to work.
"""

from __future__ import annotations

import difflib
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from ..broker.errors import (
    BadInput,
    CommandFailed,
    HoldfastError,
    MissingLibrary,
    ParseFailed,
    ParserMissing,
    Unsupported,
)
from . import platforms
from .base import Command, Driver

#: What netutils does not say. Genie's APIs for IOS are under iosxe.
OWN = {"arista_eos": "eos"}
#: Where a parser is looked for when the first has none.
ALSO = {"iosxe": ("ios",)}
#: What an Ops object has beside what it learned.
INNER = ("attributes", "callables", "commands", "connections", "context_manager", "device", "raw_data")
#: Genie and its parsers keep state in modules: one thread at a time, but not while it waits for a device.
_TURN = threading.Lock()


@dataclass(frozen=True)
class Api:
    """One of Genie's functions by its name."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Wanted:
    """``learn`` features, ``parse`` commands, call ``apis``; ``changes`` lets APIs do more than read."""

    learn: Sequence[str] = ()
    parse: Sequence[str] = ()
    apis: Sequence[Api] = ()
    changes: bool = False


def system(platform: str) -> str:
    """Genie's name of the operating system. Raises Unsupported."""
    from netutils.lib_mapper import NETMIKO_LIB_MAPPER, PYATS_LIB_MAPPER_REVERSE

    found = OWN.get(platform) or PYATS_LIB_MAPPER_REVERSE.get(NETMIKO_LIB_MAPPER.get(platform, platform))
    if found is None:
        raise Unsupported(f"Genie does not know the platform '{platform}'")
    return str(found)


def work(driver: Driver, wanted: Wanted, timeout: float) -> dict[str, Any]:
    """``{learned: {feature: data}, parsed: [data], api: [result], nothing: [name], changed}``.

    ``timeout`` in seconds is for each command that Genie sends. ``nothing`` names what Genie found nothing about: a
    device without OSPF has none to learn. Raises ParserMissing, ParseFailed, BadInput, Unsupported, MissingLibrary and
    what the driver raises.
    """
    name = system(driver.target.platform)
    with _TURN:
        try:
            task = _Task(driver, name, wanted.changes, timeout)
        except ImportError as exc:
            raise MissingLibrary(
                f"Genie is needed where Ansible runs: pip install 'pyats[library]' ({exc})", package="pyats[library]"
            ) from exc
        return {
            "learned": {feature: task.learn(feature) for feature in wanted.learn},
            "parsed": [task.parse(command) for command in wanted.parse],
            "api": [task.api(api) for api in wanted.apis],
            "nothing": task.nothing,
            "changed": task.connection.changed,
        }


class _Connection:
    """What Genie takes for a connection of unicon's; its words go through the driver."""

    alias = via = "cli"
    connected = True

    def __init__(self, device: Any, driver: Driver, changes: bool, timeout: float) -> None:
        self.device = device
        self.failed: HoldfastError | None = None
        self.changed = False
        self._driver = driver
        self._changes = changes
        self._timeout = timeout

    def is_connected(self) -> bool:
        return True

    def connect(self, *_arguments: Any, **_options: Any) -> None:
        """It is: the session is the broker's."""

    def disconnect(self, *_arguments: Any, **_options: Any) -> None:
        """And stays so."""

    def execute(self, command: Any, *_arguments: Any, timeout: float | None = None, **_options: Any) -> Any:
        """One command's output, or a dictionary of the outputs of several."""
        if isinstance(command, (list, tuple)):
            return {str(line): self.execute(line, timeout=timeout) for line in command}
        text = str(command).strip()
        if not platforms.only_reads(text, self._driver.name, self._driver.target.platform):
            self._writes(text)
        lines = [Command(line, check=False) for line in text.splitlines()]
        replies = self._asked(lambda: self._driver.run(lines, max(self._timeout, timeout or 0.0)))
        return "\n".join(reply.output for reply in replies)

    def configure(self, lines: Any, *_arguments: Any, **_options: Any) -> str:
        """Lines in configuration mode; the first that is refused raises."""
        given = lines.splitlines() if isinstance(lines, str) else [str(line) for line in lines]
        self._writes(given[0] if given else "configure")
        configure = getattr(self._driver, "configure", None)
        if configure is None:
            raise self._fail(Unsupported(f"the driver {self._driver.name} does not configure for Genie; use netmiko"))
        words = self._asked(lambda: configure(given))
        if words:
            line, words = getattr(self._driver, "refused", None) or ("", words)
            label = self._driver.target.label
            raise self._fail(CommandFailed(f"{label} refused '{line}': {words}", command=line, output=words))
        return ""

    config = configure

    def _writes(self, text: str) -> None:
        if not self._changes:
            raise self._fail(
                Unsupported(
                    f"Genie wants to send '{text}', which may change the device; set changes: true, or change the "
                    "configuration with holdfast.network.config, which can undo it",
                    command=text,
                )
            )
        self.changed = True

    def _asked(self, ask: Callable[[], Any]) -> Any:
        """The device has this thread's turn with Genie meanwhile. What failed once fails ever after: Genie goes on."""
        if self.failed is not None:
            raise self.failed
        _TURN.release()
        try:
            return ask()
        except HoldfastError as exc:
            raise self._fail(exc) from exc.__cause__
        finally:
            _TURN.acquire()

    def _fail(self, error: HoldfastError) -> HoldfastError:
        self.failed = self.failed or error
        return error


class _Task:
    """One request's work, its errors made ours."""

    def __init__(self, driver: Driver, name: str, changes: bool, timeout: float) -> None:
        self.nothing: list[str] = []
        self._name = name
        self._device = _device(driver.target.host, name)
        self.connection = _Connection(self._device, driver, changes, timeout)
        self._attach(self._device)

    def learn(self, feature: str) -> dict[str, Any]:
        _check_feature(feature, self._name)
        made = self._guarded(f"learn {feature}", lambda: self._device.learn(feature))
        found = {key: value for key, value in made.to_dict().items() if key not in INNER}
        if not found:
            self.nothing.append(feature)
        return found

    def parse(self, command: str) -> Any:
        from genie.libs.parser.utils.common import ParserNotFound
        from genie.metaparser.util.exceptions import SchemaEmptyParserError

        for name in (self._name, *ALSO.get(self._name, ())):
            device = self._attach(_device(self._device.name, name)) if name != self._name else self._device
            try:
                parse = partial(device.parse, command)
                return self._guarded(f"parse '{command}'", parse, ParserNotFound, SchemaEmptyParserError)
            except ParserNotFound:
                continue
            except SchemaEmptyParserError:
                self.nothing.append(command)
                return {}
        raise ParserMissing(f"parse: Genie has no parser for '{command}' of {self._name}", command=command)

    def api(self, api: Api) -> Any:
        names = dir(self._device.api)
        if api.name not in names:
            close = difflib.get_close_matches(api.name, names, n=3)
            hint = f"did you mean {' or '.join(close)}?" if close else "see Cisco's list of Genie's APIs"
            raise BadInput(f"api: Genie has no API '{api.name}'; {hint}", option="api", value=api.name)
        try:
            return self._guarded(
                f"api {api.name}",
                lambda: getattr(self._device.api, api.name)(**api.arguments),
                *(AttributeError, TypeError),
            )
        except AttributeError as exc:
            if not str(exc).startswith("Could not find the API"):
                raise _failed(f"api {api.name}", exc) from exc
            raise Unsupported(f"api: Genie's '{api.name}' is not for {self._name}", api=api.name) from exc
        except TypeError as exc:
            if not str(exc).startswith(f"{api.name}()"):
                raise _failed(f"api {api.name}", exc) from exc
            raise BadInput(f"api: wrong arguments: {exc}", option="api", value=api.name) from exc

    def _attach(self, device: Any) -> Any:
        device.connectionmgr.connections["cli"] = self.connection
        return device

    def _guarded(self, what: str, ask: Callable[[], Any], *expected: type[Exception]) -> Any:
        """Genie goes on after an error of the device, with half a result: such an error comes first."""
        try:
            result = ask()
        except HoldfastError:
            raise
        except Exception as exc:
            if self.connection.failed is not None:
                raise self.connection.failed from exc
            if isinstance(exc, expected):
                raise
            raise _failed(what, exc) from exc
        if self.connection.failed is not None:
            raise self.connection.failed
        return result


def _failed(what: str, exc: Exception) -> ParseFailed:
    return ParseFailed(f"Genie: {what} failed: {type(exc).__name__}: {exc}")


def _device(host: str, name: str) -> Any:
    from genie.conf.base import Device

    return Device(host, os=name, custom={"abstraction": {"order": ["os"]}})


def _check_feature(feature: str, name: str) -> None:
    """Genie's model of it is a folder with a folder for each system. Raises BadInput, Unsupported."""
    import genie.libs.ops

    root = Path(genie.libs.ops.__path__[0])
    has = {path.parent.name for path in root.glob(f"*/{name}") if path.is_dir()}
    if feature in has:
        return
    known = {path.name for path in root.iterdir() if path.is_dir()}
    if feature in known:
        offered = f"it can learn {', '.join(sorted(has))}" if has else "it can learn nothing there"
        raise Unsupported(f"learn: Genie has no '{feature}' for {name}; {offered}", feature=feature)
    close = difflib.get_close_matches(feature, known, n=3) or sorted(has)
    raise BadInput(
        f"learn: Genie has no feature '{feature}'; try {', '.join(close) or 'another system'}",
        option="learn",
        value=feature,
    )
