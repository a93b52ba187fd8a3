# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which driver a name means: the built-in ones, then those of installed packages (entry points ``holdfast.drivers``).

The library behind a driver is imported when it is first used, not before.
"""

from __future__ import annotations

import importlib
import inspect
import logging
import threading
from typing import TYPE_CHECKING, Any

from ..broker.errors import BrokenDriver, UnknownDriver
from .base import Driver

if TYPE_CHECKING:
    from importlib import metadata

LOG = logging.getLogger(__name__)
GROUP = "holdfast.drivers"
BUILT_IN = {
    "napalm": ("driver_napalm", "NapalmDriver"),
    "netmiko": ("driver_netmiko", "NetmikoDriver"),
    "paramiko": ("driver_paramiko", "ParamikoDriver"),
    "pyeapi": ("driver_pyeapi", "PyeapiDriver"),
    "unicon": ("driver_unicon", "UniconDriver"),
}
QUEUES = ("pinned", "fifo")
#: What a driver's class must have, with the number of arguments that each method is called with (after ``self``).
METHODS = {"open": 0, "close": 0, "interrupt": 0, "is_alive": 0, "config": 0, "get": 1, "run": 2, "default_port": 2}
#: What importing somebody's module may raise.
IMPORT_FAULTS = (ImportError, SyntaxError, AttributeError, NameError, TypeError, ValueError, LookupError, OSError)
_loaded: dict[str, type[Driver]] = {}


def driver_class(name: str) -> type[Driver]:
    """Raises UnknownDriver, naming the ones there are, and BrokenDriver for a package's that cannot be used.

    What was not found is looked for again next time: a package may be installed while the broker runs.
    """
    if name not in _loaded:
        if not _loaded:
            # Beside the request: looking through all packages takes a tenth of a second.
            threading.Thread(target=name_the_shadowed, daemon=True).start()
        _loaded[name] = _built_in(name) if name in BUILT_IN else _installed(name)
    return _loaded[name]


def name_the_shadowed() -> None:
    """Say in the log which packages' drivers are not used, because a built-in one has their name."""
    from importlib import metadata

    for entry in metadata.entry_points(group=GROUP):
        if entry.name in BUILT_IN:
            LOG.warning("driver '%s' of %s is not used: a built-in driver has that name", entry.name, _origin(entry))


def _built_in(name: str) -> type[Driver]:
    module, cls = BUILT_IN[name]
    found: type[Driver] = getattr(importlib.import_module(f"{__package__}.{module}"), cls)
    return found


def _installed(name: str) -> type[Driver]:
    from importlib import metadata

    importlib.invalidate_caches()
    entries = metadata.entry_points(group=GROUP)
    matching = {entry.value: entry for entry in entries if entry.name == name}
    if not matching:
        known = sorted({*BUILT_IN, *(entry.name for entry in entries)})
        raise UnknownDriver(
            f"holdfast_driver: there is no driver '{name}'; choose one of: {', '.join(known)}",
            option="driver",
            value=name,
        )
    if len(matching) > 1:
        origins = " and ".join(sorted(_origin(entry) for entry in matching.values()))
        raise BrokenDriver(f"holdfast_driver: '{name}' is offered by {origins}; uninstall all but one", driver=name)
    (entry,) = matching.values()
    return _load(entry)


def _load(entry: metadata.EntryPoint) -> type[Driver]:
    try:
        found = entry.load()
    except IMPORT_FAULTS as exc:
        raise _broken(entry, f"cannot be imported: {type(exc).__name__}: {exc}") from exc
    wrong = fault(entry.name, found)
    if wrong:
        raise _broken(entry, wrong)
    loaded: type[Driver] = found
    return loaded


def fault(name: str, found: Any) -> str | None:
    """What keeps this object from being the driver of that name."""
    if not inspect.isclass(found):
        return "is no class"
    if getattr(found, "name", None) != name:
        return f"has the class attribute name = {getattr(found, 'name', None)!r}, which must be '{name}'"
    if getattr(found, "default_queue", None) not in QUEUES:
        return f"has no class attribute default_queue, which must be one of: {', '.join(QUEUES)}"
    for method, arguments in METHODS.items():
        function = getattr(found, method, None)
        if not callable(function):
            return f"has no method {method}()"
        bound = inspect.ismethod(function)  # a classmethod
        try:
            inspect.signature(function).bind(*range(arguments + (not bound)))
        except TypeError as exc:
            return f"has a method {method}() that cannot be called as the broker does: {exc}"
    try:
        inspect.signature(found).bind("target")
    except TypeError as exc:
        return f"cannot be made from a target alone: {exc}"
    return None


def _broken(entry: metadata.EntryPoint, wrong: str) -> BrokenDriver:
    return BrokenDriver(f"holdfast_driver: '{entry.name}' of {_origin(entry)} {wrong}", driver=entry.name)


def _origin(entry: metadata.EntryPoint) -> str:
    name = f"{entry.dist.name} {entry.dist.version}" if entry.dist is not None else "an unnamed package"
    return f"{name} ({entry.value})"
