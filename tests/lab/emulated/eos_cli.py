# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The EOS-like command line, for terminals and for eAPI."""

from __future__ import annotations

import json
import re
from typing import Any

from . import eos_data, eos_text, ios_show
from .cli import CommandTable, ConfigInput, apply_filter, split_pipe
from .device import Device
from .eos_changes import CliError, EosChanges
from .eos_session import Session
from .grammar import GRAMMARS
from .terminal import Question
from .tree import Editor, NoMatch
from .wording import short
from .words import Match

_TABLE = """
enable : enable
disable : disable
exit : leave
logout : leave
quit : leave
end : ignore
terminal length <0-32767> : terminal_length
terminal width <0-32767> : terminal_width
terminal monitor : ignore
show version [detail] : =version
show hostname : =hostname
show interfaces [<if>] : =interfaces
show interfaces status : =interfaces_status
show interfaces description : =interfaces_description
show ip interface [<if>] : =ip_interface
show ip interface brief : =ip_interface_brief
show ipv6 interface [brief] : =ipv6_interface
show ip bgp summary [vrf {all|default}] : =bgp_summary
show ipv6 bgp summary [vrf all] : =bgp6_summary
show ip bgp neighbors [<ip>] [vrf all] : =bgp_neighbors
show ipv6 bgp peers [vrf all] : =bgp6_neighbors
show lldp neighbors [<if>] : =lldp
show lldp neighbors [<if>] detail : =lldp_detail
show ip arp : =arp
show arp : =arp
show ip arp vrf {all|default} : arp_vrf
show arp vrf {all|default} : arp_vrf
show ip route [vrf {all|default}] : =ip_route
show ip ospf neighbor : =ospf
show vlan [brief] : =vlan
show vrf : =vrf
show clock : =clock
show users [detail] : show_users
show privilege : privilege
# show running-config [{all|sanitized}] : show_running
# show running-config all sanitized : show_running
# show running-config section <line> : show_section
# show running-config interfaces <if> : show_section_interface
# show running-config diffs : show_running_diffs
# show startup-config : show_startup
show configuration sessions [detail] : show_sessions
# show session-config [sanitized] : show_candidate
# show session-config diffs : show_candidate_diffs
# show session-config named <word> [sanitized] : show_candidate
# show session-config named <word> diffs : show_candidate_diffs
# show tech-support [all] : tech
# dir [/all] [<word>] : dir
# more <word> : more
# configure [terminal] : configure
# configure session : configure_session
# configure session <word> : configure_session
# configure session <word> commit : session_commit
# configure session <word> commit timer <word> : session_commit
# configure session <word> abort : session_abort
# configure replace <word> [{force|ignore-errors}] : replace
# configure checkpoint save <word> : ignore
# commit [timer <word>] : commit
# abort : abort
# copy <word> <word> : copy
# write [memory] : write
# write {erase|terminal} : write
# delete <word> : delete
# rename <word> <word> : rename
# verify {/md5|/sha512} <word> : verify
# reload [{now|force}] : reload
# clear <line> : ignore
# bash <line> : ignore
ping <ip> [<line>] : ping
"""

_TABLES: dict[str, CommandTable] = {}
#: what these say is a message, which JSON carries; the text of others has no JSON form
_SAYS = ("copy", "write", "terminal", "reload", "delete", "rename", "verify", "ping")


class Unconverted(Exception):
    """The command has no JSON form."""


class EosCli(EosChanges):
    """One session's command line; eAPI makes one for each request."""

    def __init__(self, device: Device, user: str, number: int) -> None:
        self.device = device
        self.user = user
        self.number = number
        self.question: Question | None = None
        self.page = 24
        self.closed = False
        self.privileged = False
        self.editor: ConfigInput | None = None
        self.session: Session | None = None
        self._heredoc_just_opened = False
        if "eos" not in _TABLES:
            _TABLES["eos"] = CommandTable(_TABLE, GRAMMARS["eos"].interfaces)
        self._table = _TABLES["eos"]

    def banner(self) -> str:
        """What is shown before the first prompt."""
        return ""

    @property
    def configuring(self) -> bool:
        """In configuration mode."""
        return self.editor is not None

    @property
    def verbatim(self) -> bool:
        """In a banner."""
        return self.editor is not None and self.editor.editor.in_banner

    @property
    def prompt(self) -> str:
        """``r1#``, ``r1(config-if-Et1)#``, ``r1(config-s-napalm)#``; session names are cut to six letters."""
        name = self.device.hostname
        if self.editor is None:
            return name + ("#" if self.privileged else ">")
        if self.editor.editor.in_banner:
            return "Enter TEXT message. Type 'EOF' on its own line to end.\r\n" if self._heredoc_just_opened else ""
        section = self.editor.editor.path[-1]
        mode = (section.mode or "config").removeprefix("config")
        if mode in ("-if", "-vlan", "-vrf"):
            mode += f"-{short(section.words[-1])}"
        start = f"config-s-{self.session.name[:6]}" if self.session else "config"
        return f"{name}({start}{mode})#"

    def idle_seconds(self) -> float:
        """``idle-timeout`` of ``management ssh``; never when unset."""
        for section in self.device.running.root.find("management", "ssh"):
            for entry in section.find("idle-timeout"):
                return int(entry.words[1]) * self.device.minute
        return 0.0

    def end(self) -> None:
        """The session's candidate stays, as on the device."""
        self.editor = None

    def help(self, line: str) -> str:
        """Words that may follow."""
        return "\n".join(f"  {word}" for word in self._table.options(line)) or "% Unrecognized command"

    def run(self, line: str) -> str:
        """Do one line on a terminal."""
        try:
            wants_json = bool(re.search(r"\|\s*json\s*$", line)) and not self.verbatim
            found = self.execute(line, wants_json)
        except CliError as error:
            return f"% {error.message}"
        except Unconverted:
            return "% This command does not support JSON output"
        return found if isinstance(found, str) else json.dumps(found, indent=4)

    def execute(self, line: str, as_json: bool = False) -> Any:
        """Do one line; text, or data when ``as_json``. Raises CliError, Unconverted."""
        if self.editor is not None:
            done = self._configuration(line)
            if done is not None:
                return {} if as_json else done
        if line.lstrip().startswith("!"):
            return {} if as_json else ""
        return self._exec(line, as_json)

    def _exec(self, line: str, as_json: bool) -> Any:
        command, filters = split_pipe(line)
        match = self._match(command)
        modifiers = {modifier for modifier, _unused in filters}
        if "?" in modifiers:
            raise CliError("invalid", "Invalid input", "|")
        if as_json:
            if modifiers - {"json", "no-more"}:
                raise Unconverted
            return self._data(match)
        output = self._text(match)
        for modifier, argument in filters:
            output = apply_filter(output, modifier, argument)
        return output

    def _text(self, match: Match) -> str:
        handler = match.leaf[0]
        if handler[0] == "=":
            show = eos_text.TEXT.get(handler[1:])
            return show(self.device, *match.params) if show else ""
        return str(getattr(self, f"do_{handler}")(match, False))

    def _data(self, match: Match) -> Any:
        handler = match.leaf[0]
        if handler[0] == "=":
            name = {"ip_interface_brief": "ip_interface"}.get(handler[1:], handler[1:])
            return eos_data.DATA[name](self.device, *match.params)
        output = getattr(self, f"do_{handler}")(match, True)
        if not isinstance(output, str):
            return output
        if output.strip() and not handler.startswith(_SAYS):
            raise Unconverted
        return {"messages": output.strip().split("\n")} if output.strip() else {}

    def _match(self, command: str) -> Match:
        try:
            match = self._table.match(command)
            if match.leaf[1] and not self.privileged:
                raise CliError("invalid", "Invalid input (privileged mode required)", command.split()[0])
        except NoMatch as error:
            raise self._error(error, command) from error
        return match

    @staticmethod
    def _error(error: NoMatch, line: str) -> CliError:
        if error.kind == "incomplete":
            return CliError("incomplete", f"Incomplete command (at token {len(line.split())}: '')", "")
        token = line[error.offset :].split(" ")[0]
        number = len(line[: error.offset].split())
        if error.kind == "ambiguous":
            return CliError("ambiguous", f"Ambiguous command (at token {number}: '{token}')", token)
        return CliError("invalid", "Invalid input", token)

    def _configuration(self, line: str) -> str | None:
        """A line in configuration mode; None when it is an exec command, which EOS takes there as well."""
        assert self.editor is not None
        editor = self.editor.editor
        if self.session is None and editor.config is not self.device.running:
            self.editor.editor = editor = Editor(self.device.running)
        if not editor.in_banner:
            word = " ".join(line.lower().split())
            if word == "end" or (word == "exit" and len(editor.path) == 1):
                self.editor, self.session = None, None
                return ""
            if word == "abort" or word.startswith("commit"):
                return None
            if word == "rollback clean-config" and self.session is not None:
                return self._clean()
            if word.startswith(("show ", "do ")):
                return self._exec_here(line.strip().removeprefix("do "))
        return self._configuration_line(editor, line)

    def _configuration_line(self, editor: Editor, line: str) -> str | None:
        broken = self.device.failing(line.strip())
        if broken is not None:
            raise CliError("invalid", broken.removeprefix("% "), line.split()[0])
        was = editor.in_banner
        try:
            editor.line(line)
        except NoMatch as error:
            if error.offset == 0 and self._is_exec(line):
                return None
            raise self._error(error, line) from error
        self._heredoc_just_opened = editor.in_banner and not was
        if self.session is None:
            self.device.touched(self.user)
        return ""

    def _is_exec(self, line: str) -> bool:
        try:
            self._table.match(split_pipe(line)[0])
        except NoMatch:
            return False
        return True

    def _exec_here(self, line: str) -> str:
        """An exec command from within configuration mode."""
        return str(self._exec(line, False))

    def do_enable(self, _match: Match, _json: bool) -> Any:
        """enable: asks only when an enable password is configured"""
        if self.privileged or not self.needs_password:
            self.privileged = True
            return ""

        def answer(word: str) -> str:
            self.privileged = word == self.device.spec.enable
            return "" if self.privileged else "% Bad secret"

        self.question = Question("Password: ", answer, echo=False)
        return ""

    @property
    def needs_password(self) -> bool:
        """Whether ``enable`` asks."""
        return any(e.words[1] in ("password", "secret") for e in self.device.running.root.find("enable"))

    def do_disable(self, _match: Match, _json: bool) -> str:
        """disable"""
        self.privileged = False
        return ""

    def do_leave(self, _match: Match, _json: bool) -> str:
        """exit"""
        self.closed = True
        return ""

    def do_ignore(self, _match: Match, _json: bool) -> str:
        """Accepted, does nothing here."""
        return ""

    def do_terminal_length(self, match: Match, _json: bool) -> str:
        """terminal length N"""
        self.page = int(match.params[0])
        return "Pagination disabled." if self.page == 0 else f"Page length set to {self.page} lines."

    def do_terminal_width(self, match: Match, _json: bool) -> str:
        """terminal width N"""
        return f"Width set to {match.params[0]} columns."

    def do_privilege(self, _match: Match, _json: bool) -> Any:
        """show privilege"""
        level = 15 if self.privileged else 1
        return {"privilegeLevel": level} if _json else f"Current privilege level is {level}"

    def do_show_users(self, _match: Match, as_json: bool) -> Any:
        """show users"""
        self.device.asking = self.number
        return eos_data.users(self.device) if as_json else eos_text.users(self.device)

    def do_arp_vrf(self, _match: Match, as_json: bool) -> Any:
        """show ip arp vrf all"""
        return eos_data.arp(self.device, "all") if as_json else f"VRF: default\n{eos_text.arp(self.device)}"

    def do_ping(self, match: Match, _json: bool) -> str:
        """ping ADDRESS"""
        good = self.device.network.reaches(self.device, match.params[0])
        loss, got = ("0%", 5) if good else ("100%", 0)
        address = match.params[0]
        rows = [f"80 bytes from {address}: icmp_seq={n} ttl=64 time=0.1 ms" for n in range(1, got + 1)]
        head = f"PING {address} ({address}) 72(100) bytes of data."
        tail = f"--- {address} ping statistics ---\n5 packets transmitted, {got} received, {loss} packet loss, time 1ms"
        return "\n".join([head, *rows, "", tail])

    def do_tech(self, _match: Match, _json: bool) -> str:
        """show tech-support"""
        return ios_show.tech(self.device)
