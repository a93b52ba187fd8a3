# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""IOS's file commands and their dialogues."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable

from . import ios_config, ios_show
from .device import Device
from .terminal import Question
from .words import Match


class IosFiles:
    """The part of the command line that copies, shows and deletes files, and reloads."""

    device: Device
    user: str
    question: Question | None

    @property
    def _quiet(self) -> bool:
        return next(self.device.running.root.find("file", "prompt", "quiet"), None) is not None

    def _read(self, name: str) -> str | None:
        if name.endswith("running-config"):
            return ios_config.body(self.device.running)
        if name.endswith("startup-config"):
            return f"{self.device.startup}\nend\n" if self.device.startup else None
        return "" if name == "null:" else self.device.files.get(flash_name(name))

    def _confirmed(self, prompt: str, go: Callable[[str], str]) -> str:
        """Ask, unless ``file prompt quiet``; an empty answer takes the default in brackets."""
        if self._quiet:
            return go("")
        self.question = Question(prompt, go)
        return ""

    def do_copy(self, match: Match) -> str:
        """copy SOURCE DESTINATION, with its questions"""
        source, target = match.params
        source = "running-config" if "running-config".startswith(source) and len(source) > 2 else source
        target = "startup-config" if "startup-config".startswith(target) and len(target) > 2 else target
        target = "running-config" if "running-config".startswith(target) and len(target) > 2 else target
        if self._read(source) is None:
            return f"%Error opening {source} (No such file or directory)"
        name = flash_name(target) or flash_name(source)

        def named(answer: str) -> str:
            chosen = flash_name(answer.strip()) or name
            into_config = target.endswith(("running-config", "startup-config"))
            if not into_config and chosen in self.device.files and not self._quiet:
                self.question = Question(
                    "%Warning:There is a file already existing with this name \r\nDo you want to over write? [confirm]",
                    lambda word: self._copy(source, target, chosen) if word.strip().lower() in ("", "y", "yes") else "",
                )
                return ""
            return self._copy(source, target, chosen)

        return self._confirmed(f"Destination filename [{name}]? ", named)

    def _copy(self, source: str, target: str, name: str) -> str:
        text = self._read(source) or ""
        device = self.device
        took = f"{len(text)} bytes copied in 0.020 secs ({len(text) * 50} bytes/sec)\n"
        if target.endswith("running-config"):
            return ios_config.merge(device, text, self.user) + took
        if target.endswith("startup-config"):
            if source.endswith("running-config"):
                device.save()
            else:
                config = device.blank()
                ios_config.apply_quietly(config, text)
                device.startup = config.text()
            return "Building configuration...\n[OK]"
        if source == "null:":
            device.files.pop(name, None)
            return ""
        if source.endswith("running-config"):
            text = f"!\n{ios_config.header(device)}{text}"
        device.write_file(name, text)
        return took

    def do_dir(self, match: Match) -> str:
        """dir"""
        return ios_show.directory(self.device, *match.params)

    def do_more(self, match: Match) -> str:
        """more FILE"""
        text = self._read(match.params[0])
        return f"%Error opening {match.params[0]} (No such file or directory)" if text is None else text

    def do_verify(self, match: Match) -> str:
        """verify /md5 FILE"""
        text = self._read(match.params[0])
        if text is None:
            return f"%Error opening {match.params[0]} (No such file or directory)"
        digest = hashlib.md5(text.encode("latin-1", "replace"), usedforsecurity=False).hexdigest()
        return f"....Done!\nverify /md5 ({match.params[0]}) = {digest}"

    def do_delete(self, match: Match) -> str:
        """delete [/force] FILE"""
        name = flash_name(match.params[0])

        def gone(_word: str = "") -> str:
            if self.device.files.pop(name, None) is None:
                return f"%Error deleting flash:/{name} (No such file or directory)"
            return ""

        if "/force" in match.words:
            return gone()

        def ask(_answer: str) -> str:
            self.question = Question(f"Delete flash:/{name}? [confirm]", lambda w: gone() if w in ("", "y") else "")
            return ""

        return self._confirmed(f"Delete filename [{name}]? ", gone if self._quiet else ask)

    def do_rename(self, match: Match) -> str:
        """rename FILE FILE"""
        source, target = map(flash_name, match.params)

        def named(answer: str) -> str:
            chosen = flash_name(answer.strip()) or target
            if source not in self.device.files:
                return f"%Error renaming flash:/{source} (No such file or directory)"
            if chosen in self.device.files:
                return f"%Error renaming flash:/{source} (File exists)"
            self.device.write_file(chosen, self.device.files.pop(source))
            return ""

        return self._confirmed(f"Destination filename [{target}]? ", named)

    def do_erase(self, _match: Match) -> str:
        """erase startup-config"""

        def gone(_word: str) -> str:
            self.device.startup = ""
            return "[OK]\nErase of nvram: complete"

        self.question = Question(
            "Erasing the nvram filesystem will remove all configuration files! Continue? [confirm]", gone
        )
        return ""

    def do_reload(self, _match: Match) -> str:
        """reload, with its questions"""

        def proceed(word: str) -> str:
            if word.strip().lower() in ("", "y", "yes"):
                self.device.reboot(self.device.reload_seconds, "Reload Command")
            return ""

        def save(word: str) -> str:
            if word.strip().lower() in ("y", "yes"):
                self.device.save()
            self.question = Question("Proceed with reload? [confirm]", proceed)
            return ""

        if self.device.running.text() != self.device.startup:
            self.question = Question("\r\nSystem configuration has been modified. Save? [yes/no]: ", save)
        else:
            self.question = Question("Proceed with reload? [confirm]", proceed)
        return ""


def flash_name(name: str) -> str:
    """The name within the file system."""
    return re.sub(r"^(flash\d*|bootflash|disk0|nvram|system|null):/*", "", name)
