# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One emulated device: identity, configurations, files, timers. Its languages are elsewhere."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from typing import Any

from .faults import Counters, Fault, Faults
from .grammar import GRAMMARS
from .network import Network
from .topology import MANAGEMENT, Spec
from .tree import Config, Editor, NoMatch
from .views import View, understand

FLASH_BYTES = 2142715904
_FLASH = {
    "ios": {"vios-adventerprisek9-m.SPA.159-3.M6": "x" * 4096},
    "nxos": {"nxos64-cs.10.4.3.F.bin": "x" * 4096},
    "eos": {"EOS-4.33.1F.swi": "x" * 4096, "boot-config": "SWI=flash:/EOS-4.33.1F.swi\n"},
}


class Device:
    """``on_drop`` is called when all sessions must end, ``on_boot`` when ports may listen again."""

    def __init__(self, spec: Spec, network: Network) -> None:
        self.spec = spec
        self.name = spec.name
        self.platform = spec.platform
        self.network = network
        self.grammar = GRAMMARS[spec.platform]
        self.management = MANAGEMENT[spec.platform]
        self.ports = [self.management, *spec.ports]
        self.password = spec.password
        #: what it tells its neighbours instead of its own: ``name``, ``address`` ("" for none), ``description``
        self.advertised: dict[str, str] = {}
        self.vty_lines = 16 if spec.platform == "ios" else 50
        self.faults = Faults()
        self.counters = Counters()
        self.sessions: dict[int, Any] = {}
        self.powered = True
        self.booted = time.time()
        self.reload_reason = "reload"
        self.files: dict[str, str] = dict(_FLASH[spec.platform])
        self.file_times: dict[str, float] = {}
        self.changed_at = self.booted
        self.changed_by = "console"
        self.saved_at: float | None = None
        self.session_id = 0
        #: the session that asks ``show users``
        self.asking = 0
        #: seconds in a minute of the device's own timers: tests make it short
        self.minute = 60.0
        self.reload_seconds = 5.0
        self.on_drop: Callable[[bool], None] = lambda reset: None
        self.on_boot: Callable[[], None] = lambda: None
        self._view: View | None = None
        self.running = self.parse(spec.startup)
        self.startup = self.running.text()
        self._initial = self.startup
        #: state of the platform's own transactions (IOS rollback timer, EOS sessions)
        self.transactions: Any = None
        network.devices[self.name] = self
        network.changed(self)

    def blank(self) -> Config:
        """A configuration with nothing but the ports."""
        return Config(self.grammar, tuple(f"interface {port}" for port in self.ports))

    def parse(self, text: str) -> Config:
        """A configuration from text. Raises ValueError with the first line that is refused."""
        config = self.blank()
        editor = Editor(config)
        for number, line in enumerate(text.splitlines(), 1):
            try:
                editor.line(line)
            except NoMatch as error:
                raise ValueError(f"{self.name}: line {number} is refused ({error.kind}): {line}") from error
        return config

    @property
    def view(self) -> View:
        """What the running configuration means."""
        if self._view is None:
            self._view = understand(self.running, self.platform)
        return self._view

    @property
    def hostname(self) -> str:
        """For prompts."""
        entry = self.running.root.children.get(("hostname",))
        return entry.words[1] if entry is not None else self.view.hostname

    def touched(self, user: str) -> None:
        """The running configuration changed."""
        self.changed_at, self.changed_by = time.time(), user
        self._view = None
        self.network.changed(self)

    def replace(self, config: Config, user: str) -> None:
        """Another configuration runs from now on."""
        self.running = config
        self.touched(user)

    def save(self) -> None:
        """Running to startup."""
        self.startup = self.running.text()
        self.saved_at = time.time()

    @property
    def flash_free(self) -> int:
        """Bytes."""
        used = sum(map(len, self.files.values()))
        full = self.faults.find("flash_full")
        return max(0, (full.args["capacity"] if full else FLASH_BYTES) - used)

    def write_file(self, name: str, text: str) -> None:
        """To flash."""
        self.files[name] = text
        self.file_times[name] = time.time()

    def failing(self, line: str) -> str | None:
        """The error a fault gives a configuration line, if one does."""
        for fault in self.faults.active:
            if fault.kind == "fail_line" and re.search(fault.args.get("pattern", ""), line):
                self.faults.take("fail_line")
                return str(fault.args.get("message") or "% Invalid input detected at '^' marker.")
        return None

    def mac(self, port: str) -> str:
        """``0050.56xx.xxxx``, stable for a device and port."""
        number = self.ports.index(port) if port in self.ports else 0
        value = f"{self.spec.index:06x}{number:02x}"
        return f"0050.56{value[0:2]}.{value[2:6]}" if len(value) <= 6 else f"0050.{value[0:4]}.{value[4:8]}"

    def reboot(self, seconds: float, reason: str = "reload") -> None:
        """Sessions drop; nothing answers for a while; the startup configuration runs afterwards."""
        self.powered = False
        self.network.changed(self)
        self.on_drop(False)
        asyncio.get_running_loop().call_later(seconds, self._booted, reason)

    def _booted(self, reason: str) -> None:
        self.running = self.parse(self.startup) if self.startup else self.blank()
        self._forget()
        self.booted = time.time()
        self.reload_reason = reason
        self.powered = True
        self.touched("console")
        self.on_boot()

    def _forget(self) -> None:
        """No timer of a pending change may fire any more."""
        timer = getattr(self.transactions, "timer", None)
        if timer is not None:
            timer.cancel()
        self.transactions = None

    def reset(self) -> None:
        """As it was when the lab started, counters apart."""
        self.faults.clear()
        self.advertised = {}
        self.password = self.spec.password
        self.startup = self._initial
        self.files = dict(_FLASH[self.platform])
        self._forget()
        self.replace(self.parse(self.startup), "console")

    def fault(self, fault: Fault) -> None:
        """Start a fault. Raises ValueError."""
        if fault.kind == "flash_full":
            fault.args["capacity"] = sum(map(len, self.files.values())) + int(fault.args.get("free", 0))
        self.faults.add(fault)
        if fault.kind == "reboot":
            self.faults.clear("reboot")
            self.reboot(float(fault.args.get("seconds", 5.0)), "Reload Command")
        elif fault.kind == "password":
            self.password = str(fault.args["new"])

    def clear(self, kind: str | None) -> None:
        """End faults; sessions that hang go on."""
        self.faults.clear(kind)
        if kind in (None, "password"):
            self.password = self.spec.password
        for session in list(self.sessions.values()):
            session.resume()
