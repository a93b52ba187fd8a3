# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The devices of a pyATS testbed as inventory hosts."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from ..broker.errors import BadInput
from ..inventory.hosts import Host, connection_variables, given, group_names, some
from .connections import CREDENTIALS, Testbed, Way
from .document import Document

#: What is kept of a device beside what has a variable of its own.
_KEPT = ("alias", "type", "os", "platform", "series", "custom")
_DRIVERS = {"linux": "paramiko"}
#: The type of devices that are only gone through, as exports have them.
JUMP_HOST = "jump_host"


class TestbedHosts:
    """``hosts()`` once; afterwards ``warnings`` says what a device does not have, and what to set instead."""

    def __init__(self, document: Document, via: str | None, credentials: bool) -> None:
        self.testbed = Testbed(document, via)
        self.document = document
        self.wanted = credentials
        self.warnings: list[str] = []
        self._without: dict[str, list[str]] = defaultdict(list)

    def hosts(self) -> list[Host]:
        """In the testbed's order. Raises BadInput."""
        names = [name for name in self.document.mapping("devices") if self._text(name, "type") != JUMP_HOST]
        if not names:
            raise BadInput(f"{self.document.place('devices')}: the testbed has no devices")
        if self.testbed.via and not any(self.testbed.via in self._connections(name) for name in names):
            raise BadInput(
                f"via: no device of {self.document.name} has a connection '{self.testbed.via}'", option="via"
            )
        ends = self._links()
        found = [self._host(name, ends.get(name, [])) for name in names]
        self.warnings += [f"{what}: {some(hosts)}" for what, hosts in self._without.items()]
        return found

    # -- inside --------------------------------------------------------------------------------

    def _connections(self, name: str) -> dict[str, Any]:
        self.document.mapping("devices", name)
        return self.document.mapping("devices", name, "connections")

    def _text(self, name: str, key: str) -> str:
        return self.document.text("devices", name, key)

    def _host(self, name: str, ends: list[dict[str, Any]]) -> Host:
        self.document.mapping("devices", name)
        way = self.testbed.way(name)
        self._complain(name, way)
        words = {key: self._text(name, key) for key in ("os", "type", "role", "model")}
        ours = self._ours(name)
        driver = ours.get("driver") or _DRIVERS.get(words["os"].lower())
        port = int(ours["port"]) if ours.get("port", "").isdecimal() else way.port
        variables = {
            **connection_variables(way.address, ours.get("platform") or words["os"], port, driver),
            **given(model=words["model"], role=words["role"], links=ends),
            "holdfast_testbed": self._rest(name, way),
        }
        platform = variables.get("holdfast_platform")
        groups = group_names(platform=platform, type=words["type"], role=words["role"])
        host = Host(name, variables, groups, (way.address,))
        if self.wanted:
            self._credentials(host, name, way)
        self._hops(host, way)
        return host

    def _ours(self, name: str) -> dict[str, str]:
        """What an exported testbed has under custom, where pyATS's words say less."""
        names = ("platform", "driver", "port")
        self.document.mapping("devices", name, "custom")
        found = {one: self.document.text("devices", name, "custom", f"holdfast_{one}") for one in names}
        return {one: text for one, text in found.items() if text}

    def _rest(self, name: str, way: Way) -> dict[str, Any]:
        block = self.document.mapping("devices", name)
        kept = {key: block[key] for key in _KEPT if block.get(key) is not None}
        found = {"testbed": self.document.text("testbed", "name"), "via": way.via, "protocol": way.protocol}
        return {**{key: value for key, value in found.items() if value}, **kept}

    def _complain(self, name: str, way: Way) -> None:
        if not way.address:
            self._without["no connection with an address, so ansible_host is not set"].append(name)
        elif way.protocol != "ssh":
            self._without[f"the connection {way.via} is {way.protocol}, but the pinned connection uses SSH"].append(
                name
            )

    def _credentials(self, host: Host, name: str, way: Way) -> None:
        found = self.testbed.credentials(name, way)
        host.secrets.update({variable: value for variable, value in found.plain.items() if variable != "ansible_user"})
        host.variables.update(
            {variable: value for variable, value in found.plain.items() if variable == "ansible_user"}
        )
        host.environment.update(found.environment)
        for variable, why in found.missing.items():
            self._without[f"{why}; set {variable} for"].append(name)

    def _hops(self, host: Host, way: Way) -> None:
        """A jump host with credentials of its own, as in the testbed."""
        hops: list[dict[str, Any]] = []
        for name, top in self.testbed.proxies(way):
            hop = self.testbed.way(name, top)
            address = hop.address or self.document.text(*top, name, "address")
            if not address:
                raise self.document.wrong((*top, name), f"the jump host of {host.name} has no address; give it an ip")
            hops.append({"host": address, **({"port": hop.port} if hop.port else {})})
            if self.wanted:
                self._hop_credentials(host, f"holdfast_jump_hosts.{len(hops) - 1}", name, hop, hops[-1])
        if hops:
            host.variables["holdfast_jump_hosts"] = hops

    def _hop_credentials(self, host: Host, path: str, name: str, hop: Way, row: dict[str, Any]) -> None:
        top = hop.path[: hop.path.index(name)] if name in hop.path else ("devices",)
        found = self.testbed.credentials(name, hop, top)
        for _keys, variable, key in CREDENTIALS:
            if key is None:
                continue
            if variable in found.environment:
                row[key] = ""
                host.environment[f"{path}.{key}"] = found.environment[variable]
            elif variable in found.plain and key == "user":
                row[key] = found.plain[variable]
            elif variable in found.plain:
                row[key] = ""
                host.secrets[f"{path}.{key}"] = found.plain[variable]
            elif variable in found.missing:
                self._without[f"{found.missing[variable]}; set {key} in holdfast_jump_hosts of"].append(host.name)

    def _links(self) -> dict[str, list[dict[str, Any]]]:
        """Of each device, its ends of the links in the section topology."""
        ends: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for device in self.document.mapping("topology"):
            if device == "links":  # properties of links, no device
                continue
            self.document.mapping("topology", device)
            for interface in self.document.mapping("topology", device, "interfaces"):
                self.document.mapping("topology", device, "interfaces", interface)
                link = self.document.text("topology", device, "interfaces", interface, "link")
                if link:
                    ends[link].append((device, interface))
        found: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for link, both in ends.items():
            for here, port in both:
                others = [(there, far) for there, far in both if (there, far) != (here, port)]
                found[here] += [_end(link, port, there, far) for there, far in others]
        return found


def _end(link: str, port: str, there: str, far: str) -> dict[str, Any]:
    return {"interface": port, "neighbor": there, "neighbor_interface": far, "link": link}


def read_hosts(document: Document, via: str | None = None, credentials: bool = True) -> tuple[list[Host], list[str]]:
    """The hosts of a testbed, and warnings. Raises BadInput with line and column."""
    found = TestbedHosts(document, via, credentials)
    return found.hosts(), found.warnings
