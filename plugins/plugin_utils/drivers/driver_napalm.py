# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The NAPALM driver: NAPALM's getters on whatever transport NAPALM has for the platform.

Where that is the CLI it is the netmiko driver's session that NAPALM borrows, and for EOS the pyeapi driver's
connection: one login, and configuration sessions of our own. Junos and NX-OS get a session of NAPALM's.
"""

from __future__ import annotations

import importlib
import time
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

from ..broker.errors import CommandFailed, CommandTimeout, HoldfastError, SessionLost, Unsupported
from . import borrow, platforms
from .base import Command, ConfigSession, QueueStrategy, Reply, Target, Watch
from .driver_netmiko import NetmikoDriver
from .driver_pyeapi import PyeapiDriver
from .phases import Phase

CLI = ("cisco_ios", "cisco_xe", "frr")
HTTP = ("arista_eos", "cisco_nxos")
OWN = {"juniper_junos": ("napalm_junos", "JunosSession"), "cisco_nxos": ("napalm_nxos", "NxosSession")}


class NapalmOverCli(NetmikoDriver):
    name: ClassVar[str] = "napalm"


class NapalmOverEapi(PyeapiDriver):
    name: ClassVar[str] = "napalm"


class NapalmDriver:
    """Makes the driver that fits the platform; base of those with a session of NAPALM's own."""

    name: ClassVar[str] = "napalm"
    default_queue: ClassVar[QueueStrategy] = "pinned"

    def __new__(cls, target: Target) -> Any:
        """Raises Unsupported for a platform that there is no NAPALM driver for here."""
        platform = target.platform
        if cls is not NapalmDriver:
            return super().__new__(cls)
        if platform in CLI:
            return NapalmOverCli(target)
        if platform == "arista_eos":
            return NapalmOverEapi(target)
        if platform not in OWN:
            known = ", ".join(sorted({*CLI, *HTTP, *OWN}))
            raise Unsupported(f"holdfast_driver: napalm is not built for platform '{platform}'; it is for {known}")
        module, name = OWN[platform]
        made: type[NapalmDriver] = getattr(importlib.import_module(f"{__package__}.{module}"), name)
        return super().__new__(made)

    def __init__(self, target: Target) -> None:
        self.target = target
        self.watch: Watch | None = None  # NAPALM answers whole: there is nothing to look on at
        self.napalm: Any = None
        self.borrowed_napalm: Any = None  # where ``borrow`` looks for it

    @classmethod
    def default_port(cls, platform: str, options: Mapping[str, Any]) -> int:
        if platform in HTTP:
            return 443 if options.get("use_tls", True) else 80
        return 22

    # -- what differs --------------------------------------------------------------------------

    #: a command that any device of the platform answers quickly
    PROBE: ClassVar[str] = ""

    @property
    @abstractmethod
    def phases(self) -> list[Phase]:
        """How the login went."""

    @abstractmethod
    def open(self) -> None:
        """Sets ``napalm``."""

    @abstractmethod
    def close(self) -> None:
        """Ends the session; never raises."""

    @abstractmethod
    def interrupt(self) -> None:
        """Ends what is under way, if that can be done."""

    @abstractmethod
    def _limit(self, timeout: float) -> None:
        """Seconds that each of the next calls may take."""

    @abstractmethod
    def _ours(self, exc: Exception, what: str) -> HoldfastError | None:
        """A library's error as ours; None for what is no error of the device."""

    @abstractmethod
    def config(self) -> ConfigSession:
        """See the contract."""

    # -- what does not -------------------------------------------------------------------------

    def is_alive(self) -> bool:
        try:
            self.run([Command(self.PROBE)], 5.0)
        except HoldfastError:
            return False
        return True

    def run(self, commands: Sequence[Command], timeout: float) -> list[Reply]:
        replies: list[Reply] = []
        for command in commands:
            start = time.monotonic()
            output = self._one(command, timeout)
            replies.append(Reply(command.text, output.strip("\n"), round(time.monotonic() - start, 4)))
        return replies

    def get(self, getters: Sequence[str]) -> dict[str, Any]:
        with self._translated("getters"):
            self._limit(self.target.command_timeout)
            return borrow.get(self, getters)

    # -- inside --------------------------------------------------------------------------------

    def _one(self, command: Command, timeout: float) -> str:
        label, text = self.target.label, command.text
        if command.prompt:
            raise Unsupported(f"'{text}': the driver napalm cannot answer questions on {self.target.platform}")
        try:
            with self._translated(text):
                self._limit(timeout)
                output = str(self.napalm.cli([text])[text])
        except CommandFailed as exc:
            if command.check:
                raise
            return str(exc.detail["output"])
        words = platforms.refusal(output) if command.check else None
        if words:
            raise CommandFailed(f"{label} refused '{text}': {words}", command=text, output=output)
        return output

    @contextmanager
    def _translated(self, what: str) -> Iterator[None]:
        """The libraries' errors as ours."""
        if self.napalm is None:
            raise SessionLost(f"the session to {self.target.label} is closed")
        try:
            yield
        except (HoldfastError, NotImplementedError):
            raise
        except Exception as exc:
            ours = self._ours(exc, what)
            if ours is None:
                raise
            raise ours from exc

    def _late(self, what: str) -> CommandTimeout:
        return CommandTimeout(
            f"{self.target.label} did not finish '{what}' in time; raise holdfast_command_timeout if it needs longer",
            command=what,
        )

    def _lost(self, what: str, exc: Exception) -> SessionLost:
        return SessionLost(f"{self.target.label} closed the session during '{what}': {exc}", command=what)

    def _refused(self, what: str, words: str) -> CommandFailed:
        return CommandFailed(f"{self.target.label} refused '{what}': {words}", command=what, output=words)
