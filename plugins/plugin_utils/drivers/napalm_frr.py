# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A NAPALM driver for FRRouting: vtysh's JSON for getters, frr-reload for replace, diff and rollback.

Borrows a pinned session (``optional_args={"device": session}``) or, without one, logs in by itself; then it is
an ordinary NAPALM driver. Raises our errors, which name their cause; and NotImplementedError as NAPALM does.
"""

from __future__ import annotations

import json
import secrets
import shlex
from typing import Any

from ..broker.errors import BadInput, CommandFailed, SessionLost, Unsupported
from . import frr_getters, frr_lldp, frr_routing
from .base import Candidate, Secrets, Target
from .config_frr import FrrConfig
from .vtysh import VtyshSession

try:
    from napalm.base import NetworkDriver
except ImportError:  # all that is used here is its own; NAPALM's base says what a driver has not
    NetworkDriver = object

_OWN_LOGIN = ("known_hosts", "host_key_checking", "frr_reload", "frr_directory")


class FRRDriver(NetworkDriver):  # type: ignore[misc]
    """optional_args: ``device`` (a VtyshSession), or for a login of its own ``port``, ``key_file``, ``known_hosts``,
    ``host_key_checking``; and ``frr_reload``, ``frr_directory``, ``lldpctl`` (command line on the box)."""

    def __init__(
        self,
        hostname: str,
        username: str,
        password: str,
        timeout: int = 60,
        optional_args: dict[str, Any] | None = None,
    ) -> None:
        self.hostname = hostname
        self.username = username
        self.password = password
        self.timeout = timeout
        self._options = dict(optional_args or {})
        self.device: VtyshSession | None = self._options.pop("device", None)
        self._borrowed = self.device is not None
        self._config: FrrConfig | None = None
        self._candidate: Candidate | None = None
        self._staged: tuple[str, str] | None = None
        self._pending: str | None = None
        self._undo: str | None = None

    def __del__(self) -> None:
        """NAPALM closes here, from whatever thread collects garbage: neither a borrowed nor an own session wants it."""

    def open(self) -> None:
        if self.device is not None:
            return
        from .driver_netmiko import NetmikoDriver

        secret = Secrets(password=self.password or None, private_key_file=self._options.get("key_file"))
        options = {key: self._options[key] for key in _OWN_LOGIN if key in self._options}
        port = int(self._options.get("port", 22))
        target = Target(
            "netmiko", "frr", self.hostname, port, self.username, secret, self.timeout, self.timeout, options
        )
        device = NetmikoDriver(target)
        device.open()
        self.device = device

    def close(self) -> None:
        if self._borrowed or self.device is None:
            return
        device: Any = self.device
        self.device = self._config = None
        device.close()

    def is_alive(self) -> dict[str, bool]:
        alive = getattr(self.device, "is_alive", None)
        return {"is_alive": bool(alive()) if alive is not None else self.device is not None}

    # -- asking --------------------------------------------------------------------------------

    @property
    def _session(self) -> VtyshSession:
        if self.device is None:
            raise SessionLost(f"the session to {self.hostname} is not open: call open() first")
        return self.device

    def _json(self, command: str) -> Any:
        """A command that prints JSON; nothing where the daemon does not run."""
        text = self._session.send(command, self.timeout)
        start = text.find("{")
        if "% Unknown command" in text:
            raise Unsupported(f"this FRRouting has no command '{command}'", command=command)
        if start < 0:
            return {}
        text = text[start:]
        try:
            return json.loads(text)
        except json.JSONDecodeError as exc:
            raise CommandFailed(f"'{command}' did not print JSON: {exc}", command=command, output=text) from exc

    def _shell(self, command: str, what: str) -> str:
        """A program on the box. Raises Unsupported with the reason when it is not to be had."""
        done = self._session.exec(command, None, float(self.timeout))
        if done.status:
            reason = (done.stderr or done.stdout).strip()[-200:]
            raise Unsupported(f"{what} cannot be read: '{command}' failed on the device: {reason}", command=command)
        return done.stdout

    # -- getters -------------------------------------------------------------------------------

    def get_facts(self) -> dict[str, Any]:
        version = self._session.send("show version", self.timeout)
        return frr_getters.facts(version, self._interfaces(), self._uptime())

    def _uptime(self) -> float:
        try:
            return float(self._shell("cat /proc/uptime", "uptime").split()[0])
        except Unsupported:
            return -1.0  # a login with vtysh only: NAPALM's word for not known

    def _interfaces(self) -> dict[str, Any]:
        found: dict[str, Any] = self._json("show interface vrf all json")
        return found

    def get_interfaces(self) -> dict[str, Any]:
        return frr_getters.interfaces(self._interfaces())

    def get_interfaces_ip(self) -> dict[str, Any]:
        return frr_getters.interfaces_ip(self._interfaces())

    def get_interfaces_counters(self) -> dict[str, Any]:
        return frr_getters.counters(json.loads(self._shell("ip -j -s link", "interface counters") or "[]"))

    def get_bgp_neighbors(self) -> dict[str, Any]:
        summary = self._json("show bgp vrf all summary json")
        return frr_routing.bgp_neighbors(summary, self._json("show bgp vrf all neighbors json"))

    def get_bgp_neighbors_detail(self, neighbor_address: str = "") -> dict[str, Any]:
        found = frr_routing.bgp_neighbors_detail(self._json("show bgp vrf all neighbors json"))
        if not neighbor_address:
            return found
        return {
            vrf: {
                asn: chosen
                for asn, peers in by_as.items()
                if (chosen := [peer for peer in peers if peer["remote_address"] == neighbor_address])
            }
            for vrf, by_as in found.items()
        }

    def get_ospf_neighbors(self) -> dict[str, Any]:
        """Beyond NAPALM; see frr_routing.ospf_neighbors."""
        return frr_routing.ospf_neighbors(self._json("show ip ospf vrf all neighbor detail json"))

    def get_routes(self) -> dict[str, Any]:
        """Beyond NAPALM; see frr_routing.routes."""
        return frr_routing.routes(self._json("show ip route vrf all json"), self._json("show ipv6 route vrf all json"))

    def get_lldp_neighbors(self) -> dict[str, Any]:
        return frr_lldp.lldp_neighbors(self._lldp())

    def get_lldp_neighbors_detail(self, interface: str = "") -> dict[str, Any]:
        """With two keys more than NAPALM's; see frr_lldp.lldp_neighbors_detail."""
        found = frr_lldp.lldp_neighbors_detail(self._lldp())
        return {port: entries for port, entries in found.items() if interface in ("", port)}

    def get_lldp_chassis(self) -> dict[str, Any]:
        """Beyond NAPALM; see frr_lldp.lldp_chassis. Raises Unsupported where lldpd is not or may not be asked."""
        return frr_lldp.lldp_chassis(self._lldp("lldpcli", "show chassis", "the own LLDP chassis (of lldpd)"))

    def _lldp(
        self, program: str = "lldpctl", words: str = "", what: str = "LLDP neighbors (of lldpd)"
    ) -> dict[str, Any]:
        command = str(self._options.get("lldpctl") or "lldpctl").replace("lldpctl", program, 1)
        found: dict[str, Any] = json.loads(self._shell(f"{command} -f json0 {words}".rstrip(), what) or "{}")
        return found

    def get_arp_table(self, vrf: str = "") -> list[dict[str, Any]]:
        scope = f" vrf {shlex.quote(vrf)}" if vrf not in ("", "global", "default") else ""
        text = self._shell(f"ip -j -s -4 neigh show{scope}", "the ARP table")
        return frr_getters.arp_table(json.loads(text or "[]"))

    def get_route_to(self, destination: str = "", protocol: str = "", longer: bool = False) -> dict[str, Any]:
        if not destination:
            raise BadInput("destination: is empty; give an address or a prefix, such as 192.0.2.0/24")
        family = "ipv6" if ":" in destination else "ip"
        table = self._json(f"show {family} route {destination}{' longer-prefixes' if longer else ''} json")
        bgp = {}
        for prefix, entries in table.items():
            if any(entry["protocol"] == "bgp" for entry in entries):
                name = "ipv6" if family == "ipv6" else "ipv4"
                bgp[prefix] = self._json(f"show bgp {name} unicast {prefix} json")
        found = frr_routing.route_to(table, bgp)
        if not protocol:
            return found
        wanted = {
            prefix: [one for one in ways if one["protocol"] == protocol.lower()] for prefix, ways in found.items()
        }
        return {prefix: ways for prefix, ways in wanted.items() if ways}

    def get_config(
        self,
        retrieve: str = "all",
        full: bool = False,
        sanitized: bool = False,
        format: str = "text",  # noqa: A002 - NAPALM's name
    ) -> dict[str, str]:
        if format != "text":
            raise BadInput(f"format: FRRouting has no configuration in {format!r}; use 'text'")
        config = {"running": "", "startup": "", "candidate": ""}
        if retrieve in ("all", "running"):
            config["running"] = self._configuration.read()
        if retrieve in ("all", "startup"):
            config["startup"] = self._configuration.read("startup")
        if retrieve in ("all", "candidate") and self._candidate is not None:
            config["candidate"] = self._candidate.text
        if sanitized:
            config = {name: frr_getters.sanitize(text) for name, text in config.items()}
        return config

    def ping(
        self,
        destination: str,
        source: str = "",
        ttl: int = 255,
        timeout: int = 2,
        size: int = 100,
        count: int = 5,
        vrf: str = "",
        source_interface: str = "",
    ) -> dict[str, Any]:
        command = ["ping", "-n", "-c", str(count), "-i", "0.2", "-W", str(timeout), "-t", str(ttl), "-s", str(size)]
        origin = source_interface or source
        if origin:
            command += ["-I", origin]
        if vrf:
            command = ["ip", "vrf", "exec", vrf, *command]
        limit = float(count * (timeout + 1) + 5)
        done = self._session.exec(shlex.join([*command, "--", destination]), None, limit)
        return frr_getters.ping(done.stdout if "transmitted" in done.stdout else done.stderr or done.stdout)

    def cli(self, commands: list[str], encoding: str = "text") -> dict[str, str]:
        return {command: self._session.send(command, self.timeout) for command in commands}

    # -- configuration -------------------------------------------------------------------------

    @property
    def _configuration(self) -> FrrConfig:
        if self._config is None:
            self._config = FrrConfig(self._session, self._options)
        return self._config

    def load_merge_candidate(self, filename: str | None = None, config: str | None = None) -> None:
        self._load(filename, config, replace=False)

    def load_replace_candidate(self, filename: str | None = None, config: str | None = None) -> None:
        self._load(filename, config, replace=True)

    def _load(self, filename: str | None, config: str | None, replace: bool) -> None:
        """Raises ConfigRejected: vtysh has read the candidate, and names its bad line."""
        self.discard_config()
        if config is None:
            if filename is None:
                raise BadInput("give either filename or config")
            with open(filename, encoding="utf-8") as stream:
                config = stream.read()
        candidate = Candidate(config, replace)
        token = secrets.token_hex(6)
        diff = self._configuration.stage(token, candidate)
        self._candidate, self._staged = candidate, (token, diff)

    def compare_config(self) -> str:
        return self._staged[1] if self._staged else ""

    def commit_config(self, message: str = "", revert_in: int | None = None) -> None:
        """``revert_in`` seconds: the box's own timer. FRRouting keeps no commit messages. Raises ConfigRejected."""
        if message:
            raise NotImplementedError("FRRouting keeps no commit messages")
        if self.has_pending_commit():
            raise BadInput("a commit is waiting for confirm_commit or rollback: settle it first")
        if self._staged is None:
            raise BadInput("no candidate is loaded: call load_merge_candidate or load_replace_candidate first")
        token, diff = self._staged
        if not diff:
            self.discard_config()
            return
        self._undo = self._configuration.read()
        self._configuration.checkpoint(token)
        if revert_in is not None and not self._configuration.native_timer:
            self.discard_config()
            raise Unsupported("revert_in: this box lacks setsid or frr-reload.py for a timer of its own")
        self._staged = self._candidate = None
        self._configuration.commit(token, revert_in)
        if revert_in is None:
            self._configuration.confirm(token)
        else:
            self._pending = token

    def has_pending_commit(self) -> bool:
        return self._pending is not None and self._configuration.armed(self._pending)

    def confirm_commit(self) -> None:
        """Raises ChangeExpired when the timer was first."""
        token, self._pending = self._pending, None
        if token is None:
            raise BadInput("no commit is waiting to be confirmed")
        self._configuration.confirm(token)

    def discard_config(self) -> None:
        if self._staged is not None:
            self._configuration.discard(self._staged[0])
        self._staged = self._candidate = None

    def rollback(self) -> None:
        """Back to what was running before the last commit. Raises RollbackFailed."""
        if self._undo is None:
            raise BadInput("nothing was committed by this driver that could be rolled back")
        token, self._pending = self._pending or secrets.token_hex(6), None
        self._configuration.restore(token, self._undo)
        self._undo = None
