# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An unprivileged user of this machine with rootless podman, for the length of a test run.

Its entries in /etc/passwd, /etc/subuid and /etc/subgid are in a mount namespace of its own: nothing of the machine is
changed. Where Python or the checkout lie below a folder that is closed to others, that folder is covered there, too,
and shows them and nothing else.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

UID, NAME = 64200, "hfjobs"
SUBORDINATE = f"{NAME}:3000000:65536\n"


@dataclass(frozen=True)
class Account:
    """``home`` belongs to the user. All commands see the same mounts."""

    home: Path
    tools: Path
    _script: str

    def words(self, *command: str) -> list[str]:
        """The command as this user, for ``subprocess``."""
        runtime = self.home / "run"
        given = {
            "HOME": str(self.home), "XDG_RUNTIME_DIR": str(runtime), "LANG": "C.UTF-8", "TERM": "dumb",
            "PATH": f"{self.tools}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        }  # fmt: skip
        if "CONTAINERS_CONF" in os.environ:
            given["CONTAINERS_CONF"] = str(self.home / "containers.conf")
        become = ["setpriv", f"--reuid={UID}", f"--regid={UID}", "--init-groups", "--inh-caps=-all", "env", "-i"]
        become += [f"{name}={value}" for name, value in given.items()]
        return ["unshare", "--mount", "sh", "-c", f'{self._script} && exec "$@"', "sh", *become, *command]

    def run(self, *command: str, check: bool = True, **more: Any) -> subprocess.CompletedProcess[str]:
        given = {"capture_output": True, "text": True, "timeout": 300, "cwd": self.home}
        return subprocess.run(self.words(*command), check=check, **{**given, **more})

    def give(self, path: Path) -> Path:
        """All of it belongs to this user from now on."""
        for one in (path, *path.rglob("*")):
            os.chown(one, UID, UID)
        return path


@contextmanager
def made(image: str, tools: Path, checkout: Path) -> Iterator[Account]:
    """With the image in its storage. Needs root, to be somebody else."""
    home = Path(tempfile.mkdtemp(prefix="hf-jobs-"))
    home.chmod(0o755)
    lines = {
        "passwd": f"{NAME}:x:{UID}:{UID}::{home}:/bin/sh\n", "group": f"{NAME}:x:{UID}:\n", "subuid": SUBORDINATE,
        "subgid": SUBORDINATE,
    }  # fmt: skip
    steps = ["mount --make-rprivate /"]
    for name, line in lines.items():
        own, machine = home / f"etc-{name}", Path("/etc", name)
        own.write_text((machine.read_text() if machine.exists() else "") + line)
        if not machine.exists():
            machine.touch()  # there has to be something to mount it on
        steps.append(f"mount --bind {own} {machine}")
    interpreter = subprocess.run(
        [tools / "python3", "-c", "import sys; print(sys.base_prefix)"], check=True, capture_output=True, text=True
    ).stdout.strip()
    steps += _opened([Path(interpreter), Path(sys.base_prefix), checkout], home)
    steps.append("mount --make-rshared /")  # else podman warns
    account = Account(home, tools, " && ".join(steps))
    (home / "run").mkdir(mode=0o700)
    (home / ".config/containers").mkdir(parents=True)
    (home / ".config/containers/storage.conf").write_text('[storage]\ndriver = "overlay"\n')
    if "CONTAINERS_CONF" in os.environ:
        shutil.copy(os.environ["CONTAINERS_CONF"], home / "containers.conf")
    account.give(home / "run"), account.give(home / ".config")
    os.chown(home, UID, UID)
    try:
        with subprocess.Popen(["podman", "save", image], stdout=subprocess.PIPE) as saving:
            account.run("podman", "load", stdin=saving.stdout)
        yield account
    finally:
        account.run("podman", "rm", "--all", "--force", "--time=0", check=False)
        account.run("podman", "system", "migrate", check=False)  # ends the process that keeps its namespaces
        shutil.rmtree(home, ignore_errors=True)


def _opened(needed: list[Path], home: Path) -> list[str]:
    """Commands that show these folders where a folder above them is closed to others."""
    covered: dict[Path, list[Path]] = {}
    for path in needed:
        closed = next((one for one in reversed(path.parents) if not one.stat().st_mode & 0o001), None)
        if closed is not None and path not in covered.setdefault(closed, []):
            covered[closed].append(path)
    steps = []
    for closed, paths in covered.items():
        kept = [home / f"keep-{closed.name}-{number}" for number, _path in enumerate(paths)]
        for path, keep in zip(paths, kept, strict=True):
            keep.mkdir()
            steps.append(shlex.join(["mount", "--rbind", str(path), str(keep)]))
        steps.append(shlex.join(["mount", "-t", "tmpfs", "-o", "mode=0755", "tmpfs", str(closed)]))
        for path, keep in zip(paths, kept, strict=True):
            steps.append(shlex.join(["mkdir", "-p", str(path)]))
            steps.append(shlex.join(["mount", "--rbind", str(keep), str(path)]))
    return steps
