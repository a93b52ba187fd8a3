# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The Debian packages that the lab needs, installed when they are missing."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from .topology import LabError

#: package -> a program that tells whether it is there
NEEDED = {
    "frr": "/usr/lib/frr/bgpd",
    "frr-pythontools": "/usr/lib/frr/frr-reload.py",
    "lldpd": "/usr/sbin/lldpd",
    "snmpd": "/usr/sbin/snmpd",
    "snmp": "/usr/bin/snmpget",
    "openssh-server": "/usr/sbin/sshd",
    "openssh-client": "/usr/bin/ssh-keygen",
    "openssl": "/usr/bin/openssl",
    "iproute2": "/usr/sbin/ip",
    "iputils-ping": "/usr/bin/ping",
}
_POLICY = Path("/usr/sbin/policy-rc.d")


def missing() -> list[str]:
    """Packages that are not installed."""
    return [package for package, program in NEEDED.items() if not _present(program)]


def _present(program: str) -> bool:
    return Path(program).exists() or shutil.which(Path(program).name) is not None


def obstacle() -> str | None:
    """Why no lab can be started here, or None. Cheap: for skipping tests with a clear reason."""
    if os.geteuid() != 0:
        return "the FRR lab needs root (network namespaces)"
    if missing() and not shutil.which("apt-get"):
        return f"the FRR lab needs {' '.join(missing())}, and there is no apt-get to install them"
    return None


def ensure() -> list[str]:
    """Install what is missing with apt-get; returns what was installed. Raises LabError."""
    if os.geteuid() != 0:
        raise LabError("the FRR lab needs root: run it with sudo")
    packages = missing()
    if not packages:
        return []
    if not shutil.which("apt-get"):
        raise LabError(f"install {' '.join(packages)}: there is no apt-get here to do it")
    install(packages)
    still = missing()
    if still:
        raise LabError(f"apt-get ended well, but these are still missing: {' '.join(still)}")
    return packages


def install(packages: list[str]) -> None:
    """As root; none of their daemons is started. Raises LabError."""
    with _no_services():
        _apt("update", "-q")
        _apt("install", "-q", "-y", "--no-install-recommends", *packages)


def _apt(*arguments: str) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(["apt-get", *arguments], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LabError(f"apt-get {' '.join(arguments)} failed:\n{(done.stderr or done.stdout)[-2000:]}")


@contextlib.contextmanager
def _no_services() -> Iterator[None]:
    """Keep the packages from starting their daemons on the host: the lab runs its own."""
    if _POLICY.exists():
        yield
        return
    _POLICY.write_text("#!/bin/sh\nexit 101\n")
    _POLICY.chmod(0o755)
    try:
        yield
    finally:
        _POLICY.unlink()
