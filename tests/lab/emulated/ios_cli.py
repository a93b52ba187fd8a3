# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The IOS-like command line: exec modes, configuration mode and their dialogues."""

from __future__ import annotations

import re

from . import ios_config, ios_show
from .cli import CommandTable, ConfigInput, apply_filter, split_pipe
from .device import Device
from .grammar import GRAMMARS
from .ios_files import IosFiles, flash_name
from .terminal import Question
from .tree import Editor, NoMatch
from .wording import stamp
from .words import Match

_TABLE = """
enable [<n>] : enable
disable : disable
exit : leave
quit : leave
logout : leave
terminal length <0-512> : terminal_length
terminal width <0-512> : ignore
terminal {monitor|no monitor} : ignore
show version : =version
show clock [detail] : =clock
show hosts [summary] : =hosts
show users [all] : show_users
show privilege : privilege
show ip interface brief : =ip_interface_brief
show ip interface [<if>] : =ip_interface
show interfaces [<if>] : =interfaces
show interfaces description : =interfaces_description
show ip route [{vrf <word>|<ip>}] : =ip_route
show ip arp : =arp
show arp : =arp
show ip bgp : =bgp_table
show bgp ipv4 unicast : =bgp_table
show ip bgp summary : =bgp_summary
show bgp ipv4 unicast summary : =bgp_summary
show bgp {all|vpnv4 unicast all|*} summary : =bgp_all_summary
show bgp summary : =bgp_summary
show ip bgp [all] neighbors [<ip>] : =bgp_neighbors
show bgp ipv4 unicast neighbors [<ip>] : =bgp_neighbors
show bgp all neighbors [<ip>] : =bgp_neighbors
show bgp ipv4 {multicast|mdt all} neighbors : =bgp_no_family
show bgp ipv6 {unicast|multicast} neighbors : =bgp_no_family
show bgp {vpnv4|vpnv6} unicast all neighbors : =bgp_no_family
show lldp neighbors [<if>] : =lldp_neighbors
show lldp neighbors [<if>] detail : =lldp_neighbors_detail
show cdp neighbors : no_cdp
show cdp neighbors detail : =cdp_neighbors_detail
show ip ospf neighbor : =ospf_neighbor
show vlan [brief] : =vlan
show vlan-switch [brief] : =vlan
show vrf : no_vrf
show ip vrf : no_vrf
show inventory [raw] : =inventory
# show tech-support : =tech
# show logging : show_logging
# show running-config [all] : show_running
# show running-config interface <if> : show_running_interface
# show startup-config : show_startup
# show archive : show_archive
# show archive config rollback timer : show_rollback_timer
# show archive config differences [<word>] [<word>] : show_differences
# show archive config incremental-diffs <word> [ignorecase] : show_incremental
# show file systems : =file_systems
# dir [/all] [<word>] : dir
# more <word> : more
# verify /md5 <word> [<word>] : verify
# configure terminal : configure
# configure terminal revert timer <1-120> : configure_revert
# configure confirm : confirm
# configure revert now : revert_now
# configure revert timer <1-120> : revert_timer
# configure replace <word> [list] [force] [revert trigger error] [{timer|time} <1-120>] : replace
# configure replace <word> [list] force [revert trigger error] timer <1-120> : replace
# configure replace <word> [list] force revert timer <1-120> : replace
# copy <word> <word> : copy
# write [{memory|terminal|erase}] : write
# erase startup-config : erase
# erase nvram: : erase
# delete [/force] [/recursive] <word> : delete
# delete /recursive /force <word> : delete
# rename <word> <word> : rename
# reload : reload
# clear <line> : ignore
# debug <line> : ignore
# undebug <line> : ignore
# tclsh : tclsh
ping <ip> [<line>] : ping
"""

_TABLES: dict[str, CommandTable] = {}
_MODES = {"config-router-af": "config-router-af", "config-vrf-af": "config-vrf-af"}
_ENTER = "Enter configuration commands, one per line.  End with CNTL/Z.\n"


class IosCli(IosFiles):
    """One session's command line."""

    def __init__(self, device: Device, user: str, number: int) -> None:
        self.device = device
        self.user = user
        self.number = number
        self.question: Question | None = None
        self.page = 24
        self.closed = False
        self.privileged = False
        self.configure_: ConfigInput | None = None
        self._tcl: list[str] | None = None
        self._tcl_block: list[str] | None = None
        if "ios" not in _TABLES:
            _TABLES["ios"] = CommandTable(_TABLE, GRAMMARS["ios"].interfaces)
        self._table = _TABLES["ios"]

    def banner(self) -> str:
        """What is shown before the first prompt."""
        found = next(self.device.running.root.find("banner", "motd"), None)
        return f"\n{found.words[-1].split('^C')[1].strip(chr(10))}\n\n" if found else "\n"

    @property
    def configuring(self) -> bool:
        """In configuration mode."""
        return self.configure_ is not None

    @property
    def verbatim(self) -> bool:
        """In a banner or a TCL block."""
        return self._tcl is not None or (self.configure_ is not None and self.configure_.editor.in_banner)

    @property
    def prompt(self) -> str:
        """``r1>``, ``r1#``, ``r1(config-if)#``; IOS cuts long names in configuration mode."""
        name = self.device.hostname
        if self._tcl is not None:
            return "+>" if self._tcl_block is not None else f"{name}(tcl)#"
        if self.configure_ is None:
            return name + ("#" if self.privileged else ">")
        if self.configure_.editor.in_banner:
            return ""
        mode = self.configure_.editor.mode
        return f"{name[: max(1, 30 - len(mode))] if len(name) > 20 else name}({_MODES.get(mode, mode)})#"

    def idle_seconds(self) -> float:
        """``exec-timeout`` of the vty lines, 10 minutes when unset."""
        for section in self.device.running.root.find("line", "vty"):
            for entry in section.find("exec-timeout"):
                minutes, *seconds = map(int, entry.words[1:])
                return (minutes * 60 + sum(seconds)) * self.device.minute / 60
        return 10 * self.device.minute

    def end(self) -> None:
        """Nothing outlives the session but what is in the device."""
        self.configure_ = None

    def help(self, line: str) -> str:
        """Words that may follow."""
        return "\n".join(f"  {word}" for word in self._table.options(line)) or "% Unrecognized command"

    def run(self, line: str) -> str:
        """Do one line."""
        if self._tcl is not None:
            return self._tcl_line(line)
        if self.configure_ is not None:
            return self._configuration(line)
        if line.lstrip().startswith("!"):
            return ""
        return self._exec(line)

    def _marker(self, error: NoMatch, column: int, line: str) -> str:
        if error.kind == "incomplete":
            return "% Incomplete command.\n"
        if error.kind == "ambiguous":
            return f'% Ambiguous command:  "{line.strip()}"\n'
        if error.kind == "fixed":
            return "% Removal of physical interfaces is not permitted"
        return f"{' ' * (column + error.offset)}^\n% Invalid input detected at '^' marker.\n"

    def _exec(self, line: str, column: int | None = None) -> str:
        command, filters = split_pipe(line)
        column = len(self.prompt) if column is None else column
        try:
            match = self._table.match(command)
            handler, privileged = match.leaf
            if privileged and not self.privileged:
                raise NoMatch("invalid", 0)
            if filters and filters[0][0] == "?":
                raise NoMatch("invalid", line.index("|") + 2)
        except NoMatch as error:
            return self._marker(error, column, line)
        if handler[0] == "=":
            output = ios_show.SHOWS[handler[1:]](self.device, *match.params)
        else:
            output = getattr(self, f"do_{handler}")(match)
        for modifier, argument in filters:
            if modifier in ("redirect", "append", "tee"):
                self.device.write_file(flash_name(argument), output)
                return output if modifier == "tee" else ""
            output = apply_filter(output, modifier, argument)
        return str(output)

    def _configuration(self, line: str) -> str:
        assert self.configure_ is not None
        if self.configure_.editor.config is not self.device.running:
            # A rollback or a replace, maybe by another session, put another configuration under this one.
            self.configure_.editor = Editor(self.device.running)
        editor = self.configure_.editor
        if not editor.in_banner:
            word = line.strip().lower()
            if word.startswith("do "):
                return self._exec(line.strip()[3:], len(self.prompt) + 3)
            if word == "end" or (word == "exit" and len(editor.path) == 1):
                self.configure_ = None
                return ""
            wrong = semantic(editor, line)
            if wrong:
                return wrong
        was = editor.in_banner
        said = self.configure_.line(line, len(self.prompt), self._marker)
        if editor.in_banner and not was:
            return "Enter TEXT message.  End with the character '^'."
        return said

    def _enter(self) -> str:
        device = self.device
        self.configure_ = ConfigInput(Editor(device.running), device.failing, lambda: device.touched(self.user))
        return _ENTER

    def do_enable(self, _match: Match) -> str:
        """enable: three tries, as the device gives"""
        return "" if self.privileged else self._ask_enable(3)

    def _ask_enable(self, tries: int) -> str:
        def answer(word: str) -> str:
            if word == self.device.spec.enable:
                self.privileged = True
                return ""
            return self._ask_enable(tries - 1) if tries > 1 else "% Bad secrets\n"

        self.question = Question("Password: ", answer, echo=False)
        return ""

    def do_disable(self, _match: Match) -> str:
        """disable"""
        self.privileged = False
        return ""

    def do_leave(self, _match: Match) -> str:
        """exit"""
        self.closed = True
        return ""

    def do_terminal_length(self, match: Match) -> str:
        """terminal length N"""
        self.page = int(match.params[0])
        return ""

    def do_ignore(self, _match: Match) -> str:
        """Accepted, does nothing here."""
        return ""

    def do_privilege(self, _match: Match) -> str:
        """show privilege"""
        return f"Current privilege level is {15 if self.privileged else 1}"

    def do_show_users(self, _match: Match) -> str:
        """show users"""
        self.device.asking = self.number
        return ios_show.users(self.device)

    def do_no_cdp(self, _match: Match) -> str:
        """show cdp neighbors"""
        return "% CDP is not enabled"

    def do_no_vrf(self, _match: Match) -> str:
        """show vrf"""
        return "  Name                             Default RD            Protocols   Interfaces"

    def do_show_logging(self, _match: Match) -> str:
        """show logging"""
        when, who = stamp(self.device.changed_at)[:8], self.device.changed_by
        return (
            "Syslog logging: enabled (0 messages dropped, 0 flushes, 0 overruns)\n\nLog Buffer (8192 bytes):\n\n"
            f"*{when}.000: %SYS-5-CONFIG_I: Configured from console by {who}\n"
        )

    def do_ping(self, match: Match) -> str:
        """ping ADDRESS"""
        address = match.params[0]
        head = f"Type escape sequence to abort.\nSending 5, 100-byte ICMP Echos to {address}, timeout is 2 seconds:\n"
        if self.device.network.reaches(self.device, address):
            return head + "!!!!!\nSuccess rate is 100 percent (5/5), round-trip min/avg/max = 1/2/4 ms"
        return head + ".....\nSuccess rate is 0 percent (0/5)"

    def do_show_running(self, _match: Match) -> str:
        """show running-config"""
        return ios_config.running_text(self.device)

    def do_show_running_interface(self, match: Match) -> str:
        """show running-config interface NAME"""
        section = apply_filter("\n".join(self.device.running.lines()), "section", f"^interface {match.params[0]}$")
        return f"Building configuration...\n\nCurrent configuration : {len(section)} bytes\n!\n{section}\nend\n"

    def do_show_startup(self, _match: Match) -> str:
        """show startup-config"""
        return ios_config.startup_text(self.device)

    def do_show_archive(self, _match: Match) -> str:
        """show archive"""
        return ios_config.archive_text(self.device)

    def do_show_rollback_timer(self, _match: Match) -> str:
        """show archive config rollback timer"""
        return ios_config.pending_text(self.device)

    def do_show_differences(self, match: Match) -> str:
        """show archive config differences [FILE [FILE]]"""
        names = [*match.params, "system:running-config", "system:running-config"][:2]
        if not match.params:
            names = ["nvram:startup-config", "system:running-config"]
        elif len(match.params) == 1:
            names = [match.params[0], "system:running-config"]
        sides = []
        for name in names:
            text = self._read(name)
            if text is None:
                return f"%Error opening {name} (No such file or directory)"
            config = self.device.blank()
            refused = ios_config.apply_quietly(config, text)
            sides.append([*config.lines(), *refused])
        return ios_config.differences(*sides)

    def do_show_incremental(self, match: Match) -> str:
        """show archive config incremental-diffs FILE"""
        text = self._read(match.params[0])
        if text is None:
            return f"%Error opening {match.params[0]} (No such file or directory)"
        return ios_config.incremental(self.device, text)

    def do_configure(self, _match: Match) -> str:
        """configure terminal"""
        return self._enter()

    def do_configure_revert(self, match: Match) -> str:
        """configure terminal revert timer MINUTES"""
        said = ios_config.arm(self.device, int(match.params[0]), self.user)
        return said if said.startswith("%") else said + self._enter()

    def do_confirm(self, _match: Match) -> str:
        """configure confirm"""
        return ios_config.confirm(self.device)

    def do_revert_now(self, _match: Match) -> str:
        """configure revert now"""
        return ios_config.revert(self.device)

    def do_revert_timer(self, match: Match) -> str:
        """configure revert timer MINUTES: another time for the pending change"""
        return ios_config.rearm(self.device, int(match.params[0]))

    def do_replace(self, match: Match) -> str:
        """configure replace FILE ..."""
        file, *minutes = match.params
        text = self._read(file)
        if text is None:
            return f"%Error opening {file} (No such file or directory)"

        def go() -> str:
            said = ""
            if minutes:
                said = ios_config.arm(self.device, int(minutes[0]), self.user)
                if said.startswith("%"):
                    return said
            result = ios_config.replace(self.device, text, self.user, "trigger" in match.words)
            if minutes and "Rollback Done" not in result and "trigger" in match.words:
                ios_config.confirm(self.device)
            return said + result

        if "force" in match.words:
            return go()
        self.question = Question(
            "This will apply all necessary additions and deletions\nto replace the current running configuration "
            "with the\ncontents of the specified configuration file, which is\nassumed to be a complete configuration, "
            "not a partial\nconfiguration. Enter Y if you are sure you want to proceed. ? [no]: ".replace("\n", "\r\n"),
            lambda word: go() if word.strip().lower().startswith("y") else "",
        )
        return ""

    def do_write(self, match: Match) -> str:
        """write [memory | terminal | erase]"""
        if match.words[-1] == "terminal":
            return ios_config.running_text(self.device)
        if match.words[-1] == "erase":
            return self.do_erase(match)
        self.device.save()
        return "Building configuration...\n[OK]"

    def do_tclsh(self, _match: Match) -> str:
        """tclsh: writes files and runs commands, nothing else"""
        self._tcl = []
        return ""

    def _tcl_line(self, line: str) -> str:
        if self._tcl_block is not None:
            if line.rstrip().endswith("}"):
                self._tcl_block.append(line.rstrip()[:-1])
                self.device.write_file(self._tcl_block[0], "\n".join(self._tcl_block[1:]) + "\n")
                self._tcl_block = None
            else:
                self._tcl_block.append(line)
            return ""
        opened = re.match(r'\s*puts \[open "?([^" ]+)"? w\+?\] \{(.*)', line)
        if opened:
            self._tcl_block = [flash_name(opened.group(1)), opened.group(2)]
        elif line.strip() in ("tclquit", "exit", "quit"):
            self._tcl = None
        elif line.strip():
            return self._exec(line)  # the TCL shell hands what it does not know to the command line
        return ""


def semantic(editor: Editor, line: str) -> str:
    """See ``ios_config.semantic_error``; with the newline the terminal shows."""
    wrong = ios_config.semantic_error(editor, line)
    return f"{wrong}\n" if wrong else ""
