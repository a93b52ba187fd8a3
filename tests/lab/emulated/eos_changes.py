# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""EOS's commands about configurations, sessions and files."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from . import eos_data, eos_session, ios_show
from .cli import ConfigInput, apply_filter
from .device import Device
from .eos_session import Session, sessions
from .terminal import Question
from .tree import Config, Editor, NoMatch
from .words import Match


class CliError(Exception):
    """What the device objects to. ``kind``: invalid, incomplete, ambiguous or failed."""

    def __init__(self, kind: str, message: str, token: str = "") -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.token = token


class EosChanges:
    """The part of the command line that shows, changes and copies configurations."""

    device: Device
    user: str
    number: int
    question: Question | None
    editor: ConfigInput | None
    session: Session | None

    def _clean(self) -> str:
        assert self.session is not None
        self.session.config = self.device.blank()
        self._edit(self.session.config)
        return ""

    def _edit(self, config: Config) -> None:
        self.editor = ConfigInput(Editor(config), self.device.failing, lambda: None)

    def do_show_running(self, match: Match, as_json: bool) -> Any:
        """show running-config"""
        if as_json:
            return eos_data.commands(self.device.running)
        return eos_session.header(self.device, " ".join(match.words)) + eos_session.body(self.device.running)

    def do_show_section(self, match: Match, _json: bool) -> str:
        """show running-config section WORDS"""
        return apply_filter("\n".join(self.device.running.lines()), "section", match.params[0])

    def do_show_section_interface(self, match: Match, _json: bool) -> str:
        """show running-config interfaces NAME"""
        return apply_filter("\n".join(self.device.running.lines()), "section", f"^interface {match.params[0]}$")

    def do_show_running_diffs(self, _match: Match, _json: bool) -> str:
        """show running-config diffs"""
        startup = self.device.parse(self.device.startup)
        return eos_session.unified(startup, self.device.running, "flash:/startup-config", "system:/running-config")

    def do_show_startup(self, _match: Match, _json: bool) -> str:
        """show startup-config"""
        head = eos_session.header(self.device, "show startup-config")
        return f"{head}{self.device.startup}\nend\n" if self.device.startup else ""

    def do_configure(self, _match: Match, _json: bool) -> str:
        """configure terminal"""
        self.session = None
        self._edit(self.device.running)
        return ""

    def _open(self, name: str) -> Session:
        found = sessions(self.device).open(name, self.user, self.number)
        if isinstance(found, str):
            raise CliError("failed", found)
        return found

    def do_configure_session(self, match: Match, _json: bool) -> str:
        """configure session [NAME]"""
        name = match.params[0] if match.params else f"sess-{1000 + self.number}-{len(sessions(self.device).named)}"
        self.session = self._open(name)
        assert self.session.config is not None
        self._edit(self.session.config)
        return ""

    def _known(self, name: str) -> Session:
        found = sessions(self.device).named.get(name)
        if found is None:
            raise CliError("failed", f"Cannot find configuration session {name}")
        return found

    def _commit(self, session: Session, timer: str | None) -> str:
        seconds = None
        if timer is not None:
            if not re.fullmatch(r"\d{1,2}:\d{2}:\d{2}", timer):
                raise CliError("invalid", "Invalid input", timer)
            hours, minutes, rest = map(int, timer.split(":"))
            seconds = (hours * 3600 + minutes * 60 + rest) * self.device.minute / 60
        wrong = sessions(self.device).commit(session, self.user, seconds)
        if wrong:
            raise CliError("failed", wrong)
        return ""

    def do_session_commit(self, match: Match, _json: bool) -> str:
        """configure session NAME commit [timer HH:MM:SS]"""
        return self._commit(self._known(match.params[0]), match.params[1] if len(match.params) > 1 else None)

    def do_session_abort(self, match: Match, _json: bool) -> str:
        """configure session NAME abort"""
        sessions(self.device).abort(self._known(match.params[0]))
        return ""

    def do_commit(self, match: Match, _json: bool) -> str:
        """commit [timer HH:MM:SS], inside a session"""
        if self.session is None:
            raise CliError("invalid", "Invalid input", "commit")
        session, self.session, self.editor = self.session, None, None
        return self._commit(session, match.params[0] if match.params else None)

    def do_abort(self, _match: Match, _json: bool) -> str:
        """abort, inside a session"""
        if self.session is None:
            raise CliError("invalid", "Invalid input", "abort")
        session, self.session, self.editor = self.session, None, None
        sessions(self.device).abort(session)
        return ""

    def do_show_sessions(self, match: Match, as_json: bool) -> Any:
        """show configuration sessions [detail]"""
        detail = match.words[-1] == "detail"
        found = sessions(self.device)
        return found.data(detail) if as_json else found.text(detail)

    def _shown(self, match: Match) -> Session:
        if match.params:
            return self._known(match.params[0])
        if self.session is None:
            raise CliError("failed", "Not in a configuration session")
        return self.session

    def do_show_candidate(self, match: Match, as_json: bool) -> Any:
        """show session-config [named NAME]"""
        config = self._shown(match).config or self.device.running
        if as_json:
            return eos_data.commands(config)
        return eos_session.header(self.device, " ".join(match.words)) + eos_session.body(config)

    def do_show_candidate_diffs(self, match: Match, _json: bool) -> str:
        """show session-config [named NAME] diffs"""
        return eos_session.diff(self.device, self._shown(match))

    def do_replace(self, match: Match, _json: bool) -> str:
        """configure replace FILE: all or, with a refused line, nothing"""
        text = self._read(match.params[0])
        config = self.device.blank()
        editor = Editor(config)
        known = {line.strip() for line in self.device.running.lines()}
        wrong = []
        for number, line in enumerate(text.splitlines(), 1):
            stripped = line.strip()
            broken = None if stripped in known else self.device.failing(stripped)
            try:
                if broken is None:
                    editor.line(line)
            except NoMatch:
                broken = "% Invalid input"
            if broken:
                wrong.append(f"> {stripped}\n{broken} at line {number}")
        if wrong and "ignore-errors" not in match.words:
            raise CliError("failed", "\n".join(wrong))
        self.device.replace(config, self.user)
        return ""

    def _read(self, name: str) -> str:
        if name.endswith("running-config"):
            return eos_session.body(self.device.running)
        if name.endswith("startup-config"):
            return f"{self.device.startup}\nend\n"
        found = self.device.files.get(_file(name))
        if found is None:
            raise CliError("failed", f"Error opening {name} (No such file or directory)")
        return found

    def do_copy(self, match: Match, _json: bool) -> str:
        """copy SOURCE DESTINATION"""
        source, target = match.params
        text = self._read(source)
        if target.endswith("startup-config"):
            self.device.startup = self.device.parse(text).text()
        elif target.endswith("running-config"):
            merged = self.device.running.copy()
            editor = Editor(merged)
            for line in text.splitlines():
                try:
                    editor.line(line)
                except NoMatch as error:
                    raise CliError("failed", f"Invalid input: {line.strip()}") from error
            self.device.replace(merged, self.user)
        else:
            self.device.write_file(_file(target), text)
        return "Copy completed successfully."

    def do_write(self, match: Match, _json: bool) -> str:
        """write [memory | erase | terminal]"""
        if match.words[-1] == "terminal":
            return eos_session.header(self.device, "write terminal") + eos_session.body(self.device.running)
        if match.words[-1] == "erase":
            self.device.startup = ""
            return ""
        self.device.save()
        return "Copy completed successfully."

    def do_dir(self, match: Match, _json: bool) -> str:
        """dir"""
        return ios_show.directory(self.device, *match.params)

    def do_more(self, match: Match, _json: bool) -> str:
        """more FILE"""
        return self._read(match.params[0])

    def do_delete(self, match: Match, _json: bool) -> str:
        """delete FILE"""
        self._read(match.params[0])
        self.device.files.pop(_file(match.params[0]), None)
        return ""

    def do_rename(self, match: Match, _json: bool) -> str:
        """rename FILE FILE"""
        self._read(match.params[0])
        self.device.write_file(_file(match.params[1]), self.device.files.pop(_file(match.params[0])))
        return ""

    def do_verify(self, match: Match, _json: bool) -> str:
        """verify {/md5 | /sha512} FILE"""
        data = self._read(match.params[0]).encode("latin-1", "replace")
        kind = match.words[1]
        digest = hashlib.new(kind[1:], data, usedforsecurity=False).hexdigest()
        return f"verify {kind} ({match.params[0]}) = {digest}"

    def do_reload(self, match: Match, _json: bool) -> str:
        """reload [now]"""

        def go(word: str) -> str:
            if word.strip().lower() in ("", "y", "yes"):
                self.device.reboot(self.device.reload_seconds, "Reload requested by the user.")
            return ""

        if len(match.words) > 1:
            return go("")
        self.question = Question("Proceed with reload? [confirm]", go)
        return ""


def _file(name: str) -> str:
    """The name within the file system."""
    return re.sub(r"^(flash|file|system):/*", "", name)
