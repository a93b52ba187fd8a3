# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Configuration of IOS and IOS-XE over the CLI.

IOS has no candidate: a line works as soon as it is sent. So the running configuration is copied to flash first,
and the first refused line (or the undo) is answered with ``configure replace`` from that copy, which IOS does
by itself and atomically enough to keep sessions whose configuration does not differ. Where no copy can be
kept, hier_config computes the way back.
"""

from __future__ import annotations

import math
from typing import Any, Literal

from ..broker.errors import ConfigRejected, RollbackFailed
from . import config_text
from .base import Candidate, Command

REPLACE_TIMEOUT = 180.0


class IosConfig:
    """See ``base.ConfigSession``. ``cli`` is the pinned netmiko driver."""

    native_diff = False

    def __init__(self, cli: Any) -> None:
        self._cli = cli
        self._staged: dict[str, list[str]] = {}
        self.native_timer = False  # known when a commit has armed it

    def read(self, source: Literal["running", "startup"] = "running") -> str:
        return config_text.clean(self._show(f"show {source}-config"))

    def checkpoint(self, token: str) -> None:
        """A copy on flash. Raises CommandFailed, before anything is changed, when there is no room for it."""
        self._run(f"copy running-config {_file(token)}", prompt=r"(?:filename \[[^\]]*\]\?|confirm\])", answer="")

    def stage(self, token: str, candidate: Candidate) -> str:
        running = self.read()
        if candidate.replace:
            wanted = config_text.clean(candidate.text)
            self._staged[token] = config_text.remediation(self._platform, running, wanted)
            return config_text.predict_replace(self._platform, running, wanted)
        self._staged[token] = config_text.sections(candidate.text)
        return config_text.predict(self._platform, running, candidate.text)

    def commit(self, token: str, revert_after: float | None) -> None:
        enter = "configure terminal"
        if revert_after is not None and self._archive_configured():
            # IOS counts whole minutes. It is the last resort: the broker reverts to the second.
            enter += f" revert timer {max(1, math.ceil(revert_after / 60))}"
            self.native_timer = True
        self._cli.configure(self._staged.pop(token), enter=enter)
        refused = self._cli.refused
        if refused:
            self._replace_from(token)
            self.discard(token)
            raise ConfigRejected(
                f"{self._cli.target.label} refused '{refused[0]}': {refused[1]}; nothing of the change stays",
                line=refused[0],
                output=refused[1],
            )

    def confirm(self, token: str) -> None:
        self._disarm()
        self.discard(token)

    def discard(self, token: str) -> None:
        self._staged.pop(token, None)
        self._run(f"delete /force {_file(token)}", check=False)

    def restore(self, token: str, text: str) -> None:
        if not self._replace_from(token):
            lines = config_text.remediation(self._platform, self.read(), text)
            self._cli.configure(lines)
            if self._cli.refused:
                line, words = self._cli.refused
                raise RollbackFailed(f"{self._cli.target.label} refused '{line}' while going back: {words}", line=line)
        self._disarm()
        self.discard(token)

    def save(self) -> None:
        self._run("write memory", prompt=r"\[confirm\]", answer="")

    # -- inside --------------------------------------------------------------------------------

    @property
    def _platform(self) -> str:
        return str(self._cli.target.platform)

    def _replace_from(self, token: str) -> bool:
        """True when the device replaced its configuration with the copy; False when it has no such copy."""
        listing = self._show(f"dir {_file(token)}")
        if f"holdfast-{token}.cfg" not in listing.replace("Directory of", "") or "rror opening" in listing:
            return False
        output = self._cli.send(f"configure replace {_file(token)} force", REPLACE_TIMEOUT)
        if "Rollback Done" not in output and "no of differences" not in output.lower() and "identical" not in output:
            raise RollbackFailed(f"{self._cli.target.label}: configure replace failed: {output.strip()[-200:]}")
        with self._cli._translated("hostname"):
            self._cli.cli.set_base_prompt()
        return True

    def _disarm(self) -> None:
        # Always asked: the timer may be another broker's, which died. Without one IOS only says so.
        self._run("configure confirm", check=False)
        self.native_timer = False

    def _archive_configured(self) -> bool:
        return " path " in self._show("show running-config | section ^archive")

    def _show(self, command: str) -> str:
        return str(self._cli.send(command))

    def _run(self, command: str, prompt: str | None = None, answer: str | None = None, check: bool = True) -> None:
        self._cli.run([Command(command, prompt, answer, check)], self._cli.target.command_timeout)


def _file(token: str) -> str:
    return f"flash:holdfast-{token}.cfg"
