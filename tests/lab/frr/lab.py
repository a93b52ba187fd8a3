# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A lab of FRRouting routers: up, down, and what a test asks of it."""

from __future__ import annotations

import ipaddress
import json
import re
import secrets
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from . import packages, router, system
from .router import Router
from .topology import LabError, RouterPlan, build

_ENTRIES = ("routers", "id_ed25519", "id_ed25519.pub", "known_hosts", "inventory.yml")


class FrrLab:
    """``count`` routers in the given shape (``ring`` or ``leaf-spine``), up for the length of a ``with`` block.

    name: up to 7 characters, part of every name on the host; default: the first free of lab, lab2, ...
    subnet: management network; default: the first free /24 of 10.99.0.0, 10.98.0.0 ...
    directory: where keys, known_hosts and logs go while the lab is up; default: /run/holdfast-lab/NAME.
    """

    def __init__(
        self,
        count: int,
        *,
        shape: str = "ring",
        directory: str | Path | None = None,
        name: str | None = None,
        subnet: str | None = None,
    ) -> None:
        self.plans, self.links = build(count, shape)
        self.shape = shape
        self.routers: dict[str, Router] = {}
        #: seconds that the last ``up`` took, without installing packages
        self.up_seconds = 0.0
        self._name = system.check_name(name) if name is not None else None
        self._subnet = subnet
        self._directory = Path(directory).absolute() if directory is not None else None
        self._processes: list[subprocess.Popen[str]] = []

    @property
    def name(self) -> str:
        if self._name is None:
            raise LabError("the lab has no name yet: call up() first")
        return self._name

    @property
    def directory(self) -> Path:
        return self._directory if self._directory is not None else system.RECORDS / self.name

    @property
    def known_hosts(self) -> Path:
        return self.directory / "known_hosts"

    def __enter__(self) -> Self:
        return self.up()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.down()

    # -- up and down --------------------------------------------------------------------------

    def up(self) -> Self:
        """Install what is missing, build the network, start every router. Raises LabError, with nothing left."""
        packages.ensure()
        started = time.monotonic()
        record = self._claim()
        try:
            self._build(record)
        except BaseException:
            self.down()
            raise
        self.up_seconds = time.monotonic() - started
        return self

    def down(self) -> None:
        take_down(self.name)
        for process in self._processes:
            process.wait()
        self._processes.clear()
        self.routers.clear()

    def _claim(self) -> dict[str, Any]:
        """Take name, subnet and bridge under the lock, so that labs started at once do not collide."""
        with system.exclusive():
            if self._name is None:
                self._name = system.free_name()
            if system.read_record(self._name) is not None:
                raise LabError(f"a lab named {self._name!r} is up already: take it down or give another --name")
            network = system.choose_subnet(self._subnet)
            if network.num_addresses < len(self.plans) + 3:
                raise LabError(f"subnet: {network} is too small for {len(self.plans)} routers")
            record: dict[str, Any] = {
                "directory": str(self.directory),
                "entries": _ENTRIES,
                "made": _make_directory(self.directory),
                "made_netns": not system.netns_directory_exists(),
                "subnet": str(network),
                "shape": self.shape,
                "routers": {},
            }
            system.write_record(self._name, record)
            # A route to the subnet exists from here on: that is what the next lab looks for.
            gateway = f"{network[-2]}/{network.prefixlen}"
            try:
                names = [plan.name for plan in self.plans]
                addresses = [f"{network[plan.number]}/{network.prefixlen}" for plan in self.plans]
                system.add_namespaces(self._name, names)
                system.add_links(self._name, list(zip(names, addresses, strict=True)), self.links, gateway)
            except BaseException:
                _remove(self._name, record)
                raise
        return record

    def _build(self, record: dict[str, Any]) -> None:
        password = secrets.token_urlsafe(12)
        password_hash = system.run(["openssl", "passwd", "-6", "-stdin"], text=password + "\n").strip()
        key = self.directory / "id_ed25519"
        system.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(key)])
        public = key.with_suffix(".pub").read_text()
        planned = [self._router(plan, record["subnet"], password, key) for plan in self.plans]
        keys = [router.write_files(one, record["subnet"], password_hash, public) for one in planned]
        if any(process.wait() for process in keys):
            raise LabError("ssh-keygen could not make a host key")
        self._processes = [
            router.start(one, system.namespace(self.name, one.name), record["subnet"]) for one in planned
        ]
        for one, process in zip(planned, self._processes, strict=True):
            pid = router.await_ready(one, process)
            self.routers[one.name] = Router(**{**vars(one), "pid": pid})
        hosts = (f"{one.address} {_host_key(one)}\n" for one in planned)
        self.known_hosts.write_text("".join(hosts))
        record["routers"] = {one.name: {"address": one.address, "pid": one.pid} for one in self.routers.values()}
        system.write_record(self.name, record)

    def _router(self, plan: RouterPlan, subnet: str, password: str, key: Path) -> Router:
        address = str(ipaddress.IPv4Network(subnet)[plan.number])
        return Router(plan.name, plan, address, router.USER, password, key, self.directory / "routers" / plan.name)

    # -- asking ---------------------------------------------------------------------------------

    def vtysh(self, name: str, *commands: str) -> str:
        """What vtysh prints on a router, asked directly rather than over SSH. Raises LabError."""
        arguments = [word for command in commands for word in ("-c", command)]
        return self.shell(name, "vtysh", *arguments)

    def json(self, name: str, command: str) -> Any:
        """The same, for a command that ends in ``json``."""
        return json.loads(self.vtysh(name, command) or "{}")

    def shell(self, name: str, *arguments: str) -> str:
        """Standard output of a program inside a router, run as root. Raises LabError."""
        return system.run([*inside(self.routers[name].pid), *arguments])

    def logins(self, name: str) -> int:
        """How many SSH logins the router has accepted since it came up."""
        log = self.routers[name].directory / "log/sshd.log"
        return sum(": Accepted " in line or line.startswith("Accepted ") for line in log.read_text().splitlines())

    def wait_converged(self, timeout: float = 60.0) -> float:
        """Until BGP is Established, OSPF Full and every router has every other's prefix. Returns seconds."""
        return self._wait(self._not_converged, "converged", timeout)

    def wait_lldp(self, timeout: float = 30.0) -> float:
        """Until every router hears all its neighbors by LLDP. Returns seconds."""
        return self._wait(self._not_heard, "heard by LLDP", timeout)

    def _wait(self, why_not: Callable[[str], str | None], what: str, timeout: float) -> float:
        started = time.monotonic()
        waiting = dict.fromkeys(self.routers, "")
        while waiting:
            for name in list(waiting):
                reason = why_not(name)
                if reason is None:
                    del waiting[name]
                else:
                    waiting[name] = reason
            if waiting and time.monotonic() - started > timeout:
                raise LabError(f"not {what} within {timeout:g} s: " + "; ".join(waiting.values()))
            if waiting:
                time.sleep(0.1)
        return time.monotonic() - started

    def _not_heard(self, name: str) -> str | None:
        heard = set(
            re.findall(r"^lldp\.(\S+?)\.chassis\.mgmt-ip=", self.shell(name, "lldpctl", "-f", "keyvalue"), re.M)
        )
        absent = [port.peer for port in self.routers[name].plan.ports if port.name not in heard]
        return f"{name} does not hear {', '.join(absent)}" if absent else None

    def _not_converged(self, name: str) -> str | None:
        plan = self.routers[name].plan
        peers = self.json(name, "show bgp ipv4 unicast summary json").get("peers", {})
        down = [port.peer for port in plan.ports if peers.get(port.peer_address, {}).get("state") != "Established"]
        if down:
            return f"{name} has no BGP session with {', '.join(down)}"
        routes = self.json(name, "show ip route bgp json")
        absent = [other.prefix for other in self.plans if other.name != name and other.prefix not in routes]
        if absent:
            return f"{name} lacks {', '.join(absent)}"
        neighbors = self.json(name, "show ip ospf neighbor json").get("neighbors", {})
        full = sum(one.get("nbrState", "").startswith("Full") for found in neighbors.values() for one in found)
        return None if full == len(plan.ports) else f"{name} has {full} of {len(plan.ports)} OSPF neighbors Full"

    def write_inventory(self, path: str | Path) -> Path:
        """An Ansible inventory (YAML, mode 0600: it holds the lab's password) with one group, ``frr``."""
        shared = {
            "ansible_connection": "holdfast.network.pinned",
            "ansible_network_os": "frr",
            "ansible_user": router.USER,
            "ansible_password": next(iter(self.routers.values())).password,
            "holdfast_known_hosts": str(self.known_hosts),
            "holdfast_frr_reload": "/usr/lib/frr/frr-reload.py",
        }
        lines = ["---", "all:", "  children:", "    frr:", "      hosts:"]
        for one in self.routers.values():
            lines += [f"        {one.name}:", f"          ansible_host: {one.address}"]
        lines += ["      vars:", *(f"        {key}: {json.dumps(value)}" for key, value in shared.items())]
        target = Path(path)
        target.touch(0o600)
        target.write_text("\n".join(lines) + "\n")
        return target


def inside(pid: int) -> list[str]:
    """Command line that runs a program inside the router whose first process this is."""
    return ["nsenter", "-t", str(pid), "-m", "-u", "-i", "-n", "-p", "--"]


def take_down(name: str) -> bool:
    """Remove a lab by its name, whoever started it; false if there is none. Raises LabError."""
    with system.exclusive():
        record = system.read_record(system.check_name(name))
        if record is None:
            return False
        _remove(name, record)
    return True


def _remove(name: str, record: dict[str, Any]) -> None:
    system.remove_host_parts(name)
    system.remove_record(name, record)


def _make_directory(directory: Path) -> list[str]:
    """Create it with its parents; returns what was created, innermost first. Raises LabError."""
    taken = [entry for entry in _ENTRIES if (directory / entry).exists()]
    if taken:
        raise LabError(f"directory: {directory} has {', '.join(taken)} already; choose another")
    made: list[str] = []
    path = directory
    while not path.exists():
        made.append(str(path))
        path = path.parent
    directory.mkdir(parents=True, mode=0o755, exist_ok=True)
    return made


def _host_key(one: Router) -> str:
    return (one.directory / "ssh/host_key.pub").read_text().strip()
