# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A real OpenSSH server on the loopback, with keys, users and sudo rules of its own.

As root it runs in a mount namespace where /etc/passwd, /etc/shadow and /etc/sudoers are its own: nothing of the
machine is changed. As anybody else it lets in that user alone, by key, and there is no sudo.
"""

from __future__ import annotations

import getpass
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

PASSWORD = "Hold-fast-2"
#: name -> rule of sudoers
USERS = {"ann": "ann ALL=(ALL:ALL) ALL", "bob": "bob ALL=(ALL:ALL) NOPASSWD: ALL", "eve": ""}
_CONFIG = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {directory}/host_key
PidFile none
UsePAM no
StrictModes no
LogLevel VERBOSE
MaxSessions 100
MaxStartups 100
PasswordAuthentication {password}
AuthorizedKeysFile {directory}/authorized_keys
Subsystem sftp internal-sftp
"""


def obstacle() -> str | None:
    """Why there can be no server here, or None."""
    if _sshd() is None and not (os.geteuid() == 0 and shutil.which("apt-get")):
        return "there is no sshd, and only root can install it (openssh-server)"
    return None


def sudo_obstacle() -> str | None:
    """Why there can be no sudo in it, or None."""
    if os.geteuid() != 0:
        return "sudo's rules and users of the test's own need root (a mount namespace)"
    if shutil.which("sudo") is None and not shutil.which("apt-get"):
        return "there is no sudo, and no apt-get to install it"
    return None


class OpenSsh:
    """The server, from ``start`` to ``stop``."""

    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="hf-sshd-"))
        self.host, self.port = "127.0.0.1", free_port()
        self.private = os.geteuid() == 0
        self.user = "ann" if self.private else getpass.getuser()
        self.key = self.directory / "client_key"
        self.known_hosts = self.directory / "known_hosts"
        self._log = self.directory / "log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> OpenSsh:
        if self.private:
            _install({"openssh-server": "/usr/sbin/sshd", "sudo": "/usr/bin/sudo", "openssl": "/usr/bin/openssl"})
        self.directory.chmod(0o755)  # its users read their keys here
        self._write()
        sshd = [str(_sshd()), "-D", "-f", str(self.directory / "config"), "-E", str(self._log)]
        if self.private:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
            binds = " && ".join(
                f"mount --bind {self.directory}/etc-{name} /etc/{name}"
                for name in ("passwd", "group", "shadow", "sudoers")
            )
            sshd = ["unshare", "--mount", "sh", "-c", f'{binds} && exec "$@"', "sh", *sshd]
        self._process = subprocess.Popen(sshd, stdin=subprocess.DEVNULL, start_new_session=True)
        deadline = time.monotonic() + 10
        while not listens(self.host, self.port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"sshd does not listen:\n{self.log}")
            time.sleep(0.02)
        return self

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
        shutil.rmtree(self.directory, ignore_errors=True)

    @property
    def log(self) -> str:
        return self._log.read_text() if self._log.exists() else ""

    @property
    def logins(self) -> int:
        """How many were let in so far."""
        return len(re.findall(r"Accepted \w+ for ", self.log))

    # -- inside --------------------------------------------------------------------------------

    def _write(self) -> None:
        for name in ("host_key", "client_key"):
            _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.directory / name))
        shutil.copy(self.directory / "client_key.pub", self.directory / "authorized_keys")
        (self.directory / "authorized_keys").chmod(0o644)
        kind, text, *_comment = (self.directory / "host_key.pub").read_text().split()
        self.known_hosts.write_text(f"[{self.host}]:{self.port} {kind} {text}\n")
        config = _CONFIG.format(port=self.port, directory=self.directory, password="yes" if self.private else "no")
        (self.directory / "config").write_text(config)
        if self.private:
            self._write_users()

    def _write_users(self) -> None:
        word = _run("openssl", "passwd", "-6", PASSWORD).strip()
        files = {name: Path("/etc", name).read_text() for name in ("passwd", "group", "shadow")}
        for number, name in enumerate(USERS, 64201):
            home = self.directory / name
            home.mkdir()
            os.chown(home, number, number)
            files["passwd"] += f"{name}:x:{number}:{number}::{home}:/bin/sh\n"
            files["group"] += f"{name}:x:{number}:\n"
            files["shadow"] += f"{name}:{word}:19000:0:99999:7:::\n"
        rules = ["Defaults timestamp_timeout=0, lecture=always", "root ALL=(ALL:ALL) ALL", *USERS.values()]
        files["sudoers"] = "\n".join(rules) + "\n"
        for name, mode in (("passwd", 0o644), ("group", 0o644), ("shadow", 0o600), ("sudoers", 0o440)):
            path = self.directory / f"etc-{name}"
            path.touch(mode=0o600)
            path.write_text(files[name])
            path.chmod(mode)


def _sshd() -> str | None:
    return shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


def _install(needed: dict[str, str]) -> None:
    """As root: what is missing comes from the distribution, as for the FRR lab."""
    missing = [package for package, program in needed.items() if not Path(program).exists()]
    if missing:
        from tests.lab.frr import packages

        packages.install(missing)


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def listens(host: str, port: int) -> bool:
    with socket.socket() as sock:
        return sock.connect_ex((host, port)) == 0
