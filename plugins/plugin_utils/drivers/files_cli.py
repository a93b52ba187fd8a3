# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files of devices with an IOS-like command line: IOS, IOS-XE and EOS."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar, Protocol

from ..broker.errors import BadInput, CommandFailed, TransferFailed, Unsupported
from . import platforms
from .base import Command, Digest, Reply
from .files import FileHost, Files, portable

SAFE = re.compile(r"[A-Za-z0-9_./:@+~,=%-]")


class CliHost(FileHost, Protocol):
    """A driver with a command line."""

    def send(self, line: str, timeout: float | None = None) -> str: ...

    def run(self, commands: Sequence[Command], timeout: float) -> list[Reply]: ...


class CliFiles(Files):
    """``dir``, ``verify``, ``delete`` and ``rename``; ``flash:`` where a path names no file system."""

    digests: ClassVar[tuple[str, ...]] = ("md5",)
    delete_command: ClassVar[str] = "delete /force"

    def __init__(self, host: CliHost) -> None:
        super().__init__(host)
        self._cli = host
        self._home: str | None = None

    def normal(self, path: str) -> str:
        portable(path, lambda character: bool(SAFE.match(character)))
        system, colon, name = path.rpartition(":")
        if not colon:
            system = self._default()
        name = name.lstrip("/")
        if not name or name.endswith("/"):
            raise BadInput(f"path on the device: {path!r} is a directory; name a file", option="dest", value=path)
        return f"{system}:/{name}"

    def stat(self, path: str) -> int | None:
        listing = self._dir(path)
        if listing is None:
            return None
        name = path.rpartition("/")[2]
        for line in listing.splitlines():
            found = re.match(r"\s*(?:\d+\s+)?([-d][-rwx]{2,9})\s+(\d+)\s.*?(\S+)\s*$", line)
            if found and found[3] == name:
                if found[1].startswith("d"):
                    break
                return int(found[2])
        raise BadInput(f"path on the device: {path} is a directory; name a file", option="dest", value=path)

    def free(self, path: str) -> int:
        folder = path.rpartition("/")[0] + "/"
        listing = self._dir(folder)
        if listing is None:
            raise BadInput(f"path on the device: there is no directory {folder}", option="dest", value=folder)
        found = re.search(r"\((\d+) bytes free\)", listing)
        if found is None:
            raise Unsupported(f"'dir {folder}' does not say how many bytes are free")
        return int(found[1])

    def digest(self, path: str, timeout: float) -> Digest:
        for algorithm in self.digests:
            output = self._cli.send(f"verify /{algorithm} {path}", timeout)
            found = re.search(r"=\s*([0-9a-fA-F]{32,128})\b", output)
            if found:
                return Digest(algorithm, found[1].lower())
        words = platforms.refusal(output) or output.strip()
        raise CommandFailed(
            f"{self._host.target.label} does not compute a hash of {path}: {words}",
            command=f"verify /{algorithm} {path}",
            output=output,
        )

    def delete(self, path: str) -> None:
        self._done(f"{self.delete_command} {path}")

    def rename(self, old: str, new: str) -> None:
        """Raises Unsupported where there is no such command."""
        line = Command(f"rename {old} {new}", prompt=r"\]\?", answer="", check=False)
        output = self._cli.run([line], self._host.target.command_timeout)[0].output
        words = platforms.refusal(output)
        if words and "nvalid input" in words:
            raise Unsupported(f"{self._host.target.label} cannot rename files")
        if words:
            raise TransferFailed(f"{self._host.target.label} did not rename {old} to {new}: {words}")

    def _done(self, line: str) -> None:
        words = platforms.refusal(self._cli.send(line))
        if words:
            raise TransferFailed(f"{self._host.target.label} refused '{line}': {words}")

    def _default(self) -> str:
        """The file system that ``dir`` shows by itself."""
        if self._home is None:
            found = re.search(r"Directory of (\w+):", self._cli.send("dir"))
            self._home = found[1] if found else "flash"
        return self._home

    def _dir(self, path: str) -> str | None:
        """The listing; None when there is no such file. Raises BadInput for another file system, CommandFailed."""
        output = self._cli.send(f"dir {path}")
        if re.search(r"No such file|does not exist", output):
            return None
        if re.search(r"No such device|[Uu]nknown (?:device|file ?system)|[Ii]nvalid file ?system", output):
            system = path.partition(":")[0]
            raise BadInput(
                f"path on the device: {self._host.target.label} has no file system {system}:; 'dir' shows what it has",
                option="dest",
                value=path,
            )
        words = platforms.refusal(output)
        if words:
            raise CommandFailed(
                f"{self._host.target.label} refused 'dir {path}': {words}; check the user's privileges "
                "(holdfast_enable_secret)",
                command=f"dir {path}",
                output=output,
            )
        return output


class IosFiles(CliFiles):
    """IOS opens one channel a connection, so a copy needs a login of its own."""

    shares_login = False


class EosFiles(CliFiles):
    """EOS lets SCP in at its Linux side, where flash: is /mnt/flash."""

    digests = ("sha512", "md5")
    delete_command = "delete"

    def wire_path(self, path: str) -> str:
        system, _colon, name = path.partition(":/")
        return f"/mnt/{system}/{name}"
