# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""NAPALM's getters on a session that is open already: no second login.

A stock NAPALM driver opens, closes and, at garbage collection, even writes to its connection. Here it is given
ours, and its own ways to open and close are taken from it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from ..broker.errors import BadInput, MissingLibrary, ParseFailed, SessionLost, Unsupported

BORROWERS = {"cisco_ios": "ios", "cisco_xe": "ios", "arista_eos": "eos", "cisco_nxos": "nxos_ssh", "frr": "frr"}


def get(driver: Any, getters: Sequence[str], **arguments: Any) -> dict[str, Any]:
    """Run NAPALM getters over the driver's session, each with these arguments.

    Raises ParseFailed, Unsupported for one there is not, BadInput for arguments that it does not take.
    """
    napalm = _napalm(driver)
    data: dict[str, Any] = {}
    for getter in getters:
        method = getattr(napalm, getter, None)
        if method is None or not getter.startswith("get_"):
            raise Unsupported(f"{driver.target.platform} has no getter '{getter}'", getter=getter)
        _fitting(getter, method, arguments)
        try:
            with _session_lost(driver, getter):
                data[getter] = method(**arguments)
        except NotImplementedError as exc:
            raise Unsupported(f"{driver.target.platform} has no getter '{getter}'", getter=getter) from exc
        except _faults() as exc:
            words = str(exc).partition("\n")[0]
            raise ParseFailed(
                f"{driver.target.label}: NAPALM's {getter} does not take what the device says: "
                f"{type(exc).__name__}: {words}",
                getter=getter,
            ) from exc
    return data


def _faults() -> tuple[type[Exception], ...]:
    """What NAPALM's code raises for words that it does not expect: of its own, and by variables that stay unset."""
    from napalm.base.exceptions import NapalmException

    return (NapalmException, ValueError, LookupError, TypeError, AttributeError, NameError)


def get_with(driver: Any, getter: str, arguments: Mapping[str, Any]) -> Any:
    """One getter with arguments, such as ``get_route_to`` with its destination. Raises as ``get``."""
    _napalm(driver)  # says so for a driver that has none
    with driver._translated(getter):
        return get(driver, [getter], **arguments)[getter]


def _fitting(getter: str, method: Callable[..., Any], arguments: Mapping[str, Any]) -> None:
    try:
        inspect.signature(method).bind(**arguments)
    except TypeError as exc:
        raise BadInput(f"{getter} of NAPALM cannot be called like this: {exc}", option="arguments") from exc


def ping(driver: Any, destination: str, **options: Any) -> dict[str, Any]:
    """NAPALM's ping from the device: ``{"success": {...}}`` or ``{"error": words}``."""
    _napalm(driver)
    try:
        with driver._translated("ping"), _session_lost(driver, "ping"):
            return dict(_napalm(driver).ping(destination, **options))
    except NotImplementedError as exc:
        raise Unsupported(f"{driver.target.platform} has no ping") from exc


@contextmanager
def _session_lost(driver: Any, what: str) -> Iterator[None]:
    """NAPALM has an error of its own for a connection that went away under it."""
    from napalm.base.exceptions import ConnectionClosedException

    try:
        yield
    except ConnectionClosedException as exc:
        raise SessionLost(f"{driver.target.label} closed the session during '{what}'", command=what) from exc


def _napalm(driver: Any) -> Any:
    platform = driver.target.platform
    existing = getattr(driver, "borrowed_napalm", None)
    if existing is None and platform not in BORROWERS:
        raise Unsupported(f"state of platform '{platform}' cannot be read; it can of: {', '.join(sorted(BORROWERS))}")
    if existing is None:
        existing = driver.borrowed_napalm = _build(BORROWERS[platform], driver)
    return existing


def _build(name: str, driver: Any) -> Any:
    stock: type[Any]
    try:
        if name == "frr":
            from .napalm_frr import FRRDriver

            stock = FRRDriver
        elif name == "ios":
            from napalm.ios import IOSDriver

            stock = IOSDriver
        elif name == "nxos_ssh":
            from napalm.nxos_ssh import NXOSSSHDriver

            stock = NXOSSSHDriver
        else:
            from napalm.eos import EOSDriver

            stock = EOSDriver
    except ImportError as exc:
        raise MissingLibrary("state features need a package: pip install napalm", package="napalm") from exc
    target = driver.target
    if name == "frr":
        return stock(target.host, target.user, "", optional_args={"device": driver, **target.options})
    over_cli = hasattr(driver, "cli")
    arguments = {"transport": "ssh"} if over_cli else {"transport": "https"}
    napalm = _hands_off(stock)(target.host, target.user, "", int(target.command_timeout), arguments)
    napalm.device = driver.cli if over_cli else driver.node
    napalm._netmiko_device = napalm.device
    return napalm


def _hands_off(stock: type[Any]) -> type[Any]:
    """The driver without its power over the connection."""

    class Borrowed(stock):  # type: ignore[misc]
        def open(self) -> None:
            """The session is open: it is the broker's."""

        def close(self) -> None:
            """And the broker closes it."""

        def __del__(self) -> None:
            """Stock drivers write NUL bytes and commands here, from whatever thread collects garbage."""

    return Borrowed
