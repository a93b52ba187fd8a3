# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files of systems with a POSIX shell: Linux, FRR boxes."""

from __future__ import annotations

import shlex

from ..broker.errors import BadInput, TransferFailed, Unsupported
from .base import Digest
from .files import Files
from .vtysh import ExecResult

ALGORITHMS = ("sha256", "md5")


class ShellFiles(Files):
    """Coreutils over further channels of the login; a name may have any character but a line's end."""

    protocols = ("sftp", "scp")
    replaces = True

    def normal(self, path: str) -> str:
        if not path or not path.isprintable():
            raise BadInput(
                f"path on the device: {path!r} is empty or has control characters", option="dest", value=path
            )
        if path.endswith("/"):
            raise BadInput(f"path on the device: {path!r} is a directory; name a file", option="dest", value=path)
        return path

    def stat(self, path: str) -> int | None:
        done = self._run(f"if [ -e {_q(path)} ]; then stat -L -c '%s %F' -- {_q(path)}; fi")
        if done.status:
            raise self._failed("stat", path, done)
        size, _space, kind = done.stdout.strip().partition(" ")
        if kind and "regular" not in kind:
            raise BadInput(f"path on the device: {path} is a {kind}; name a file", option="dest", value=path)
        return int(size) if size else None

    def free(self, path: str) -> int:
        folder = path.rpartition("/")[0] or ("/" if path.startswith("/") else ".")
        done = self._run(f"test -d {_q(folder)} && df -P -k -- {_q(folder)}")
        if done.status == 1 and not done.stdout:
            raise BadInput(f"path on the device: there is no directory {folder}", option="dest", value=folder)
        if done.status:
            raise self._failed("df", folder, done)
        if self._run(f"test -w {_q(folder)}").status:
            raise BadInput(
                f"path on the device: {self._host.target.user} may not write in {folder}", option="dest", value=folder
            )
        return int(done.stdout.splitlines()[-1].split()[3]) * 1024

    def digest(self, path: str, timeout: float) -> Digest:
        for algorithm in ALGORITHMS:
            done = self._run(f"{algorithm}sum < {_q(path)}", timeout)
            if done.status == 0:
                return Digest(algorithm, done.stdout.split()[0])
            if done.status != 127:
                raise self._failed(f"{algorithm}sum", path, done)
        raise Unsupported(f"{self._host.target.label} has neither of {', '.join(f'{name}sum' for name in ALGORITHMS)}")

    def delete(self, path: str) -> None:
        done = self._run(f"rm -f -- {_q(path)}")
        if done.status:
            raise self._failed("rm", path, done)

    def rename(self, old: str, new: str) -> None:
        done = self._run(f"mv -f -- {_q(old)} {_q(new)}")
        if done.status:
            raise self._failed("mv", new, done)

    def _run(self, command: str, timeout: float = 60.0) -> ExecResult:
        return self._host.exec(f"LC_ALL=C; export LC_ALL; {command}", None, timeout)

    def _failed(self, command: str, path: str, done: ExecResult) -> TransferFailed:
        words = done.stderr.strip() or f"status {done.status}"
        return TransferFailed(f"{self._host.target.label}: {command} of {path}: {words}")


def _q(path: str) -> str:
    return shlex.quote(path if path.startswith("/") else f"./{path}")
