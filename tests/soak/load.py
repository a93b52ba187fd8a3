# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the callers of the soak do, what they may be told, and what is never right."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from tests.integration.callers import Answer, Callers

#: What a caller may be told while devices fail: every one of them names the failure.
FAULT_CODES = {
    *("session_lost", "command_timeout", "outcome_unknown", "unreachable", "connect_failed", "prompt"),
    *("queue_timeout", "device_held", "change_expired", "change_unknown", "config_rejected", "rollback_failed"),
    *("breaker_open", "login_blocked", "command_failed"),
}
TIMEOUTS = {"connect_timeout": 3.0, "command_timeout": 3.0}
QUEUE = 10.0
LONGEST = 60.0  # seconds: ten in the queue, then logins, commands and an undo, each within its own timeout
PORTS = {"ios": "GigabitEthernet0/1", "eos": "Ethernet1"}


class Load:
    """Callers of a lab's devices. ``done`` counts actions by kind, ``told`` their ends; ``wrong`` lists defects."""

    def __init__(self, callers: Callers, seed: int) -> None:
        self.callers = callers
        self.done: Counter[str] = Counter()
        self.told: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.slowest = 0.0
        self._names = list(callers.lab.devices)
        self._chance = random.Random(seed)
        self._lock = threading.Lock()
        self._actions: dict[str, tuple[int, Callable[[str], None]]] = {
            "read": (60, self.read),
            "confirm": (8, self.confirm),
            "revert": (5, self.revert),
            "rollback": (4, self.rollback),
            "commit": (3, self.commit),
            "ping": (4, self.ping),
            "diagnose": (4, self.diagnose),
            "facts": (3, self.facts),
            "job": (4, self.job),
            "close": (3, self.close),
            "killed": (2, self.killed),
        }

    def run(self, stop: threading.Event, pace: float) -> None:
        """One worker: actions on random devices, ``pace`` seconds apart on average, until told to stop."""
        names = list(self._actions)
        weights = [self._actions[name][0] for name in names]
        while not stop.wait(self._chance.uniform(0, 2 * pace)):
            kind, device = self._chance.choices(names, weights)[0], self._chance.choice(self._names)
            try:
                self._actions[kind][1](device)
            except Exception as exc:  # noqa: BLE001  a defect of any kind is what is looked for
                self._wrong(f"{kind} on {device}: {type(exc).__name__}: {exc}")
            with self._lock:
                self.done[kind] += 1

    def ask(self, name: str, command: str, params: dict[str, Any] | None = None) -> Answer:
        answer = self.callers.ask(name, command, params, queue=QUEUE, **TIMEOUTS)
        with self._lock:
            self.told[answer.code] += 1
            self.slowest = max(self.slowest, answer.seconds)
        if answer.code != "ok" and answer.code not in FAULT_CODES:
            self._wrong(f"{command} on {name}: {answer.error}")
        if answer.seconds > LONGEST:
            self._wrong(f"{command} on {name} took {answer.seconds:.0f} s")
        return answer

    def _wrong(self, what: str) -> None:
        with self._lock:
            self.wrong.append(what)

    # -- actions -------------------------------------------------------------------------------

    def read(self, name: str) -> None:
        """The answer must be this device's, and this command's."""
        command = self._chance.choice(["show version", "show running-config", "show ip interface brief"])
        answer = self.ask(name, "run", {"commands": [command]})
        if answer.error is not None:
            return
        wanted = {"show version": "uptime", "show running-config": f"hostname {name}\n"}.get(command, "Interface")
        if wanted not in f"{answer.text}\n".replace("Uptime", "uptime"):
            self._wrong(f"'{command}' of {name} got another answer: {answer.text[:200]!r}")

    def _change(self, name: str, within: float | None) -> dict[str, Any] | None:
        port = PORTS[self.callers.lab.devices[name].platform]
        text = f"interface {port}\n description soak {self._chance.randrange(10**9)}"
        answer = self.ask(name, "config.apply", {"text": text, "confirm_within": within})
        return answer.result["change"] if answer.error is None and answer.result["changed"] else None

    def confirm(self, name: str) -> None:
        change = self._change(name, 20)
        if change is not None:
            self.ask(name, "change.confirm", {"change": change["id"]})

    def revert(self, name: str) -> None:
        change = self._change(name, 20)
        if change is not None:
            self.ask(name, "change.revert", {"change": change["id"]})

    def rollback(self, name: str) -> None:
        kept = self.ask(name, "checkpoint.add")
        if kept.error is None and self._change(name, None) is not None:
            found = self.ask(name, "checkpoint.find", {"wanted": kept.result["id"]})
            if found.error is None:
                self.ask(name, "config.apply", {"text": found.result["text"], "replace": True})

    def commit(self, name: str) -> None:
        self._change(name, None)

    def ping(self, name: str) -> None:
        self.ask(name, "ping", {"destination": "127.0.0.1", "options": {"count": 1}})

    def diagnose(self, name: str) -> None:
        self.ask(name, "diagnose")

    def facts(self, name: str) -> None:
        self.ask(name, "facts", {"gather_subset": ["facts"]})

    def job(self, name: str) -> None:
        given = {"command": "run", "params": {"commands": ["show clock"]}, "result_ttl": 2, "metadata_ttl": 4}
        started = self.ask(name, "job.start", given)
        if started.error is None:
            self.ask(name, "job.info", {"id": started.result["job"]["id"], "wait": 15})

    def close(self, name: str) -> None:
        self.ask(name, "session.close")

    def killed(self, name: str) -> None:
        """A caller in a process of its own, killed at any moment of its life."""
        process = self.callers.process(name, "show version", "show running-config")
        time.sleep(self._chance.uniform(0.1, 0.6))
        process.kill()
        process.communicate(timeout=30)
