# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A small NX-OS-like command line: what the drop-in connection's tests ask of one, and no more."""

from __future__ import annotations

import json
import time
from typing import Any

from . import nxos_show
from .cli import CommandTable, ConfigInput, apply_filter, split_pipe
from .device import Device
from .grammar import GRAMMARS
from .terminal import Question
from .tree import Editor, NoMatch
from .wording import VERSIONS
from .words import Match

_TABLE = """
exit : leave
end : ignore
terminal length <0-512> : ignore
terminal width <n> : ignore
show version : version
show inventory : inventory
show hostname : hostname
show clock : clock
show privilege : privilege
show user-account [<word>] : account
show interface [<if>] : =interface
show interface status : =interface_status
show ip interface vrf all : =ip_interface
show ipv6 interface vrf all : =ipv6_interface
show hosts : =hosts
show lldp neighbors detail : =lldp_neighbors_detail
show cdp neighbors detail : =cdp_neighbors_detail
show running-config [all] : running
show startup-config : startup
configure terminal : configure
configure : configure
copy running-config startup-config : save
"""
_TABLES: dict[str, CommandTable] = {}


class NxosCli:
    """One session's command line; every user is network-admin."""

    def __init__(self, device: Device, user: str, number: int) -> None:
        self.device = device
        self.user = user
        self.number = number
        self.question: Question | None = None
        self.page = 0
        self.closed = False
        self.configure_: ConfigInput | None = None
        self._table = _TABLES.setdefault("nxos", CommandTable(_TABLE, GRAMMARS["nxos"].interfaces))

    def banner(self) -> str:
        """What is shown before the first prompt."""
        return "Cisco Nexus Operating System (NX-OS) Software\n"

    @property
    def configuring(self) -> bool:
        """In configuration mode."""
        return self.configure_ is not None

    @property
    def verbatim(self) -> bool:
        """In a text of several lines."""
        return self.configure_ is not None and self.configure_.editor.in_banner

    @property
    def prompt(self) -> str:
        """``d1# `` and ``d1(config-if)# ``"""
        mode = f"({self.configure_.editor.mode})" if self.configure_ is not None else ""
        return f"{self.device.hostname}{mode}# "

    def idle_seconds(self) -> float:
        """``exec-timeout``, 30 minutes."""
        return 30 * self.device.minute

    def end(self) -> None:
        """Nothing outlives the session but what is in the device."""
        self.configure_ = None

    def help(self, line: str) -> str:
        """Words that may follow."""
        return "\n".join(f"  {word}" for word in self._table.options(line)) or "% Invalid command"

    def run(self, line: str) -> str:
        """Do one line."""
        if self.configure_ is None:
            return self._exec(line)
        word = line.strip().lower()
        if word in ("end", "exit") and (word == "end" or len(self.configure_.editor.path) == 1):
            self.configure_ = None
            return ""
        return self.configure_.line(line, len(self.prompt), self._marker)

    def _marker(self, error: NoMatch, column: int, _line: str) -> str:
        word = {"incomplete": "Incomplete", "ambiguous": "Ambiguous"}.get(error.kind, "Invalid")
        return f"{' ' * (column + error.offset)}^\n% {word} command at '^' marker.\n"

    def _exec(self, line: str) -> str:
        command, filters = split_pipe(line)
        try:
            match = self._table.match(command)
        except NoMatch as error:
            return self._marker(error, len(self.prompt), line)
        name = match.leaf[0]
        if name[0] == "=":
            output = nxos_show.SHOWS[name[1:]](self.device, *match.params)
        else:
            output = getattr(self, f"do_{name}")(match)
        for modifier, argument in filters:
            if modifier == "json":
                return json.dumps(output) if isinstance(output, dict) else "% JSON is not supported for this command\n"
            output = apply_filter(self._text(output), modifier, argument)
        return self._text(output)

    @staticmethod
    def _text(output: Any) -> str:
        return output.pop("text") if isinstance(output, dict) else str(output)

    def do_ignore(self, _match: Match) -> str:
        """Accepted, does nothing here."""
        return ""

    def do_leave(self, _match: Match) -> str:
        """exit"""
        self.closed = True
        return ""

    def do_version(self, _match: Match) -> dict[str, Any]:
        """show version"""
        release, name, serial = VERSIONS["nxos"], self.device.hostname, nxos_show.serial(self.device)
        text = (
            "Cisco Nexus Operating System (NX-OS) Software\n\nSoftware\n  BIOS: version\n"
            f"  NXOS: version {release}\n  NXOS image file is: bootflash:///nxos64-cs.{release}.bin\n\n"
            "Hardware\n  cisco Nexus9000 C9300v Chassis\n  Intel(R) Xeon(R) with 10211872 kB of memory.\n"
            f"  Processor Board ID {serial}\n\n  Device name: {name}\n  bootflash: 4287040 kB\n"
        )
        return {
            "text": text,
            "nxos_ver_str": release,
            "host_name": name,
            "chassis_id": "Nexus9000 C9300v Chassis",
            "proc_board_id": serial,
            "nxos_file_name": f"bootflash:///nxos64-cs.{release}.bin",
        }

    def do_inventory(self, _match: Match) -> str:
        """show inventory"""
        found = nxos_show.serial(self.device)
        return (
            f'NAME: "Chassis",  DESCR: "Nexus9000 C9300v Chassis"\nPID: N9K-C9300v          ,  VID: V01 ,  SN: {found}'
        )

    def do_hostname(self, _match: Match) -> dict[str, Any]:
        """show hostname"""
        return {"text": self.device.hostname, "hostname": self.device.hostname}

    def do_clock(self, _match: Match) -> str:
        """show clock"""
        return time.strftime("%H:%M:%S.000 UTC %a %b %d %Y", time.gmtime())

    def do_privilege(self, _match: Match) -> str:
        """show privilege"""
        return f"User name: {self.user}\nCurrent privilege level: -1\nFeature privilege: Disabled"

    def do_account(self, _match: Match) -> str:
        """show user-account"""
        return f"user:{self.user}\n        this user account has no expiry date\n        roles:network-admin"

    def do_running(self, _match: Match) -> str:
        """show running-config"""
        return f"\n!Command: show running-config\nversion {VERSIONS['nxos']}\n{self.device.running.text()}"

    def do_startup(self, _match: Match) -> str:
        """show startup-config"""
        return f"\n!Command: show startup-config\nversion {VERSIONS['nxos']}\n{self.device.startup}"

    def do_configure(self, _match: Match) -> str:
        """configure terminal"""
        device = self.device
        self.configure_ = ConfigInput(Editor(device.running), device.failing, lambda: device.touched(self.user))
        return "Enter configuration commands, one per line. End with CNTL/Z.\n"

    def do_save(self, _match: Match) -> str:
        """copy running-config startup-config"""
        self.device.save()
        return "[########################################] 100%\nCopy complete."
