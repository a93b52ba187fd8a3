# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One router's files, and the process that keeps its namespaces."""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .topology import LabError, RouterPlan, configuration

USER = "admin"
_UID = 2001
_BOOT = Path(__file__).with_name("boot.sh")
_LOGIN = """#!/bin/sh
# An interactive login lands in vtysh; a command on a further channel of it runs in a shell, as on any Linux router.
export VTYSH_PAGER=cat PATH=/usr/sbin:/usr/bin:/sbin:/bin
if [ -n "$SSH_ORIGINAL_COMMAND" ]; then exec /bin/sh -c "$SSH_ORIGINAL_COMMAND"; fi
exec /usr/bin/vtysh
"""
_SSHD = """Port 22
ListenAddress {address}
HostKey /etc/ssh/host_key
PidFile /run/sshd.pid
UsePAM no
PasswordAuthentication yes
KbdInteractiveAuthentication no
AuthorizedKeysFile /etc/ssh/authorized_keys
StrictModes no
AllowUsers {user}
PrintMotd no
PrintLastLog no
UseDNS no
MaxSessions 64
MaxStartups 200
ForceCommand /etc/ssh/login
Subsystem sftp /usr/lib/openssh/sftp-server
AllowTcpForwarding no
X11Forwarding no
"""
_SNMPD = """agentaddress udp:{address}:161
rocommunity public {subnet}
createUser secure SHA-256 {password} AES {password}
createUser signed SHA {password}
createUser plain
rouser secure priv
rouser signed auth
rouser plain noauth
sysName {name}
sysDescr FRRouting lab router {name}
sysObjectID 1.3.6.1.4.1.50145.1
master agentx
agentXSocket /run/agentx
agentXPerms 0777 0777
"""
_LLDPD = "configure lldp tx-interval 1\nconfigure lldp portidsubtype ifname\n"


@dataclass(frozen=True)
class Router:
    """A running router: how to log in, and where it lives on the host. ``pid`` is its first process."""

    name: str
    plan: RouterPlan
    address: str
    user: str
    password: str
    key_file: Path
    directory: Path
    pid: int = 0


def write_files(router: Router, subnet: str, password_hash: str, public_key: str) -> subprocess.Popen[bytes]:
    """Everything the router's first process mounts. Returns the running host key generation, to be waited for."""
    frr, vty = pwd.getpwnam("frr").pw_uid, grp.getgrnam("frrvty").gr_gid
    base = router.directory
    for sub in ("frr", "ssh", "service", "log", "log/frr"):
        (base / sub).mkdir(parents=True)
    _write_accounts(base, password_hash, vty)
    for name, text in (
        ("frr/frr.conf", configuration(router.plan)),
        ("frr/vtysh.conf", "service integrated-vtysh-config\n"),
    ):
        (base / name).write_text(text)
        os.chown(base / name, frr, vty)
        (base / name).chmod(0o660)
    for directory in ("frr", "log/frr"):
        os.chown(base / directory, frr, vty)
        (base / directory).chmod(0o770)
    (base / "ssh/sshd_config").write_text(_SSHD.format(address=router.address, user=USER))
    (base / "ssh/authorized_keys").write_text(public_key)
    (base / "ssh/login").write_text(_LOGIN)
    (base / "ssh/login").chmod(0o755)
    snmpd = _SNMPD.format(address=router.address, subnet=subnet, name=router.name, password=router.password)
    (base / "service/snmpd.conf").touch(0o600)
    (base / "service/snmpd.conf").write_text(snmpd)
    (base / "service/lldpd.conf").write_text(_LLDPD)
    return subprocess.Popen(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(base / "ssh/host_key")])


def _write_accounts(base: Path, password_hash: str, vty: int) -> None:
    """The host's accounts and one more, seen inside the router only; group adm may ask lldpd on Debian."""
    passwd = _others("/etc/passwd") + f"{USER}:x:{_UID}:{vty}:lab:/home/{USER}:/bin/sh\n"
    shadow = _others("/etc/shadow") + f"{USER}:{password_hash}:19000:0:99999:7:::\n"
    group = "".join(
        line + ("," if line.rsplit(":", 1)[1] else "") + USER + "\n" if line.startswith("adm:") else line + "\n"
        for line in Path("/etc/group").read_text().splitlines()
    )
    for name, text, mode in (("passwd", passwd, 0o644), ("group", group, 0o644), ("shadow", shadow, 0o640)):
        (base / name).touch(mode)
        (base / name).write_text(text)
    # vtysh asks PAM about the account, and that reads shadow with this group.
    os.chown(base / "shadow", 0, grp.getgrnam("shadow").gr_gid)


def _others(path: str) -> str:
    lines = Path(path).read_text().splitlines()
    return "".join(line + "\n" for line in lines if not line.startswith(f"{USER}:"))


def start(router: Router, namespace: str, subnet: str) -> subprocess.Popen[str]:
    """Start the router's first process in its network namespace; ``await_ready`` waits for it."""
    unshare = shutil.which("unshare") or "unshare"
    command = ["ip", "netns", "exec", namespace, unshare, "--mount", "--uts", "--ipc", "--pid", "--fork"]
    command += ["--kill-child=KILL", "sh", str(_BOOT), str(router.directory), router.name, router.address, subnet]
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
    with (router.directory / "boot.log").open("w") as log:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env=environment,
            start_new_session=True,
        )


def await_ready(router: Router, process: subprocess.Popen[str]) -> int:
    """Process id of the router's first process, once all daemons answer. Raises LabError with its last words."""
    assert process.stdout is not None
    with process.stdout as output:
        words = [output.readline().strip(), output.readline().strip()]
    if len(words) == 2 and words[0].isdigit() and words[1] == "ready":
        return int(words[0])
    process.wait()
    tail = (router.directory / "boot.log").read_text()[-800:].strip() or "no message"
    raise LabError(f"{router.name} did not start: {tail}")
